package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// clockTicks is the unit of /proc's CPU times on Linux, per second.
const clockTicks = 100

// cpuSeconds is the CPU time that a process and its children have used so far,
// those that have ended included.
func cpuSeconds(pid int) float64 {
	var ticks int64
	for _, f := range statFields(pid, "utime", "stime", "cutime", "cstime") {
		ticks += f
	}
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	total := float64(ticks) / clockTicks
	for _, file := range children {
		b, _ := os.ReadFile(file)
		for _, field := range strings.Fields(string(b)) {
			if child, err := strconv.Atoi(field); err == nil {
				total += cpuSeconds(child)
			}
		}
	}
	return total
}

// statFields reads fields of /proc/<pid>/stat by name.
func statFields(pid int, names ...string) (values []int64) {
	index := map[string]int{"utime": 11, "stime": 12, "cutime": 13, "cstime": 14} // counted behind the command
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	for _, n := range names {
		v, _ := strconv.ParseInt(fields[index[n]], 10, 64)
		values = append(values, v)
	}
	return values
}

// stackPID is the id of a process of the stack.
func stackPID(name string) int {
	pid, _ := strconv.Atoi(os.Getenv("STACK_PID_" + name))
	return pid
}

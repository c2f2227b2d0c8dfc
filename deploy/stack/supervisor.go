package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// supervisor starts the stack's processes and stops them, the last one first.
type supervisor struct {
	state    *state
	restart  bool       // restart it when it exits unexpectedly, at the same address
	died     chan error // an error for each process that exited unexpectedly
	mu       sync.Mutex
	stopping bool
	running  []*process
}

type process struct {
	name    string
	cmd     *exec.Cmd
	stop    syscall.Signal
	log     string
	pidFile string
	ended   chan struct{}
	err     error // valid once ended is closed
}

func newSupervisor(st *state) *supervisor {
	return &supervisor{state: st, died: make(chan error, 8)}
}

// start runs cmd with its output in the state folder's log, in a process group
// of its own, so that a Ctrl-C reaches only the stack, which stops the others in order.
func (s *supervisor) start(name string, stop syscall.Signal, as *syscall.Credential, cmd *exec.Cmd) (*process, error) {
	p := &process{
		name: name, cmd: cmd, stop: stop, log: s.state.path("log", name+".log"), pidFile: s.state.path("pids", name),
		ended: make(chan struct{}),
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	if err := p.launch(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.running = append(s.running, p)
	s.mu.Unlock()
	go func() {
		p.err = p.cmd.Wait()
		for s.restarts(p) {
			p.err = p.cmd.Wait()
		}
		os.Remove(p.pidFile)
		close(p.ended)
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.stopping {
			s.died <- p.failure()
		}
	}()
	return p, nil
}

// launch starts the process and notes its id.
func (p *process) launch() error {
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("cannot start %s: %w", p.cmd.Path, err)
	}
	if err := os.WriteFile(p.pidFile,
		[]byte(fmt.Sprintf("%d %d %s\n", p.cmd.Process.Pid, p.stop, processStart(p.cmd.Process.Pid))),
		0o600); err != nil {
		_ = p.cmd.Process.Kill()
		return err
	}
	return nil
}

// restarts restarts a process that has exited unexpectedly, if configured. It retries while the
// process cannot run yet because its resources are not free.
func (s *supervisor) restarts(p *process) bool {
	time.Sleep(200 * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || !s.restart {
		return false
	}
	again := exec.Command(p.cmd.Path, p.cmd.Args[1:]...)
	again.Env, again.Dir, again.SysProcAttr = p.cmd.Env, p.cmd.Dir, p.cmd.SysProcAttr
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return false
	}
	defer log.Close()
	again.Stdout, again.Stderr = log, log
	p.cmd = again
	return p.launch() == nil
}

// failure returns an error for a process that exited unexpectedly, with the last line of its
// output.
func (p *process) failure() error {
	last := "it wrote nothing"
	if b, err := os.ReadFile(p.log); err == nil {
		if lines := strings.Split(strings.TrimSpace(string(b)), "\n"); lines[len(lines)-1] != "" {
			last = lines[len(lines)-1]
		}
	}
	return fmt.Errorf("%s ended (%v): %s (whole log: %s)", p.name, p.cmd.ProcessState, last, p.log)
}

// waitReady polls ready until it succeeds, the process ends, or 60 s pass.
func (p *process) waitReady(ready func() error) error {
	deadline := time.Now().Add(60 * time.Second)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return p.failure()
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is not ready after 60 s: %w (its log: %s)", p.name, err, p.log)
		}
	}
}

// stopAll stops every process, newest first, each with its own signal and,
// when it has not ended after 30 s, with SIGKILL.
func (s *supervisor) stopAll() {
	s.mu.Lock()
	s.stopping = true
	running := slices.Clone(s.running)
	s.mu.Unlock()
	for _, p := range slices.Backward(running) { // none is started again from here on
		_ = p.cmd.Process.Signal(p.stop)
		select {
		case <-p.ended:
		case <-time.After(30 * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	}
}

// stopLeftovers stops the processes of a stack that was killed. A process id may have been reused
// since: the start time identifies the process.
func (s *state) stopLeftovers() {
	files, _ := filepath.Glob(s.path("pids", "*"))
	for _, file := range files {
		var pid, sig int
		var started string
		b, err := os.ReadFile(file)
		if err == nil {
			_, err = fmt.Sscan(string(b), &pid, &sig, &started)
		}
		if err == nil && started == processStart(pid) {
			fmt.Fprintf(os.Stderr, "stopping %s (pid %d), left over by a stack that was killed\n",
				filepath.Base(file), pid)
			_ = syscall.Kill(pid, syscall.Signal(sig))
			for range 300 {
				if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
					break
				}
				time.Sleep(100 * time.Millisecond)
			}
		}
		os.Remove(file)
	}
}

// processStart returns an opaque text that differs between two processes with the same id: the
// start time, or "?" when the process is gone.
func processStart(pid int) string {
	if b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil {
		// The fields after the command, which stands in parentheses; the 20th is the start time.
		if fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:])); len(fields) > 19 {
			return fields[19]
		}
	}
	if out, err := exec.Command("ps", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output(); err == nil {
		return strings.Join(strings.Fields(string(out)), "-")
	}
	return "?"
}

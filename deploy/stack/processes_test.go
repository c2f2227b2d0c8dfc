package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Environment variables that make the test binary a process for a test to observe.
const (
	reserveVariable = "STACK_TEST_RESERVE" // reserve this port, report whether that worked, and wait
	waitVariable    = "STACK_TEST_WAIT"    // wait until signalled
)

func TestMain(m *testing.M) {
	ctx, stop := untilSignalled()
	switch {
	case os.Getenv(reserveVariable) != "":
		port, _ := strconv.Atoi(os.Getenv(reserveVariable))
		reserved, err := reservePort(port)
		fmt.Println(reserved, err)
		<-ctx.Done()
	case os.Getenv(waitVariable) != "":
		fmt.Println("waiting")
		<-ctx.Done()
		fmt.Println("stopped")
	default:
		stop()
		os.Exit(m.Run())
	}
}

// startProcess starts a command with a variable set and returns it with a function
// that reads a line of its output.
func startProcess(t *testing.T, variable string, command ...string) (cmd *exec.Cmd, line func() string) {
	t.Helper()
	cmd = exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), variable)
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(output)
	return cmd, func() string {
		t.Helper()
		read := make(chan string, 1)
		go func() {
			text, _ := lines.ReadString('\n')
			read <- strings.TrimSpace(text)
		}()
		select {
		case text := <-read:
			return text
		case <-time.After(10 * time.Second):
			t.Fatal("the process writes nothing")
			return ""
		}
	}
}

func TestReservePort_AnotherProcessHasIt_IsRefused(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	const port = 30917
	other, line := startProcess(t, fmt.Sprint(reserveVariable, "=", port), os.Args[0])
	if got := line(); got != "true <nil>" {
		t.Fatalf("the other process: %s", got)
	}
	if reserved, err := reservePort(port); reserved || err != nil {
		t.Fatalf("a port was reserved twice: %v, %v", reserved, err)
	}
	_ = other.Process.Kill()
	_ = other.Wait()
	if reserved, err := reservePort(port); !reserved || err != nil {
		t.Fatalf("a reservation outlives its process: %v, %v", reserved, err)
	}
}

func TestUntilSignalled_InterruptIgnoredByTheShell_Stops(t *testing.T) {
	cmd, line := startProcess(t, waitVariable+"=1", "sh", "-c", `trap "" INT; exec "$0"`, os.Args[0])
	if got := line(); got != "waiting" {
		t.Fatal(got)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if got := line(); got != "stopped" {
		t.Fatal(got)
	}
}

func TestStopRunning_NoStack_IsReported(t *testing.T) {
	dir := t.TempDir()
	for _, prepare := range []func(){func() {}, func() {
		st, err := openState(dir)
		if err != nil {
			t.Fatal(err)
		}
		st.close()
	}} {
		prepare()
		if err := stopRunning(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "no stack runs") {
			t.Fatal(err)
		}
	}
}

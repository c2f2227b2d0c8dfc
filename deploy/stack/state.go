package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// minFree is the disk space that a start asks for: an empty PostgreSQL cluster
// with Temporal's schema takes about 150 MB and its write-ahead log as much.
const minFree = 600 << 20

// state is the one folder that keeps everything of a stack.
type state struct {
	dir   string
	lock  *os.File
	owner *syscall.Credential // who runs PostgreSQL; nil: the current user
}

// keptStateDir is where `stack run` keeps its state: STATE_DIR, else .market in
// the working folder. Root's is under /var/lib, since PostgreSQL runs as another
// user there and must be able to reach it.
func keptStateDir() string {
	if dir := os.Getenv("STATE_DIR"); dir != "" {
		return dir
	}
	wd, err := os.Getwd()
	if err != nil || os.Getuid() != 0 {
		return filepath.Join(wd, ".market")
	}
	sum := sha256.Sum256([]byte(wd))
	return filepath.Join("/var/lib/all-in-market", hex.EncodeToString(sum[:4]))
}

// openState creates the folder, checks its disk, and takes its lock, so that
// two stacks never run on one folder. What a killed stack left running is stopped.
func openState(dir string) (*state, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	st := &state{dir: dir}
	if st.owner, err = unprivileged(); err != nil {
		return nil, err
	}
	for _, d := range []string{dir, st.path("log"), st.path("pids")} {
		if err := os.MkdirAll(d, 0o711); err != nil {
			return nil, fmt.Errorf("cannot create %s: %w; set STATE_DIR to a folder that can be written", d, err)
		}
	}
	// Others may pass through, since PostgreSQL and Redis run as another user when the
	// stack is root's, and see nothing.
	for _, d := range []string{dir, st.path("log"), st.path("pids")} {
		if err := os.Chmod(d, 0o711); err != nil {
			return nil, err
		}
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err == nil {
		if free := int64(fs.Bavail) * int64(fs.Bsize); free < minFree { //nolint:unconvert // it is 32 bits on macOS
			return nil, fmt.Errorf(
				"only %d MB are free in %s and %d are needed: free some space, or set STATE_DIR to another disk", free>>20, dir,
				minFree>>20)
		}
	}
	st.lock, err = os.OpenFile(st.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(st.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("another stack runs on %s: stop it first (make stop), or set STATE_DIR to another folder", dir)
	}
	if err := st.lock.Truncate(0); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(st.lock, os.Getpid()); err != nil {
		return nil, err
	}
	st.stopLeftovers()
	return st, nil
}

// stopTimeout bounds how long a stack may take to stop: stopAll waits 30
// seconds for a process before it kills it.
const stopTimeout = 2 * time.Minute

// stopRunning stops the stack that runs on a state folder and waits until it has ended.
func stopRunning(ctx context.Context, dir string) error {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("no stack runs on %s", dir)
	}
	defer lock.Close()
	ended := func() error { return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
	if ended() == nil {
		return fmt.Errorf("no stack runs on %s", dir)
	}
	var pid int
	if _, err := fmt.Fscan(lock, &pid); err != nil {
		return fmt.Errorf("the lock of %s does not name a process: %w", dir, err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if err := poll(ctx, ended); err != nil {
		return fmt.Errorf("process %d has not stopped", pid)
	}
	return nil
}

func (s *state) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

func (s *state) close() { s.lock.Close() }

// secret returns the random password kept under name, made at first use.
func (s *state) secret(name string) (string, error) {
	file := s.path(name)
	if b, err := os.ReadFile(file); err == nil {
		return strings.TrimSpace(string(b)), nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	b := make([]byte, 24)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	secret := hex.EncodeToString(b)
	return secret, os.WriteFile(file, []byte(secret), 0o600)
}

// ownedFile writes a file into a folder, both for the eyes of the unprivileged user alone.
func (s *state) ownedFile(dir, name, content string) error {
	file := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil ||
		s.owner == nil {
		return err
	}
	return errors.Join(os.Chown(dir, int(s.owner.Uid), int(s.owner.Gid)),
		os.Chown(file, int(s.owner.Uid), int(s.owner.Gid)))
}

// unprivileged is the user that PostgreSQL, which refuses to run as root, runs as.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New(
		"running as root, and there is no user postgres or nobody to run PostgreSQL as: run it as another user")
}

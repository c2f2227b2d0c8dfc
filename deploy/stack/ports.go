package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// highestPort bounds the ports that are used: Temporal stores ports as signed
// 16-bit numbers.
const highestPort = 32767

// reservations holds the lock file of each port that this process has reserved.
var reservations = map[int]*os.File{}

// port reserves a TCP port of the loopback address: the given one or the next free one, which it
// notes; with opt.anyPorts any free one.
func (s *services) port(name string, wanted int, opt serviceOptions) (int, error) {
	from := wanted
	if opt.anyPorts {
		from = 20000 + os.Getpid()%10000
	}
	for p := from; p <= highestPort; p++ {
		reserved, err := reservePort(p)
		if err != nil {
			return 0, err
		}
		if !reserved {
			continue
		}
		if p != wanted && !opt.anyPorts {
			s.notes = append(s.notes, fmt.Sprintf("port %d is taken: %s is on %d", wanted, name, p))
		}
		return p, nil
	}
	return 0, fmt.Errorf("no free port for %s at or after %d; stop what holds them", name, from)
}

// reservePort reports whether it has reserved a port for this process. A port
// is reserved by a lock file, because the service that is to listen on it may
// start much later; the lock ends with the process.
func reservePort(port int) (bool, error) {
	if reservations[port] != nil {
		return false, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return false, err
	}
	dir := filepath.Join(cache, "all-in-market", "ports")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return false, lock.Close()
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false, lock.Close()
	}
	reservations[port] = lock
	return true, l.Close()
}

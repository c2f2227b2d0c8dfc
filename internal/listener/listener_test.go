package listener

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

// host is the Network of these tests: each address is a network.
func host(address string) string { return address }

// serve serves handler within limits until the test ends.
func serve(t *testing.T, limits Limits, handler http.HandlerFunc) *Listener {
	t.Helper()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	limits.Log = slog.New(slog.DiscardHandler)
	l := New(raw, limits)
	s := &http.Server{Handler: handler, ConnState: l.ConnState, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return l
}

// dial connects from an address of this machine.
func dial(t *testing.T, l *Listener, from string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// get sends a request on a connection and returns all that is answered.
func get(c net.Conn) string {
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	answer, _ := io.ReadAll(c)
	return string(answer)
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") }

func TestListener_IdleConnectionsOfOneAddress_DoNotBlockOthers(t *testing.T) {
	t.Parallel()
	l := serve(t, Limits{Total: 20, PerNetwork: 10, Network: host}, ok)
	honest := dial(t, l, "127.0.0.3")
	for range 100 {
		dial(t, l, "127.0.0.2")
	}
	require.Contains(t, get(dial(t, l, "127.0.0.2")), "served", "also from the same address")
	require.Contains(t, get(honest), "served", "an idle connection of another address is kept")
	testrig.Eventually(t, func() bool { return l.Counts().Evicted >= 91 }, time.Minute, time.Millisecond)
	require.LessOrEqual(t, l.Counts().Open, 11)
	require.Zero(t, l.Counts().Refused)
}

func TestListener_IdleConnectionsOfManyAddresses_MakeRoom(t *testing.T) {
	t.Parallel()
	l := serve(t, Limits{Total: 10, PerNetwork: 5, Network: host}, ok)
	for i := range 40 {
		dial(t, l, fmt.Sprintf("127.0.1.%d", i+1))
	}
	require.Contains(t, get(dial(t, l, "127.0.0.3")), "served")
	require.LessOrEqual(t, l.Counts().Open, 10)
}

func TestListener_RequestsInProgress_AreNotEvicted(t *testing.T) {
	t.Parallel()
	started, release := make(chan bool, 10), make(chan bool)
	l := serve(t, Limits{Total: 3, PerNetwork: 2, Network: host}, func(w http.ResponseWriter, r *http.Request) {
		started <- true
		<-release
		ok(w, r)
	})
	answers := make(chan string, 3)
	for _, from := range []string{"127.0.0.2", "127.0.0.2", "127.0.0.3"} {
		c := dial(t, l, from)
		go func() { answers <- get(c) }()
		<-started
	}
	sameAddress := get(dial(t, l, "127.0.0.2"))
	require.True(t, strings.HasPrefix(sameAddress, "HTTP/1.1 429 "), sameAddress)
	require.Contains(t, sameAddress, "TOO_MANY_CONNECTIONS")
	require.Contains(t, sameAddress, "Retry-After: 5\r\n")
	otherAddress := get(dial(t, l, "127.0.0.4"))
	require.True(t, strings.HasPrefix(otherAddress, "HTTP/1.1 503 "), otherAddress)
	require.Equal(t, Counts{Open: 3, Refused: 2}, l.Counts())
	close(release)
	for range 3 {
		require.Contains(t, <-answers, "served")
	}
	testrig.Eventually(t, func() bool { return l.Counts().Open == 0 }, time.Minute, time.Millisecond)
	require.Contains(t, get(dial(t, l, "127.0.0.2")), "served", "the places are free again")
	testrig.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.networks) == 0 && l.idle.Len() == 0 && l.lingering == 0
	}, time.Minute, time.Millisecond, "nothing is kept of connections that have ended")
}

// failing is a net.Listener whose first accepts fail.
type failing struct {
	net.Listener
	errs []error
}

func (f *failing) Accept() (net.Conn, error) {
	if len(f.errs) == 0 {
		return f.Listener.Accept()
	}
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", err)}
}

func TestListener_NoDescriptorOrMemory_AcceptsLater(t *testing.T) {
	t.Parallel()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := New(&failing{raw, []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}},
		Limits{Log: slog.New(slog.DiscardHandler)})
	dial(t, l, "127.0.0.1")
	c, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, l.Close())
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestProbe_ServerThatAcceptsNothing_IsUnserved(t *testing.T) {
	t.Parallel()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer raw.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = Probe(ctx, raw.Addr())
	var unserved *Unserved
	require.ErrorAs(t, err, &unserved)
	require.False(t, unserved.Answered)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestProbe_FullServer_IsOverloadedAndLives(t *testing.T) {
	t.Parallel()
	started, release := make(chan bool, 1), make(chan bool)
	l := serve(t, Limits{Total: 1}, func(http.ResponseWriter, *http.Request) {
		started <- true
		<-release
	})
	require.NoError(t, Probe(t.Context(), l.Addr()))
	testrig.Eventually(t, func() bool { return l.Counts().Open == 0 }, time.Minute, time.Millisecond)
	c := dial(t, l, "127.0.0.2")
	go get(c)
	<-started
	var unserved *Unserved
	require.True(t, errors.As(Probe(t.Context(), l.Addr()), &unserved) && unserved.Answered)
	close(release)
}

func TestProbe_FloodFromOneAddress_IsServing(t *testing.T) {
	t.Parallel()
	l := serve(t, Limits{Total: 50, PerNetwork: 5, Network: host}, ok)
	for range 200 {
		dial(t, l, "127.0.0.1") // the address of the probe itself
	}
	require.NoError(t, Probe(t.Context(), l.Addr()))
}

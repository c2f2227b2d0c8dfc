// Package listener bounds the connections of a server: in total, and of each network. A connection
// above a bound takes the place of the one that has been idle longest, and is refused when none is idle.
package listener

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limits bound the connections of a Listener. A zero bound is none.
type Limits struct {
	Total      int
	PerNetwork int
	// Network returns the part of an IP address that one client is given. Required with PerNetwork.
	Network func(address string) string
	Log     *slog.Logger
}

// Counts are connections since the Listener was made, but for Open.
type Counts struct {
	Open    int
	Evicted int // idle ones that were closed for new ones
	Refused int // with an answer of 429 or 503
}

// Listener is a net.Listener whose Accept returns connections within the Limits. It never returns a
// temporary error: without descriptors or memory it waits and tries again.
//
// ConnState must be the ConnState of the http.Server that serves it.
type Listener struct {
	net.Listener
	limits Limits

	mu        sync.Mutex
	counts    Counts
	idle      list.List // of *conn, that which has been idle longest first
	networks  map[string]*network
	lingering int
}

// network is a client's connections.
type network struct {
	open int
	idle list.List // as Listener.idle
}

// conn is a connection that the Listener has accepted.
type conn struct {
	net.Conn
	listener *Listener
	network  string
	closed   bool
	// The elements of the connection in the lists of idle ones; nil while a request is served.
	ofAll, ofNetwork *list.Element
}

// New returns a Listener around another.
func New(l net.Listener, limits Limits) *Listener {
	return &Listener{Listener: l, limits: limits, networks: map[string]*network{}}
}

// Counts returns the numbers of connections.
func (l *Listener) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}

// The first and the longest wait after a failed accept.
const (
	firstWait   = 5 * time.Millisecond
	longestWait = time.Second
)

// Accept returns the next connection that is within the bounds. It fails only when the Listener is
// closed.
func (l *Listener) Accept() (net.Conn, error) {
	wait := firstWait
	for {
		raw, err := l.Listener.Accept()
		if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
			return nil, err
		}
		if err != nil {
			l.limits.Log.Warn("accept failed; retrying", "err", err)
			time.Sleep(wait)
			wait = min(2*wait, longestWait)
			continue
		}
		wait = firstWait
		c, evicted, status := l.admit(raw)
		if evicted != nil {
			_ = evicted.Close()
		}
		if c != nil {
			return c, nil
		}
		l.refuse(raw, status)
	}
}

// admit counts a connection. It returns the idle connection that must make room, if one must, or the
// status of the refusal when none is idle.
func (l *Listener) admit(raw net.Conn) (c, evicted *conn, status int) {
	name := ""
	if host, _, err := net.SplitHostPort(raw.RemoteAddr().String()); err == nil && l.limits.Network != nil {
		name = l.limits.Network(host)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.networks[name]
	if n == nil {
		n = &network{}
		l.networks[name] = n
	}
	oldest := func(idle *list.List) *conn {
		if e := idle.Front(); e != nil {
			return e.Value.(*conn)
		}
		return nil
	}
	switch {
	case l.limits.PerNetwork > 0 && n.open >= l.limits.PerNetwork:
		evicted, status = oldest(&n.idle), http.StatusTooManyRequests
	case l.limits.Total > 0 && l.counts.Open >= l.limits.Total:
		evicted, status = oldest(&l.idle), http.StatusServiceUnavailable
	}
	if status != 0 && evicted == nil {
		l.counts.Refused++
		if n.open == 0 {
			delete(l.networks, name)
		}
		return nil, nil, status
	}
	n.open++ // before the other one is removed, which may belong to the same network
	l.counts.Open++
	if evicted != nil {
		l.counts.Evicted++
		l.remove(evicted)
	}
	c = &conn{Conn: raw, listener: l, network: name}
	l.setIdle(c)
	return c, evicted, 0
}

// ConnState notes whether a connection is idle: before its first request has been read, and between
// requests.
func (l *Listener) ConnState(nc net.Conn, state http.ConnState) {
	c, ours := nc.(*conn)
	if !ours {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateIdle:
		l.setIdle(c)
	case http.StateActive, http.StateHijacked:
		l.setBusy(c)
	}
}

func (l *Listener) setIdle(c *conn) {
	if !c.closed && c.ofAll == nil {
		c.ofAll, c.ofNetwork = l.idle.PushBack(c), l.networks[c.network].idle.PushBack(c)
	}
}

func (l *Listener) setBusy(c *conn) {
	if c.ofAll != nil {
		l.idle.Remove(c.ofAll)
		l.networks[c.network].idle.Remove(c.ofNetwork)
		c.ofAll, c.ofNetwork = nil, nil
	}
}

// remove stops counting a connection. A second call does nothing.
func (l *Listener) remove(c *conn) {
	if c.closed {
		return
	}
	l.setBusy(c)
	c.closed = true
	l.counts.Open--
	n := l.networks[c.network]
	if n.open--; n.open == 0 {
		delete(l.networks, c.network)
	}
}

// Close closes the connection and stops counting it.
func (c *conn) Close() error {
	c.listener.mu.Lock()
	c.listener.remove(c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite ends what is sent, so that net/http can wait until the client has read it.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// How refused connections are closed: the answer is read only if the client's request is read first,
// for a moment and for a few connections at a time.
const (
	lingerTime    = 500 * time.Millisecond
	maxLingering  = 64
	refusalSecond = 5
)

var refusals = map[int]string{
	http.StatusTooManyRequests: refusal(http.StatusTooManyRequests, "TOO_MANY_CONNECTIONS",
		"Too many connections of this network are in use at once."),
	http.StatusServiceUnavailable: refusal(http.StatusServiceUnavailable, "SERVICE_OVERLOADED",
		"Too many requests at once. Try again in a moment."),
}

func refusal(status int, code, message string) string {
	body := fmt.Sprintf(`{"success":false,"status":%d,"message":%q,"data":null,"code":%q}`, status, message, code)
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: %d\r\n"+
		"Retry-After: %d\r\nConnection: close\r\n\r\n%s", status, http.StatusText(status), len(body), refusalSecond, body)
}

// refuse answers a connection and closes it, without holding up those after it.
func (l *Listener) refuse(c net.Conn, status int) {
	_ = c.SetDeadline(time.Now().Add(lingerTime))
	_, _ = io.WriteString(c, refusals[status]) // into the empty buffer of the socket: it does not block
	half, ok := c.(interface{ CloseWrite() error })
	l.mu.Lock()
	linger := ok && l.lingering < maxLingering
	if linger {
		l.lingering++
	}
	l.mu.Unlock()
	if !linger {
		_ = c.Close()
		return
	}
	go func() {
		_ = half.CloseWrite()
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
		l.mu.Lock()
		l.lingering--
		l.mu.Unlock()
	}()
}

// Unserved is the error of a server that does not serve. Answered reports whether it accepted the
// connection and answered: it is then overloaded, but alive.
type Unserved struct {
	Answered bool
	cause    error
}

func (e *Unserved) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *Unserved) Unwrap() error { return e.cause }

// Probe connects to the address that a server listens on and has it answer a request that reaches no
// handler. It fails with an *Unserved error.
func Probe(ctx context.Context, address net.Addr) error {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return &Unserved{cause: err}
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "" // this machine
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return &Unserved{cause: err}
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	if _, err := io.WriteString(c, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		return &Unserved{cause: err}
	}
	const statusLine = len("HTTP/1.1 200")
	line := make([]byte, statusLine)
	if _, err := io.ReadFull(c, line); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return &Unserved{cause: fmt.Errorf("no answer: %w", err)}
	}
	status, err := strconv.Atoi(string(line[statusLine-3:]))
	if err != nil {
		return &Unserved{cause: fmt.Errorf("no HTTP answer: %q", line)}
	}
	// A refusal for the network of the probe does not concern others.
	if status == http.StatusServiceUnavailable {
		return &Unserved{Answered: true, cause: errors.New("overloaded: answers 503")}
	}
	return nil
}

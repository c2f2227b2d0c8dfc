package testrig

import (
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Proxy stands between the code under test and a service, so that a test can
// take the service away and bring it back.
type Proxy struct {
	listener net.Listener

	mu      sync.Mutex
	targets []string  // the next one first
	mended  sync.Cond // of mu: frozen or cut has changed
	cut     bool
	frozen  bool
	left    int // bytes until it is cut; below 0: no end
	links   map[*link]struct{}
	watch   func(fromClient bool, bytes []byte) bool
}

// A link is a connection through the proxy.
type link struct {
	client, server net.Conn
	forgotten      bool
}

// NewProxy forwards connections to TCP addresses of a service, in turn.
func NewProxy(tb testing.TB, targets ...string) *Proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	p := &Proxy{listener: l, targets: slices.Clone(targets), left: -1, links: map[*link]struct{}{}}
	p.mended.L = &p.mu
	go p.serve()
	tb.Cleanup(func() { _ = l.Close(); p.Cut() })
	return p
}

// Addr is where the service is reached through the proxy.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut ends all connections and refuses new ones: the service is down.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.frozen = true, false
	for l := range p.links {
		_, _ = l.client.Close(), l.server.Close()
	}
	clear(p.links)
	p.mended.Broadcast()
}

// CutAfter lets so many bytes through, of both sides and all connections, and then cuts.
func (p *Proxy) CutAfter(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = bytes
}

// Freeze keeps connections, accepts new ones, and forwards nothing: the service hangs. Data sent
// meanwhile arrives after Mend.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = true
}

// Forget closes the open connections at the service's side without notice to the other side; new
// ones work: the service has moved to another machine.
func (p *Proxy) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.forgotten = true
		_ = l.server.Close()
	}
}

// Redirect sends new connections to another address; open ones stay.
func (p *Proxy) Redirect(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.targets = []string{target}
}

// Mend forwards everything again.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.frozen, p.left = false, false, -1
	p.mended.Broadcast()
}

// Watch calls f with all bytes that arrive from either side, before they are handed on. They are dropped when it
// returns false. nil ends that.
func (p *Proxy) Watch(f func(fromClient bool, bytes []byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = f
}

func (p *Proxy) serve() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.forward(c)
	}
}

func (p *Proxy) forward(client net.Conn) {
	p.mu.Lock()
	target := p.targets[0]
	p.targets = append(p.targets[1:], target)
	p.mu.Unlock()
	server, err := net.Dial("tcp", target)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{client: client, server: server}
	if !p.track(l) {
		_, _ = client.Close(), server.Close()
		return
	}
	go p.pass(l, server, client)
	p.pass(l, client, server)
}

func (p *Proxy) track(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cut {
		p.links[l] = struct{}{}
	}
	return !p.cut
}

// pass hands on what comes from one side, until either ends.
func (p *Proxy) pass(l *link, to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			p.hand(l, to, buffer[:n])
		}
		if err != nil {
			p.close(l, from)
			return
		}
	}
}

// hand hands bytes on, once they may come through; on a forgotten connection they never may.
func (p *Proxy) hand(l *link, to net.Conn, bytes []byte) {
	p.mu.Lock()
	for p.frozen {
		p.mended.Wait()
	}
	passes := len(bytes)
	if l.forgotten {
		passes = 0
	} else if p.left >= 0 {
		passes = min(passes, p.left)
		p.left -= passes
	}
	last, watch := p.left == 0, p.watch
	p.mu.Unlock()
	if watch != nil && !watch(to == l.server, bytes) {
		return
	}
	_, _ = to.Write(bytes[:passes]) // when that side has ended, who reads from it sees it
	if last {
		p.Cut()
	}
}

// close ends a connection of which one side has ended; the client of a forgotten one is not
// notified.
func (p *Proxy) close(l *link, side net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.forgotten && side == l.server {
		return
	}
	_, _ = l.client.Close(), l.server.Close()
	delete(p.links, l)
}

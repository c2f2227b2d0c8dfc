package uploads

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
)

// Limits bound the uploads of one seller to one process.
type Limits struct {
	AtOnce    int64 // that are read and decoded, if they are small; a large one runs alone. A few more wait.
	PerMinute int
}

// queuePerSeller is how many uploads of a seller may wait.
const queuePerSeller = 10

// queueTimeout bounds the wait before an upload is read.
const queueTimeout = 8 * time.Second

// What uploads hold in memory, as they were sent. Small ones do not wait for large ones.
const (
	largeBodies = 2 * maxUpload
	smallBodies = 8 << 20
	smallBody   = 1 << 20
)

// collected is the size from which on a body's memory is returned to the system before it counts as
// free: the runtime would let as much garbage accumulate as there was memory in use.
const collected = 4 << 20

// gates admit uploads before their bodies are read.
type gates struct {
	limits       Limits
	large, small *semaphore.Weighted

	mu      sync.Mutex
	sellers map[market.SellerID]*seller
}

// seller is one that has uploaded lately.
type seller struct {
	slots   *semaphore.Weighted
	rate    *rate.Limiter
	present int64 // uploads that wait or run
}

func newGates(l Limits) *gates {
	return &gates{
		limits: l, large: semaphore.NewWeighted(largeBodies), small: semaphore.NewWeighted(smallBodies),
		sellers: map[market.SellerID]*seller{},
	}
}

// busyDelay is the time after which to try again when too many uploads wait.
const busyDelay = 5 * time.Second

func busy() error { return market.RefuseFor(market.CodeServiceOverloaded, busyDelay) }

// enter waits until an upload of a seller may be read: size is that of its body, negative when the
// client does not name it. leave must be called when the upload has ended. It fails with
// UPLOAD_RATE_LIMITED, or with SERVICE_OVERLOADED when the wait takes too long.
func (g *gates) enter(ctx context.Context, id market.SellerID, size int64) (leave func(), err error) {
	s, err := g.arrive(id)
	if err != nil {
		return nil, err
	}
	if size < 0 || size > maxUpload {
		size = maxUpload
	}
	// A large body takes all of its seller's slots, so that one seller cannot fill the room for them.
	bodies, slots := g.large, g.limits.AtOnce
	if size <= smallBody {
		bodies, slots = g.small, 1
	}
	wait, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	if err = s.slots.Acquire(wait, slots); err == nil {
		if err = bodies.Acquire(wait, size); err == nil {
			return func() {
				if size >= collected {
					debug.FreeOSMemory()
				}
				bodies.Release(size)
				s.slots.Release(slots)
				g.depart(s)
			}, nil
		}
		s.slots.Release(slots)
	}
	g.depart(s)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, busy()
}

func (g *gates) arrive(id market.SellerID) (*seller, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.sellers[id]
	if s == nil {
		g.forget()
		s = &seller{
			slots: semaphore.NewWeighted(g.limits.AtOnce),
			rate:  rate.NewLimiter(rate.Limit(float64(g.limits.PerMinute)/60), g.limits.PerMinute),
		}
		g.sellers[id] = s
	}
	if s.present >= g.limits.AtOnce+queuePerSeller {
		return nil, market.RefuseFor(market.CodeUploadRateLimited, busyDelay)
	}
	if r := s.rate.Reserve(); r.Delay() > 0 {
		after := r.Delay()
		r.Cancel()
		return nil, market.RefuseFor(market.CodeUploadRateLimited, after)
	}
	s.present++
	return s, nil
}

// another counts a further upload of the same request. It fails with UPLOAD_RATE_LIMITED.
func (g *gates) another(id market.SellerID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.sellers[id].rate.Reserve(); r.Delay() > 0 {
		after := r.Delay()
		r.Cancel()
		return market.RefuseFor(market.CodeUploadRateLimited, after)
	}
	return nil
}

// forget drops sellers whose limits are whole again.
func (g *gates) forget() {
	const few = 100
	if len(g.sellers) < few {
		return
	}
	for id, s := range g.sellers {
		if s.present == 0 && s.rate.Tokens() >= float64(s.rate.Burst()) {
			delete(g.sellers, id)
		}
	}
}

func (g *gates) depart(s *seller) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.present--
}

// maxUpload bounds what an upload holds in memory: an image and a few short fields.
const maxUpload = images.MaxSize + 64<<10

// maxRequest bounds the request of an upload. Other form fields are read and discarded.
const maxRequest = 50 << 20

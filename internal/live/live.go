// Package live notifies the streams of a process of changes to the orders that they follow. While no
// order changes anywhere, following costs nothing: processes announce their writes to each other, and
// one statement reads the stamps of all orders that are followed here.
package live

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/all-in-market/market/internal/market"
)

const (
	// streamsPerBuyer is below the six connections that a browser opens to a host, so that pages still
	// load beside the streams of a buyer's tabs.
	streamsPerBuyer = 4
	// maxStreams bounds the streams of a process.
	maxStreams = 2000
	// checkInterval is the maximum delay of a change.
	checkInterval = 500 * time.Millisecond
	// checkTimeout bounds the read of the stamps.
	checkTimeout = 5 * time.Second
)

// Stamps reads the stamps of orders: a stamp changes whenever data that buyers see of an order
// changes. *store.Store implements it.
type Stamps interface {
	OrderStamps(ctx context.Context, ids []int64) (map[int64]string, error)
}

// Orders are the streams of a process.
type Orders struct {
	stamps    Stamps
	log       *slog.Logger
	connected func() bool // reports whether announcements arrive
	written   atomic.Bool // an announcement has arrived since the last check

	mu      sync.Mutex
	ended   bool
	count   int
	streams map[int64]map[*Stream]bool   // by order
	buyers  map[market.BuyerID][]*Stream // the oldest first
	seen    map[int64]string             // the newest stamps of followed orders; "" before the first check
}

// Stream follows an order.
type Stream struct {
	orders  *Orders
	buyer   market.BuyerID
	orderID int64
	changed chan struct{}
	ended   chan struct{}
	reason  End
}

// End is the reason why a stream has ended.
type End int

// The ends of a stream.
const (
	Stopping End = iota // the process stops
	Replaced            // the buyer has opened too many newer ones
)

// NewOrders returns the streams of a process. connected reports whether the announcements of other
// processes arrive, which call Written; while they do not, the stamps are read at every interval.
func NewOrders(s Stamps, log *slog.Logger, connected func() bool) *Orders {
	return &Orders{
		stamps: s, log: log, connected: connected,
		streams: map[int64]map[*Stream]bool{}, buyers: map[market.BuyerID][]*Stream{}, seen: map[int64]string{},
	}
}

// Written records that an order may have changed.
func (o *Orders) Written() { o.written.Store(true) }

// Follow opens a stream of an order. It ends the oldest stream of a buyer who has too many. It
// fails with SERVICE_OVERLOADED. The caller must call Close.
func (o *Orders) Follow(buyer market.BuyerID, orderID int64) (*Stream, error) {
	s := &Stream{
		orders: o, buyer: buyer, orderID: orderID, changed: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if own := o.buyers[buyer]; len(own) >= streamsPerBuyer {
		o.end(own[0], Replaced)
	}
	if o.count >= maxStreams {
		return nil, market.Refuse(market.CodeServiceOverloaded)
	}
	if o.ended {
		s.reason = Stopping
		close(s.ended)
		return s, nil
	}
	if o.streams[orderID] == nil {
		o.streams[orderID] = map[*Stream]bool{}
		o.seen[orderID] = ""
		o.written.Store(true) // its first stamp is missing
	}
	o.streams[orderID][s] = true
	o.buyers[buyer] = append(o.buyers[buyer], s)
	o.count++
	return s, nil
}

// Changed receives after each change of the order.
func (s *Stream) Changed() <-chan struct{} { return s.changed }

// Ended is closed when the stream has ended; Reason returns why.
func (s *Stream) Ended() <-chan struct{} { return s.ended }

// Reason returns why the stream has ended. It must not be called before that.
func (s *Stream) Reason() End { return s.reason }

// Close ends the stream. A second call does nothing.
func (s *Stream) Close() {
	s.orders.mu.Lock()
	defer s.orders.mu.Unlock()
	s.orders.end(s, Stopping)
}

func (o *Orders) end(s *Stream, reason End) {
	if !o.streams[s.orderID][s] {
		return
	}
	s.reason = reason
	close(s.ended)
	o.count--
	if delete(o.streams[s.orderID], s); len(o.streams[s.orderID]) == 0 {
		delete(o.streams, s.orderID)
		delete(o.seen, s.orderID)
	}
	o.buyers[s.buyer] = slices.DeleteFunc(o.buyers[s.buyer], func(other *Stream) bool { return other == s })
	if len(o.buyers[s.buyer]) == 0 {
		delete(o.buyers, s.buyer)
	}
}

// Run notifies streams until ctx ends, and then ends all of them.
func (o *Orders) Run(ctx context.Context) {
	tick := time.NewTicker(checkInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			o.endAll()
			return
		case <-tick.C:
		}
		o.check(ctx)
	}
}

// check reads the stamps of followed orders and notifies the streams of those that have changed.
func (o *Orders) check(ctx context.Context) {
	o.mu.Lock()
	ids := slices.Collect(maps.Keys(o.streams))
	o.mu.Unlock()
	if len(ids) == 0 || (!o.written.Swap(false) && o.connected()) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	stamps, err := o.stamps.OrderStamps(ctx, ids)
	if err != nil {
		o.written.Store(true)
		if ctx.Err() == nil {
			o.log.Warn("order stamps not read; retrying", "err", err)
		}
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, stamp := range stamps {
		if before, followed := o.seen[id]; !followed || before == stamp {
			continue
		}
		o.seen[id] = stamp
		for s := range o.streams[id] {
			select {
			case s.changed <- struct{}{}:
			default: // it has not received the last one yet
			}
		}
	}
}

func (o *Orders) endAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	for _, streams := range o.streams {
		for s := range streams {
			o.end(s, Stopping)
		}
	}
}

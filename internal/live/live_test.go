package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// stamps are those of a database.
type stamps struct {
	mu    sync.Mutex
	of    map[int64]string
	err   error
	reads int
}

func (s *stamps) OrderStamps(_ context.Context, ids []int64) (map[int64]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	found := map[int64]string{}
	for _, id := range ids {
		found[id] = s.of[id]
	}
	return found, s.err
}

func newOrders(connected bool) (*Orders, *stamps) {
	s := &stamps{of: map[int64]string{1: "a", 2: "b"}}
	return NewOrders(s, slog.New(slog.DiscardHandler), func() bool { return connected }), s
}

func changed(s *Stream) bool {
	select {
	case <-s.Changed():
		return true
	default:
		return false
	}
}

func follow(t *testing.T, o *Orders, buyer market.BuyerID, order int64) *Stream {
	t.Helper()
	s, err := o.Follow(buyer, order)
	require.NoError(t, err)
	return s
}

func TestOrders_NothingIsWritten_NothingIsRead(t *testing.T) {
	t.Parallel()
	o, db := newOrders(true)
	s := follow(t, o, 1, 1)
	o.check(t.Context())
	require.True(t, changed(s), "what has changed since the page was shown")
	require.Equal(t, 1, db.reads)
	for range 100 {
		o.check(t.Context())
	}
	require.Equal(t, 1, db.reads)
	o.Written()
	o.check(t.Context())
	require.Equal(t, 2, db.reads)
	require.False(t, changed(s), "another order was written")
}

func TestOrders_AnOrderIsWritten_ItsStreamsAreNotified(t *testing.T) {
	t.Parallel()
	o, db := newOrders(true)
	first, second, other := follow(t, o, 1, 1), follow(t, o, 1, 1), follow(t, o, 2, 2)
	o.check(t.Context())
	require.True(t, changed(first) && changed(second) && changed(other))
	db.of[1] = "c"
	o.Written()
	o.check(t.Context())
	require.True(t, changed(first) && changed(second))
	require.False(t, changed(other))
}

func TestOrders_StampsAreNotRead_AreReadAgain(t *testing.T) {
	t.Parallel()
	o, db := newOrders(true)
	s := follow(t, o, 1, 1)
	db.err = errors.New("the database is away")
	o.check(t.Context())
	require.False(t, changed(s))
	db.err = nil
	o.check(t.Context())
	require.True(t, changed(s))
}

func TestOrders_AnnouncementsDoNotArrive_StampsAreRead(t *testing.T) {
	t.Parallel()
	o, db := newOrders(false)
	s := follow(t, o, 1, 1)
	o.check(t.Context())
	require.True(t, changed(s))
	db.of[1] = "c"
	o.check(t.Context())
	require.True(t, changed(s))
}

func TestFollow_TooManyOfABuyer_TheOldestEnds(t *testing.T) {
	t.Parallel()
	o, _ := newOrders(true)
	oldest := follow(t, o, 1, 1)
	for range streamsPerBuyer - 1 {
		follow(t, o, 1, 1)
	}
	other := follow(t, o, 2, 1)
	newest := follow(t, o, 1, 2)
	<-oldest.Ended()
	require.Equal(t, Replaced, oldest.Reason())
	require.Equal(t, streamsPerBuyer+1, o.count)
	for range 1000 {
		follow(t, o, 1, 1)
	}
	require.Equal(t, streamsPerBuyer+1, o.count, "a flood of one buyer")
	<-newest.Ended()
	select {
	case <-other.Ended():
		t.Fatal("a stream of another buyer has ended")
	default:
	}
}

func TestFollow_TooManyOfAProcess_IsRefused(t *testing.T) {
	t.Parallel()
	o, _ := newOrders(true)
	for i := range maxStreams {
		follow(t, o, market.BuyerID(i+1), 1)
	}
	_, err := o.Follow(maxStreams+1, 1)
	require.Equal(t, market.CodeServiceOverloaded, market.CodeOf(err))
}

func TestOrders_TheProcessStops_StreamsEnd(t *testing.T) {
	t.Parallel()
	o, _ := newOrders(true)
	ctx, cancel := context.WithCancel(t.Context())
	s, closed := follow(t, o, 1, 1), follow(t, o, 1, 2)
	closed.Close()
	closed.Close()
	cancel()
	o.Run(ctx)
	<-s.Ended()
	require.Equal(t, Stopping, s.Reason())
	<-follow(t, o, 1, 1).Ended()
	require.Empty(t, o.streams)
	require.Empty(t, o.buyers)
	require.Empty(t, o.seen)
	require.Zero(t, o.count)
}

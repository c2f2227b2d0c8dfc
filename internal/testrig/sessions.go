package testrig

import (
	"context"
	"sync"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// SessionEnds keeps until when sessions have ended, for tests without a database. Its zero value is
// ready to use, and Now is its clock; nil means time.Now.
type SessionEnds struct {
	Now  func() time.Time
	mu   sync.Mutex
	ends map[sessionAccount]market.SessionEnd
}

type sessionAccount struct {
	role market.Role
	id   int64
}

// SessionEnd implements auth.SessionEnds.
func (s *SessionEnds) SessionEnd(_ context.Context, role market.Role, id int64) (market.SessionEnd, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ends[sessionAccount{role, id}], nil
}

// EndSessions implements auth.SessionEnds.
func (s *SessionEnds) EndSessions(
	_ context.Context, role market.Role, id int64, kept string,
) (market.SessionEnd, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends == nil {
		s.ends = map[sessionAccount]market.SessionEnd{}
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	end := s.ends[sessionAccount{role, id}].Extend(now(), kept)
	s.ends[sessionAccount{role, id}] = end
	return end, nil
}

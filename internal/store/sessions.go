package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// SessionEnd returns until when an account's sessions have ended. It implements auth.SessionEnds.
func (s AccountStore) SessionEnd(ctx context.Context, role market.Role, accountID int64) (market.SessionEnd, error) {
	e, err := s.q.GetSessionEnd(ctx, s.pool, role, accountID)
	if errors.Is(err, pgx.ErrNoRows) {
		return market.SessionEnd{}, nil
	}
	return sessionEnd(e), translate(err)
}

// EndSessions ends the sessions that an account has opened until now, except for those of the family
// kept, which may be "", and returns the account's new SessionEnd. It implements auth.SessionEnds.
func (s AccountStore) EndSessions(
	ctx context.Context, role market.Role, accountID int64, kept string,
) (end market.SessionEnd, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		end, err = s.endSessions(ctx, tx, role, accountID, kept)
		return err
	})
	return end, err
}

// endSessions is EndSessions within the transaction of the change that ends the sessions.
func (s *DB) endSessions(
	ctx context.Context, tx pgx.Tx, role market.Role, accountID int64, kept string,
) (market.SessionEnd, error) {
	if kept == "" {
		e, err := s.q.EndSessions(ctx, tx, role, accountID, s.now())
		return sessionEnd(e), err
	}
	e, err := s.q.EndOtherSessions(ctx, tx,
		db.EndOtherSessionsParams{Role: role, AccountID: accountID, Until: s.now(), KeptFamily: kept})
	return sessionEnd(e), err
}

func sessionEnd(e db.SessionEnd) market.SessionEnd {
	end := market.SessionEnd{Version: e.Version}
	for _, t := range []struct {
		stored *time.Time
		to     *time.Time
	}{{e.EndedAt, &end.All}, {e.OthersEndedAt, &end.Others}} {
		if t.stored != nil {
			*t.to = *t.stored
		}
	}
	if e.KeptFamily != nil {
		end.Kept = *e.KeptFamily
	}
	return end
}

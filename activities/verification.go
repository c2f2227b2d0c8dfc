package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/verify"
)

// Verify looks whether all books agree, keeps what it has found for the alarms, and
// returns how much that is; see verify.Run.
func (a *Activities) Verify(ctx context.Context) (findings int, err error) {
	started := time.Now()
	found, err := verify.Run(ctx, verify.Books{Store: a.Store, Gateways: a.Gateways, Bank: a.Bank},
		func(p verify.Progress) { report(ctx, p) })
	if err != nil {
		return 0, err
	}
	for _, f := range found[:min(len(found), 20)] {
		activity.GetLogger(ctx).Error("the books do not agree", "problem", f.Problem, "rule", f.Rule)
	}
	return len(found), a.Store.RecordVerification(ctx, started, found)
}

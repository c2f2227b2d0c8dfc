package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/verify"
)

// Verify checks whether the books agree about all recent changes, records its findings for the
// alerts, and returns their number; see verify.Changes.
func (a *Activities) Verify(ctx context.Context) (findings int, err error) {
	done, err := verify.Changes(ctx, verify.Books{Store: a.Store, Gateways: a.Gateways, Bank: a.Bank},
		resumed[verify.Attempt](ctx), func(p verify.Attempt) { report(ctx, p) })
	if err != nil {
		return 0, err
	}
	for _, f := range done.Findings[:min(len(done.Findings), 20)] {
		activity.GetLogger(ctx).Error("books disagree", "problem", f.Problem, "rule", f.Rule)
	}
	return done.Found, a.Store.RecordVerification(ctx, done.Findings, done.Found, done.Plan.Until, done.Again)
}

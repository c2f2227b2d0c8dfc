// Package housekeeping does what worker processes do without a workflow: what is too
// frequent and too small for one, and seeing to it that workflows run where the
// database says that something waits.
package housekeeping

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// How often each is looked for: what sellers and buyers wait for, every second.
const (
	rollUpInterval   = time.Second
	followUpInterval = time.Second
	auditInterval    = time.Second
	webhookInterval  = time.Second
	expiryInterval   = 15 * time.Second
	proposalInterval = time.Minute
	orphanInterval   = 10 * time.Second
	sweepInterval    = time.Minute
	purgeInterval    = 10 * time.Minute

	partitionInterval = 10 * time.Minute
	sealInterval      = 10 * time.Minute

	leastPatience = 30 * time.Second // how long each may take; what is done seldom may take longer
)

// followUpChunk is how many follow-ups are claimed together.
const followUpChunk = 200

// Keeper keeps house. Every worker process has one; the database lets one at a time
// work on a row.
type Keeper struct {
	Store     *store.Store
	Cache     *cache.Reads
	Images    *images.Store
	Workflows *workflows.Client
	Log       *slog.Logger
	Restarted *prometheus.CounterVec // rows whose workflow was not running, by state
	Retention []store.Retention
	Seals     *auth.Seals // of webhooks' secrets

	NotifiesReceiver bool // of orders' new states; else buyers' inboxes are all there is
	SendsMails       bool // else there is nothing to send them by
}

// Run keeps house until ctx ends: it rolls the ledger up into dashboards, starts the
// workflows that changes call for, fails unpaid orders, expires proposals, removes
// orphaned objects and rows that are kept no longer, chains the audit log, makes webhooks of it, and restarts workflows
// that waiting rows need and that are not running.
func (k *Keeper) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	every := func(interval time.Duration, problem string, do func(context.Context) error) {
		tasks.Go(func() { k.every(ctx, interval, max(leastPatience, 5*interval), problem, do) })
	}
	every(rollUpInterval, "the dashboards are not up to date with the ledger", k.rollUp)
	every(followUpInterval, "workflows that changes call for are not started", k.startFollowUps)
	every(auditInterval, "the audit log's chain does not grow", k.Store.ExtendAuditChain)
	every(webhookInterval, "integrators are not told what happens", k.Store.MakeWebhookMessages)
	every(expiryInterval, "unpaid orders do not expire",
		func(ctx context.Context) error { _, err := k.Store.ExpireOrders(ctx); return err })
	every(proposalInterval, "proposals do not expire",
		func(ctx context.Context) error { _, err := k.Store.ExpireProposals(ctx); return err })
	every(orphanInterval, "objects that no image uses are not removed", k.removeOrphans)
	every(sweepInterval, "stuck-row sweep failed", k.EnsureRunning)
	every(purgeInterval, "rows that are kept no longer are not removed", k.purge)
	every(sealInterval, "secrets of webhooks are still sealed with the previous key", func(ctx context.Context) error {
		return k.Store.ResealWebhookSecrets(ctx, k.Seals.Reseal)
	})
	every(partitionInterval, "tables are not given their next partitions", k.extendPartitions)
	tasks.Wait()
}

// every does something now and then until ctx ends. What takes longer than patience is given up, and
// goes on where it was the next time: a connection to a service that has moved hears nothing.
func (k *Keeper) every(
	ctx context.Context, interval, patience time.Duration, problem string, do func(context.Context) error,
) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		within, cancel := context.WithTimeout(ctx, patience)
		if err := do(within); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, problem+", trying again", "error", err)
		}
		cancel()
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

func (k *Keeper) rollUp(ctx context.Context) error {
	return k.Store.RollUp(ctx, k.Cache.DashboardsChanged(ctx))
}

func (k *Keeper) extendPartitions(ctx context.Context) error {
	added, err := k.Store.ExtendPartitions(ctx)
	if added > 0 {
		k.Log.InfoContext(ctx, "partitions added", "count", added)
	}
	return err
}

// purge deletes the old rows of each table; one that fails holds up no other.
func (k *Keeper) purge(ctx context.Context) (failed error) {
	for _, r := range k.Retention {
		if _, err := k.Store.Purge(ctx, r); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", r.Table, err))
		}
	}
	return failed
}

// startFollowUps starts what is due, a chunk at a time. A follow-up that cannot be started does not hold up others; it
// is tried again when its claim has expired. The order in which the follow-ups of one subject are started does not
// matter: each is a run or a message of its own, or a signal on which a workflow reads the database.
func (k *Keeper) startFollowUps(ctx context.Context) error {
	var failed failures
	for more := true; more; {
		claimed, err := k.Store.ClaimFollowUps(ctx, followUpChunk)
		if err != nil {
			failed.add(err)
			break
		}
		more = len(claimed) == followUpChunk
		within, cancel := context.WithTimeout(ctx, store.FollowUpLease)
		errs := startAll(within, len(claimed), func(ctx context.Context, i int) error {
			return k.startFollowUp(ctx, claimed[i])
		})
		cancel()
		var started []int64
		for i, err := range errs {
			switch {
			case err == nil:
				started = append(started, claimed[i].ID)
			case errors.Is(err, errNotTried):
				more = false
			default:
				failed.add(fmt.Errorf("%s of %d: %w", claimed[i].Kind, claimed[i].SubjectID, err))
			}
		}
		// A worker that is being stopped still deletes what it has started.
		finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
		err = k.Store.FollowUpsStarted(finish, started...)
		cancel()
		if err != nil {
			failed.add(err)
			break
		}
	}
	return failed.err()
}

func (k *Keeper) startFollowUp(ctx context.Context, f store.FollowUp) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	switch f.Kind {
	case market.FollowUpRestock:
		return k.Workflows.StartRestock(ctx, workflows.RestockInput{ProductID: f.SubjectID, RestockID: f.ID})
	case market.FollowUpOrderNotification:
		if !k.NotifiesReceiver {
			return nil // it is in the buyer's inbox, and there is nobody else to tell
		}
		return k.Workflows.StartOrderNotification(ctx, f.SubjectID)
	case market.FollowUpMail:
		if !k.SendsMails {
			return nil // there is nothing to send it by
		}
		return k.Workflows.StartAccountMail(ctx, f.SubjectID)
	case market.FollowUpPaymentNews:
		p, err := k.Store.ProviderPayment(ctx, f.SubjectID)
		if err != nil {
			return err
		}
		return k.Workflows.TellPayment(ctx,
			workflows.PaymentInput{OrderID: p.OrderID, BuyerID: p.BuyerID, Method: p.Method, PaymentID: p.ID})
	case market.FollowUpCancellationNews:
		return k.Workflows.CheckCancellations(ctx, f.SubjectID)
	case market.FollowUpBreak:
		return k.Workflows.TellBreak(ctx, f.SubjectID)
	case market.FollowUpWebhook, market.FollowUpWebhookAgain:
		return k.Workflows.TellWebhooks(ctx, f.SubjectID, f.Kind == market.FollowUpWebhookAgain)
	case market.FollowUpSettlementFile:
		_, err := k.Workflows.StartReconciliation(ctx, workflows.ReconciliationInput{FileID: f.SubjectID})
		return err
	case market.FollowUpBatch:
		_, err := ensureOwner(ctx, k.Workflows, k.Store, store.OwnerBatch, f.SubjectID)
		return err
	case market.FollowUpReversal:
		_, err := ensureOwner(ctx, k.Workflows, k.Store, store.OwnerRefund, f.SubjectID)
		return err
	}
	return errors.New("a kind that this version does not know")
}

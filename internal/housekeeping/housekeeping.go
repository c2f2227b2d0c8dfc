// Package housekeeping contains the background tasks of worker processes that need no workflow:
// frequent or small ones, and the sweep that restarts missing workflows of waiting rows.
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
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// The intervals of the tasks. Sellers and buyers wait for the results of the first ones.
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

	minTimeout = 30 * time.Second // how long a task may take; rare tasks may take longer
)

// followUpChunk is how many follow-ups are claimed together.
const followUpChunk = 200

// Janitor runs the background tasks. Every worker process has one; locks in the database let one at
// a time work on a row.
type Janitor struct {
	Store     *store.Store
	Cache     *cache.Reads
	Images    *images.Store
	Workflows *engine.Client
	Log       *slog.Logger
	Restarted *prometheus.CounterVec // stuck rows whose workflow was started again, by state
	Retention []store.Retention
	Seals     *auth.Seals // of webhooks' secrets

	NotifiesReceiver bool // notifies a receiver of orders' new states; else buyers have only their inboxes
	SendsMails       bool // a mail server is configured
}

// Run runs the tasks until ctx ends: it rolls the ledger up into dashboards, starts the workflows
// of follow-ups, fails unpaid orders, expires proposals, removes orphaned objects and rows past
// their retention, extends the chain of the audit log, creates webhook messages from it, and
// restarts the missing workflows of waiting rows.
func (k *Janitor) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	every := func(interval time.Duration, problem string, do func(context.Context) error) {
		tasks.Go(func() { k.every(ctx, interval, max(minTimeout, 5*interval), problem, do) })
	}
	every(rollUpInterval, "dashboard roll-up failed", k.rollUp)
	every(followUpInterval, "follow-ups not started", k.startFollowUps)
	every(auditInterval, "audit chain not extended", k.Store.ExtendAuditChain)
	every(webhookInterval, "webhook messages not created", k.Store.MakeWebhookMessages)
	every(expiryInterval, "unpaid orders not expired",
		func(ctx context.Context) error { _, err := k.Store.ExpireOrders(ctx); return err })
	every(proposalInterval, "proposals not expired",
		func(ctx context.Context) error { _, err := k.Store.ExpireProposals(ctx); return err })
	every(orphanInterval, "orphaned objects not removed", k.removeOrphans)
	every(sweepInterval, "stuck-row sweep failed", k.EnsureRunning)
	every(purgeInterval, "old rows not purged", k.purge)
	every(sealInterval, "webhook secrets not resealed", func(ctx context.Context) error {
		return k.Store.ResealWebhookSecrets(ctx, k.Seals.Reseal)
	})
	every(partitionInterval, "partitions not extended", k.extendPartitions)
	tasks.Wait()
}

// every calls do at an interval until ctx ends. A call that exceeds the timeout is cancelled, and
// the next one resumes its work: a connection to a service that has failed over may never return.
func (k *Janitor) every(
	ctx context.Context, interval, timeout time.Duration, problem string, do func(context.Context) error,
) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		within, cancel := context.WithTimeout(ctx, timeout)
		if err := do(within); err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, problem+"; retrying", "error", err)
		}
		cancel()
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

func (k *Janitor) rollUp(ctx context.Context) error {
	return k.Store.RollUp(ctx, k.Cache.DashboardsChanged(ctx))
}

func (k *Janitor) extendPartitions(ctx context.Context) error {
	added, err := k.Store.ExtendPartitions(ctx)
	if added > 0 {
		k.Log.InfoContext(ctx, "partitions added", "count", added)
	}
	return err
}

// purge deletes the old rows of each table; one failure does not affect the others.
func (k *Janitor) purge(ctx context.Context) (failed error) {
	for _, r := range k.Retention {
		if _, err := k.Store.Purge(ctx, r); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", r.Table, err))
		}
	}
	return failed
}

// startFollowUps starts due follow-ups, a chunk at a time. A follow-up that cannot be started does
// not affect the others; it is retried when its claim has expired. The order in which the
// follow-ups of one subject are started does not matter: each is a run or a message of its own, or
// a signal on which a workflow reads the database.
func (k *Janitor) startFollowUps(ctx context.Context) error {
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
		// A worker that is being stopped still deletes the follow-ups that it has started.
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

func (k *Janitor) startFollowUp(ctx context.Context, f store.FollowUp) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	switch f.Kind {
	case market.FollowUpRestock:
		return k.Workflows.StartRestock(ctx, workflows.RestockInput{ProductID: f.SubjectID, RestockID: f.ID})
	case market.FollowUpOrderNotification:
		if !k.NotifiesReceiver {
			return nil // the buyer's inbox is the only receiver
		}
		return k.Workflows.StartOrderNotification(ctx, f.SubjectID)
	case market.FollowUpMail:
		if !k.SendsMails {
			return nil // no mail server is configured
		}
		return k.Workflows.StartAccountMail(ctx, f.SubjectID, f.Bulk)
	case market.FollowUpPaymentChanged:
		p, err := k.Store.ProviderPayment(ctx, f.SubjectID)
		if err != nil {
			return err
		}
		return k.Workflows.SignalPayment(ctx,
			workflows.PaymentInput{OrderID: p.OrderID, BuyerID: p.BuyerID, Method: p.Method, PaymentID: p.ID})
	case market.FollowUpCancellationNews:
		return k.Workflows.CheckCancellations(ctx, f.SubjectID)
	case market.FollowUpBreak:
		return k.Workflows.SignalBreak(ctx, f.SubjectID)
	case market.FollowUpWebhook, market.FollowUpWebhookRetry:
		return k.Workflows.SignalWebhooks(ctx, f.SubjectID, f.Kind == market.FollowUpWebhookRetry)
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
	return errors.New("unknown kind of follow-up")
}

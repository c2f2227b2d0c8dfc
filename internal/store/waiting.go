package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Owner is the kind of workflow that owns a waiting row: the workflow is open until the row has
// left its state.
type Owner string

// The owners. The id of a waiting row is that of an order, a refund, a payout, a break, a batch or an endpoint of
// webhooks.
const (
	OwnerPayment Owner = "payment"
	OwnerRefund  Owner = "refund"
	OwnerPayout  Owner = "payout"
	OwnerBreak   Owner = "reconciliation-break"
	OwnerBatch   Owner = "batch"
	OwnerWebhook Owner = "webhook"
)

// WaitingState is a state in which rows wait for an event.
type WaitingState struct {
	Table, State string
	For          string // the event, in words for operators

	// Owner is the workflow that is open while the row waits; "" for a state that housekeeping or a
	// person ends.
	Owner Owner
	// Late is the time after which a waiting row raises an alert; 0 for a state without a deadline.
	Late time.Duration
	// Rated states wait for the rate limit of payouts, which the deadline allows for; see
	// lateBefore.
	Rated bool
	// newestFirst has the sweep of stuck rows begin with the newest rows, which a buyer may be waiting for.
	newestFirst bool

	rows string // the waiting rows, as id (of what the owner is named by) and since
}

// ownerGrace is how long a row may be without its workflow: until a follow-up is started, or a step
// ends.
const ownerGrace = 2 * time.Minute

// sweepGrace is how long a periodic sweep may take.
const sweepGrace = 10 * time.Minute

// WaitingStates lists every waiting state and the event that ends it. A test compares it with the
// schema: every state has an entry here or in FinalStates.
var WaitingStates = []WaitingState{
	{
		Table: "orders", State: "CREATED", For: "the buyer's payment, or the sweep of unpaid orders",
		Late: market.OrderLifetime + sweepGrace, rows: "SELECT id, created_at AS since FROM orders WHERE status = 'CREATED'",
	},
	{Table: "orders", State: "PAID", For: "the sellers to ship"},
	{Table: "orders", State: "SHIPPED", For: "the sellers to deliver"},
	{Table: "parcels", State: "SHIPPED", For: "its delivery, which is assumed after 14 days"},
	{
		Table: "payments", State: "PENDING", For: "the gateway's answer, or the buyer in the browser",
		Owner: OwnerPayment,
		Late:  time.Hour, newestFirst: true,
		rows: "SELECT order_id AS id, greatest(created_at, updated_at) AS since FROM payments WHERE status = 'PENDING' AND resolved_at IS NULL",
	},
	{
		Table: "payments", State: "FAILED", For: "the gateway's answer, when the order has failed before it came",
		Owner: OwnerPayment, Late: 4 * time.Hour, newestFirst: true, // a buyer may pay too late in the browser
		rows: "SELECT order_id AS id, updated_at AS since FROM payments WHERE status = 'FAILED' AND resolved_at IS NULL",
	},
	{Table: "refunds", State: "PENDING", For: "an admin's decision", Owner: OwnerRefund,
		rows: "SELECT id, updated_at AS since FROM refunds WHERE status = 'PENDING'"},
	{Table: "refunds", State: "FAILED", For: "an admin's next decision", Owner: OwnerRefund,
		rows: "SELECT id, updated_at AS since FROM refunds WHERE status = 'FAILED'"},
	{Table: "refunds", State: "PROCESSING", For: "the gateway to give the money back",
		Owner: OwnerRefund, Late: time.Hour,
		// Until a worker has started it, a reversal is its follow-up's, which has a deadline of its own.
		rows: "SELECT id, updated_at AS since FROM refunds r WHERE status = 'PROCESSING' AND NOT EXISTS (SELECT FROM follow_ups f WHERE f.kind = 'REVERSAL' AND f.subject_id = r.id)"},
	{
		Table: "settlements", State: "COMPLETED",
		For: "the next run that makes payouts, if there is something to pay and the seller may be paid",
	},
	{Table: "settlements", State: "PAYOUT_READY", For: "its payout"},
	{Table: "settlements", State: "FAILED", For: "its payout, which an operator tries again or abandons"},
	{Table: "payouts", State: "PENDING", For: "the next close of a day", Owner: OwnerPayout, Late: 26 * time.Hour,
		Rated: true,
		rows:  "SELECT p.id, greatest(p.created_at + interval '1 day', s.updated_at) AS since FROM payouts p JOIN sellers s ON s.id = p.seller_id WHERE p.status = 'PENDING' AND (s.may_be_paid OR NOT s.payouts_held AND EXISTS (SELECT FROM withdrawn_payout_accounts w WHERE w.seller_id = s.id)) AND coalesce(s.payouts_paused_until, p.created_at) <= now()"},
	{Table: "payouts", State: "PROCESSING", For: "the bank's answer", Owner: OwnerPayout, Late: time.Hour,
		Rated: true,
		rows:  "SELECT p.id, max(a.created_at) AS since FROM payouts p JOIN payout_attempts a ON a.payout_id = p.id WHERE p.status = 'PROCESSING' GROUP BY p.id"},
	{Table: "payouts", State: "FAILED", For: "an operator's signal, retry or abandon", Owner: OwnerPayout,
		rows: "SELECT id, processed_at AS since FROM payouts WHERE status = 'FAILED' AND abandoned_at IS NULL"},
	{
		Table: "payouts", State: "SUCCESS", For: "the bank to be asked whether the money has come back",
		Owner: OwnerPayout,
		Late:  96 * time.Hour,
		rows:  "SELECT id, processed_at AS since FROM payouts WHERE status = 'SUCCESS' AND final_at IS NULL",
	},
	{Table: "reconciliation_breaks", State: "OPEN", For: "a comparison that agrees, or an admin", Owner: OwnerBreak,
		rows: "SELECT id, created_at AS since FROM reconciliation_breaks WHERE status = 'OPEN'"},
	{Table: "disputes", State: "OPEN", For: "staff to decide"},
	{Table: "disputes", State: "REPRESENTED", For: "the provider's answer, which staff enters"},
	{Table: "batches", State: "RUNNING", For: "its runs to be operated on", Owner: OwnerBatch, Late: 12 * time.Hour,
		rows: "SELECT id, created_at AS since FROM batches WHERE status = 'RUNNING'"},
	{
		Table: "webhook_messages", State: "PENDING", For: "its endpoint to take it, for three days",
		Owner: OwnerWebhook,
		// Until a worker has started it, a message is its follow-up's, which has a deadline of its own.
		rows: `SELECT e.id, min(m.updated_at) AS since FROM webhook_endpoints e JOIN webhook_messages m ON m.endpoint_id = e.id AND m.status = 'PENDING'
			WHERE e.status = 'ACTIVE' AND e.deleted_at IS NULL
			AND NOT EXISTS (SELECT FROM follow_ups f WHERE f.kind IN ('WEBHOOK', 'WEBHOOK_AGAIN') AND f.subject_id = e.id) GROUP BY e.id`,
	},
	{Table: "webhook_endpoints", State: "PAUSED", For: "its owner to have it told of what happens again"},
	{Table: "follow_ups", State: "", For: "a worker to start its workflow or activity", Late: 5 * time.Minute,
		rows: "SELECT id, created_at AS since FROM follow_ups"},
	{
		Table: "audit_unchained", State: "", For: "a worker to give an entry its place in the audit log's chain",
		Late: 5 * time.Minute, rows: "SELECT entry_id AS id, created_at AS since FROM audit_unchained",
	},
	{Table: "image_uploads", State: "", For: "a worker to remove an object that nothing uses", Late: orphanAge +
		sweepGrace,
		rows: "SELECT row_number() OVER () AS id, created_at AS since FROM image_uploads"},
	{Table: "idempotency_keys", State: "RUNNING", For: "the same request again, or the purge"},
	{Table: "restock_subscriptions", State: "ACTIVE", For: "the product to be on hand again"},
	{Table: "sellers", State: "PENDING", For: "an admin's approval"},
	{
		Table: "proposals", State: "PENDING", For: "a second person, or housekeeping after a week",
		Late: market.ProposalLifetime + sweepGrace,
		rows: "SELECT id, created_at AS since FROM proposals WHERE status = 'PENDING'",
	},
}

// FinalStates lists the states in which rows do not wait, by table.
var FinalStates = map[string][]string{
	"orders":                {"DELIVERED", "REFUNDED", "FAILED"},
	"parcels":               {"DELIVERED"},
	"payments":              {"SUCCESS", "REFUNDED"},
	"refunds":               {"SUCCESS", "DENIED"},
	"settlements":           {"PAYOUT_DONE"},
	"idempotency_keys":      {"DONE"},
	"restock_subscriptions": {"SENT", "EXPIRED"},
	"sellers":               {"APPROVED", "SUSPENDED", "REJECTED"},
	"proposals":             {"APPROVED", "REJECTED", "WITHDRAWN", "EXPIRED"},
	"reconciliation_breaks": {"AGREED", "ACCEPTED"},
	"batches":               {"DONE", "CANCELLED"},
	"disputes":              {"WON", "ACCEPTED"},
	"webhook_messages":      {"DELIVERED", "FAILED"},
	"webhook_endpoints":     {"ACTIVE"},
	"products":              {"ON_SALE", "HIDDEN", "SUSPENDED", "BLOCKED"},
}

// WaitingRow is a row that has waited so long that its owner workflow must be open.
type WaitingRow struct {
	WaitingState
	ID    int64
	Since time.Time
}

// OwnedStates returns the states whose rows have an owner workflow.
func OwnedStates() []WaitingState {
	return slices.DeleteFunc(slices.Clone(WaitingStates), func(w WaitingState) bool { return w.Owner == "" })
}

// WaitingRows returns up to limit rows in a state that have waited for so long that their workflow must be open:
// payments by descending id, others by ascending id. They follow the row with the id after, or are the first ones if it
// is 0.
func (s OperationStore) WaitingRows(ctx context.Context, w WaitingState, after int64, limit int) ([]WaitingRow, error) {
	before, err := s.lateBefore(ctx, s.pool, w, ownerGrace)
	if err != nil {
		return nil, err
	}
	return s.readWaiting(ctx, w, before, after, limit)
}

// CountWaiting counts the rows that WaitingRows returns without a limit.
func (s OperationStore) CountWaiting(ctx context.Context, w WaitingState, after int64) (n int64, err error) {
	before, err := s.lateBefore(ctx, s.pool, w, ownerGrace)
	if err != nil {
		return 0, err
	}
	condition, _ := w.following()
	err = s.pool.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM (%s) w WHERE since < $1 AND %s", w.rows, condition),
		before, after).Scan(&n)
	return n, translate(err)
}

// following returns the condition of rows that follow the one with the id $2, or of all rows if it is 0, and their
// order.
func (w WaitingState) following() (condition, order string) {
	if w.newestFirst {
		return "(id < $2::bigint OR $2 = 0)", "id DESC"
	}
	return "id > $2", "id"
}

func (s OperationStore) readWaiting(
	ctx context.Context, w WaitingState, before time.Time, after int64, limit int,
) ([]WaitingRow, error) {
	condition, order := w.following()
	rows, err := s.pool.Query(ctx, fmt.Sprintf("SELECT id, since FROM (%s) w WHERE since < $1 AND %s ORDER BY %s LIMIT $3",
		w.rows, condition, order), before, after, limit)
	if err != nil {
		return nil, translate(err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (WaitingRow, error) {
		r := WaitingRow{WaitingState: w}
		return r, row.Scan(&r.ID, &r.Since)
	})
	return found, translate(err)
}

// lateBefore returns since when the rows in a state are late that may wait for so long when nothing waits before them.
// Rated rows that are late by that get the time that all of them take at the rate of payouts.
func (s *DB) lateBefore(ctx context.Context, tx db.DBTX, w WaitingState, wait time.Duration) (time.Time, error) {
	before := s.now().Add(-wait)
	if !w.Rated || s.payoutsPerSecond <= 0 {
		return before, nil
	}
	var late bool
	err := tx.QueryRow(ctx, fmt.Sprintf("SELECT EXISTS (SELECT FROM (%s) w WHERE since < $1)", w.rows), before).Scan(&late)
	if err != nil || !late {
		return before, translate(err)
	}
	for _, w := range WaitingStates {
		if !w.Rated {
			continue
		}
		var waiting float64
		if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*)::float8 FROM (%s) w", w.rows)).Scan(&waiting); err != nil {
			return before, translate(err)
		}
		before = before.Add(-time.Duration(waiting / s.payoutsPerSecond * float64(time.Second)))
	}
	return before, nil
}

// String returns the name of the state for operators and metrics, as in "payments PENDING".
func (w WaitingState) String() string {
	if w.State == "" {
		return w.Table
	}
	return w.Table + " " + w.State
}

// LateRows counts, for each state that has a deadline, the rows that have waited for
// longer.
func (s OperationStore) LateRows(ctx context.Context) (map[string]int64, error) {
	late := map[string]int64{}
	for _, w := range WaitingStates {
		if w.Late == 0 {
			continue
		}
		before, err := s.lateBefore(ctx, s.pool, w, w.Late)
		if err != nil {
			return nil, err
		}
		var n int64
		if err := s.pool.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM (%s) w WHERE since < $1", w.rows),
			before).Scan(&n); err != nil {
			return nil, translate(err)
		}
		late[w.String()] = n
	}
	return late, nil
}

// PaymentToRestart returns the buyer and the method of an order's payment, which its workflow is started with. It fails
// with ORDER_NOT_FOUND or PAYMENT_NOT_FOUND.
func (s OperationStore) PaymentToRestart(
	ctx context.Context, orderID int64,
) (buyerID int64, method market.PaymentMethod, err error) {
	o, err := OrderStore(s).AnyOrder(ctx, orderID)
	if err != nil {
		return 0, "", err
	}
	p, err := PaymentStore(s).OrderPayment(ctx, orderID)
	return o.BuyerID, p.Method, err
}

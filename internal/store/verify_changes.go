package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/verify/rules"
)

// verificationCycle is the number of incremental verifications within which all old data is
// verified again.
const verificationCycle = 90

// The chunks of a verification: orders, and positions of the audit chain, that are checked in one
// snapshot.
const (
	orderChunk = 25_000
	placeChunk = 250_000
)

// VerificationProgress is the progress of incremental verification. The next one begins there.
type VerificationProgress struct {
	StartedAt   time.Time `json:"startedAt"`
	Order       int64     `json:"order"`       // the last one before the oldest order waiting for payment
	Place       int64     `json:"place"`       // the last position in the audit chain
	Transaction int64     `json:"transaction"` // the last one in the ledger
	Movement    int64     `json:"movement"`    // the last one of stock
	// Old data is verified again piece by piece. These are the starts of the next piece.
	OldOrder int64      `json:"oldOrder"`
	OldPlace int64      `json:"oldPlace"`
	OldDay   market.Day `json:"oldDay"`
}

// A VerificationPlan is the scope of an incremental verification: changes after Since, up to Until.
type VerificationPlan struct {
	Since, Until VerificationProgress
	FirstOrder   int64        // all orders from this one
	LastOrder    int64        // to this one
	OldPlaces    int64        // places of the audit log's chain after Since.OldPlace
	Days         []market.Day // business days
	// Orders are ids before FirstOrder: of orders that have changed since, and of a piece of the old
	// ones. They are derived from the rest of the plan.
	Orders []int64 `json:"-"`
}

// PlanVerification plans what changed since the last verification that found nothing in changes, and a piece of what
// is old: all of it is verified in ninety verifications. Without an earlier one, everything is planned. With the
// plan of an attempt that has ended early, it returns the same plan.
func (s VerificationStore) PlanVerification(
	ctx context.Context, begun VerificationPlan,
) (p VerificationPlan, err error) {
	p = begun
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly},
		func(tx pgx.Tx) error {
			if p.Until.StartedAt.IsZero() {
				if err := s.planVerification(ctx, tx, &p); err != nil {
					return err
				}
			}
			p.Orders, err = p.orders(ctx, tx)
			return err
		})
	return p, translate(err)
}

// planVerification decides all of a plan but its orders.
func (s VerificationStore) planVerification(ctx context.Context, tx pgx.Tx, p *VerificationPlan) error {
	var seen []byte
	err := tx.QueryRow(ctx, "SELECT seen FROM verifications WHERE seen IS NOT NULL ORDER BY id DESC LIMIT 1").Scan(&seen)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(seen, &p.Since); err != nil {
			return err
		}
	}
	p.Until = p.Since
	p.Until.StartedAt = s.now()
	if err := tx.QueryRow(ctx, `SELECT coalesce((SELECT max(id) FROM orders), 0),
			coalesce((SELECT min(id) - 1 FROM orders WHERE status = 'CREATED'), (SELECT max(id) FROM orders), 0),
			coalesce((SELECT max(position) FROM audit_chain), 0), coalesce((SELECT max(id) FROM ledger_transactions), 0),
			coalesce((SELECT max(id) FROM stock_movements), 0)`).
		Scan(&p.LastOrder, &p.Until.Order, &p.Until.Place, &p.Until.Transaction, &p.Until.Movement); err != nil {
		return err
	}
	// A transaction that had begun when the last verification did may have committed since, with an earlier id.
	if err := tx.QueryRow(ctx, "SELECT coalesce(min(id), $2) FROM orders WHERE created_at >= $1",
		p.Since.StartedAt.Add(-time.Hour), p.LastOrder+1).Scan(&p.FirstOrder); err != nil {
		return err
	}
	p.FirstOrder = min(p.FirstOrder, p.Since.Order+1)
	old := p.FirstOrder - 1
	if p.Until.OldOrder = p.Since.OldOrder + old/verificationCycle + 1; p.Until.OldOrder >= old {
		p.Until.OldOrder = 0 // a cycle ends
	}
	p.OldPlaces = min(p.Since.Place-p.Since.OldPlace, p.Since.Place/verificationCycle+1)
	if p.Until.OldPlace += p.OldPlaces; p.Until.OldPlace == p.Since.Place {
		p.Until.OldPlace = 0
	}
	var oldDay *market.Day
	err = tx.QueryRow(ctx, `SELECT max(day) FROM (SELECT day FROM business_days WHERE day > $1 ORDER BY day
			LIMIT (SELECT count(*) / $2 + 1 FROM business_days)) piece`, p.Since.OldDay, verificationCycle).Scan(&oldDay)
	if err != nil {
		return err
	}
	if p.Until.OldDay = (market.Day{}); oldDay != nil {
		p.Until.OldDay = *oldDay
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT business_day FROM ledger_transactions WHERE id > $1 AND id <= $2
		UNION SELECT day FROM business_days WHERE day > $3 AND ($4::date IS NULL OR day <= $4)
		UNION SELECT day FROM reconciliations WHERE reconciled_at >= $5
		UNION SELECT (imported_at AT TIME ZONE 'Asia/Seoul')::date FROM provider_settlement_files WHERE imported_at >= $5 ORDER BY 1`,
		p.Since.Transaction, p.Until.Transaction, p.Since.OldDay, oldDay, p.Since.StartedAt)
	if err != nil {
		return err
	}
	p.Days, err = pgx.CollectRows(rows, pgx.RowTo[market.Day])
	return err
}

// orders returns the orders of a plan.
func (p *VerificationPlan) orders(ctx context.Context, tx pgx.Tx) ([]int64, error) {
	oldOrder := p.Until.OldOrder
	if oldOrder == 0 {
		oldOrder = p.FirstOrder - 1
	}
	rows, err := tx.Query(ctx, `SELECT id FROM generate_series($4::bigint + 1, $5) id
		UNION SELECT o.order_id FROM audit_chain c JOIN audit_log a ON a.id = c.entry_id
			CROSS JOIN LATERAL (SELECT p.order_id FROM payments p WHERE a.subject = 'PAYMENT' AND p.id = a.subject_id
				UNION ALL SELECT p.order_id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE a.subject = 'REFUND' AND r.id = a.subject_id
				UNION ALL SELECT i.order_id FROM order_items i WHERE a.subject = 'ORDER_ITEM' AND i.id = a.subject_id
				UNION ALL SELECT x.order_id FROM parcels x WHERE a.subject = 'PARCEL' AND x.id = a.subject_id
				UNION ALL SELECT d.order_id FROM disputes d WHERE a.subject = 'DISPUTE' AND d.id = a.subject_id) o
			WHERE c.position > $1 AND c.position <= $2 AND o.order_id < $3
		ORDER BY 1`, p.Since.Place, p.Until.Place, p.FirstOrder, p.Since.OldOrder, oldOrder)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// A VerificationStep is a part of a verification that runs in one snapshot.
type VerificationStep struct {
	Name string // what it checks
	// Always reports whether each verification checks all of it, including unchanged data.
	Always bool
	run    func(ctx context.Context) ([]Finding, error)
}

// Run returns what the step finds.
func (v VerificationStep) Run(ctx context.Context) ([]Finding, error) {
	findings, err := v.run(ctx)
	return findings, translate(err)
}

// Steps returns the steps of a planned verification. Those of orders take seconds each; the longest are those of
// days, and the sums of stock.
func (s VerificationStore) Steps(p VerificationPlan) (steps []VerificationStep) {
	part := func(name string, checked []rules.Rule, part []shadow, args pgx.NamedArgs) {
		steps = append(steps, VerificationStep{name, false, func(ctx context.Context) ([]Finding, error) {
			return s.verifyPart(ctx, checked, part, args)
		}})
	}
	for ids := range slices.Chunk(p.Orders, orderChunk) {
		part(fmt.Sprintf("changed and old orders, %d to %d", ids[0], ids[len(ids)-1]), rules.Of(rules.Orders), ofOrders,
			pgx.NamedArgs{"orders": ids})
	}
	for from := p.FirstOrder; from <= p.LastOrder; from += orderChunk {
		name := fmt.Sprintf("orders from %d", from)
		steps = append(steps, VerificationStep{name, false, func(ctx context.Context) ([]Finding, error) {
			ids := make([]int64, 0, orderChunk) // including ids without an order, which other rows may refer to
			for id := from; id < from+orderChunk && id <= p.LastOrder; id++ {
				ids = append(ids, id)
			}
			return s.verifyPart(ctx, rules.Of(rules.Orders), ofOrders, pgx.NamedArgs{"orders": ids})
		}})
	}
	part("what belongs to no order", rules.Of(rules.Orders), ofNoOrder,
		pgx.NamedArgs{"since": p.Since.StartedAt.Add(-48 * time.Hour), "movement": p.Since.Movement})
	for _, day := range p.Days {
		part("the day "+day.String(), rules.Of(rules.Days), ofDay, pgx.NamedArgs{"day": day})
	}
	places := func(from, to int64) {
		for ; from <= to; from += placeChunk {
			part(fmt.Sprintf("the audit log from place %d", from), rules.Of(rules.Chain), ofPlaces,
				pgx.NamedArgs{"from": from, "to": min(to, from+placeChunk-1)})
		}
	}
	places(p.Since.OldPlace+1, p.Since.OldPlace+p.OldPlaces)
	places(p.Since.Place+1, p.Until.Place)
	for _, r := range rules.Of(rules.Whole) {
		steps = append(steps, VerificationStep{r.Name, true, func(ctx context.Context) ([]Finding, error) {
			return check(ctx, s.pool, r)
		}})
	}
	return append(steps, VerificationStep{rules.Late.Name, true, func(ctx context.Context) ([]Finding, error) {
		return s.late(ctx, s.pool)
	}})
}

// verifyPart checks rules of a part of the marketplace, in one snapshot. The tables of the part are temporary.
func (s VerificationStore) verifyPart(
	ctx context.Context, checked []rules.Rule, part []shadow, args pgx.NamedArgs,
) (findings []Finding, err error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback(ctx) }() // which drops the tables
	for _, t := range part {
		for _, statement := range []string{
			"CREATE TEMPORARY TABLE " + t.table + " (LIKE public." + t.table + " INCLUDING INDEXES) ON COMMIT DROP",
			"INSERT INTO pg_temp." + t.table + " " + t.rows,
			"ANALYZE pg_temp." + t.table,
		} {
			// Planned for its arguments.
			if _, err := tx.Exec(ctx, statement, pgx.QueryExecModeExec, args); err != nil {
				return nil, fmt.Errorf("%s: %w", t.table, err)
			}
		}
	}
	for _, r := range checked {
		found, err := check(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

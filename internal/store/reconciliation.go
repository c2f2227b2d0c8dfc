package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// ReadProviderFrom returns the time from which a provider's feed must be read: that of the last
// read, and at the latest notAfter.
func (s ReconciliationStore) ReadProviderFrom(
	ctx context.Context, p market.Provider, notAfter time.Time,
) (time.Time, error) {
	from, err := s.q.ReadFrom(ctx, s.pool, notAfter, string(p))
	return from, translate(err)
}

// KeepProviderEvents stores a page of a provider's feed. Existing events stay unchanged.
func (s ReconciliationStore) KeepProviderEvents(
	ctx context.Context, p market.Provider, events []market.ProviderEvent,
) error {
	in := db.KeepProviderEventsParams{Provider: string(p)}
	for _, e := range events {
		in.Ids = append(in.Ids, e.ID)
		in.Types = append(in.Types, e.Type)
		in.MerchantUids = append(in.MerchantUids, e.MerchantUID)
		in.Amounts = append(in.Amounts, e.Amount)
		in.Currencies = append(in.Currencies, e.Currency)
		in.HappenedAt = append(in.HappenedAt, e.At)
	}
	return translate(s.q.KeepProviderEvents(ctx, s.pool, in))
}

// ProviderRead records the time up to which a provider's feed has been read.
func (s ReconciliationStore) ProviderRead(ctx context.Context, p market.Provider, until time.Time) error {
	return translate(s.q.FeedRead(ctx, s.pool, string(p), until))
}

// DaysToReconcile returns the days before last that have not been reconciled with a provider since
// they ended, and always last, the earliest first: at most a month, after which the next run
// continues.
func (s ReconciliationStore) DaysToReconcile(
	ctx context.Context, p market.Provider, last market.Day,
) (days []market.Day, err error) {
	if days, err = s.q.DaysToReconcile(ctx, s.pool, string(p), last, 31); err != nil {
		return nil, translate(err)
	}
	if !slices.Contains(days, last) {
		days = append(days, last)
	}
	return days, nil
}

// Comparison is all data of the provider and of the marketplace about the money of one payment.
type Comparison struct {
	MerchantUID string
	Events      []ComparedEvent // the provider's
	Settled     []market.Money  // lines of its settlement files
	Recredits   []Recredit      // of disputes that were won

	// The marketplace's data; PaymentID is 0 for an unknown payment.
	PaymentID int64
	Resolved  bool // the provider's outcome is known
	Ended     bool // without success
	Booked    market.Money
	Refunding market.Money // in progress
	Ledger    market.Money
	Recent    bool // it was booked within a minute before the feed was read: the provider's clock may differ from ours
}

// ComparedEvent is a money movement in a provider's feed.
type ComparedEvent struct {
	Amount   market.Money `json:"amount"`
	Currency string       `json:"currency"`
}

// Recredit is an amount that the provider has paid again after a won dispute. The provider's feed
// does not report it, its settlement files do.
type Recredit struct {
	Amount market.Money `json:"amount"`
	Due    bool         `json:"due"` // a settlement file must contain it by now
}

// recreditDue is the number of days within which a provider must settle an amount that it has paid
// again.
const recreditDue = 30

// Compared selects the payments to compare: those with movements on a day, or in a settlement file,
// and always those with an open break. Bookings after ReadUntil are left to the next comparison,
// since the provider's feed was read before.
type Compared struct {
	Provider  market.Provider
	Day       market.Day
	FileID    int64 // of a settlement file, instead of a day
	ReadUntil time.Time
}

const comparisonQuery = `WITH touched AS (
    SELECT e.merchant_uid FROM provider_events e WHERE e.provider = $1 AND e.happened_at >= $2 AND e.happened_at < $3
    UNION SELECT p.merchant_uid FROM payments p WHERE p.provider = $1 AND p.provider <> 'MOCK' AND p.resolved_at >= $2 AND p.resolved_at < $3
    UNION SELECT p.merchant_uid FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.provider = $1 AND r.processed_at >= $2 AND r.processed_at < $3
    UNION SELECT l.merchant_uid FROM provider_settlement_lines l WHERE l.file_id = $4
    UNION SELECT p.merchant_uid FROM disputes w JOIN payments p ON p.id = w.payment_id
          WHERE w.provider = $1 AND w.status = 'WON' AND w.resolved_at >= $2 - make_interval(days => $8) AND w.resolved_at < $3 - make_interval(days => $8)
    UNION SELECT b.merchant_uid FROM reconciliation_breaks b WHERE b.provider = $1 AND b.status = 'OPEN'
), page AS (
    SELECT merchant_uid FROM touched WHERE merchant_uid > $5 ORDER BY merchant_uid LIMIT $6
)
SELECT t.merchant_uid,
       coalesce((SELECT json_agg(json_build_object('amount', e.amount, 'currency', e.currency) ORDER BY e.happened_at, e.id)
                 FROM provider_events e WHERE e.provider = $1 AND e.merchant_uid = t.merchant_uid), '[]'),
       coalesce((SELECT json_agg(l.amount ORDER BY l.file_id, l.line) FROM provider_settlement_lines l
                 JOIN provider_settlement_files f ON f.id = l.file_id AND f.imported_at IS NOT NULL WHERE l.merchant_uid = t.merchant_uid), '[]'),
       coalesce((SELECT json_agg(json_build_object('amount', w.amount, 'due', w.resolved_at < $7::timestamptz - make_interval(days => $8)) ORDER BY w.id)
                 FROM disputes w WHERE w.payment_id = p.id AND w.status = 'WON'), '[]'),
       coalesce(p.id, 0), p.resolved_at IS NOT NULL, coalesce(p.status = 'FAILED', false),
       coalesce(CASE WHEN p.imp_uid IS NOT NULL THEN p.amount ELSE a.amount END, 0) - coalesce(r.done, 0) - coalesce(d.gone, 0), coalesce(r.under_way, 0),
       coalesce((SELECT sum(en.amount) FROM ledger_transactions x JOIN ledger_entries en ON en.transaction_id = x.id
                 WHERE en.account = 'PSP_CLEARING' AND ((x.source_type = 'PAYMENT' AND x.source_id = p.id)
                     OR (x.source_type = 'REFUND' AND x.source_id = ANY (r.ids))
                     OR (x.kind = 'DISPUTE_OPENED' AND x.source_type = 'DISPUTE' AND x.source_id = ANY (d.ids)))), 0),
       coalesce(greatest(p.resolved_at, r.newest, d.newest) > $7, false),
       coalesce(greatest(p.resolved_at, r.newest, d.newest) > $7 - interval '1 minute', false)
FROM page t LEFT JOIN payments p ON p.merchant_uid = t.merchant_uid AND p.provider = $1
LEFT JOIN payment_attempts a ON a.payment_id = p.id AND a.imp_uid IS NOT NULL
LEFT JOIN LATERAL (SELECT array_agg(f.id) AS ids, sum(f.amount) FILTER (WHERE f.status = 'SUCCESS' AND NOT f.by_hand) AS done,
                          sum(f.amount) FILTER (WHERE f.status = 'PROCESSING') AS under_way, max(f.processed_at) AS newest
                   FROM refunds f WHERE f.payment_id = p.id) AS r ON true
LEFT JOIN LATERAL (SELECT array_agg(x.id) AS ids, sum(x.amount) AS gone, max(x.created_at) AS newest
                   FROM disputes x WHERE x.payment_id = p.id) AS d ON true
ORDER BY t.merchant_uid`

// Comparisons returns a page of up to limit comparisons after a merchant uid; next is the last one,
// "" at the end.
func (s ReconciliationStore) Comparisons(
	ctx context.Context, c Compared, after string, limit int,
) (page []Comparison, next string, err error) {
	from, until := c.Day.Start(), c.Day.Next().Start()
	if c.FileID != 0 {
		until = from
	}
	rows, err := s.pool.Query(ctx, comparisonQuery, c.Provider, from, until, c.FileID, after, limit, c.ReadUntil,
		recreditDue)
	if err != nil {
		return nil, "", translate(err)
	}
	read := 0
	var x Comparison
	var events, settled, recredits []byte
	var newer bool
	_, err = pgx.ForEachRow(rows, []any{
		&x.MerchantUID, &events, &settled, &recredits, &x.PaymentID, &x.Resolved, &x.Ended, &x.Booked, &x.Refunding,
		&x.Ledger, &newer, &x.Recent,
	}, func() error {
		read, next = read+1, x.MerchantUID
		if newer {
			return nil
		}
		x.Events, x.Settled, x.Recredits = nil, nil, nil
		if err := json.Unmarshal(events, &x.Events); err != nil {
			return err
		}
		if err := json.Unmarshal(settled, &x.Settled); err != nil {
			return err
		}
		if err := json.Unmarshal(recredits, &x.Recredits); err != nil {
			return err
		}
		page = append(page, x)
		return nil
	})
	if read < limit {
		next = ""
	}
	return page, next, translate(err)
}

// FoundDiscrepancy is a discrepancy found by a comparison.
type FoundDiscrepancy struct {
	MerchantUID string
	PaymentID   int64 // 0 for a payment that is not ours
	Class       market.DiscrepancyClass
	Amount      market.Money // the provider's surplus over the books
	Currency    string       // of Amount; "" for won
	Detail      string
	Heals       bool // its payment's workflow resolves it when signalled
	Cancelled   bool // the check of its payment's cancellations resolves it
}

// RecordBreaks stores the breaks that a comparison has found, and closes the breaks of payments
// that agree. The same transaction queues signals to the workflows of the breaks, and of payments
// that can resolve one. It returns how many of the found breaks are open, since admins may have
// accepted some, and how many of those are healing.
func (s ReconciliationStore) RecordBreaks(
	ctx context.Context, p market.Provider, day market.Day, found []FoundDiscrepancy, agreed []string,
) (open, healing int, err error) {
	in := db.PutBreaksParams{Provider: string(p), Day: day}
	checked := map[int64]bool{}
	for _, b := range found {
		in.MerchantUids = append(in.MerchantUids, b.MerchantUID)
		in.PaymentIds = append(in.PaymentIds, b.PaymentID)
		in.Classes = append(in.Classes, string(b.Class))
		in.Amounts = append(in.Amounts, b.Amount)
		in.Currencies = append(in.Currencies, cmp.Or(b.Currency, market.Won))
		in.Details = append(in.Details, truncate(b.Detail, 255))
		in.Heals = append(in.Heals, b.Heals)
		checked[b.PaymentID] = checked[b.PaymentID] || b.Cancelled
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		var breaks, news, cancelled []int64
		rows, err := s.q.PutBreaks(ctx, tx, in)
		if err != nil {
			return err
		}
		for _, r := range rows {
			breaks = append(breaks, r.ID)
			switch {
			case !r.Heals || r.PaymentID == nil:
			case checked[*r.PaymentID]:
				cancelled = append(cancelled, *r.PaymentID)
			default:
				news = append(news, *r.PaymentID)
			}
		}
		open, healing = len(breaks), len(news)+len(cancelled)
		ended, err := s.q.AgreeBreaks(ctx, tx, p, agreed)
		if err == nil {
			err = s.q.AddFollowUps(ctx, tx, string(market.FollowUpBreak), append(breaks, ended...))
		}
		if err == nil {
			err = s.q.AddFollowUps(ctx, tx, string(market.FollowUpPaymentChanged), news)
		}
		if err == nil {
			err = s.q.AddFollowUps(ctx, tx, string(market.FollowUpCancellationNews), cancelled)
		}
		return err
	})
	return open, healing, err
}

// RecordReconciliation stores the outcome of a day's reconciliation, with the number of breaks
// found.
func (s ReconciliationStore) RecordReconciliation(
	ctx context.Context, p market.Provider, day market.Day, breaks int,
) error {
	return translate(s.q.PutReconciliation(ctx, s.pool, db.PutReconciliationParams{
		Provider: string(p), Day: day, Breaks: int64(breaks), Start: day.Start(), Until: day.Next().Start(),
	}))
}

// Break returns a break of reconciliation. It fails with BREAK_NOT_FOUND.
func (s ReconciliationStore) Break(ctx context.Context, id int64) (market.Discrepancy, error) {
	row, err := orNotFound(s.q.ReadBreak(ctx, s.pool, id))(market.CodeBreakNotFound)
	return breakOf(row), err
}

// DecideBreak stores an admin's decision to accept a break, with its reason; the break's workflow
// applies it. It fails with BREAK_NOT_FOUND, or with BREAK_RESOLVED when the break is no longer
// open or has another decision.
func (s ReconciliationStore) DecideBreak(ctx context.Context, id, adminID int64, reason string) error {
	var n int64
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		n, err = s.q.DecideBreak(ctx, tx, &adminID, reason, id)
		return err
	})
	if err != nil || n > 0 {
		return err
	}
	if _, err := s.Break(ctx, id); err != nil {
		return err
	}
	return market.Refuse(market.CodeBreakResolved)
}

// ResolveBreak applies an admin's decision about a break, if there is one, and returns the break's
// status. It is idempotent.
func (s ReconciliationStore) ResolveBreak(ctx context.Context, id int64) (market.DiscrepancyStatus, error) {
	var status string
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		status, err = orNotFound(s.q.ResolveBreak(ctx, tx, id))(market.CodeBreakNotFound)
		return err
	})
	return market.DiscrepancyStatus(status), err
}

// Unreconciled sums up all open breaks.
type Unreconciled struct {
	Amount market.Money  // absolute, of breaks in won
	Age    time.Duration // of the oldest
}

// Unreconciled returns the sum and age of all open breaks.
func (s ReconciliationStore) Unreconciled(ctx context.Context) (u Unreconciled, err error) {
	row, err := s.q.Unreconciled(ctx, s.pool)
	if errors.Is(err, pgx.ErrNoRows) {
		return u, nil
	}
	return Unreconciled{Amount: row.Amount, Age: s.now().Sub(row.Since)}, translate(err)
}

// Breaks lists breaks, the oldest first; sorts: createdAt.
func (s ReconciliationStore) Breaks(
	ctx context.Context, status *market.DiscrepancyStatus, page market.PageRequest,
) (market.Page[market.Discrepancy], error) {
	l := list[db.ReconciliationBreak, market.Discrepancy]{
		table: "reconciliation_breaks", show: breakOf, where: "true",
		sorts: byCreation, ascending: true,
	}
	if status != nil {
		l.where, l.args = "status = $1", []any{*status}
	}
	return l.page(ctx, s.DB, page)
}

func breakOf(b db.ReconciliationBreak) market.Discrepancy {
	return market.Discrepancy{
		ID: b.ID, Provider: b.Provider, MerchantUID: b.MerchantUID, PaymentID: b.PaymentID, Class: b.Class,
		Amount: b.Amount, Currency: b.Currency, Detail: b.Detail, Heals: b.Heals, Status: b.Status, Day: b.Day,
		AdminID: b.AdminID, Reason: b.Reason, CreatedAt: market.LocalTime(b.CreatedAt),
		ResolvedAt: market.LocalTimeOf(b.ResolvedAt),
	}
}

// ReconciledDays returns the reconciled days from first to last, the latest first.
func (s ReconciliationStore) ReconciledDays(
	ctx context.Context, first, last market.Day,
) ([]market.ReconciledDay, error) {
	rows, err := s.q.ReconciledDays(ctx, s.pool, first, last)
	days := make([]market.ReconciledDay, len(rows))
	for i, r := range rows {
		days[i] = market.ReconciledDay{
			Provider: r.Provider, Day: r.Day, Events: r.Events, ProviderNet: r.ProviderNet, BookedNet: r.BookedNet,
			LedgerNet: r.LedgerNet, Breaks: r.Breaks, ReconciledAt: market.LocalTime(r.ReconciledAt),
		}
	}
	return days, translate(err)
}

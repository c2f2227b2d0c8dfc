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

// ReadProviderFrom is since when a provider's feed has to be read: since it was read last,
// and in any case since notAfter.
func (s *Store) ReadProviderFrom(ctx context.Context, p market.Provider, notAfter time.Time) (time.Time, error) {
	from, err := s.q.ReadFrom(ctx, s.pool, notAfter, string(p))
	return from, translate(err)
}

// KeepProviderEvents keeps a page of a provider's feed. What is there already stays.
func (s *Store) KeepProviderEvents(ctx context.Context, p market.Provider, events []market.ProviderEvent) error {
	in := db.KeepProviderEventsParams{Provider: string(p)}
	for _, e := range events {
		in.Ids = append(in.Ids, e.ID)
		in.Types = append(in.Types, e.Type)
		in.MerchantUids = append(in.MerchantUids, e.MerchantUID)
		in.Amounts = append(in.Amounts, e.Amount.String())
		in.Currencies = append(in.Currencies, e.Currency)
		in.HappenedAt = append(in.HappenedAt, e.At)
	}
	return translate(s.q.KeepProviderEvents(ctx, s.pool, in))
}

// ProviderRead notes until when a provider's feed has been read.
func (s *Store) ProviderRead(ctx context.Context, p market.Provider, until time.Time) error {
	return translate(s.q.FeedRead(ctx, s.pool, string(p), until))
}

// DaysToReconcile are the days up to last that have not been reconciled with a provider since
// they ended, and last in any case, the earliest first: at most a month and last; the next
// run goes on.
func (s *Store) DaysToReconcile(
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

// Comparison is all that provider and we know of the money of one payment.
type Comparison struct {
	MerchantUID string
	Events      []ComparedEvent // the provider's
	Settled     []market.Money  // lines of its settlement files
	Recredits   []Recredit      // of disputes that were won

	// What we know; PaymentID is 0 for a payment that is not ours.
	PaymentID int64
	Resolved  bool // what the provider did is known
	Ended     bool // without success
	Booked    market.Money
	Refunding market.Money // that is on its way back
	Ledger    market.Money
	Recent    bool // it was booked within a minute before the feed was read: the provider's clock may differ from ours
}

// ComparedEvent is a movement of money of which a provider tells.
type ComparedEvent struct {
	Amount   market.Money `json:"amount"`
	Currency string       `json:"currency"`
}

// Recredit is an amount that the provider has paid again, as staff has decided about a dispute. The provider's feed
// does not report it, its settlement files do.
type Recredit struct {
	Amount market.Money `json:"amount"`
	Due    bool         `json:"due"` // a settlement file has to contain it by now
}

// recreditDue is the number of days within which a provider has to settle what it has paid again.
const recreditDue = 30

// Compared says which payments are compared: those that somebody has moved on a day, or
// those in a settlement file, and in any case those with an open break. What was booked
// after ReadUntil is left for the next time: the provider's feed was read before.
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

// Comparisons is a page of what is compared, of up to most payments, after a merchant uid;
// next is the last one, "" at the end.
func (s *Store) Comparisons(
	ctx context.Context, c Compared, after string, most int,
) (page []Comparison, next string, err error) {
	from, until := c.Day.Start(), c.Day.Next().Start()
	if c.FileID != 0 {
		until = from
	}
	rows, err := s.pool.Query(ctx, comparisonQuery, c.Provider, from, until, c.FileID, after, most, c.ReadUntil,
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
	if read < most {
		next = ""
	}
	return page, next, translate(err)
}

// FoundBreak is a break as a comparison finds it.
type FoundBreak struct {
	MerchantUID string
	PaymentID   int64 // 0 for a payment that is not ours
	Class       market.BreakClass
	Amount      market.Money // by how much the provider has more than we
	Currency    string       // of Amount; "" for won
	Detail      string
	Heals       bool // its payment's workflow, once told, sees to it
	Cancelled   bool // the check of its payment's cancellations does
}

// RecordBreaks keeps what a comparison has found and closes the breaks of payments that
// agree. In the same transaction it has the breaks' workflows told, and those of payments
// that heal a break. It returns how many breaks are open of those found: the others have
// been accepted by an admin as they are.
func (s *Store) RecordBreaks(
	ctx context.Context, p market.Provider, day market.Day, found []FoundBreak, agreed []string,
) (open, healing int, err error) {
	in := db.PutBreaksParams{Provider: string(p), Day: day}
	checked := map[int64]bool{}
	for _, b := range found {
		in.MerchantUids = append(in.MerchantUids, b.MerchantUID)
		in.PaymentIds = append(in.PaymentIds, b.PaymentID)
		in.Classes = append(in.Classes, string(b.Class))
		in.Amounts = append(in.Amounts, b.Amount.String())
		in.Currencies = append(in.Currencies, cmp.Or(b.Currency, market.Won))
		in.Details = append(in.Details, fitting(b.Detail, 255))
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
			err = s.q.AddFollowUps(ctx, tx, string(market.FollowUpPaymentNews), news)
		}
		if err == nil {
			err = s.q.AddFollowUps(ctx, tx, string(market.FollowUpCancellationNews), cancelled)
		}
		return err
	})
	return open, healing, err
}

// RecordReconciliation keeps what a day comes to, with the number of breaks that were seen.
func (s *Store) RecordReconciliation(ctx context.Context, p market.Provider, day market.Day, breaks int) error {
	return translate(s.q.PutReconciliation(ctx, s.pool, db.PutReconciliationParams{
		Provider: string(p), Day: day, Breaks: int64(breaks), Start: day.Start(), Until: day.Next().Start(),
	}))
}

// Break is a break of reconciliation, else BREAK_NOT_FOUND.
func (s *Store) Break(ctx context.Context, id int64) (market.Break, error) {
	row, err := found(s.q.ReadBreak(ctx, s.pool, id))(market.CodeBreakNotFound)
	return breakOf(row), err
}

// DecideBreak keeps that an admin accepts a break, and why; its workflow carries that out.
// It fails with BREAK_NOT_FOUND, or with BREAK_RESOLVED when it is not open any more or
// another decision was faster.
func (s *Store) DecideBreak(ctx context.Context, id, adminID int64, reason string) error {
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

// ResolveBreak carries out what an admin has decided about a break, if anybody has, and
// returns the state in which it is. Called again it changes nothing.
func (s *Store) ResolveBreak(ctx context.Context, id int64) (market.BreakStatus, error) {
	var status string
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		status, err = found(s.q.ResolveBreak(ctx, tx, id))(market.CodeBreakNotFound)
		return err
	})
	return market.BreakStatus(status), err
}

// Unreconciled is what all open breaks come to.
type Unreconciled struct {
	Amount market.Money  // either way, of those in won
	Age    time.Duration // of the oldest
}

// Unreconciled is what all open breaks come to.
func (s *Store) Unreconciled(ctx context.Context) (u Unreconciled, err error) {
	row, err := s.q.Unreconciled(ctx, s.pool)
	if errors.Is(err, pgx.ErrNoRows) {
		return u, nil
	}
	return Unreconciled{Amount: row.Amount, Age: s.now().Sub(row.Since)}, translate(err)
}

// Breaks lists breaks, the oldest first; sorts: createdAt.
func (s *Store) Breaks(
	ctx context.Context, status *market.BreakStatus, page market.PageRequest,
) (market.Page[market.Break], error) {
	l := list[db.ReconciliationBreak, market.Break]{
		table: "reconciliation_breaks", show: breakOf, where: "true",
		sorts: byCreation, ascending: true,
	}
	if status != nil {
		l.where, l.args = "status = $1", []any{*status}
	}
	return l.page(ctx, s, page)
}

func breakOf(b db.ReconciliationBreak) market.Break {
	return market.Break{
		ID: b.ID, Provider: b.Provider, MerchantUID: b.MerchantUID, PaymentID: b.PaymentID, Class: b.Class,
		Amount: b.Amount, Currency: b.Currency, Detail: b.Detail, Heals: b.Heals, Status: b.Status, Day: b.Day,
		AdminID: b.AdminID, Reason: b.Reason, CreatedAt: market.LocalTime(b.CreatedAt),
		ResolvedAt: market.LocalTimeOf(b.ResolvedAt),
	}
}

// ReconciledDays are the days from first to last that have been reconciled, the latest first.
func (s *Store) ReconciledDays(ctx context.Context, first, last market.Day) ([]market.ReconciledDay, error) {
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

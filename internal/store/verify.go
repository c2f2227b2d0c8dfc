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
	"github.com/all-in-market/market/internal/store/db"
	"github.com/all-in-market/market/internal/verify/rules"
)

// Finding is a violation of a rule.
type Finding struct {
	Rule    string `json:"rule"`    // what should hold
	Problem string `json:"problem"` // which row breaks it, and how
}

func (f Finding) String() string { return f.Problem + " (rule: " + f.Rule + ")" }

// VerifyRules returns the number of rules that Verify checks.
func VerifyRules() int { return len(rules.All()) + 1 }

// Verify checks that money, stock and states agree, and reports rows that have waited too long or
// were set aside. Each rule is one statement with its own snapshot, so that no snapshot is held for
// longer than a rule takes. Verify calls done after each rule.
func (s VerificationStore) Verify(ctx context.Context, done func(rule string)) (findings []Finding, err error) {
	for _, r := range rules.All() {
		found, err := check(ctx, s.pool, r)
		if err != nil {
			return nil, translate(err)
		}
		findings = append(findings, found...)
		done(r.Name)
	}
	late, err := s.late(ctx, s.pool)
	findings = append(findings, late...)
	done(rules.Late.Name)
	return findings, translate(err)
}

// BrokenRule returns a rule that Verify would report a finding of, or "". It checks the likely
// rules first, which makes it fast for a caller who expects a certain violation.
func (s VerificationStore) BrokenRule(ctx context.Context, likely ...string) (broken string, err error) {
	all := rules.All()
	slices.SortStableFunc(all, func(a, b rules.Rule) int {
		switch isLikely := slices.Contains(likely, a.Name); {
		case isLikely == slices.Contains(likely, b.Name):
			return 0
		case isLikely:
			return -1
		}
		return 1
	})
	for _, r := range all {
		if found, err := check(ctx, s.pool, r); err != nil || len(found) > 0 {
			return r.Name, translate(err)
		}
	}
	late, err := s.late(ctx, s.pool)
	if len(late) > 0 {
		broken = rules.Late.Name
	}
	return broken, translate(err)
}

// check returns the rows that break a rule.
func check(ctx context.Context, conn db.DBTX, r rules.Rule) (findings []Finding, err error) {
	rows, err := conn.Query(ctx, "SELECT coalesce(problem, 'a row belongs to nothing') FROM (\n"+r.Query+") AS broken (problem)")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	problems, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	for _, p := range problems {
		findings = append(findings, Finding{Rule: r.Name, Problem: p})
	}
	return findings, nil
}

// late returns rows that have waited longer than they may.
func (s VerificationStore) late(ctx context.Context, conn db.DBTX) (findings []Finding, err error) {
	for _, w := range WaitingStates {
		if w.Late == 0 {
			continue
		}
		before, err := s.lateBefore(ctx, conn, w, w.Late)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", rules.Late.Name, err)
		}
		rows, err := conn.Query(ctx,
			fmt.Sprintf("SELECT id, since FROM (%s) w WHERE since < $1 ORDER BY id LIMIT 1000", w.rows), before)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", rules.Late.Name, err)
		}
		var id int64
		var since time.Time
		if _, err := pgx.ForEachRow(rows, []any{&id, &since}, func() error {
			findings = append(findings, Finding{
				Rule:    rules.Late.Name,
				Problem: fmt.Sprintf("%s %d has waited for %s since %s", w, id, w.For, since.Format(time.RFC3339)),
			})
			return nil
		}); err != nil {
			return nil, fmt.Errorf("%s: %w", rules.Late.Name, err)
		}
	}
	return findings, nil
}

// Books are the bookings of a payment's charge, for the comparison with the gateway's records.
type Books struct {
	PaymentID   int64
	MerchantUID string
	Resolved    bool         // the gateway's outcome is known
	Charged     bool         // and it is a charge
	ImpUID      string       // of the charge
	Amount      market.Money // that was charged
	Refunds     []BookedRefund
	Disputed    map[string]market.Money // what was disputed, by the provider's id of the cancellation
}

// BookedRefund is a refund of a payment.
type BookedRefund struct {
	ID     int64               `json:"id"`
	Amount market.Money        `json:"amount"`
	Status market.RefundStatus `json:"status"`
	ByHand bool                `json:"byHand"`
}

const booksQuery = `SELECT p.id, p.merchant_uid, p.resolved_at IS NOT NULL, p.imp_uid IS NOT NULL OR a.imp_uid IS NOT NULL,
	coalesce(p.imp_uid, a.imp_uid, ''), CASE WHEN p.imp_uid IS NOT NULL THEN p.amount ELSE coalesce(a.amount, 0) END,
	coalesce((SELECT json_agg(json_build_object('id', r.id, 'amount', r.amount, 'status', r.status, 'byHand', r.by_hand)) FROM refunds r WHERE r.payment_id = p.id), '[]'),
	coalesce((SELECT json_object_agg(d.cancellation_id, d.amount) FROM disputes d WHERE d.payment_id = p.id), '{}')
	FROM payments p LEFT JOIN payment_attempts a ON a.payment_id = p.id AND a.imp_uid IS NOT NULL `

// BooksOf returns the books of the payments with these merchant uids.
func (s VerificationStore) BooksOf(ctx context.Context, merchantUIDs []string) (map[string]Books, error) {
	rows, err := s.pool.Query(ctx, booksQuery+"WHERE p.merchant_uid = ANY ($1)", merchantUIDs)
	if err != nil {
		return nil, translate(err)
	}
	all, err := pgx.CollectRows(rows, scanBooks)
	books := make(map[string]Books, len(all))
	for _, b := range all {
		books[b.MerchantUID] = b
	}
	return books, translate(err)
}

// BooksAfter returns a page of the books of a provider's payments with ids above after, ascending.
func (s VerificationStore) BooksAfter(ctx context.Context, p market.Provider, after int64, page int) ([]Books, error) {
	rows, err := s.pool.Query(ctx, booksQuery+"WHERE p.provider = $1 AND p.id > $2 ORDER BY p.id LIMIT $3", p, after, page)
	if err != nil {
		return nil, translate(err)
	}
	books, err := pgx.CollectRows(rows, scanBooks)
	return books, translate(err)
}

// PaymentBefore returns the id of a payment such that all payments created since a moment have
// larger ids; 0 when there is none.
func (s VerificationStore) PaymentBefore(ctx context.Context, since time.Time) (id int64, err error) {
	// An order is paid within two hours, or has expired.
	err = s.pool.QueryRow(ctx, `SELECT coalesce(min(p.id) - 1, 0) FROM payments p WHERE p.order_id IN
		(SELECT o.id FROM orders o WHERE o.created_at >= $1 ORDER BY o.created_at LIMIT 1000)`,
		since.Add(-2*time.Hour)).Scan(&id)
	return id, translate(err)
}

func scanBooks(row pgx.CollectableRow) (b Books, err error) {
	var refunds, disputed []byte
	err = row.Scan(&b.PaymentID, &b.MerchantUID, &b.Resolved, &b.Charged, &b.ImpUID, &b.Amount, &refunds, &disputed)
	if err == nil {
		err = json.Unmarshal(refunds, &b.Refunds)
	}
	if err == nil {
		err = json.Unmarshal(disputed, &b.Disputed)
	}
	return b, err
}

// BookedTransfer is the booking of a payout attempt.
type BookedTransfer struct {
	PayoutID      int64
	Key, BankCode string
	BankAccount   string // "" if erased because its seller has left
	Amount        market.Money
	Outcome       market.PayoutOutcome // "" while unknown
	BankAmount    *market.Money        // that the bank has named instead of Amount; nil for none
}

const transfersQuery = `SELECT p.id, a.attempt, a.payout_key, a.bank_code, a.bank_account, a.bank_account_sealed, p.amount,
		coalesce(a.outcome, ''), a.bank_amount
	FROM payout_attempts a JOIN payouts p ON p.id = a.payout_id `

// TransfersOf returns the booked transfers with these keys.
func (s VerificationStore) TransfersOf(ctx context.Context, keys []string) (map[string]BookedTransfer, error) {
	all, err := s.transfers(ctx, transfersQuery+"WHERE a.payout_key = ANY ($1)", keys)
	booked := make(map[string]BookedTransfer, len(all))
	for _, t := range all {
		booked[t.Key] = t
	}
	return booked, err
}

// TransfersAfter returns a page of the booked transfers of payouts with ids above after.
func (s VerificationStore) TransfersAfter(ctx context.Context, after int64, page int) ([]BookedTransfer, error) {
	return s.transfers(ctx,
		transfersQuery+"WHERE p.id IN (SELECT x.id FROM payouts x WHERE x.id > $1 ORDER BY x.id LIMIT $2) ORDER BY p.id",
		after, page)
}

func (s VerificationStore) transfers(ctx context.Context, query string, args ...any) ([]BookedTransfer, error) {
	rows, err := s.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, translate(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t BookedTransfer, err error) {
		var a bankAccount
		var attempt int32
		err = row.Scan(&t.PayoutID, &attempt, &t.Key, &t.BankCode, &a.shown, &a.sealed, &t.Amount, &t.Outcome,
			&t.BankAmount)
		if err != nil {
			return t, err
		}
		t.BankAccount, err = s.openAccount(a, ofPayoutAttempt(t.PayoutID, attempt))
		if errors.Is(err, errNoVault) {
			return t, err
		}
		if err != nil || a.end() != accountEnd(t.BankAccount) {
			t.BankAccount = "does not open" // which is no account of the bank's, and so a finding
		}
		return t, nil
	})
	return all, translate(err)
}

// RecordVerification stores the outcome of a verification for the alerts: the number of findings,
// and the first of them. With again the next verification repeats the same changes; otherwise it
// begins where this one ended.
func (s VerificationStore) RecordVerification(
	ctx context.Context, findings []Finding, found int, until VerificationProgress, again bool,
) error {
	report, err := json.Marshal(findings)
	if err != nil {
		return err
	}
	seen := &until
	if again {
		seen = nil
	}
	_, err = s.pool.Exec(ctx,
		"INSERT INTO verifications (started_at, ended_at, findings, report, seen) VALUES ($1, $2, $3, $4, $5)",
		until.StartedAt, s.now(), found, report, seen)
	return translate(err)
}

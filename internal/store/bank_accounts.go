package store

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/verify/rules"
)

// shownDigits is how many characters at the end of an account number are displayed.
const shownDigits = 4

// errNoVault means that a store without keys cannot seal or open an account number.
var errNoVault = errors.New("account numbers cannot be sealed or opened without DATA_KEYS")

// bankAccount is a stored account number.
type bankAccount struct {
	shown  string // an asterisk and the last characters; the number itself when sealed is nil; "" when erased
	sealed []byte
}

func ofSeller(id int64) string { return fmt.Sprintf("sellers/%d", id) }

func ofPayoutAttempt(payoutID int64, attempt int32) string {
	return fmt.Sprintf("payout_attempts/%d/%d", payoutID, attempt)
}

// sealAccount encrypts the account number of an owner: a seller or an attempt to pay one.
func (s *DB) sealAccount(number, owner string) (bankAccount, error) {
	if s.vault == nil {
		return bankAccount{}, errNoVault
	}
	sealed, err := s.vault.Seal(number, owner)
	return bankAccount{shown: "*" + accountEnd(number), sealed: sealed}, err
}

// openAccount returns the account number of an owner; "" when it is erased.
func (s *DB) openAccount(a bankAccount, owner string) (string, error) {
	switch {
	case a.sealed == nil:
		return a.shown, nil
	case s.vault == nil:
		return "", errNoVault
	}
	number, err := s.vault.Open(a.sealed, owner)
	if err != nil {
		return "", fmt.Errorf("bank account of %s: %w", owner, err)
	}
	return number, nil
}

// IsBankAccount reports whether a number is a seller's bank account number. It fails with
// SELLER_NOT_FOUND.
func (s BankAccountStore) IsBankAccount(ctx context.Context, sellerID int64, number string) (bool, error) {
	r, err := orNotFound(s.q.GetSeller(ctx, s.pool, sellerID))(market.CodeSellerNotFound)
	if err != nil {
		return false, err
	}
	stored, err := s.openAccount(bankAccount{r.BankAccount, r.BankAccountSealed}, ofSeller(sellerID))
	return err == nil && subtle.ConstantTimeCompare([]byte(stored), []byte(number)) == 1, err
}

// end returns the last characters of the account number.
func (a bankAccount) end() string {
	if a.sealed != nil {
		return strings.TrimPrefix(a.shown, "*")
	}
	return accountEnd(a.shown)
}

// accountEnd returns the last characters of an account number, never the whole.
func accountEnd(number string) string {
	r := []rune(number)
	return string(r[len(r)-min(shownDigits, len(r)/2):])
}

// sealChunk is how many account numbers are sealed in one transaction.
const sealChunk = 500

// SealBankAccounts seals each account number that is not sealed with the current master key, of
// sellers and of those who have left, of payout attempts, and in proposals, and verifies that the
// others open. It works in chunks: an interrupted call can be repeated, and continues. It calls
// progress with the number of those sealed so far, and returns it. It fails at the first number
// that does not open because its key is missing or differs.
func (s BankAccountStore) SealBankAccounts(ctx context.Context, progress func(sealed int)) (sealed int, err error) {
	if s.vault == nil {
		return 0, errNoVault
	}
	for _, seal := range []func(context.Context, pgx.Tx, int64) (sealed int, last int64, err error){
		s.sealSellers, s.sealAttempts, s.sealProposals, s.sealWithdrawn,
	} {
		for after, more := int64(0), true; more; {
			var n int
			var last int64
			err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
				n, last, err = seal(ctx, tx, after)
				return err
			})
			if err != nil {
				return sealed, err
			}
			more, after = last > after, last
			if sealed += n; more {
				progress(sealed)
			}
		}
	}
	return sealed, nil
}

// BrokenBankAccounts returns a finding for each sealed account number of a seller that was changed, belongs
// to another seller, or was sealed with a master key that is missing.
func (s BankAccountStore) BrokenBankAccounts(ctx context.Context) (broken []Finding, err error) {
	for after := int64(0); ; {
		rows, err := s.q.SealedSellers(ctx, s.pool, after, sealChunk)
		if err != nil || len(rows) == 0 {
			return broken, translate(err)
		}
		for _, r := range rows {
			after = r.ID
			_, err := s.openAccount(bankAccount{sealed: r.BankAccountSealed}, ofSeller(r.ID))
			switch {
			case errors.Is(err, errNoVault):
				return broken, err
			case err != nil: // one unreadable number does not end the check
				broken = append(broken, Finding{rules.BankAccountsOpen.Name, fmt.Sprintf("seller %d: %v", r.ID, err)})
			}
		}
	}
}

// sealedRow is a row whose account number is resealed.
type sealedRow struct {
	id     int64
	stored bankAccount
	owner  string
}

// resealed holds the changed columns of a chunk's rows.
type resealed struct {
	ids    []int64
	shown  []string
	sealed [][]byte
	last   int64 // the id of the last row, changed or not
}

// resealAll seals the account numbers of a chunk that are not sealed with the current master key,
// and opens the others. after is the id before the chunk.
func (s BankAccountStore) resealAll(after int64, rows []sealedRow) (c resealed, err error) {
	c.last = after
	for _, r := range rows {
		a, changed, err := s.sealAgain(r.stored, r.owner)
		if err != nil {
			return c, err
		}
		if c.last = r.id; changed {
			c.ids, c.shown, c.sealed = append(c.ids, r.id), append(c.shown, a.shown), append(c.sealed, a.sealed)
		}
	}
	return c, nil
}

// sealSellers reseals a chunk of sellers with ids above after, and returns the number of resealed
// account numbers and the last id of the chunk.
func (s BankAccountStore) sealSellers(ctx context.Context, tx pgx.Tx, after int64) (n int, last int64, err error) {
	found, err := s.q.SellersToSeal(ctx, tx, after, sealChunk)
	if err != nil {
		return 0, after, err
	}
	rows := make([]sealedRow, len(found))
	for i, r := range found {
		rows[i] = sealedRow{r.ID, bankAccount{r.BankAccount, r.BankAccountSealed}, ofSeller(r.ID)}
	}
	c, err := s.resealAll(after, rows)
	if err != nil {
		return 0, after, err
	}
	return len(c.ids), c.last, s.q.SealSellers(ctx, tx, c.ids, c.shown, c.sealed)
}

// sealAttempts is sealSellers for payout attempts.
func (s BankAccountStore) sealAttempts(ctx context.Context, tx pgx.Tx, after int64) (n int, last int64, err error) {
	found, err := s.q.PayoutAttemptsToSeal(ctx, tx, after, sealChunk)
	if err != nil {
		return 0, after, err
	}
	rows := make([]sealedRow, len(found))
	for i, r := range found {
		rows[i] = sealedRow{
			r.ID, bankAccount{r.BankAccount, r.BankAccountSealed}, ofPayoutAttempt(r.PayoutID, r.Attempt),
		}
	}
	c, err := s.resealAll(after, rows)
	if err != nil {
		return 0, after, err
	}
	return len(c.ids), c.last, s.q.SealPayoutAttempts(ctx, tx, c.ids, c.shown, c.sealed)
}

// sealProposals is sealSellers for proposed account numbers.
func (s BankAccountStore) sealProposals(ctx context.Context, tx pgx.Tx, after int64) (n int, last int64, err error) {
	found, err := s.q.ProposalsToSeal(ctx, tx, after, sealChunk)
	if err != nil {
		return 0, after, err
	}
	rows := make([]sealedRow, len(found))
	for i, r := range found {
		rows[i] = sealedRow{r.ID, bankAccount{sealed: r.BankAccount}, ofSeller(r.SellerID)}
	}
	c, err := s.resealAll(after, rows)
	if err != nil {
		return 0, after, err
	}
	return len(c.ids), c.last, s.q.SealProposals(ctx, tx, c.ids, c.sealed)
}

// sealWithdrawn is sealSellers for sellers who have left.
func (s BankAccountStore) sealWithdrawn(ctx context.Context, tx pgx.Tx, after int64) (n int, last int64, err error) {
	found, err := s.q.WithdrawnAccountsToSeal(ctx, tx, after, sealChunk)
	if err != nil {
		return 0, after, err
	}
	rows := make([]sealedRow, len(found))
	for i, r := range found {
		rows[i] = sealedRow{r.ID, bankAccount{r.BankAccount, r.BankAccountSealed}, ofSeller(r.SellerID)}
	}
	c, err := s.resealAll(after, rows)
	if err != nil {
		return 0, after, err
	}
	return len(c.ids), c.last, s.q.SealWithdrawnAccounts(ctx, tx, c.ids, c.shown, c.sealed)
}

// sealAgain opens an account number, and seals it unless it is sealed with the current master key.
func (s BankAccountStore) sealAgain(a bankAccount, owner string) (sealed bankAccount, changed bool, err error) {
	number, err := s.openAccount(a, owner)
	if err != nil || a.sealed != nil && s.vault.Current(a.sealed) {
		return a, false, err
	}
	sealed, err = s.sealAccount(number, owner)
	return sealed, true, err
}

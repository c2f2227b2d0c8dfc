package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// shownDigits is how many characters at the end of an account number people know it by.
const shownDigits = 4

// errNoVault says that a store without keys was asked for an account number.
var errNoVault = errors.New("account numbers cannot be sealed or opened without DATA_KEYS")

// bankAccount is an account number as it is stored.
type bankAccount struct {
	shown  string // an asterisk and the last characters; the number itself when sealed is nil; "" when erased
	sealed []byte
}

func ofSeller(id int64) string { return fmt.Sprintf("sellers/%d", id) }

func ofPayoutAttempt(payoutID int64, attempt int32) string {
	return fmt.Sprintf("payout_attempts/%d/%d", payoutID, attempt)
}

// sealAccount encrypts the account number of an owner: a seller or an attempt to pay one.
func (s *Store) sealAccount(number, owner string) (bankAccount, error) {
	if s.vault == nil {
		return bankAccount{}, errNoVault
	}
	sealed, err := s.vault.Seal(number, owner)
	return bankAccount{shown: "*" + accountEnd(number), sealed: sealed}, err
}

// openAccount returns the account number of an owner; "" when it is erased.
func (s *Store) openAccount(a bankAccount, owner string) (string, error) {
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

// SealBankAccounts seals each account number that is not sealed with the current master key, of sellers,
// of attempts to pay them, and in proposals, in chunks: it can be stopped, and goes on when it is called
// again. It calls progress with the number of those done so far, and returns it.
func (s *Store) SealBankAccounts(ctx context.Context, progress func(sealed int)) (sealed int, err error) {
	if s.vault == nil {
		return 0, errNoVault
	}
	for _, seal := range []func(context.Context, pgx.Tx, int64) (int, int64, error){
		s.sealSellers, s.sealAttempts, s.sealProposals,
	} {
		for n, last := 1, int64(0); n > 0; {
			err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
				n, last, err = seal(ctx, tx, last)
				return err
			})
			if err != nil {
				return sealed, err
			}
			sealed += n
			progress(sealed)
		}
	}
	return sealed, nil
}

// sealSellers seals a chunk of the numbers of sellers with ids above after, and returns how many and the
// last id.
func (s *Store) sealSellers(ctx context.Context, tx pgx.Tx, after int64) (n int, last int64, err error) {
	rows, err := s.q.SellersToSeal(ctx, tx, after, s.vault.Header(), sealChunk)
	if err != nil || len(rows) == 0 {
		return 0, after, err
	}
	ids, shown, sealed := make([]int64, len(rows)), make([]string, len(rows)), make([][]byte, len(rows))
	for i, r := range rows {
		a, err := s.sealAgain(bankAccount{r.BankAccount, r.BankAccountSealed}, ofSeller(r.ID))
		if err != nil {
			return 0, after, err
		}
		ids[i], shown[i], sealed[i] = r.ID, a.shown, a.sealed
	}
	return len(rows), ids[len(ids)-1], s.q.SealSellers(ctx, tx, ids, shown, sealed)
}

// sealAttempts is sealSellers for attempts to pay them.
func (s *Store) sealAttempts(ctx context.Context, tx pgx.Tx, after int64) (n int, last int64, err error) {
	rows, err := s.q.PayoutAttemptsToSeal(ctx, tx, after, s.vault.Header(), sealChunk)
	if err != nil || len(rows) == 0 {
		return 0, after, err
	}
	ids, shown, sealed := make([]int64, len(rows)), make([]string, len(rows)), make([][]byte, len(rows))
	for i, r := range rows {
		a, err := s.sealAgain(bankAccount{r.BankAccount, r.BankAccountSealed}, ofPayoutAttempt(r.PayoutID, r.Attempt))
		if err != nil {
			return 0, after, err
		}
		ids[i], shown[i], sealed[i] = r.ID, a.shown, a.sealed
	}
	return len(rows), ids[len(ids)-1], s.q.SealPayoutAttempts(ctx, tx, ids, shown, sealed)
}

// sealProposals is sealSellers for the numbers that wait for a second person.
func (s *Store) sealProposals(ctx context.Context, tx pgx.Tx, after int64) (n int, last int64, err error) {
	rows, err := s.q.ProposalsToSeal(ctx, tx, after, s.vault.Header(), sealChunk)
	if err != nil || len(rows) == 0 {
		return 0, after, err
	}
	ids, sealed := make([]int64, len(rows)), make([][]byte, len(rows))
	for i, r := range rows {
		a, err := s.sealAgain(bankAccount{sealed: r.BankAccount}, ofSeller(r.SellerID))
		if err != nil {
			return 0, after, err
		}
		ids[i], sealed[i] = r.ID, a.sealed
	}
	return len(rows), ids[len(ids)-1], s.q.SealProposals(ctx, tx, ids, sealed)
}

// sealAgain seals an account number that is not sealed, or is sealed with another key.
func (s *Store) sealAgain(a bankAccount, owner string) (bankAccount, error) {
	number, err := s.openAccount(a, owner)
	if err != nil {
		return a, err
	}
	return s.sealAccount(number, owner)
}

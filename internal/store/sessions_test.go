package store_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// It compares the stored end with market.SessionEnd's for
// random sequences of ends, some of them with clocks that run backwards.
func TestEndSessions_AnyOrder_IsTheRuleOfSessionEnd(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	start := time.Now().Truncate(time.Millisecond)
	for account := range int64(20) {
		var want market.SessionEnd
		for range 8 {
			at := start.Add(time.Duration(random.IntN(1000)) * time.Millisecond)
			kept := []string{"", "A", "B"}[random.IntN(3)]
			end, err := s.At(at).EndSessions(ctx, market.RoleBuyer, account, kept)
			require.NoError(t, err)
			want = want.Extend(at, kept)
			read, err := s.SessionEnd(ctx, market.RoleBuyer, account)
			require.NoError(t, err)
			for _, got := range []market.SessionEnd{end, read} {
				require.Equal(t, want.Version, got.Version)
				require.Equal(t, want.Kept, got.Kept)
				require.True(t, want.All.Equal(got.All) && want.Others.Equal(got.Others), "%v is not %v", got, want)
			}
		}
	}
}

// It covers each change that ends sessions.
func TestChangesOfAnAccount_EndItsSessions_InTheirTransaction(t *testing.T) {
	t.Parallel()
	shop := testrig.NewShop(t, 1, nil)
	s, ctx := shop.Store, t.Context()
	buyer, seller := shop.BuyerID, shop.SellerIDs[0]
	_, err := s.CreateAdmin(ctx, "a@example.com", "hash", "a")
	require.NoError(t, err)
	c, err := s.AdminCredentials(ctx, "a@example.com")
	require.NoError(t, err)
	hash, email, account, reason := "hash", market.Email("new@example.com"), "110-1", "fraud"
	for _, change := range []struct {
		name string
		role market.Role
		id   int64
		kept string
		do   func() error
	}{
		{"a buyer's password", market.RoleBuyer, buyer, "mine", func() error {
			_, err := s.UpdateBuyer(ctx, buyer, store.ProfileChange{PasswordHash: &hash, KeptSession: "mine"})
			return err
		}},
		{"a buyer's address", market.RoleBuyer, buyer, "mine", func() error {
			_, err := s.UpdateBuyer(ctx, buyer, store.ProfileChange{Email: &email, KeptSession: "mine"})
			return err
		}},
		{"a lock", market.RoleBuyer, buyer, "", func() error {
			_, err := s.SetBuyerLock(ctx, buyer, &reason)
			return err
		}},
		{"a buyer's withdrawal", market.RoleBuyer, buyer, "", func() error { return s.WithdrawBuyer(ctx, buyer) }},
		{"a seller's bank account", market.RoleSeller, seller, "mine", func() error {
			_, _, err := s.UpdateSeller(ctx, seller, store.ProfileChange{BankAccount: &account, KeptSession: "mine"})
			return err
		}},
		{"a suspension", market.RoleSeller, seller, "", func() error {
			_, err := s.SetSellerStatus(ctx, seller, market.SellerSuspended, false, "")
			return err
		}},
		{"a seller's withdrawal", market.RoleSeller, seller, "", func() error { return s.WithdrawSeller(ctx, seller) }},
		{"an admin's password", market.RoleAdmin, c.ID, "mine", func() error {
			return s.SetAdminPassword(ctx, c.ID, hash, "mine")
		}},
		{"an admin's second factor", market.RoleAdmin, c.ID, "mine", func() error {
			if err := s.OfferSecondFactor(ctx, c.ID, []byte("sealed")); err != nil {
				return err
			}
			return s.ActivateSecondFactor(ctx, c.ID, 1, "mine")
		}},
	} {
		opened := time.Now()
		require.NoError(t, change.do(), change.name)
		end, err := s.SessionEnd(ctx, change.role, change.id)
		require.NoError(t, err)
		require.True(t, end.Ended(opened, "another"), change.name)
		require.Equal(t, change.kept == "", end.Ended(opened, "mine"), change.name)
	}
}

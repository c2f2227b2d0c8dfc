package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// The address was requested by a holder of the password before.
func TestNewPassword_WithAPendingAddress_DiscardsIt(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	hash, other := "new", market.Email("other@example.com")
	for name, change := range map[string]func(s *testrig.Shop, id int64) error{
		"changed": func(s *testrig.Shop, id int64) error {
			changed, err := s.UpdateBuyer(ctx, id, store.ProfileChange{PasswordHash: &hash})
			require.Nil(t, changed.PendingEmail)
			return err
		},
		"reset": func(s *testrig.Shop, _ int64) error {
			require.NoError(t, s.RequestPasswordReset(ctx, market.RoleBuyer, "b@example.com"))
			mail := int64(s.Number(t, "SELECT max(id) FROM mails WHERE kind = 'PASSWORD_RESET'"))
			_, _, err := s.MailToSend(ctx, mail)
			require.NoError(t, err)
			_, _, err = s.ResetPassword(ctx, market.MailPasswordReset, market.RoleBuyer, mail, hash)
			return err
		},
	} {
		s := testrig.NewShop(t, 1, nil)
		b, err := s.UpdateBuyer(ctx, s.BuyerID, store.ProfileChange{Email: &other, Unverified: true})
		require.NoError(t, err)
		require.Equal(t, &other, b.PendingEmail)
		code := int64(s.Number(t, "SELECT max(id) FROM mails WHERE kind = 'EMAIL_VERIFICATION'"))
		require.NoError(t, change(s, s.BuyerID), name)
		refused(t, market.CodeTokenInvalid, s.VerifyEmail(ctx, market.RoleBuyer, code))
		b, err = s.Buyer(ctx, s.BuyerID)
		require.NoError(t, err)
		require.Nil(t, b.PendingEmail, name)
		require.Equal(t, market.Email("b@example.com"), b.Email, name)
	}
}

// Either the order is there and the withdrawal is refused, or the
// account is erased and there is no order.
func TestWithdrawBuyer_WhileAnOrderIsPlaced_LeavesNoOrder(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	for round := range 16 {
		buyer, err := s.CreateBuyer(ctx, store.BuyerSignup{
			Email: market.Email(fmt.Sprintf("r%d@example.com", round)), PasswordHash: "x",
			Name: "b", Phone: "010-1234-5678",
		})
		require.NoError(t, err)
		a, err := s.CreateAddress(ctx, market.BuyerID(buyer), market.AddressInput{
			Recipient: "r", Phone: "1", Detail: "d",
		})
		require.NoError(t, err)
		cart, err := s.AddToCart(ctx, market.BuyerID(buyer), s.ProductIDs[0], 1,
			market.PageRequest{Size: 1, Sort: "id"})
		require.NoError(t, err)
		var placed, withdrawn error
		var wg sync.WaitGroup
		wg.Go(func() {
			_, placed = s.PlaceOrder(ctx, store.Checkout{
				BuyerID: buyer, Key: fmt.Sprint(round), CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: a.ID,
			})
		})
		wg.Go(func() { withdrawn = s.WithdrawBuyer(ctx, buyer) })
		wg.Wait()
		require.NotEqual(t, placed == nil, withdrawn == nil, "placed: %v, withdrawn: %v", placed, withdrawn)
	}
	require.Zero(t, s.Number(t, "SELECT count(*) FROM orders o JOIN buyers b ON b.id = o.buyer_id WHERE b.deleted_at IS NOT NULL"))
}

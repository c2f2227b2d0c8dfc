package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/store/db"
	"github.com/all-in-market/market/internal/testrig"
)

func refused(t *testing.T, code market.Code, err error) {
	t.Helper()
	require.Equal(t, code, market.CodeOf(err), "%v", err)
}

func pointer[T any](v T) *T { return &v }

var all = market.PageRequest{Size: 100, Sort: "id"}

// An address, ignoring case, belongs to one account of a role.
func TestCreateBuyer_EmailTaken_IsRefused(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	id, err := s.SignUpBuyer(ctx, store.BuyerSignup{
		Email: "kim@example.com", PasswordHash: "hash", Name: "Kim", Phone: "010-1111-2222",
	})
	require.NoError(t, err)
	_, err = s.SignUpBuyer(ctx, store.BuyerSignup{
		Email: "kim@example.com", PasswordHash: "hash", Name: "Kim", Phone: "010-1111-2222",
	})
	refused(t, market.CodeEmailAlreadyExists, err)
	c, err := s.BuyerCredentials(ctx, "kim@example.com")
	require.NoError(t, err)
	require.Equal(t, store.Credentials{ID: id, PasswordHash: "hash", Active: true}, c)
	_, err = s.BuyerCredentials(ctx, "lee@example.com")
	refused(t, market.CodeBuyerNotFound, err)

	signup := store.SellerSignup{
		Email: "kim@example.com", PasswordHash: "h", Name: "Kim", Phone: "1", StoreName: "s", BizNumber: "1",
		BankCode: "KOOKMIN", BankAccount: "1",
	}
	sellerID, err := s.SignUpSeller(ctx, signup)
	require.NoError(t, err, "a seller of the same address is another account")
	_, err = s.SignUpSeller(ctx, signup)
	refused(t, market.CodeEmailAlreadyExists, err)
	another := signup
	another.Email = "lee@example.com"
	_, err = s.SignUpSeller(ctx, another)
	var taken *market.Error
	require.ErrorAs(t, err, &taken)
	require.Equal(t, "DATA_CONFLICT bizNumber", string(taken.Code)+" "+taken.Field)
	signup.BizNumber = "2"
	_, err = s.SignUpSeller(ctx, signup)
	refused(t, market.CodeEmailAlreadyExists, err)
	c, err = s.SellerCredentials(ctx, "kim@example.com")
	require.NoError(t, err)
	require.False(t, c.Active, "nobody has approved the seller")
	_, err = s.SetSellerStatus(ctx, sellerID, market.SellerApproved, false, "")
	require.NoError(t, err)
	c, err = s.SellerCredentials(ctx, "kim@example.com")
	require.NoError(t, err)
	require.True(t, c.Active)
}

// A change applies to the given fields, and the owner is notified of changes that matter to a
// thief.
func TestUpdateBuyer_FieldsGiven_OnlyTheseChange(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	before, err := s.Buyer(ctx, s.BuyerID)
	require.NoError(t, err)
	mails := func() int { return s.Number(t, "SELECT count(*) FROM mails") }
	n := mails()

	changed, err := s.UpdateBuyer(ctx, s.BuyerID, store.ProfileChange{Name: pointer("New")})
	require.NoError(t, err)
	require.Equal(t, "New", changed.Name)
	require.Equal(t, before.Email, changed.Email)
	require.Equal(t, n, mails())

	_, err = s.UpdateBuyer(ctx, s.BuyerID, store.ProfileChange{PasswordHash: pointer("hash")})
	require.NoError(t, err)
	require.Equal(t, n+1, mails())
	secret, err := s.BuyerSecret(ctx, s.BuyerID)
	require.NoError(t, err)
	require.Equal(t, "hash", secret)

	other, err := s.CreateBuyer(ctx, store.BuyerSignup{
		Email: "other@example.com", PasswordHash: "x", Name: "o", Phone: "1",
	})
	require.NoError(t, err)
	_, err = s.UpdateBuyer(ctx, other, store.ProfileChange{Email: pointer(before.Email)})
	refused(t, market.CodeEmailAlreadyExists, err)
	_, err = s.UpdateBuyer(ctx, 99, store.ProfileChange{})
	refused(t, market.CodeBuyerNotFound, err)
}

// A new bank account pauses payouts, so that the holder of a stolen token is not paid.
func TestUpdateSeller_NewBankAccount_PausesPayouts(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	id := s.SellerIDs[0]
	paused := func() int {
		return s.Number(t, "SELECT count(*) FROM sellers WHERE id = $1 AND payouts_paused_until > now()", id)
	}
	_, _, err := s.UpdateSeller(ctx, id, store.ProfileChange{StoreName: pointer("new"), PayoutPause: time.Hour})
	require.NoError(t, err)
	require.Zero(t, paused())
	_, _, err = s.UpdateSeller(ctx, id, store.ProfileChange{BankAccount: pointer("2-2"), PayoutPause: time.Hour})
	require.NoError(t, err)
	require.Equal(t, 1, paused())
	_, _, err = s.UpdateSeller(ctx, 99, store.ProfileChange{})
	refused(t, market.CodeSellerNotFound, err)
}

// A buyer can leave when nothing is open, and is then anonymous.
func TestWithdrawBuyer_SomethingOpen_IsRefused(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	order := s.Place(t, "one", s.ProductIDs[0])
	var buyer int64
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT buyer_id FROM orders WHERE id = $1", order).Scan(&buyer))
	refused(t, market.CodeDataConflict, s.WithdrawBuyer(ctx, buyer))
	require.NoError(t, s.SetOrderStatus(ctx, order, market.OrderFailed, nil))
	require.NoError(t, s.WithdrawBuyer(ctx, buyer))
	require.Zero(t,
		s.Number(t, "SELECT count(*) FROM buyers WHERE id = $1 AND (email LIKE '%example%' OR name = 'b')", buyer))
	require.Zero(t, s.Number(t, "SELECT count(*) FROM addresses WHERE buyer_id = $1", buyer))
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM orders WHERE buyer_id = $1", buyer), "what was ordered stays")
	_, err := s.SignUpBuyer(ctx, store.BuyerSignup{
		Email: "placed-one@example.com", PasswordHash: "x", Name: "b", Phone: "1",
	})
	require.NoError(t, err, "the address is free again")
}

func TestSetSellerStatus_NotApproved_HidesProducts(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	onSale := func() int64 {
		p, err := s.Products(ctx, store.CatalogueFilter{}, all)
		require.NoError(t, err)
		return p.TotalElements
	}
	require.EqualValues(t, 2, onSale())
	changed, err := s.SetSellerStatus(ctx, s.SellerIDs[0], market.SellerSuspended, true, "")
	require.NoError(t, err)
	require.Equal(t, market.SellerSuspended, changed.Status)
	require.EqualValues(t, 1, onSale())
	require.Zero(t, s.Number(t, "SELECT count(*) FROM sellers WHERE id = $1 AND may_be_paid", s.SellerIDs[0]))
	_, err = s.SetSellerStatus(ctx, s.SellerIDs[0], market.SellerApproved, false, "")
	require.NoError(t, err)
	require.EqualValues(t, 2, onSale())
	_, err = s.SetSellerStatus(ctx, 99, market.SellerApproved, false, "")
	refused(t, market.CodeSellerNotFound, err)

	suspended, err := s.Sellers(ctx, pointer(market.SellerSuspended), all)
	require.NoError(t, err)
	require.Empty(t, suspended.Content)
	approved, err := s.Sellers(ctx, nil, all)
	require.NoError(t, err)
	require.Len(t, approved.Content, 2)
	require.Equal(t, market.RoleSeller, approved.Content[0].Role)
}

// The first one, then the one that is made it; when that goes,
// the oldest that is left.
func TestAddresses_Default_IsOne(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	buyer := market.BuyerID(s.BuyerID)
	defaults := func() (ids []int64) {
		list, err := s.Addresses(ctx, buyer)
		require.NoError(t, err)
		for _, a := range list {
			if a.IsDefault {
				ids = append(ids, a.ID)
			}
		}
		return ids
	}
	first := s.AddressID
	require.Equal(t, []int64{first}, defaults())
	second, err := s.CreateAddress(ctx, buyer, market.AddressInput{Recipient: "r", Phone: "1", Detail: "two"})
	require.NoError(t, err)
	require.Equal(t, []int64{first}, defaults())
	changed, err := s.UpdateAddress(ctx, buyer, second.ID,
		market.AddressChange{IsDefault: pointer(true), Detail: pointer("2")})
	require.NoError(t, err)
	require.Equal(t, "2", changed.Detail)
	require.Equal(t, []int64{second.ID}, defaults())
	_, err = s.DeleteAddress(ctx, buyer, second.ID)
	require.NoError(t, err)
	require.Equal(t, []int64{first}, defaults())

	id, err := s.CreateBuyer(ctx, store.BuyerSignup{
		Email: "other@example.com", PasswordHash: "x", Name: "o", Phone: "1",
	})
	require.NoError(t, err)
	stranger := market.BuyerID(id)
	_, err = s.DeleteAddress(ctx, stranger, first)
	refused(t, market.CodeAddressNotFound, err)
	_, err = s.UpdateAddress(ctx, stranger, first, market.AddressChange{Detail: pointer("stolen")})
	refused(t, market.CodeAddressNotFound, err)
	for i := range 200 {
		if _, err = s.CreateAddress(ctx, buyer, market.AddressInput{
			Recipient: "r", Phone: "1", Detail: fmt.Sprint(i),
		}); err != nil {
			break
		}
	}
	refused(t, market.CodeDataConflict, err)
}

func TestAdmins(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	created, err := s.CreateAdmin(ctx, "a@example.com", "hash", "a")
	require.NoError(t, err)
	require.True(t, created)
	created, err = s.CreateAdmin(ctx, "a@example.com", "other", "a")
	require.NoError(t, err)
	require.False(t, created, "the next start of a process changes no password")
	c, err := s.AdminCredentials(ctx, "a@example.com")
	require.NoError(t, err)
	require.Equal(t, "hash", c.PasswordHash)
	require.NoError(t, s.CheckAdmin(ctx, c.ID))
	refused(t, market.CodeAdminNotFound, s.CheckAdmin(ctx, 99))
	require.NoError(t, s.SetAdminPassword(ctx, c.ID, "new", "kept"))
	secret, err := s.AdminSecret(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, "new", secret)
}

// Offered, confirmed, each code used once, and gone.
func TestSecondFactors(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	_, err := s.CreateAdmin(ctx, "a@example.com", "hash", "a")
	require.NoError(t, err)
	c, err := s.AdminCredentials(ctx, "a@example.com")
	require.NoError(t, err)
	refused(t, market.CodeDataConflict, s.ActivateSecondFactor(ctx, c.ID, 1, "kept"))
	require.NoError(t, s.OfferSecondFactor(ctx, c.ID, []byte("sealed")))
	f, err := s.SecondFactor(ctx, c.ID)
	require.NoError(t, err)
	require.False(t, f.Active, "a secret that nobody has confirmed keeps nobody out")
	require.NoError(t, s.ActivateSecondFactor(ctx, c.ID, 5, "kept"))
	refused(t, market.CodeDataConflict, s.OfferSecondFactor(ctx, c.ID, []byte("another")))
	for _, use := range []struct {
		step  store.OTPStep
		fresh bool
	}{{5, false}, {6, true}, {6, false}, {4, false}, {7, true}} {
		ok, err := s.UseSecondFactor(ctx, c.ID, use.step, []byte("sealed anew"))
		require.NoError(t, err)
		require.Equal(t, use.fresh, ok, use.step)
	}
	require.NoError(t, s.RemoveSecondFactor(ctx, c.ID, "kept"))
	refused(t, market.CodeDataConflict, s.RemoveSecondFactor(ctx, c.ID, "kept"))
}

func TestMailTokens_UsedTwice_IsRefused(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	newest := func() int64 { return int64(s.Number(t, "SELECT max(id) FROM mails")) }
	require.NoError(t, s.RequestPasswordReset(ctx, market.RoleBuyer, "b@example.com"))
	reset := newest()
	m, found, err := s.MailToSend(ctx, reset)
	require.NoError(t, err)
	require.True(t, found)
	require.EqualValues(t, "b@example.com", m.Recipient)
	_, _, err = s.ResetPassword(ctx, market.MailPasswordReset, market.RoleSeller, reset, "stolen")
	refused(t, market.CodeTokenInvalid, err)
	id, email, err := s.ResetPassword(ctx, market.MailPasswordReset, market.RoleBuyer, reset, "new")
	require.NoError(t, err)
	require.EqualValues(t, "b@example.com", email)
	require.Equal(t, s.BuyerID, id)
	_, _, err = s.ResetPassword(ctx, market.MailPasswordReset, market.RoleBuyer, reset, "again")
	refused(t, market.CodeTokenInvalid, err)
	secret, err := s.BuyerSecret(ctx, id)
	require.NoError(t, err)
	require.Equal(t, "new", secret)

	require.NoError(t, s.RequestPasswordReset(ctx, market.RoleBuyer, "nobody@example.com"))
	_, found, err = s.MailToSend(ctx, newest())
	require.NoError(t, err)
	require.False(t, found, "whether anybody has the address is found out when it is sent")

	refused(t, market.CodeDataConflict, s.RequestEmailVerification(ctx, market.RoleBuyer, id))
	b, err := s.Buyer(ctx, id)
	require.NoError(t, err)
	require.True(t, b.EmailVerified, "whoever could reset the password reads its mails")
	other, err := s.CreateBuyer(ctx, store.BuyerSignup{
		Email: "other@example.com", PasswordHash: "x", Name: "o", Phone: "1",
	})
	require.NoError(t, err)
	require.NoError(t, s.RequestEmailVerification(ctx, market.RoleBuyer, other))
	verification := newest()
	refused(t, market.CodeTokenInvalid, s.VerifyEmail(ctx, market.RoleBuyer, reset))
	require.NoError(t, s.VerifyEmail(ctx, market.RoleBuyer, verification))
	b, err = s.Buyer(ctx, other)
	require.NoError(t, err)
	require.True(t, b.EmailVerified)
}

func TestRequests_Repeated_ReturnTheAnswer(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	r := store.Request{Principal: "BUYER/1", Operation: "POST /orders", Key: "k", Fingerprint: []byte("f")}
	for range 2 { // the second is a repeat of one that is still running
		answered, err := s.BeginRequest(ctx, r)
		require.NoError(t, err)
		require.Nil(t, answered)
	}
	require.NoError(t, s.FinishRequest(ctx, r, store.Answer{Status: 201, Body: []byte("body")}))
	answered, err := s.BeginRequest(ctx, r)
	require.NoError(t, err)
	require.Equal(t, &store.Answer{Status: 201, Body: []byte("body")}, answered)
	other := r
	other.Fingerprint = []byte("g")
	_, err = s.BeginRequest(ctx, other)
	refused(t, market.CodeIdempotencyKeyReused, err)
	other.Principal = "BUYER/2"
	answered, err = s.BeginRequest(ctx, other)
	require.NoError(t, err)
	require.Nil(t, answered, "somebody else's key is another")
}

func TestSetEmail_Conflict_IsSettledAndSessionsEnd(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	id, err := s.CreateBuyer(ctx, store.BuyerSignup{
		Email: "conflict-1@conflict.invalid", PasswordHash: "hash", Name: "Kim", Phone: "1",
	})
	require.NoError(t, err)
	_, err = s.CreateBuyer(ctx, store.BuyerSignup{
		Email: "lee@example.com", PasswordHash: "hash", Name: "Lee", Phone: "1",
	})
	require.NoError(t, err)
	_, err = s.Pool().Exec(ctx, "INSERT INTO email_conflicts (role, account_id, email) VALUES ('BUYER', $1, 'kım@example.com')", id)
	require.NoError(t, err)
	findings, err := s.Verify(ctx, func(string) {})
	require.NoError(t, err)
	require.Len(t, findings, 1)

	opened := time.Now()
	refused(t, market.CodeBuyerNotFound, s.SetEmail(ctx, market.RoleBuyer, 99, "kim@example.com"))
	refused(t, market.CodeEmailAlreadyExists, s.SetEmail(ctx, market.RoleBuyer, id, "lee@example.com"))
	require.NoError(t, s.SetEmail(ctx, market.RoleBuyer, id, "kim@example.com"))
	c, err := s.BuyerCredentials(ctx, "kim@example.com")
	require.NoError(t, err)
	require.Equal(t, id, c.ID)
	end, err := s.SessionEnd(ctx, market.RoleBuyer, id)
	require.NoError(t, err)
	require.True(t, end.Ended(opened, "any"))
	findings, err = s.Verify(ctx, func(string) {})
	require.NoError(t, err)
	require.Empty(t, findings)
}

// Purchases of a big seller go on while its row is locked.
func TestPlaceOrder_SellerIsBeingDecidedAbout_DoesNotWait(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	run(t, s, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = ''5s''', current_database()); END $$")
	s.Pool().Reset()
	tx, err := s.Pool().Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(context.Background())) }()
	_, err = db.New().LockSeller(t.Context(), tx, s.SellerIDs[0])
	require.NoError(t, err)
	s.Place(t, "meanwhile", s.ProductIDs[0])
}

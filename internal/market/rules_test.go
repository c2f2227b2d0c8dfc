package market_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/all-in-market/market/internal/market"
)

// amounts draws amounts of orders, positive and negative.
func amounts() *rapid.Generator[market.Money] {
	return rapid.Map(rapid.Int64Range(-int64(market.MaxMoney), int64(market.MaxMoney)),
		func(n int64) market.Money { return market.Money(n) })
}

// What is accepted has digits, at most one sign before and one point between
// them, and is the amount that its text names.
func TestParseMoney_AnyText_IsRefusedOrPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-+]?[0-9,. e]{0,15}`).Draw(t, "text")
		m, err := market.ParseMoney(text)
		if err != nil {
			return
		}
		require.Regexp(t, `^-?[0-9]{1,12}(\.[0-9]{1,2})?$`, text)
		whole, fraction, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(text, "-"), "0"), ".")
		want := "0" + whole + "." + (fraction + "00")[:2]
		got := strings.TrimPrefix(m.String(), "-")
		require.Equal(t, strings.TrimLeft(want, "0"), strings.TrimLeft(got, "0"))
		require.False(t, m != 0 && (m < 0) != strings.HasPrefix(text, "-"))
	})
}

func TestMoney_FractionOfAWon_IsCutOff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := amounts().Draw(t, "m")
		cut := m.Truncate()
		require.True(t, cut.Whole())
		require.Equal(t, m.Whole(), cut == m)
		require.Less(t, max(m-cut, cut-m), market.Money(100))
		require.False(t, m > 0 && cut > m || m < 0 && cut < m, "towards zero")
	})
}

func TestMoney_Share_IsInProportion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := amounts().Draw(t, "m")
		of := rapid.Int32Range(1, market.MaxPieces).Draw(t, "of")
		n := rapid.Int32Range(0, of).Draw(t, "n")
		share := m.Share(n, of)
		require.Zero(t, m.Share(0, of))
		require.Equal(t, m, m.Share(of, of))
		if m >= 0 {
			require.LessOrEqual(t, share, m)
			require.LessOrEqual(t, share, m.Share(min(n+1, of), of), "more parts are no less")
		}
	})
}

func TestMoney_LargestAmount_IsTaken(t *testing.T) {
	t.Parallel()
	sum, err := (market.MaxMoney - 1).Plus(1)
	require.NoError(t, err)
	require.Equal(t, market.MaxMoney, sum)
	product, err := market.MaxMoney.Times(1)
	require.NoError(t, err)
	require.Equal(t, market.MaxMoney, product)
	_, err = market.MaxMoney.Plus(1)
	require.Equal(t, market.CodeAmountOutOfRange, market.CodeOf(err))
}

// TestMoney_InTheDatabase_IsItsText, with more digits for sums than people may type.
func TestMoney_InTheDatabase_IsItsText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := amounts().Draw(t, "m")
		stored, err := m.Value()
		require.NoError(t, err)
		var back market.Money
		require.NoError(t, back.Scan(stored))
		require.Equal(t, m, back)
	})
	var m market.Money
	require.NoError(t, m.Scan("1234567890123456.78"))
	require.Error(t, m.Scan("12345678901234567"))
	require.Error(t, m.Scan(int64(1)))
	require.Error(t, m.Scan("NaN"))
}

func TestMoney_InJSON_IsANumberOrAbsent(t *testing.T) {
	t.Parallel()
	var in struct{ Price *market.Money }
	require.NoError(t, json.Unmarshal([]byte(`{"price":null}`), &in))
	require.Nil(t, in.Price)
	for _, text := range []string{`"1"`, `true`, `1e3`, `1.234`, `[]`, `{}`} {
		var wrong *json.UnmarshalTypeError
		err := json.Unmarshal([]byte(`{"price":`+text+`}`), &in)
		require.ErrorAs(t, err, &wrong, text)
		require.Equal(t, "Price", wrong.Field, text)
	}
}

// days draws days of a hundred years.
func days() *rapid.Generator[market.Day] {
	return rapid.Map(rapid.IntRange(0, 36_500), func(n int) market.Day { return market.Date(2000, 1, 1).Add(n) })
}

func TestDay_AnyDay_RoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, n := days().Draw(t, "d"), rapid.IntRange(-1000, 1000).Draw(t, "n")
		parsed, err := market.ParseDay(d.String())
		require.NoError(t, err)
		require.Equal(t, d, parsed)
		require.Equal(t, d, d.Add(n).Add(-n))
		require.Equal(t, n > 0, d.Before(d.Add(n)))
		require.Equal(t, d, market.DayOf(d.Start()))
		require.Equal(t, d.Add(-1), market.DayOf(d.Start().Add(-1)))
		require.Equal(t, d, market.DayOf(d.Next().Start().Add(-1)))
		encoded, err := json.Marshal(d)
		require.NoError(t, err)
		var decoded market.Day
		require.NoError(t, json.Unmarshal(encoded, &decoded))
		require.Equal(t, d, decoded)
		stored, err := d.Value()
		require.NoError(t, err)
		var scanned market.Day
		require.NoError(t, scanned.Scan(stored))
		require.Equal(t, d, scanned)
	})
	var d market.Day
	require.True(t, d.IsZero())
	require.Error(t, d.Scan("2026-11-30"))
	for _, text := range []string{"", "2026-2-3", "2026-02-30", "20260203", "2026-02-03T00:00:00"} {
		_, err := market.ParseDay(text)
		require.Error(t, err, text)
	}
}

// Each ends where a period ends, and the next begins the day after.
func TestPeriods_OfAnyYears_CoverEachDayOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := market.Date(rapid.IntRange(2000, 2100).Draw(t, "year"),
			time.Month(rapid.IntRange(1, 12).Draw(t, "month")),
			1)
		next := first
		for d := first; d.Before(first.Add(70)); d = d.Next() {
			p, ok := market.PeriodEnding(d)
			if !ok {
				continue
			}
			require.Equal(t, next, p.Start)
			require.Equal(t, d, p.End)
			require.Equal(t, map[bool]string{true: market.PeriodMid, false: market.PeriodEnd}[p.Start.OfMonth() == 1],
				p.Type())
			require.Equal(t, p.Start.String()+"_"+p.End.String(), p.String())
			next = d.Next()
		}
		require.False(t, next.Before(first.Add(55)), "a period ends at least every sixteen days")
	})
}

func TestSessionEnd_AnyExtensions_EndWhatTheyName(t *testing.T) {
	t.Parallel()
	families := []string{"a", "b", "c"}
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string) time.Time {
			return time.UnixMilli(rapid.Int64Range(1, 20).Draw(t, name))
		}
		var e market.SessionEnd
		for range rapid.IntRange(1, 6).Draw(t, "extensions") {
			before := e
			until, kept := at("until"), rapid.SampledFrom(append([]string{""}, families...)).Draw(t, "kept")
			e = e.Extend(until, kept)
			require.Equal(t, before.Version+1, e.Version)
			for _, family := range families {
				for ms := range int64(21) {
					opened := time.UnixMilli(ms)
					ended := e.Ended(opened, family)
					if before.Ended(opened, family) {
						require.True(t, ended, "what has ended stays ended")
					}
					if !opened.After(until) && family != kept {
						require.True(t, ended, "%s opened at %d", family, ms)
					}
					if opened.After(until) && !before.Ended(opened, family) {
						require.False(t, ended && kept != "" && family == kept, "the kept family goes on")
					}
				}
			}
		}
	})
	require.False(t, market.SessionEnd{}.Ended(time.UnixMilli(0), "a"))
}

// machine checks a state machine: each state that a state leads to exists, none leads to itself, and all are reached
// from the first.
func machine[S ~string](t *testing.T, m market.StateMachine[S], first S, valid func(S) bool) {
	t.Helper()
	for from, next := range m {
		require.True(t, valid(from), from)
		require.False(t, m.Allows(from, from), from)
		for _, to := range next {
			require.True(t, m.Has(to), "%s leads to %s", from, to)
			require.True(t, m.Allows(from, to))
		}
	}
	reached := map[S]bool{first: true}
	for range m {
		for from := range maps.Clone(reached) {
			for _, to := range m[from] {
				reached[to] = true
			}
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(m)), slices.Collect(maps.Keys(reached)))
	for _, unknown := range []S{"", "GONE", S(strings.ToLower(string(first))), first + " "} {
		require.False(t, valid(unknown), unknown)
		require.False(t, m.Has(unknown))
		require.False(t, m.Allows(first, unknown))
	}
}

func TestStateMachines_EachState_IsReachedAndKnown(t *testing.T) {
	t.Parallel()
	machine(t, market.OrderStates, market.OrderCreated, market.OrderStatus.Valid)
	machine(t, market.PaymentStates, market.PaymentPending, market.PaymentStatus.Valid)
	machine(t, market.RefundStates, market.RefundPending, market.RefundStatus.Valid)
	machine(t, market.SettlementStates, market.SettlementCompleted, market.SettlementStatus.Valid)
	machine(t, market.PayoutStates, market.PayoutPending, market.PayoutStatus.Valid)
	for _, s := range []market.OrderStatus{market.OrderFailed, market.OrderRefunded} {
		require.Empty(t, market.OrderStates[s], "%s is final", s)
		require.False(t, s.Paid())
	}
	for _, s := range []market.OrderStatus{market.OrderPaid, market.OrderShipped, market.OrderDelivered} {
		require.True(t, s.Paid())
		require.True(t, market.OrderStates.Allows(s, market.OrderRefunded), "what is paid can go back")
	}
}

func TestNewAdjustment_EachPairOfAccounts_IsCheckedByRule(t *testing.T) {
	t.Parallel()
	kinds := append(slices.Clone(market.StaffAdjustments), market.AdjustmentMispaidPayout, "", "GIFT")
	for _, kind := range kinds {
		for _, debit := range append(slices.Clone(market.LedgerAccounts), "") {
			for _, credit := range append(slices.Clone(market.LedgerAccounts), "") {
				for _, seller := range []int64{0, 8} {
					for _, b := range []int64{0, 4} {
						a := market.NewAdjustment{
							Kind: kind, DebitAccount: debit, CreditAccount: credit, Amount: 1, SellerID: seller,
							BreakID: b, Reason: "r",
						}
						payable := debit == market.AccountSellerPayable || credit == market.AccountSellerPayable
						clearing := debit == market.AccountPSPClearing || credit == market.AccountPSPClearing
						ok := slices.Contains(market.StaffAdjustments, kind) &&
							slices.Contains(market.AdjustableAccounts, debit) &&
							slices.Contains(market.AdjustableAccounts, credit) && debit != credit &&
							(kind != market.AdjustmentWriteOff || debit == market.AccountWriteOff) &&
							(seller != 0 || !payable) &&
							(b == 0 || clearing)
						err := a.Check()
						require.Equal(t, ok, err == nil, "%+v: %v", a, err)
						require.Equal(t, payable, a.OfSeller())
						if !ok {
							require.Equal(t, market.CodeInvalidInput, market.CodeOf(err))
						}
					}
				}
			}
		}
	}
	valid := market.NewAdjustment{
		Kind: market.AdjustmentCorrection, DebitAccount: market.AccountBank, CreditAccount: market.AccountCommission,
		Reason: "r",
	}
	for amount, ok := range map[market.Money]bool{
		-1: false, 0: false, 1: true, market.MaxAdjustment: true, market.MaxAdjustment + 1: false,
	} {
		valid.Amount = amount
		require.Equal(t, ok, valid.Check() == nil, amount)
	}
	valid.Amount, valid.Reason = 1, ""
	require.Error(t, valid.Check())
}

// A role decides the kinds whose change it could make alone, if it may decide at
// all, and an owner decides each.
func TestProposals_EachKind_HasItsDeciders(t *testing.T) {
	t.Parallel()
	for _, kind := range market.ProposalKinds {
		require.True(t, kind.Permission().Valid(), kind)
		require.Contains(t, kind.Deciders(), market.StaffOwner, kind)
		for _, role := range market.StaffRoles {
			decides := slices.Contains(kind.Deciders(), role)
			require.Equal(t, decides, slices.Contains(role.DecidableKinds(), kind), "%s by %s", kind, role)
			require.Equal(t, !role.May(kind.Permission()), slices.Contains(role.Forbidden(), kind), "%s by %s", kind,
				role)
			require.False(t, decides && slices.Contains(role.Forbidden(), kind), "%s by %s", kind, role)
		}
	}
}

// No permission to read needs a fresh second factor.
func TestPermissions_ToRead_NeedNoFreshFactor(t *testing.T) {
	t.Parallel()
	for _, p := range market.Permissions() {
		reads := strings.HasPrefix(string(p), "SEE_") || strings.HasPrefix(string(p), "READ_")
		require.False(t, reads && p.Fresh(), p)
		require.True(t, market.StaffOwner.May(p), p)
	}
	require.False(t, market.Permission("EVERYTHING").Valid())
	require.False(t, market.StaffOwner.May("EVERYTHING"))
	require.False(t, market.StaffRole("").May(market.PermissionSession))
}

func TestCartItemState_EachProduct_HasItsReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status          market.ProductStatus
		deleted         bool
		stock, quantity int32
		available       int32
		reason          market.CartReason
	}{
		{market.ProductOnSale, false, 5, 5, 5, ""}, {market.ProductOnSale, false, 5, 6, 5, market.CartOutOfStock},
		{market.ProductOnSale, false, 0, 1, 0, market.CartOutOfStock}, {market.ProductHidden, false, 5, 1, 0,
			market.CartProductHidden},
		{market.ProductBlocked, false, 5, 1, 0, market.CartProductBlocked},
		{market.ProductSuspended, false, 5, 1, 0, market.CartProductBlocked},
		{market.ProductOnSale, true, 5, 1, 0, market.CartProductDeleted},
		{market.ProductBlocked, true, 5, 1, 0, market.CartProductDeleted},
	} {
		available, reason := market.CartItemState(c.status, c.deleted, c.stock, c.quantity)
		require.Equal(t, c.available, available, "%+v", c)
		require.Equal(t, c.reason == "", reason == nil, "%+v", c)
		if reason != nil {
			require.Equal(t, c.reason, *reason, "%+v", c)
		}
	}
}

// TestLine_EachProgress_AllowsItsSteps, of all lines with up to three pieces.
func TestLine_EachProgress_AllowsItsSteps(t *testing.T) {
	t.Parallel()
	for quantity := int32(1); quantity <= 3; quantity++ {
		for claimed := range quantity + 1 {
			for refunded := range claimed + 1 {
				for cancelled := range refunded + 1 {
					for shipped := refunded - cancelled; shipped <= quantity-cancelled; shipped++ {
						for delivered := range shipped + 1 {
							l := market.Line{Quantity: quantity, Claimed: claimed, Refunded: refunded,
								Cancelled: cancelled, Shipped: shipped, Delivered: delivered}
							left, gone, waits := shipped+cancelled < quantity, refunded == quantity, claimed > refunded
							require.Equal(t, left && !gone && !waits, l.MayShip() == nil, "%+v", l)
							require.Equal(t, shipped > 0 && !gone, l.MayDeliver() == nil, "%+v", l)
							require.Equal(t, !gone && !waits && (left || delivered < shipped),
								market.OrderPaid.MayShipOrCorrect(l, false) == nil, "%+v", l)
							if waits {
								require.Equal(t, market.CodeOrderItemUnderRefund, market.CodeOf(l.MayShip()), "%+v", l)
							}
						}
					}
				}
			}
		}
	}
}

func TestPaymentMethods_EachRow_IsFoundByItsCode(t *testing.T) {
	t.Parallel()
	seen := map[market.PaymentMethod]bool{}
	for _, m := range market.PaymentMethods {
		require.False(t, seen[m.Code], m.Code)
		seen[m.Code] = true
		found, ok := market.MethodOf(m.Code)
		require.True(t, ok)
		require.Equal(t, m, found)
		require.True(t, m.Code.Valid())
		require.Equal(t, m.Provider.Redirects(), m.PayMethod != "", "%s has a name in the browser", m.Code)
	}
	for _, unknown := range []market.PaymentMethod{"", "GOLD", "card"} {
		require.False(t, unknown.Valid())
	}
	require.Empty(t, market.ProviderMock.InHistory())
	require.Equal(t, market.ProviderPortOne, market.ProviderPortOne.InHistory())
}

// TestRefundReasons_OfBuyers_AreNoReversals, and those have no shipping that a buyer could bear.
func TestRefundReasons_OfBuyers_AreNoReversals(t *testing.T) {
	t.Parallel()
	policy := market.ShippingPolicy{
		ChangeOfMind: market.PartyBuyer, WrongItem: market.PartySeller, Damaged: market.PartySeller,
	}
	for _, reason := range market.BuyersReasons {
		require.False(t, reason.Reversal(), reason)
	}
	require.Equal(t, market.PartyBuyer, policy.Of(market.ReasonChangeOfMind))
	require.Equal(t, market.PartySeller, policy.Of(market.ReasonWrongItem))
	for _, reason := range []market.RefundReason{
		market.ReasonAmountMismatch, market.ReasonOrderExpired, market.ReasonPaymentFailed, market.ReasonSaleStopped,
	} {
		require.True(t, reason.Reversal(), reason)
		require.NotEqual(t, market.PartyBuyer, policy.Of(reason), reason)
	}
	require.NotEqual(t, market.PartyBuyer, policy.Of(market.ReasonAdminDecision))
}

// Neither case, hyphens nor blanks count.
func TestBizNumberKey_Writings_AreEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[0-9A-Za-z]{1,12}`).Draw(t, "number")
		var written strings.Builder
		for _, r := range number {
			written.WriteString(rapid.SampledFrom([]string{"", "-", " ", "."}).Draw(t, "between"))
			if rapid.Bool().Draw(t, "case") {
				r = []rune(strings.ToUpper(string(r)))[0]
			}
			written.WriteRune(r)
		}
		require.Equal(t, market.BizNumberKey(number), market.BizNumberKey(written.String()))
		require.Equal(t, strings.ToLower(number), market.BizNumberKey(number))
	})
	require.Equal(t, market.BizNumberKey("123"), market.BizNumberKey("１２３"), "full-width digits are digits")
	require.Empty(t, market.BizNumberKey(" - "))
}

func TestMailKinds_WithAToken_AreNoNotices(t *testing.T) {
	t.Parallel()
	for kind, lifetime := range map[market.MailKind]time.Duration{
		market.MailEmailVerification: 7 * 24 * time.Hour, market.MailPasswordReset: time.Hour,
		market.MailStaffInvitation: 3 * 24 * time.Hour, market.MailPasswordChanged: 0, market.MailAddressInUse: 0,
	} {
		require.Equal(t, lifetime, kind.TokenLifetime(), kind)
		require.Equal(t, kind == market.MailPasswordChanged, kind.Notice(), kind)
	}
}

func TestError_Wrapped_KeepsItsCauseAndField(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	err := market.Failed(market.CodeDatabaseUnavailable, cause)
	require.ErrorIs(t, err, cause)
	require.Contains(t, err.Error(), "connection refused")
	about := market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "price").About("items[1].price")
	require.Equal(t, "items[1].price", about.Field)
	require.Contains(t, about.Error(), "price")
	require.Equal(t, time.Second, market.RefuseFor(market.CodeLoginRateLimited, time.Second).RetryAfter)
}

func TestSellerAccount_ForStaff_HasBankDataOnlyIfAllowed(t *testing.T) {
	t.Parallel()
	account := market.SellerAccount{
		Seller: market.Seller{ID: 8, StoreName: "s"}, BankCode: "TOSS", BankAccountEnd: "4321",
		BankAccountPending: true,
		MayBePaid:          true, HasSold: true,
	}
	for allowed, want := range map[bool]bool{true: true, false: false} {
		shown, err := json.Marshal(account.ForStaff(allowed))
		require.NoError(t, err)
		require.Equal(t, want, strings.Contains(string(shown), "4321"))
		require.Equal(t, want, strings.Contains(string(shown), "TOSS"))
		require.Contains(t, string(shown), `"mayBePaid":true`)
	}
}

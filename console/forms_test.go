package console

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig/browser"
	"github.com/all-in-market/market/internal/web"
)

func TestProduct_Search_LeadsToIt(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.Equal(t, "/products/5", s.Get(t, "/products?product=5").Location)
	require.Empty(t, s.lists.Calls())
}

func TestBatch_Form_IsFilledWithTheQuery(t *testing.T) {
	t.Parallel()
	s := acting(t)
	got := s.Get(t, "/batches/new?type=Payout&state=Failed&from=2026-11-01&to=2026-11-30&order=4")
	search := got.Form("/batches/new").Values()
	require.Equal(t, form("type", "Payout", "state", "Failed", "from", "2026-11-01", "to", "2026-11-30", "order", "4"),
		search)
	begin := got.Form("/batches")
	values := begin.Values()
	require.Equal(t, "5", values.Get("perSecond"))
	require.NotEmpty(t, values.Get("key"))
	var offered []string
	for _, f := range begin.Fields {
		if f.Name == "action" {
			offered = append(offered, f.Value)
		}
	}
	require.NotEmpty(t, offered)
	s.store.Returns("CreateBatch", int64(5))
	values.Set("action", offered[0])
	values.Set("reason", "r")
	require.Equal(t, "/batches/5", s.Post(t, "/batches", values).Location)
	call := s.store.Calls("CreateBatch")[0]
	require.Contains(t, call, `"Request":"`+web.HashedKey(values.Get("key"))+`"`)
	require.Contains(t, call, "WorkflowType = 'Payout' AND ExecutionStatus = 'Failed'")
	s.store.Forget()
	for field, bad := range map[string][]string{
		"action": {"", "STOP"}, "reason": {"", strings.Repeat("r", 256)}, "perSecond": {"", "0", "51", "x"}, "key": {""},
		"type": {"Checkout", ""}, "state": {"x"}, "from": {"x", "2026-12-01"}, "order": {"x", "-1"},
	} {
		for _, value := range bad {
			changed := url.Values{}
			for name, kept := range values {
				changed[name] = kept
			}
			changed.Set(field, value)
			require.Equal(t, 400, s.Post(t, "/batches", changed).Status, "%s=%.10q", field, value)
		}
	}
	require.Empty(t, s.store.Calls("CreateBatch"))
	s.flows.runs = nil
	require.Nil(t, s.Get(t, "/batches/new?type=Payout").Form("/batches"), "there is nothing to do")
}

func TestAdjustments_OfADebtOrABreak_AreFilledIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query   string
		balance market.Money
		b       market.Discrepancy
		want    url.Values
	}{
		{
			"?sellerId=8", -1_000_50, market.Discrepancy{},
			form("kind", "WRITE_OFF", "amount", "1000.50", "debitAccount", "WRITE_OFF", "creditAccount",
				"SELLER_PAYABLE",
				"sellerId", "8"),
		},
		{"?sellerId=8", 1_000_00, market.Discrepancy{}, form("amount", "", "sellerId", "8")},
		{
			"?breakId=4", 0, market.Discrepancy{Amount: 5_00, Currency: market.Won},
			form("amount", "5.00", "debitAccount", "PSP_CLEARING", "breakId", "4", "sellerId", ""),
		},
		{
			"?breakId=4", 0, market.Discrepancy{Amount: -5_00, Currency: market.Won},
			form("amount", "5.00", "creditAccount", "PSP_CLEARING", "breakId", "4", "sellerId", ""),
		},
		{"?breakId=4", 0, market.Discrepancy{Amount: 5_00, Currency: "USD"},
			form("amount", "", "debitAccount", "PSP_CLEARING", "breakId", "4")},
		{"", 0, market.Discrepancy{}, form("amount", "", "sellerId", "", "reason", "")},
	} {
		s := newStand(t)
		s.store.Returns("SellerBalance", market.SellerBalance{Balance: c.balance})
		s.store.Returns("Break", c.b)
		shown := s.Get(t, "/adjustments"+c.query).Form("/adjustments")
		require.NotEmpty(t, shown.Field("key").Value)
		for name, want := range c.want {
			require.Equal(t, want[0], shown.Field(name).Value, "%s of %s %+v", name, c.query, c.b)
		}
	}
}

// TestAdjustments_Refused_KeepWhatWasTyped, also the key, so that the corrected form is the same request.
func TestAdjustments_Refused_KeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	typed := form("kind", "CORRECTION", "debitAccount", "COMMISSION", "creditAccount", "SELLER_PAYABLE", "amount",
		"1,000",
		"sellerId", "8", "breakId", "4", "reason", hostile, "key", "k")
	for field, values := range map[string][]string{
		"amount": {"", "12,5", "x", "1e3"}, "sellerId": {"0", "-1", "x"},
		"reason": {strings.Repeat("r", 256)},
	} {
		for _, value := range values {
			changed := url.Values{}
			for name, kept := range typed {
				changed[name] = kept
			}
			changed.Set(field, value)
			got := s.Post(t, "/adjustments", changed)
			require.Equal(t, 400, got.Status, "%s=%.10q", field, value)
			require.Equal(t, changed, got.Form("/adjustments").Values(), "%s=%.10q", field, value)
			require.NotEmpty(t, got.Alerts)
		}
	}
	for _, value := range []string{"0", "x"} {
		changed := maps.Clone(typed)
		changed.Set("breakId", value)
		require.Equal(t, 400, s.Post(t, "/adjustments", changed).Status, value)
	}
	require.Empty(t, s.store.Calls("PostAdjustment"))
	s.store.Fails("PostAdjustment", market.RefuseWith(market.CodeInvalidInput, market.DetailAdjustmentAccounts))
	require.Equal(t, typed, s.Post(t, "/adjustments", typed).Form("/adjustments").Values())
}

func TestSettings_Refused_MarkTheFieldAndKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := acting(t)
	policy := actions[len(actions)-1].form
	limits := actions[len(actions)-2].form
	for _, c := range []struct {
		path, field string
		valid       url.Values
		bad         []string
	}{
		{policyPath, "autoApproveBelow", policy, []string{"", "-1", "x", "10,000,000,000"}},
		{policyPath, "secondApprovalFrom", policy, []string{"0", "4,999", "x"}},
		{policyPath, "remindAfterHours", policy, []string{"", "0", "721", "x", "1.5"}},
		{policyPath, "escalateAfterHours", policy, []string{"", "24", "23", "2161", "x"}},
		{policyPath, "shippingBorneBy.DAMAGED", policy, []string{"", "NOBODY"}},
		{limitsPath, "verified.orders", limits, []string{"", "0", "1001", "x"}},
		{limitsPath, "verified.pieces", limits, []string{"0", "1000001"}},
		{limitsPath, "unverified.orders", limits, []string{"", "0", "1,001"}},
		{limitsPath, "unverified.piecesOfProduct", limits, []string{"0", "11"}},
	} {
		for _, value := range c.bad {
			typed := url.Values{}
			for name, kept := range c.valid {
				typed[name] = kept
			}
			typed.Set(c.field, value)
			s.forget()
			got := s.Post(t, c.path, typed)
			require.Equal(t, 400, got.Status, "%s=%s", c.field, value)
			require.Empty(t, s.store.Calls("SetRefundPolicy", "SetUnpaidLimits"))
			require.NotEmpty(t, got.Alerts, "%s=%s", c.field, value)
			for _, f := range got.Forms {
				for _, field := range f.Fields {
					if c.field == "remindAfterHours" && field.Name == "escalateAfterHours" {
						continue // it is compared with the other
					}
					here := f.Action == c.path && field.Name == c.field
					require.Equal(t, here, field.Invalid, "%s after %s=%s", field.Name, c.field, value)
					if f.Action == c.path && field.Name != "fourEyes" && field.Type != "select" {
						require.Equal(t, typed.Get(field.Name), field.Value, "%s after %s=%s", field.Name, c.field,
							value)
					}
				}
			}
		}
	}
}

// The forms hold what is in force.
func TestSettings_Shown_CanBeSavedUnchanged(t *testing.T) {
	t.Parallel()
	s := acting(t)
	shown := s.Get(t, "/settings")
	policy := shown.Form(policyPath)
	require.True(t, policy.Field("fourEyes").Checked)
	require.Equal(t, "5000", policy.Field("autoApproveBelow").Value)
	require.Contains(t, s.Post(t, policyPath, policy.Values()).Outcome, "notice=setting")
	require.Contains(t, s.store.Calls("SetRefundPolicy")[0],
		`"autoApproveBelow":5000.00,"escalateAfterHours":72,"fourEyes":true`)
	require.Contains(t, s.Post(t, limitsPath, shown.Form(limitsPath).Values()).Outcome, "notice=setting")
	require.Contains(t, s.store.Calls("SetUnpaidLimits")[0], `"verified":{"orders":5,"pieces":50,"piecesOfProduct":10}`)
}

func TestStaff_Actions_DependOnTheMember(t *testing.T) {
	t.Parallel()
	s := acting(t)
	for name, c := range map[string]struct {
		member  market.StaffMember
		buttons []string
	}{
		"active":   {market.StaffMember{ID: 9, Role: market.StaffSupport, Status: market.StaffActive}, []string{"role", "disable", "reset"}},
		"disabled": {market.StaffMember{ID: 9, Role: market.StaffSupport, Status: market.StaffDisabled}, []string{"role", "enable"}},
		"invited":  {market.StaffMember{ID: 9, Role: market.StaffSupport, Status: market.StaffInvited}, []string{"role", "disable", "reset"}},
		"own":      {market.StaffMember{ID: staffID, Role: market.StaffOwner, Status: market.StaffActive}, nil},
	} {
		s.store.Returns("StaffMembers", page(c.member))
		var buttons []string
		for _, f := range s.Get(t, "/staff").Forms {
			if strings.HasPrefix(f.Action, "/staff/") {
				for _, b := range f.Buttons {
					buttons = append(buttons, b.Value)
				}
			}
		}
		require.Equal(t, c.buttons, buttons, name)
	}
	s.auth.MailsSent = false
	got := s.Post(t, "/staff", form("email", "a@example.com", "name", "n", "role", "OWNER"))
	require.Equal(t, 503, got.Status)
	require.Equal(t, "a@example.com", got.Form("/staff").Field("email").Value, "what was typed stays")
	require.Equal(t, "OWNER", got.Form("/staff").Field("role").Value)
	require.Empty(t, s.store.Calls("InviteStaff"))
}

func TestProposals_Actions_DependOnTheReader(t *testing.T) {
	t.Parallel()
	s := acting(t)
	for _, kind := range market.ProposalKinds {
		for _, role := range market.StaffRoles {
			if !role.May(market.PermissionSeeProposals) {
				continue
			}
			s.member.Role = role
			for proposer, own := range map[int64]bool{staffID: true, 9: false} {
				s.store.Returns("Proposals", page(market.Proposal{
					ID: 4, Kind: kind, Status: market.ProposalPending, Proposer: market.RoleAdmin, ProposerID: proposer,
				}))
				f := s.Get(t, "/proposals?page=1").Form("/proposals/4?page=1&status=PENDING")
				var buttons []string
				if f != nil {
					for _, b := range f.Buttons {
						buttons = append(buttons, b.Value)
					}
				}
				want := []string(nil)
				switch {
				case own:
					want = []string{"withdraw"}
				case role.May(market.PermissionDecideProposals) && role.May(kind.Permission()):
					want = []string{"reject", "approve"}
				}
				require.Equal(t, want, buttons, "%s as %s, own %t", kind, role, own)
			}
		}
	}
	s.store.Returns("Proposals", page(market.Proposal{ID: 4, Kind: market.ProposalStaffRole,
		Status: market.ProposalApproved}))
	require.Empty(t, s.Get(t, "/proposals?status=APPROVED").Actions(), "it is decided")
}

// TestProposals_RejectionWithoutAReason_KeepsTheList and marks the proposal's own form.
func TestProposals_RejectionWithoutAReason_KeepsTheList(t *testing.T) {
	t.Parallel()
	s := acting(t)
	got := s.Post(t, "/proposals/4?status=PENDING&page=1", form("do", "reject", "reason", strings.Repeat("r", 256)))
	require.Equal(t, 400, got.Status)
	require.Equal(t, []string{`Proposals("PENDING", 1/20+createdAt)`}, s.calls())
	reason := got.Form("/proposals/4?page=1&status=PENDING").Field("reason")
	require.True(t, reason.Invalid)
	require.Equal(t, strings.Repeat("r", 256), reason.Value)
}

func TestProposedChanges_EachKind_ShowsWhatDiffers(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	require.NoError(t, err)
	r.Header.Set("Accept-Language", "en")
	f := s.site.Frame(r, pages.Text{})
	second := market.Money(1_000_00)
	policy := market.PolicyChange{RemindAfterHours: 24, EscalateAfterHours: 72}
	stricter := policy
	stricter.SecondApprovalFrom, stricter.RemindAfterHours = &second, 12
	for name, c := range map[string]struct {
		p    market.Proposal
		want []string // the values, before and after
	}{
		"policy": {
			market.Proposal{Kind: market.ProposalRefundPolicy, Before: encoded(policy), Change: encoded(stricter)},
			[]string{"none", "from ₩1,000", "after 24 hours", "after 12 hours"},
		},
		"limits": {
			market.Proposal{
				Kind:   market.ProposalUnpaidLimits,
				Before: encoded(market.LimitsChange{Verified: market.UnpaidLimit{Orders: 5}}),
				Change: encoded(market.LimitsChange{Verified: market.UnpaidLimit{Orders: 6}}),
			}, []string{"5", "6"},
		},
		"role": {
			market.Proposal{Kind: market.ProposalStaffRole,
				Change: encoded(market.StaffRoleChange{From: "SUPPORT", Role: "OWNER"})},
			[]string{f.Label("SUPPORT"), f.Label("OWNER")},
		},
		"account": {
			market.Proposal{
				Kind: market.ProposalPayoutAccount, Before: encoded(market.PayoutAccountBefore{BankCode: "TOSS",
					BankAccountEnd: "1111"}),
				Change: encoded(market.PayoutAccountChange{BankAccountEnd: "2222"}),
			}, []string{f.Bank("TOSS") + " ···1111", f.Bank("TOSS") + " ···2222"},
		},
		"account of one who has left": {
			market.Proposal{
				Kind: market.ProposalWithdrawnAccount, Change: encoded(market.WithdrawnAccountChange{BankCode: "TOSS",
					BankAccountEnd: "3333"}),
			}, []string{"", f.Bank("TOSS") + " ···3333"},
		},
		"nothing of it is kept": {market.Proposal{Kind: market.ProposalPayoutAccount, Change: encoded(market.PayoutAccountChange{})}, nil},
		"not readable":          {market.Proposal{Kind: market.ProposalRefundPolicy, Change: []byte("{")}, nil},
		"unknown kind":          {market.Proposal{Kind: "OTHER", Change: []byte("{}")}, nil},
	} {
		var values []string
		for _, change := range proposedChanges(f, c.p) {
			require.NotEmpty(t, change.field, name)
			values = append(values, change.before, change.after)
		}
		require.Equal(t, c.want, values, name)
	}
	all := proposedChanges(f, market.Proposal{Kind: market.ProposalRefundPolicy, Change: encoded(policy)})
	require.Len(t, all, len(policyFields(f, policy)), "without a record of what was before, all are shown")
}

func TestAccount_SecondFactor_IsOfferedActivatedAndRemoved(t *testing.T) {
	t.Parallel()
	s := acting(t)
	hash, err := s.auth.Passwords.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	s.store.Returns("AdminSecret", hash)
	require.Equal(t, []string{"offer"}, buttonsOf(s.Get(t, "/account").Form(pages.FactorPath).Buttons))
	got := s.Post(t, "/account", form("do", "offer", "currentPassword", "wrong horse"))
	require.Equal(t, 400, got.Status)
	require.Len(t, got.Alerts, 1)
	require.Empty(t, s.store.Calls("OfferSecondFactor"))
	got = s.Post(t, "/account", form("do", "offer", "currentPassword", "correct horse"))
	require.Equal(t, 200, got.Status, got.Body)
	offer := got.Form(pages.FactorPath)
	require.Equal(t, []string{"activate"}, buttonsOf(offer.Buttons))
	require.True(t, strings.HasPrefix(offer.Field("url").Value, "otpauth://totp/"))
	require.Contains(t, got.Body, "<svg", "a code for an app")
	require.Len(t, s.store.Calls("OfferSecondFactor"), 1)

	s.store.Returns("SecondFactor", store.SecondFactor{})
	got = s.Post(t, "/account", form("do", "activate", "otp", "123456", "url", offer.Field("url").Value))
	require.Equal(t, 409, got.Status)
	require.Equal(t, offer.Field("url").Value, got.Form(pages.FactorPath).Field("url").Value,
		"the code can be typed again")
	s.member.SecondFactor = true
	require.Equal(t, []string{"remove"}, buttonsOf(s.Get(t, "/account").Form(pages.FactorPath).Buttons))
	require.Equal(t, 400, s.Post(t, "/account", form("do", "burn")).Status)
}

func buttonsOf(buttons []browser.Field) (values []string) {
	for _, b := range buttons {
		values = append(values, b.Value)
	}
	return values
}

func TestSeller_Steps_AreThoseDone(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	require.NoError(t, err)
	f := s.site.Frame(r, pages.Text{})
	full := market.SellerAccount{
		Seller:      market.Seller{EmailVerified: true, Status: market.SellerApproved},
		HasProducts: true, HasSold: true, MayBePaid: true,
	}
	for i, undo := range []func(a *market.SellerAccount){
		func(a *market.SellerAccount) { a.EmailVerified = false },
		func(a *market.SellerAccount) { a.Status = market.SellerSuspended },
		func(a *market.SellerAccount) { a.HasProducts = false }, func(a *market.SellerAccount) { a.HasSold = false },
		func(a *market.SellerAccount) { a.MayBePaid = false },
	} {
		a := full
		undo(&a)
		for j, step := range steps(f, a) {
			require.Equal(t, i != j, step.done, "step %d without %d", j, i)
			require.NotEmpty(t, step.open)
		}
	}
	full.PayoutsPausedUntil = &noon
	require.False(t, steps(f, full)[4].done)
}

func TestPlain_Amounts_AreAsTyped(t *testing.T) {
	t.Parallel()
	for amount, want := range map[market.Money]string{0: "0", 5_000_00: "5000", 50: "0.50", 1_00: "1",
		100_000_00: "100000"} {
		require.Equal(t, want, plain(amount))
		read, err := market.ParseMoney(want)
		require.NoError(t, err)
		require.Equal(t, amount, read)
	}
}

// Each form of each page is shown again when a field is refused, with the field marked and what was typed.
func TestForms_EachInvalidField_IsMarkedAndTheRestKept(t *testing.T) {
	t.Parallel()
	s := acting(t)
	paths := append(browser.Paths(t, s.router, http.MethodGet, "4"),
		"/batches/new?type=Payout", "/adjustments?breakId=4")
	actions := s.RefuseEachField(t, paths...)
	product, err := s.store.AnyProduct(t.Context(), 5)
	require.NoError(t, err)
	product.Status = market.ProductOnSale
	s.store.Returns("AnyProduct", product)
	s.lists.Returns("BuyerAccounts", page(market.BuyerAccount{Buyer: market.Buyer{ID: 7}, Status: market.BuyerActive}))
	s.store.Fails("SellerAccount", market.Refuse(market.CodeSellerNotFound))
	actions = append(actions, s.RefuseEachField(t, "/products/4", "/buyers", "/sellers/8")...)
	require.ElementsMatch(t, []string{
		"/account", "/adjustments", "/batches", "/breaks/4", "/buyers/7", "/categories", "/categories/4", "/disputes/4",
		"/forgot", "/orders/4/notes", "/orders/4/status", "/payouts/4/decision", "/products/5", "/proposals/4", "/refunds", "/reset-password",
		"/sellers/8", "/sellers/8/payout-account", policyPath, limitsPath, "/staff", "/staff/9",
	}, actions)
}

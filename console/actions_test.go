package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// form returns the values of a form, given as name and value.
func form(fields ...string) url.Values {
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return values
}

// action is a form with what it does.
type action struct {
	path   string
	form   url.Values
	to     string // where it leads
	calls  []string
	signal string // the beginning of what a workflow receives
}

var actions = []action{
	{
		"/sellers/8", form("to", "APPROVED", "hold", "1", "status", "PENDING"), "/sellers?notice=seller&status=PENDING",
		[]string{`SetSellerStatus(8, "APPROVED", false, "")`}, "",
	},
	{
		"/sellers/8", form("to", "SUSPENDED", "hold", "1"), "/sellers?notice=seller",
		[]string{`SetSellerStatus(8, "SUSPENDED", true, "")`}, "",
	},
	{
		"/sellers/8", form("to", "REJECTED", "reason", "no licence"), "/sellers?notice=seller",
		[]string{`SetSellerStatus(8, "REJECTED", false, "no licence")`}, "",
	},
	{
		"/sellers/8/payout-account", form("bankCode", "TOSS", "bankAccount", "99"), "/sellers/8?notice=account",
		[]string{`SetWithdrawnAccount(3, 8, "TOSS", "99")`}, "",
	},
	{
		"/products/5", form("do", "block", "reason", "counterfeit"), "/products/5?notice=blocked",
		[]string{`SetProductBlock(5, "counterfeit")`}, "",
	},
	{"/products/5", form("do", "unblock"), "/products/5?notice=freed", []string{"SetProductBlock(5, null)"},
		""},
	{
		"/buyers/7", form("do", "lock", "reason", "fraud", "status", "ACTIVE"), "/buyers?notice=locked&status=ACTIVE",
		[]string{`SetBuyerLock(7, "fraud")`}, "",
	},
	{"/buyers/7", form("do", "unlock"), "/buyers?notice=let-in", []string{"SetBuyerLock(7, null)"}, ""},
	{
		"/orders/4/status", form("status", "SHIPPED", "trackingNumber", "12"), "/orders/4?notice=order&status=SHIPPED",
		[]string{`SetOrderStatus(4, "SHIPPED", "12")`, "AnyOrder(4)"}, "",
	},
	{
		"/orders/4/notes", form("note", "called\nthe buyer"), "/orders/4?notice=noted",
		[]string{
			"AnyOrder(4)", `NoteAction({"Name":"ORDER_NOTED","Reason":"called\nthe buyer","Subject":"ORDER","SubjectID":4})`,
		}, "",
	},
	{
		"/categories", form("name", " 도서 ", "sortOrder", "2"), "/categories?notice=category",
		[]string{`CreateCategory("도서", 2)`}, "",
	},
	{
		"/categories/4", form("name", "도서", "sortOrder", "0"), "/categories?notice=category",
		[]string{`UpdateCategory(4, "도서", 0)`}, "",
	},
	{"/categories/4", form("delete", "1"), "/categories?notice=category", []string{"DeleteCategory(4)"}, ""},
	{
		"/payouts/4", form("status", "PROCESSING"), "/payouts?notice=payout&status=PROCESSING",
		[]string{"StandingPayout(4)", `NoteAction({"Name":"PAYOUT_INQUIRED","Subject":"PAYOUT","SubjectID":4})`},
		"DecidePayout(",
	},
	{
		"/payouts/4/decision", form("decision", "retry", "reason", "typo", "key", "k"), "/payouts?notice=payout-decided",
		[]string{
			"StandingPayout(4)", `NoteAction({"Name":"PAYOUT_TO_BE_RETRIED","Reason":"typo","Subject":"PAYOUT","SubjectID":4})`,
			`KeepPayoutDecisionReason(4, "3/` + web.HashedKey("payout:retry:k") + `", "typo")`,
		}, "DecidePayout(",
	},
	{
		"/payouts/4/decision", form("decision", "abandon", "reason", "r", "key", "k"), "/payouts?notice=payout-decided",
		[]string{
			"StandingPayout(4)", `NoteAction({"Name":"PAYOUT_TO_BE_ABANDONED","Reason":"r","Subject":"PAYOUT","SubjectID":4})`,
			`KeepPayoutDecisionReason(4, "3/` + web.HashedKey("payout:abandon:k") + `", "r")`,
		}, "DecidePayout(",
	},
	{
		"/breaks/4", form("reason", "rounding"), "/breaks?notice=break",
		[]string{`DecideBreak(4, 3, "rounding")`, "Break(4)"}, "",
	},
	{
		"/disputes/4", form("decision", "ACCEPT", "reason", "r", "reference", "", "pieces[1]", "2"),
		"/disputes?notice=dispute",
		[]string{"Dispute(4)", "AnyOrderDetail(4)", `DecideDispute({"AdminID":3,"Decision":"ACCEPT","DisputeID":4,` +
			`"Items":[{"orderItemId":1,"quantity":2}],"Reason":"r"})`}, "",
	},
	{
		"/disputes/4", form("decision", "WIN", "reason", "r", "reference", "x-1", "pieces[1]", "2"),
		"/disputes?notice=dispute",
		[]string{`DecideDispute({"AdminID":3,"Decision":"WIN","DisputeID":4,"Reason":"r","Reference":"x-1"})`}, "",
	},
	{
		"/adjustments", form("kind", "CORRECTION", "debitAccount", "COMMISSION", "creditAccount", "SELLER_PAYABLE", "amount",
			"12,500.5", "sellerId", "8", "reason", "r", "key", "k"), "/adjustments?notice=adjusted",
		[]string{`PostAdjustment(3, {"amount":12500.50,"creditAccount":"SELLER_PAYABLE","debitAccount":"COMMISSION","key":"` +
			web.HashedKey("adjustment:k") + `","kind":"CORRECTION","reason":"r","sellerId":8})`}, "",
	},
	{
		"/webhooks/4", form("status", "PAUSED"), "/webhooks/4?notice=webhook&status=PAUSED",
		[]string{"AnyWebhookEndpoint(4)", `UpdateWebhookEndpoint(8, 4, {"Status":"PAUSED"})`}, "",
	},
	{
		"/webhooks/4/messages/5/replay", nil, "/webhooks/4?notice=replay",
		[]string{"AnyWebhookEndpoint(4)", "ReplayWebhookMessage(8, 4, 5)"}, "",
	},
	{
		"/batches/4/cancel", nil, "/batches/4?notice=batch",
		[]string{"Batch(4)",
			`NoteAction({"Name":"BATCH_TO_BE_CANCELLED","Subject":"BATCH","SubjectID":4})`}, "CancelBatch(4)",
	},
	{
		"/staff", form("email", "New@Example.com", "name", "n", "role", "AUDITOR", "status", "INVITED"),
		"/staff?notice=invited&status=INVITED", []string{`InviteStaff(3, "new@example.com", "n", "AUDITOR")`}, "",
	},
	{
		"/staff/9", form("do", "role", "role", "FINANCE", "status", "ACTIVE"), "/staff?notice=staff&status=ACTIVE",
		[]string{`SetStaffRole(3, 9, "FINANCE")`}, "",
	},
	{"/staff/9", form("do", "disable"), "/staff?notice=staff", []string{"DisableStaff(9)"}, ""},
	{"/staff/9", form("do", "enable"), "/staff?notice=staff", []string{"EnableStaff(9)"}, ""},
	{"/staff/9", form("do", "reset"), "/staff?notice=staff", []string{"ResetStaff(9)"}, ""},
	{
		"/proposals/4", form("do", "withdraw", "status", "PENDING"), "/proposals?notice=proposal-withdrawn&status=PENDING",
		[]string{"WithdrawProposal(4, 3)"}, "",
	},
	{
		"/proposals/4", form("do", "approve"), "/proposals?notice=proposal-approved",
		[]string{"Proposal(4)", `DecideProposal({"AdminID":3,"Approve":true,"ProposalID":4})`}, "",
	},
	{
		"/proposals/4", form("do", "reject", "reason", "no"), "/proposals?notice=proposal-rejected",
		[]string{"Proposal(4)", `DecideProposal({"AdminID":3,"ProposalID":4,"Reason":"no"})`}, "",
	},
	{
		"/settings/unpaid-limits", form("verified.orders", "1,000", "verified.pieces", "50", "verified.piecesOfProduct", "10",
			"unverified.orders", "2", "unverified.pieces", "20", "unverified.piecesOfProduct", "4"),
		"/settings?notice=setting",
		[]string{`SetUnpaidLimits(3, {"unverified":{"orders":2,"pieces":20,"piecesOfProduct":4},` +
			`"verified":{"orders":1000,"pieces":50,"piecesOfProduct":10}})`}, "",
	},
	{
		"/settings/refund-policy", form("autoApproveBelow", "5,000", "secondApprovalFrom", "", "remindAfterHours", "24",
			"escalateAfterHours", "72", "shippingBorneBy.CHANGE_OF_MIND", "BUYER",
			"shippingBorneBy.WRONG_ITEM", "SELLER", "shippingBorneBy.DAMAGED", "MARKETPLACE"),
		"/settings?notice=setting",
		[]string{`SetRefundPolicy(3, {"autoApproveBelow":5000.00,"escalateAfterHours":72,"remindAfterHours":24,` +
			`"shippingBorneBy":{"CHANGE_OF_MIND":"BUYER","DAMAGED":"MARKETPLACE","WRONG_ITEM":"SELLER"}})`}, "",
	},
}

// acting returns a stand whose store takes every action.
func acting(t *testing.T) *stand {
	t.Helper()
	s := newStand(t)
	stocked(s)
	s.auth.MailsSent = true
	s.store.Returns("StandingPayout", store.StandingPayout{Waits: true, Attempt: 2})
	s.store.Returns("Break", market.Discrepancy{ID: 4, Status: market.DiscrepancyAccepted})
	s.store.Returns("Proposal", market.Proposal{ID: 4, Kind: market.ProposalStaffRole})
	return s
}

func TestActions_ValidForm_IsCarriedOutAndLeadsBack(t *testing.T) {
	t.Parallel()
	s := acting(t)
	for _, a := range actions {
		s.forget()
		got := s.Post(t, a.path, a.form)
		require.Equal(t, http.StatusSeeOther, got.Status, "%s %s: %s", a.path, a.form, got.Body)
		require.Equal(t, a.to, got.Outcome, a.path)
		require.Equal(t, a.calls, s.calls(), a.path)
		if a.signal == "" {
			require.Empty(t, s.flows.calls, a.path)
		} else {
			require.True(t, strings.HasPrefix(s.flows.calls[0], a.signal), s.flows.calls)
		}
	}
}

// TestActions_StoreFails_ShowTheReason, whichever call it is: an action does not look done.
func TestActions_StoreFails_ShowTheReason(t *testing.T) {
	t.Parallel()
	for _, a := range actions {
		for _, call := range a.calls {
			method, _, _ := strings.Cut(call, "(")
			for err, status := range map[error]int{
				market.Refuse(market.CodeDataConflict): 409, market.Refuse(market.CodeDatabaseUnavailable): 503,
			} {
				s := acting(t)
				s.store.Fails(method, err)
				got := s.Post(t, a.path, a.form)
				require.Equal(t, status, got.Status, "%s with %s: %s", a.path, method, got.Location)
				require.NotEmpty(t, got.Alerts, "%s with %s", a.path, method)
			}
		}
	}
}

// TestActions_Proposed_SayThatTheyWait for a second person.
func TestActions_Proposed_SayThatTheyWait(t *testing.T) {
	t.Parallel()
	for method, path := range map[string]string{
		"InviteStaff": "/staff", "SetStaffRole": "/staff/9", "SetRefundPolicy": "/settings/refund-policy",
		"SetUnpaidLimits": "/settings/unpaid-limits", "PostAdjustment": "/adjustments", "DecideDispute": "/disputes/4",
		"SetWithdrawnAccount": "/sellers/8/payout-account",
	} {
		s := acting(t)
		s.store.Returns(method, nil, &market.Proposal{ID: 44})
		i := slices.IndexFunc(actions, func(a action) bool { return a.path == path })
		got := s.Post(t, path, actions[i].form)
		require.Contains(t, got.Outcome, "notice=waits", "%s: %s", path, got.Body)
	}
}

func TestActions_BadForms_ChangeNothing(t *testing.T) {
	t.Parallel()
	s := acting(t)
	long := strings.Repeat("가", 256)
	for _, c := range []struct {
		path string
		form url.Values
	}{
		{"/sellers/8", form("to", "RICH")}, {"/sellers/8", nil},
		{"/products/5", form("do", "block")}, {"/products/5", form("do", "block", "reason", long)}, {"/products/5",
			form("do", "x")},
		{"/buyers/7", form("do", "lock")}, {"/buyers/7", form("do", "lock", "reason", "")}, {"/buyers/7", nil},
		{"/categories", form("name", "", "sortOrder", "1")}, {"/categories", form("name", "n")},
		{"/categories", form("name", strings.Repeat("n", 51), "sortOrder", "1")},
		{"/categories", form("name", "n", "sortOrder", "-1")},
		{"/categories", form("name", "n", "sortOrder", "2147483648")},
		{"/categories", form("delete", "1")},
		{"/payouts/4/decision", form("decision", "retry")},
		{"/payouts/4/decision", form("decision", "burn", "reason", "r")},
		{"/payouts/4/decision", form("decision", "retry", "reason", long)},
		{"/orders/4/status", nil}, {"/orders/4/status", form("status", "GONE")},
		{"/orders/4/status", form("status", "SHIPPED", "trackingNumber", long)},
		{"/orders/4/notes", form("note", "")}, {"/orders/4/notes", form("note", long)},
		{"/breaks/4", nil}, {"/breaks/4", form("reason", long)},
		{"/disputes/4", form("decision", "LOSE", "reason", "r")}, {"/disputes/4", form("decision", "WIN")},
		{"/disputes/4", form("decision", "WIN", "reason", "r", "reference", long)},
		{"/disputes/4", form("decision", "ACCEPT", "reason", "r", "pieces[1]", "4")},
		{"/disputes/4", form("decision", "ACCEPT", "reason", "r", "pieces[1]", "-1")},
		{"/webhooks/4", form("status", "DELETED")}, {"/webhooks/4", nil},
		{"/staff", form("email", "x", "name", "n", "role", "OWNER")}, {"/staff",
			form("email", "a@example.com", "role", "OWNER")},
		{"/staff", form("email", "a@example.com", "name", "n", "role", "KING")},
		{"/staff/9", form("do", "role", "role", "KING")}, {"/staff/9", form("do", "promote")}, {"/staff/9", nil},
		{"/proposals/4", form("do", "reject")}, {"/proposals/4", form("do", "reject", "reason", long)},
		{"/proposals/4", form("do", "postpone")},
		{"/sellers/8/payout-account", form("bankCode", "GOLD", "bankAccount", "1")},
		{"/sellers/8/payout-account", form("bankCode", "TOSS")},
		{"/refunds", form("decision", "approve")}, {"/refunds", form("decision", "deny", "refund", "1")},
		{"/refunds", form("decision", "burn", "refund", "1")}, {"/refunds", form("decision", "approve", "refund", "x")},
		{"/refunds", form("decision", "deny", "refund", "1", "reason", long)},
	} {
		s.forget()
		got := s.Post(t, c.path, c.form)
		require.Equal(t, 400, got.Status, "%s %.60s: %s", c.path, c.form, got.Location)
		require.NotEmpty(t, got.Alerts, "%s %.60s", c.path, c.form)
		for _, call := range s.calls() {
			for _, write := range []string{"Set", "Create", "Update", "Delete", "Decide", "Invite", "Post", "Note",
				"Keep",
				"Withdraw("} {
				require.False(t, strings.HasPrefix(call, write) && !strings.HasPrefix(call, "NoteRead"), "%s: %s",
					c.path, call)
			}
		}
		for _, call := range s.flows.calls {
			require.Contains(t, call, "OrderTimeline(", c.path) // it is read for the page of an order
		}
	}
}

func TestSwitchWebhook_OfTheMarketplace_HasNoOwner(t *testing.T) {
	t.Parallel()
	s := acting(t)
	s.store.Returns("AnyWebhookEndpoint", market.WebhookEndpoint{ID: 4, Status: market.WebhookActive})
	s.Post(t, "/webhooks/4", form("status", "ACTIVE"))
	require.Equal(t, []string{`UpdateWebhookEndpoint(0, 4, {"Status":"ACTIVE"})`},
		s.store.Calls("UpdateWebhookEndpoint"))
}

// Those that were decided, are under way, could not be decided, and failed.
func TestDecideRefunds_Chosen_AreCounted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	refund := market.AdminRefund{BuyerID: 7, Reason: market.ReasonDamaged, Status: market.RefundPending}
	outcome := market.RefundDenied
	s.store.Does("AdminRefund", func(args ...any) ([]any, error) {
		refund := refund
		switch refund.ID = args[0].(int64); {
		case refund.ID == 3:
			return nil, market.Refuse(market.CodeRefundNotFound)
		case refund.ID == 1 && s.flows.noted("DecideRefund(1,"):
			refund.Status = outcome
		}
		return []any{refund}, nil
	})
	s.store.Does("DecisionApplied", func(args ...any) ([]any, error) {
		applied := args[0] == int64(1) && s.flows.noted("DecideRefund(1,")
		return []any{applied, applied}, nil
	})
	got := s.Post(t, "/refunds", form("decision", "deny", "reason", "used", "key", "k", "refund", "1", "refund", "2",
		"refund", "3",
		"status", "PENDING", "restock", "on"))
	require.Equal(t, "/refunds?n=1&n=1&n=1&n=0&notice=decided&status=PENDING", got.Outcome, got.Body)
	for _, call := range s.flows.calls {
		require.Contains(t, call, `"decisionId":"3/`+web.HashedKey("console:k")+`"`)
		require.NotContains(t, call, `"approve"`)
	}
	kept := s.store.Calls("KeepDecisionReason")
	require.Len(t, kept, 2)
	require.True(t, strings.HasSuffix(kept[0], `, "used")`), kept[0])

	outcome = market.RefundFailed
	got = s.Post(t, "/refunds", form("decision", "approve", "key", "l", "refund", "1", "status", "PENDING"))
	require.Equal(t, "/refunds?n=0&n=0&n=0&n=1&notice=decided&status=FAILED", got.Outcome,
		"it waits for another decision")
}

// A refund that the provider has rejected is recorded as paid by hand by those who may decide large refunds.
func TestSettleRefund_ThatFailed_IsPaidByHand(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	detail := market.AdminRefundDetail{AdminRefund: market.AdminRefund{
		ID: 4, OrderID: 4, BuyerID: 7, Reason: market.ReasonDamaged, Status: market.RefundFailed, CreatedAt: noon,
	}}
	s.store.Returns("AdminRefundDetail", detail)
	s.store.Returns("AdminRefund", detail.AdminRefund)
	offers := func() bool { return slices.Contains(s.Get(t, "/refunds/4").Actions(), "/refunds/4/settle") }
	for _, role := range market.StaffRoles {
		s.member.Role = role
		if role.May(market.PermissionSeeOrders) {
			require.Equal(t, role.May(market.PermissionDecideLargeRefunds), offers(), role)
		}
	}
	s.member.Role = market.StaffOwner
	refused := s.Post(t, "/refunds/4/settle", form("key", "k"))
	require.Equal(t, 400, refused.Status)
	require.True(t, refused.Form("/refunds/4/settle").Field("reason").Invalid)
	require.False(t, s.flows.noted("DecideRefund("))
	s.flows.calls = nil
	got := s.Post(t, "/refunds/4/settle", form("key", "k", "reason", "KB, 30 November", "restock", "on"))
	require.Equal(t, "/refunds?n=0&n=1&n=0&n=0&notice=decided", got.Outcome, got.Body)
	require.Len(t, s.flows.calls, 1)
	require.Contains(t, s.flows.calls[0], `"decisionId":"3/`+web.HashedKey("settle:k")+`"`)
	for _, sent := range []string{`"approve":true`, `"restock":true`, `"byHand":true`} {
		require.Contains(t, s.flows.calls[0], sent)
	}
	require.True(t, strings.HasSuffix(s.store.Calls("KeepDecisionReason")[0], `, "KB, 30 November")`))
	detail.Status = market.RefundPending
	s.store.Returns("AdminRefundDetail", detail)
	require.False(t, offers(), "the provider has not rejected it")
}

func TestRefunds_ThatWait_CanBeChosen(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	var refunds []market.AdminRefund
	states := []market.RefundStatus{
		market.RefundPending, market.RefundProcessing, market.RefundSuccess, market.RefundFailed, market.RefundDenied,
	}
	for i, status := range states {
		for _, second := range []bool{false, true} {
			id := int64(2*i + 1)
			if second {
				id++
			}
			refunds = append(refunds, market.AdminRefund{
				ID: id, OrderNumber: "20261130-00048", Status: status, Reason: market.ReasonDamaged, NeedsSecond: second, CreatedAt: noon,
			})
		}
	}
	s.store.Returns("AllRefunds", market.Page[market.AdminRefund]{Content: refunds, IsLast: true})
	for _, role := range market.StaffRoles {
		s.member.Role = role
		if !role.May(market.PermissionSeeOrders) {
			continue
		}
		var offered []string
		if f := s.Get(t, "/refunds?status=").Form("/refunds"); f != nil {
			for _, field := range f.Fields {
				if field.Name == "refund" {
					offered = append(offered, field.Value)
				}
			}
		}
		var want []string
		for _, r := range refunds {
			may := role.May(market.PermissionDecideRefunds) &&
				(!r.NeedsSecond || role.May(market.PermissionDecideLargeRefunds))
			if may && r.Status.AwaitsDecision() {
				want = append(want, fmt.Sprint(r.ID))
			}
		}
		require.Equal(t, want, offered, role)
		for _, f := range s.Get(t, "/refunds?status=").Forms {
			if f.Action == "/refunds" {
				require.Equal(t, len(want) > 0, len(f.Buttons) > 0, "%s can decide what it can choose", role)
			}
		}
	}
}

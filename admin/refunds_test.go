package admin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// decidable lets a refund wait for its decision until one is signalled, which its workflow then applies.
func decidable(s *stand, refund market.AdminRefund) {
	s.store.Does("AdminRefund", func(args ...any) ([]any, error) {
		refund := refund
		refund.ID = args[0].(int64)
		for _, call := range s.flows.made() {
			if strings.HasPrefix(call, fmt.Sprintf("DecideRefund(%d,", refund.ID)) {
				refund.Status = market.RefundDenied
				if strings.Contains(call, `"approve":true`) {
					refund.Status = market.RefundSuccess
				}
			}
		}
		return []any{refund}, nil
	})
	s.store.Does("DecisionApplied", func(args ...any) ([]any, error) {
		signalled := false
		for _, call := range s.flows.made() {
			signalled = signalled || strings.HasPrefix(call, fmt.Sprintf("DecideRefund(%d,", args[0]))
		}
		return []any{signalled, signalled}, nil
	})
}

func pending() market.AdminRefund {
	return market.AdminRefund{BuyerID: 7, Reason: market.ReasonDamaged, Status: market.RefundPending, Amount: 5_000_00}
}

func TestDecideRefund_EachDecision_IsSignalled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		route, body string
		refund      market.AdminRefund
		decision    string
		reason      string
		status      market.RefundStatus
	}{
		{"PUT /admin/refunds/4/complete", ``, pending(), `"approve":true,`, "", market.RefundSuccess},
		{"PUT /admin/refunds/4/complete", `{"restock":true}`, pending(), `"restock":true`, "", market.RefundSuccess},
		{"PUT /admin/refunds/4/deny", `{"deniedReason":" 사용한\n상품 "}`, pending(), "", "사용한\\n상품", market.RefundDenied},
		{
			"PUT /admin/refunds/4/settle", `{"reason":"bank 12","restock":true}`,
			market.AdminRefund{BuyerID: 7, Reason: market.ReasonDamaged, Status: market.RefundFailed},
			`"byHand":true`, "bank 12", market.RefundSuccess,
		},
	} {
		s := newStand(t)
		decidable(s, c.refund)
		got := s.send(t, c.route, c.body)
		require.Equal(t, 200, got.Status, "%s: %s", c.route, got.body)
		require.Contains(t, string(got.Data), `"status":"`+string(c.status)+`"`)
		require.Len(t, s.flows.calls, 1)
		require.Contains(t, s.flows.calls[0], `"adminId":3`)
		require.Contains(t, s.flows.calls[0], `"signature":"`)
		require.Contains(t, s.flows.calls[0], c.decision)
		require.NotContains(t, s.flows.calls[0], "bank 12", "a history has no words of people")
		kept := s.store.Calls("KeepDecisionReason")
		if c.reason == "" {
			require.Empty(t, kept, c.route)
		} else {
			require.True(t, strings.HasSuffix(kept[0], `, "`+c.reason+`")`), kept[0])
		}
		require.Equal(t, []string{`NoteRead({"Data":"REFUND","DataID":4,"Rows":1,"Subject":"BUYER","SubjectID":7})`},
			s.store.Calls("NoteRead"))
	}
}

// The answer names the state that the refund is in.
func TestDecideRefund_NotWaiting_IsRefused(t *testing.T) {
	t.Parallel()
	for status, refused := range map[market.RefundStatus][]string{
		market.RefundSuccess: {"complete", "deny", "settle"}, market.RefundDenied: {"complete", "deny", "settle"},
		market.RefundProcessing: {"complete", "deny", "settle"}, market.RefundPending: {"settle"},
	} {
		for _, decision := range refused {
			s := newStand(t)
			refund := pending()
			refund.Status = status
			decidable(s, refund)
			got := s.send(t, "PUT /admin/refunds/4/"+decision, `{"reason":"r","deniedReason":"r"}`)
			require.Equal(t, 404, got.Status, "%s of %s: %s", decision, status, got.body)
			require.Equal(t, "REFUND_NOT_FOUND", got.Code)
			require.Contains(t, got.Message, string(status))
			require.Empty(t, s.flows.calls)
		}
	}
}

func TestDecideRefund_Large_NeedsTwoAdmins(t *testing.T) {
	t.Parallel()
	large := pending()
	large.NeedsSecond = true
	s := newStand(t)
	decidable(s, large)
	s.member.Role = market.StaffSupport
	got := s.send(t, "PUT /admin/refunds/4/complete", "")
	require.Equal(t, 403, got.Status, got.body)
	require.Empty(t, s.flows.calls)
	s.member.Role = market.StaffFinance
	self := int64(staffID)
	large.FirstApproverID = &self
	decidable(s, large)
	got = s.send(t, "PUT /admin/refunds/4/complete", "")
	require.Equal(t, "REFUND_NEEDS_ANOTHER_ADMIN", got.Code)
	require.Empty(t, s.flows.calls)
	other := int64(9)
	large.FirstApproverID = &other
	decidable(s, large)
	require.Equal(t, 200, s.send(t, "PUT /admin/refunds/4/complete", "").Status)
}

// The workflow has not applied the decision yet.
func TestDecideRefund_Late_IsAccepted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("AdminRefund", market.AdminRefund{ID: 4, Reason: market.ReasonDamaged,
		Status: market.RefundPending})
	got := s.send(t, "PUT /admin/refunds/4/complete", "")
	require.Equal(t, 202, got.Status, got.body)
	require.Equal(t, "ACCEPTED", got.Code)
}

func TestDecideRefund_Keyed_NamesTheDecisionAndIsReplayed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	decidable(s, pending())
	require.Equal(t, 200, s.send(t, "PUT /admin/refunds/4/complete", "", "Idempotency-Key", "k-1").Status)
	require.Contains(t, s.flows.calls[0], `"decisionId":"3/`+web.HashedKey("k-1")+`"`)
	begun := s.store.Calls("BeginRequest")[0]
	require.Contains(t, begun, `"Operation":"PUT /admin/refunds/{refundId}"`)
	require.Contains(t, begun, `"Principal":"ADMIN/3"`)

	s.forget()
	s.store.Returns("BeginRequest", &store.Answer{Status: 200,
		Body: []byte(`{"success":true,"status":200,"code":"X"}`)})
	got := s.send(t, "PUT /admin/refunds/4/complete", "", "Idempotency-Key", "k-1")
	require.Equal(t, "true", got.header.Get("Idempotent-Replayed"))
	require.Equal(t, "X", got.Code)
	require.Empty(t, s.flows.calls)
	require.Len(t, s.store.Calls("NoteRead"), 1, "what is sent again is read again")

	s.store.Fails("NoteRead", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.send(t, "PUT /admin/refunds/4/complete", "", "Idempotency-Key", "k-1").Status)
}

// A key of an approval does not fit a denial.
func TestDecideRefund_OtherDecision_IsAnotherRequest(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	prints := map[string]string{}
	s.store.Does("BeginRequest", func(args ...any) ([]any, error) {
		prints[fmt.Sprintf("%x", args[0].(store.Request).Fingerprint)] = ""
		return nil, market.Refuse(market.CodeIdempotencyKeyReused)
	})
	for _, c := range [][2]string{
		{"4/complete", ``}, {"4/complete", `{"restock":true}`}, {"5/complete", ``}, {"4/deny", `{"deniedReason":"a"}`},
		{"4/deny", `{"deniedReason":"b"}`}, {"4/settle", `{"reason":"a"}`},
	} {
		got := s.send(t, "PUT /admin/refunds/"+c[0], c[1], "Idempotency-Key", "k")
		require.Equal(t, 422, got.Status)
	}
	require.Len(t, prints, 6)
	require.Empty(t, s.flows.calls)
}

func TestDecideRefunds_Several_EachHasItsOutcome(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	decidable(s, pending())
	waiting := s.store
	s.store.Does("AdminRefund", func(args ...any) ([]any, error) {
		switch id := args[0].(int64); id {
		case 2:
			return nil, market.Refuse(market.CodeRefundNotFound)
		case 3:
			return []any{market.AdminRefund{ID: 3, Reason: market.ReasonDamaged, Status: market.RefundSuccess}}, nil
		default:
			refund := pending()
			refund.ID = id
			if len(s.flows.made()) > 0 {
				refund.Status = market.RefundDenied
			}
			return []any{refund}, nil
		}
	})
	got := s.send(t, "POST /admin/refunds/decide", `{"refundIds":[1,2,3],"decision":"DENY","reason":"used"}`)
	require.Equal(t, 200, got.Status, got.body)
	var outcomes []struct {
		RefundID     int64
		Outcome      string
		Status, Code *string
		Message      *string
	}
	require.NoError(t, json.Unmarshal(got.Data, &outcomes))
	require.Len(t, outcomes, 3)
	require.Equal(t, "DECIDED", outcomes[0].Outcome)
	require.Equal(t, "DENIED", *outcomes[0].Status)
	require.Nil(t, outcomes[0].Code)
	for _, o := range outcomes[1:] {
		require.Equal(t, "REFUSED", o.Outcome)
		require.Equal(t, "REFUND_NOT_FOUND", *o.Code)
		require.NotEmpty(t, *o.Message)
		require.Nil(t, o.Status)
	}
	require.Contains(t, *outcomes[2].Message, "SUCCESS")
	require.Len(t, s.flows.calls, 1)
	require.True(t, strings.HasSuffix(waiting.Calls("KeepDecisionReason")[0], `, "used")`))
}

// A repeat with the key finishes it.
func TestDecideRefunds_StoreAway_FailsAsAWhole(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("AdminRefund", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.send(t, "POST /admin/refunds/decide", `{"refundIds":[1],"decision":"APPROVE"}`).Status)
}

// A denial restocks nothing, and an approval has no reason.
func TestDecideRefunds_OtherFields_DoNotLeak(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	decidable(s, pending())
	s.send(t, "POST /admin/refunds/decide", `{"refundIds":[1],"decision":"DENY","reason":"r","restock":true}`)
	require.NotContains(t, s.flows.calls[0], "restock")
	s.send(t, "POST /admin/refunds/decide", `{"refundIds":[2],"decision":"APPROVE","reason":"r","restock":true}`)
	require.Contains(t, s.flows.calls[1], `"restock":true`)
	require.Len(t, s.store.Calls("KeepDecisionReason"), 1)
}

func TestDecideRefunds_BadRequests_DecideNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ids := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprint(i + 1)
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	for body, field := range map[string]string{
		`{"refundIds":[],"decision":"APPROVE"}`:                    "refundIds",
		`{"decision":"APPROVE"}`:                                   "refundIds",
		`{"refundIds":[1,1],"decision":"APPROVE"}`:                 "refundIds",
		`{"refundIds":` + ids(101) + `,"decision":"APPROVE"}`:      "refundIds",
		`{"refundIds":[1,0],"decision":"APPROVE"}`:                 "refundIds[1]",
		`{"refundIds":[1],"decision":"PERHAPS"}`:                   "decision",
		`{"refundIds":[1]}`:                                        "decision",
		`{"refundIds":[1],"decision":"DENY"}`:                      "reason",
		`{"refundIds":[1],"decision":"DENY","reason":"  "}`:        "reason",
		`{"refundIds":[1],"decision":"DENY","reason":` + long(256): "reason",
		`{"refundIds":[1],"decision":"APPROVE","restock":"yes"}`:   "restock",
	} {
		got := s.send(t, "POST /admin/refunds/decide", body)
		require.Equal(t, 400, got.Status, "%.80s: %s", body, got.body)
		require.Equal(t, field, got.Errors[0].Field, "%.80s", body)
	}
	require.Empty(t, s.calls())
	require.Empty(t, s.flows.calls)
	decidable(s, pending())
	require.Equal(t, 200, s.send(t, "POST /admin/refunds/decide",
		`{"refundIds":`+ids(100)+`,"decision":"APPROVE"}`).Status)
}

// long returns the end of an object with a text of so many characters.
func long(n int) string { return `"` + strings.Repeat("가", n) + `"}` }

// TestSetOrderStatus_Refunded_NeedsThePermissionForLargeRefunds, and pays the order back.
func TestSetOrderStatus_Refunded_NeedsThePermissionForLargeRefunds(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.member.Role = market.StaffSupport
	require.Equal(t, 403, s.send(t, "PUT /admin/orders/4/status", `{"status":"REFUNDED"}`).Status)
	require.Empty(t, s.calls())
	s.member.Role = market.StaffOwner
	for status, want := range map[market.OrderStatus]string{
		market.OrderPaid: "UPDATE_SUCCESS", market.OrderRefunded: "UPDATE_SUCCESS",
		market.OrderCreated: "ORDER_STATUS_CANNOT_BE_CHANGED", market.OrderFailed: "ORDER_STATUS_IMMUTABLE",
	} {
		s.forget()
		decidable(s, pending())
		s.store.Returns("ReserveRefund", int64(4))
		s.store.Returns("AnyOrder", market.Order{ID: 4, BuyerID: 7, Status: status})
		got := s.send(t, "PUT /admin/orders/4/status", `{"status":"REFUNDED"}`)
		require.Equal(t, want, got.Code, "%s: %s", status, got.body)
		if status == market.OrderPaid {
			require.Contains(t, s.flows.calls[0], `"Reason":"ADMIN_DECISION"`)
			require.Len(t, s.flows.calls, 2)
		} else {
			require.Empty(t, s.flows.calls, status)
		}
	}
}

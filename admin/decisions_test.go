package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

func TestChanges_ThatWaitForASecondPerson_AreAnsweredWithTheProposal(t *testing.T) {
	t.Parallel()
	proposal := &market.Proposal{ID: 44, Status: market.ProposalPending}
	for _, c := range []struct{ route, body, method string }{
		{"POST /admin/staff", `{"email":"a@example.com","name":"n","role":"OWNER"}`, "InviteStaff"},
		{"PUT /admin/staff/4/role", `{"role":"OWNER"}`, "SetStaffRole"},
		{"PUT /admin/refund-policy", aPolicy, "SetRefundPolicy"},
		{"PUT /admin/unpaid-limits", limits, "SetUnpaidLimits"},
		{"POST /admin/adjustments", anAdjustment, "PostAdjustment"},
		{"POST /admin/disputes/4/decide", `{"decision":"REPRESENT","reason":"r"}`, "DecideDispute"},
		{"PUT /admin/sellers/8/payout-account", `{"bankCode":"SHINHAN","bankAccount":"1"}`, "SetWithdrawnAccount"},
	} {
		s := newStand(t)
		s.Auth.MailsSent = true
		s.store.Returns(c.method, nil, proposal)
		got := s.send(t, c.route, c.body)
		require.Equal(t, 202, got.Status, "%s: %s", c.route, got.body)
		require.Contains(t, string(got.Data), `"proposalId":44`, c.route)
		s.store.Returns(c.method)
		got = s.send(t, c.route, c.body)
		require.Contains(t, []int{200, 201}, got.Status, c.route)
		require.NotContains(t, string(got.Data), `"proposalId":44`, c.route)
		s.store.Fails(c.method, market.Refuse(market.CodeDataConflict))
		require.Equal(t, 409, s.send(t, c.route, c.body).Status, c.route)
	}
}

func TestPayoutAccounts_ChangedOrProposed_AreSecurityEvents(t *testing.T) {
	t.Parallel()
	for event, proposal := range map[string]*market.Proposal{
		"BANK_ACCOUNT_CHANGED": nil, "BANK_ACCOUNT_PROPOSED": {ID: 44},
	} {
		s := newStand(t)
		s.store.Returns("SetWithdrawnAccount", nil, proposal)
		s.send(t, "PUT /admin/sellers/8/payout-account", `{"bankCode":"SHINHAN","bankAccount":"1"}`)
		require.Equal(t, []market.Action{{Name: event, Subject: "SELLER", SubjectID: 8}}, s.noted)
	}
}

func TestDecideProposal_EachKind_NeedsThePermissionOfItsChange(t *testing.T) {
	t.Parallel()
	for _, kind := range []market.ProposalKind{
		market.ProposalRefundPolicy, market.ProposalUnpaidLimits, market.ProposalStaffAccount, market.ProposalStaffRole,
		market.ProposalPayoutAccount, market.ProposalWithdrawnAccount, market.ProposalAdjustment,
		market.ProposalDispute,
	} {
		for _, role := range market.StaffRoles {
			s := newStand(t)
			s.member.Role = role
			seller := int64(8)
			proposal := market.Proposal{ID: 4, Kind: kind, SubjectID: &seller, Status: market.ProposalApproved}
			s.store.Returns("Proposal", proposal)
			s.store.Returns("DecideProposal", proposal)
			got := s.send(t, "POST /admin/proposals/4/approve", "")
			allowed := role.May(market.PermissionDecideProposals) && role.May(kind.Permission())
			require.Equal(t, map[bool]int{true: 200, false: 403}[allowed], got.Status, "%s as %s: %s", kind, role,
				got.body)
			require.Equal(t, allowed, len(s.store.Calls("DecideProposal")) == 1, "%s as %s", kind, role)
			require.Equal(t, allowed && kind.OfSeller(), len(s.noted) == 1, "%s as %s", kind, role)
		}
	}
}

func TestDecideProposal_Rejection_NeedsAReason(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Proposal", market.Proposal{ID: 4, Kind: market.ProposalStaffRole})
	for _, body := range []string{``, `{}`, `{"reason":" "}`} {
		got := s.send(t, "POST /admin/proposals/4/reject", body)
		require.Equal(t, []string{"reason REQUIRED"}, got.fields(), body)
	}
	require.Equal(t, []string{"reason TOO_LONG"},
		s.send(t, "POST /admin/proposals/4/reject", `{"reason":`+long(256)).fields())
	require.Empty(t, s.store.Calls("DecideProposal"))
	require.Equal(t, 200, s.send(t, "POST /admin/proposals/4/reject", `{"reason":`+long(255)).Status)
	call := s.store.Calls("DecideProposal")[0]
	require.Contains(t, call, `"AdminID":3`)
	require.NotContains(t, call, `"Approve"`)
	require.Equal(t, 200, s.send(t, "POST /admin/proposals/4/approve", ``).Status)
	require.Contains(t, s.store.Calls("DecideProposal")[1], `"Approve":true`)
}

func TestInviteStaff_MailsOff_InvitesNoOne(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	body := `{"email":" New@Example.com ","name":" 새 담당자 ","role":"SUPPORT"}`
	require.Equal(t, "MAIL_UNAVAILABLE", s.send(t, "POST /admin/staff", body).Code)
	require.Empty(t, s.calls())
	s.Auth.MailsSent = true
	require.Equal(t, 201, s.send(t, "POST /admin/staff", body).Status)
	require.Equal(t, []string{`InviteStaff(3, "new@example.com", "새 담당자", "SUPPORT")`}, s.calls())
}

// An owner does not lock itself out.
func TestStaff_OwnAccount_IsChangedByAnother(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, measure := range []string{"disable", "reset"} {
		got := s.send(t, "POST /admin/staff/3/"+measure, "")
		require.Equal(t, 409, got.Status, measure)
		require.Contains(t, got.Message, "your own account")
	}
	require.Empty(t, s.calls())
}

// ended reports whether the session of a token has ended.
func (s *stand) ended(t *testing.T, token string) bool {
	t.Helper()
	p, err := s.Auth.Tokens.Read(token)
	require.NoError(t, err)
	return s.Auth.Sessions.Check(t.Context(), p) != nil
}

// TestStaff_DisabledOrReset_LosesItsSessions, but not when the store refuses the change.
func TestStaff_DisabledOrReset_LosesItsSessions(t *testing.T) {
	t.Parallel()
	for _, measure := range []string{"disable", "reset"} {
		s := newStand(t)
		token := logintest.Token(t, s.Auth, market.RoleAdmin, 4)
		s.store.Fails("DisableStaff", market.Refuse(market.CodeLastOwner))
		s.store.Fails("ResetStaff", market.Refuse(market.CodeAdminNotFound))
		require.GreaterOrEqual(t, s.send(t, "POST /admin/staff/4/"+measure, "").Status, 400)
		require.False(t, s.ended(t, token), measure)
		s.store.Returns("DisableStaff")
		s.store.Returns("ResetStaff")
		require.Equal(t, 200, s.send(t, "POST /admin/staff/4/"+measure, "").Status)
		require.True(t, s.ended(t, token), measure)
	}
}

func TestGetMe_EachRole_HasItsPermissions(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, role := range market.StaffRoles {
		s.member.Role = role
		got := s.send(t, "GET /admin/me", "")
		require.Equal(t, 200, got.Status)
		for _, p := range market.Permissions() {
			require.Equal(t, role.May(p), strings.Contains(string(got.Data), `"`+string(p)+`"`), "%s %s", role, p)
		}
	}
}

func TestChangePassword_Current_IsRequired(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	hash, err := s.Auth.Passwords.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	s.store.Returns("AdminSecret", hash)
	for body, want := range map[string]string{
		`{"password":"another horse"}`:                                                      "currentPassword",
		`{"password":"another horse","currentPassword":"wrong horse"}`:                      "currentPassword",
		`{"password":"short","currentPassword":"correct horse"}`:                            "password",
		`{"password":"password","currentPassword":"correct horse"}`:                         "password",
		`{"currentPassword":"correct horse"}`:                                               "password",
		`{"password":"another horse","currentPassword":` + long(73):                         "currentPassword",
		`{"password":` + long(73)[:len(long(73))-1] + `,"currentPassword":"correct horse"}`: "password",
	} {
		got := s.send(t, "PUT /admin/me/password", body)
		require.Equal(t, 400, got.Status, body)
		require.Equal(t, want, got.Errors[0].Field, body)
	}
	require.Empty(t, s.store.Calls("SetAdminPassword"))
	got := s.send(t, "PUT /admin/me/password", `{"password":"another horse","currentPassword":"correct horse"}`)
	require.Equal(t, 200, got.Status, got.body)
	call := s.store.Calls("SetAdminPassword")
	require.Len(t, call, 1)
	require.NotContains(t, call[0], "another horse")
	require.Equal(t, "CREDENTIALS_CHANGED", s.noted[len(s.noted)-1].Name)
}

func TestDecidePayout_Waiting_IsSignalled(t *testing.T) {
	t.Parallel()
	for action, c := range map[string]struct{ noted, signal string }{
		"retry":   {"PAYOUT_TO_BE_RETRIED", "retry"},
		"abandon": {"PAYOUT_TO_BE_ABANDONED", "abandon"},
	} {
		s := newStand(t)
		s.store.Returns("StandingPayout", store.StandingPayout{
			DuePayout: store.DuePayout{PayoutID: 4, SettlementID: 5, SellerID: 8, Amount: 100_00}, Attempt: 2,
			Waits: true,
		})
		got := s.send(t, "POST /admin/payouts/4/"+action, aReason, "Idempotency-Key", "k")
		require.Equal(t, 202, got.Status, got.body)
		require.Equal(t, []string{
			`StandingPayout(4)`,
			`NoteAction({"Name":"` + c.noted + `","Reason":"because","Subject":"PAYOUT","SubjectID":4})`,
			`KeepPayoutDecisionReason(4, "3/` + web.HashedKey("k") + `", "because")`,
		}, s.calls())
		require.Len(t, s.flows.calls, 1)
		require.Contains(t, strings.ToLower(s.flows.calls[0]), c.signal)
		require.Contains(t, s.flows.calls[0], `, 2, `)
	}
}

func TestDecidePayout_NotWaiting_IsRefused(t *testing.T) {
	t.Parallel()
	for action, standing := range map[string]store.StandingPayout{
		"retry": {Waits: true, Mispaid: true}, "abandon": {},
	} {
		s := newStand(t)
		s.store.Returns("StandingPayout", standing)
		got := s.send(t, "POST /admin/payouts/4/"+action, aReason)
		require.Equal(t, 409, got.Status, action)
		require.Empty(t, s.flows.calls)
		require.Empty(t, s.store.Calls("NoteAction"))
		s.store.Fails("StandingPayout", market.Refuse(market.CodePayoutNotFound))
		require.Equal(t, 404, s.send(t, "POST /admin/payouts/4/"+action, aReason).Status)
		require.Equal(t, []string{"reason REQUIRED"}, s.send(t, "POST /admin/payouts/4/"+action, "{}").fields())
	}
}

func TestInquirePayout_Any_IsNotedAndSignalled(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("StandingPayout", store.StandingPayout{DuePayout: store.DuePayout{PayoutID: 4, SettlementID: 5},
		Attempt: 3})
	require.Equal(t, 202, s.send(t, "PUT /admin/payouts/4/inquire", "").Status)
	require.Equal(t, []string{`StandingPayout(4)`,
		`NoteAction({"Name":"PAYOUT_INQUIRED","Subject":"PAYOUT","SubjectID":4})`},
		s.calls())
	require.Len(t, s.flows.calls, 1)
	s.store.Fails("NoteAction", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.send(t, "PUT /admin/payouts/4/inquire", "").Status)
	require.Len(t, s.flows.calls, 1, "what is not noted is not done")
}

func TestReconcile_Future_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	got := s.send(t, "PUT /admin/reconciliation/days/2026-12-01", "")
	require.Equal(t, "day must not be in the future.", got.Message)
	require.Equal(t, 400, s.send(t, "PUT /admin/reconciliation/days/2026-02-30", "").Status)
	require.Empty(t, s.flows.calls)
	got = s.send(t, "PUT /admin/reconciliation/days/2026-11-29", "")
	require.JSONEq(t, `{"workflowId":"reconciliation-1"}`, string(got.Data))
	require.Equal(t, []string{`StartReconciliation({"Day":"2026-11-29"})`}, s.flows.calls)
}

func TestAcceptBreak_Applied_IsUpdatedElseAccepted(t *testing.T) {
	t.Parallel()
	for status, want := range map[market.DiscrepancyStatus]int{
		market.DiscrepancyAccepted: 200, market.DiscrepancyOpen: 202,
	} {
		s := newStand(t)
		s.store.Returns("Break", market.Discrepancy{ID: 4, Status: status})
		got := s.send(t, "PUT /admin/reconciliation/4/accept", aReason)
		require.Equal(t, want, got.Status, got.body)
		require.Equal(t, []string{`DecideBreak(4, 3, "because")`}, s.store.Calls("DecideBreak"))
		s.store.Fails("DecideBreak", market.Refuse(market.CodeBreakResolved))
		require.Equal(t, "RECONCILIATION_BREAK_RESOLVED", s.send(t, "PUT /admin/reconciliation/4/accept", aReason).Code)
	}
}

func TestFindRuns_Many_FirstHundredAreShown(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for i := range 150 {
		s.flows.runs = append(s.flows.runs, market.Run{WorkflowID: fmt.Sprint("w", i), RunID: "r", Type: "Payout"})
	}
	got := s.send(t, "GET /admin/workflow-runs?type=Payout&status=Failed&from=2026-11-01&to=2026-11-02&orderId=7", "")
	require.Equal(t, 200, got.Status, got.body)
	require.Contains(t, string(got.Data), `"total":150`)
	require.Equal(t, 100, strings.Count(string(got.Data), `"workflowId"`))
	require.Contains(t, s.flows.calls[0], "WorkflowType = 'Payout' AND ExecutionStatus = 'Failed' AND")
	require.Contains(t, s.flows.calls[0], "StartTime >= '2026-10-31T15:00:00Z'")
	for query, field := range map[string]string{
		"type=Checkout": "type", "": "type", "type=Payout&status=Dead": "status", "type=Payout&orderId=0": "orderId",
		"type=Payout&from=x": "from", "type=%27%20OR%201": "type", "type=Payout&status=%27": "status",
	} {
		got := s.send(t, "GET /admin/workflow-runs?"+query, "")
		require.Equal(t, 400, got.Status, query)
		require.Equal(t, field, got.Errors[0].Field, query)
	}
}

func TestBeginBatch_Request_BecomesABatch(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	var begun market.NewBatch
	s.store.Does("CreateBatch", func(args ...any) ([]any, error) {
		begun = args[0].(market.NewBatch)
		return []any{int64(5)}, nil
	})
	s.store.Does("Batch", func(...any) ([]any, error) {
		return []any{market.Batch{ID: 5, NewBatch: begun, Status: market.BatchRunning, Runs: 9}}, nil
	})
	body := `{"type":"PaymentApproval","from":"2026-11-01","to":"2026-11-02","action":"SIGNAL","reason":"r"}`
	got := s.send(t, "POST /admin/batches", body, "Idempotency-Key", "k")
	require.Equal(t, 201, got.Status, got.body)
	require.Equal(t, int16(5), begun.PerSecond, "by default")
	require.Equal(t, int64(staffID), begun.AdminID)
	require.Equal(t, web.HashedKey("api:ADMIN/3:k"), begun.Request)
	require.Contains(t, begun.Query, "StartTime >= '2026-10-31T15:00:00Z' AND StartTime < '2026-11-02T15:00:00Z'")
	require.Contains(t, string(got.Data), `"batchId":5`)
	require.Contains(t, string(got.Data), `"runs":9`)
	first := begun.Request
	s.send(t, "POST /admin/batches", body)
	require.NotEqual(t, first, begun.Request, "without a key each is a batch of its own")
}

func TestBeginBatch_BadRequests_BeginNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	valid := `"type":"Payout","action":"RETRY","reason":"r"`
	for body, field := range map[string]string{
		`{"action":"RETRY","reason":"r"}`:                       "type",
		`{"type":"Payout","reason":"r"}`:                        "action",
		`{"type":"Payout","action":"STOP","reason":"r"}`:        "action",
		`{"type":"Payout","action":"RETRY"}`:                    "reason",
		`{` + valid + `,"perSecond":0}`:                         "perSecond",
		`{` + valid + `,"perSecond":51}`:                        "perSecond",
		`{` + valid + `,"orderId":-1}`:                          "orderId",
		`{` + valid + `,"from":"yesterday"}`:                    "from",
		`{` + valid + `,"to":"2026-02-30"}`:                     "to",
		`{` + valid + `,"status":"Dead"}`:                       "status",
		`{"type":"Checkout","action":"RETRY","reason":"r"}`:     "type",
		`{` + valid + `,"from":"2026-11-02","to":"2026-11-01"}`: "",
	} {
		got := s.send(t, "POST /admin/batches", body)
		require.Equal(t, 400, got.Status, "%s: %s", body, got.body)
		if field != "" {
			require.Equal(t, field, got.Errors[0].Field, body)
		}
	}
	require.Empty(t, s.store.Calls("CreateBatch"))
	s.flows.runs = make([]market.Run, 10_001)
	require.Contains(t, s.send(t, "POST /admin/batches", `{`+valid+`}`).Message, "10000")
	require.Empty(t, s.store.Calls("CreateBatch"))
	s.flows.runs = s.flows.runs[1:]
	require.Equal(t, 201, s.send(t, "POST /admin/batches", `{`+valid+`}`).Status)
}

func TestCancelBatch_Running_IsNotedAndCancelled(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Batch", market.Batch{ID: 4, Status: market.BatchRunning})
	require.Equal(t, 202, s.send(t, "POST /admin/batches/4/cancel", "").Status)
	require.Equal(t, []string{"CancelBatch(4)"}, s.flows.calls)
	require.Contains(t, s.calls()[1], "BATCH_TO_BE_CANCELLED")
	s.store.Returns("Batch", market.Batch{ID: 4, Status: market.BatchDone})
	require.Equal(t, 404, s.send(t, "POST /admin/batches/4/cancel", "").Status)
	require.Len(t, s.flows.calls, 1)
}

func TestBatchRuns_Outcomes_AreShown(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	run := market.Run{WorkflowID: "w", RunID: "r", Type: "Payout"}
	s.store.Returns("BatchRuns", []market.BatchRun{{Run: run}, {Run: run, Outcome: market.RunFailed, Problem: "gone"}})
	require.JSONEq(t, `[{"workflowId":"w","runId":"r","type":"Payout","outcome":null,"problem":null},
		{"workflowId":"w","runId":"r","type":"Payout","outcome":"FAILED","problem":"gone"}]`,
		string(s.send(t, "GET /admin/batches/4/runs", "").Data))
	s.store.Fails("Batch", market.Refuse(market.CodeNotFound))
	require.Equal(t, 404, s.send(t, "GET /admin/batches/4/runs", "").Status)
}

// TestTimeline_Events_AreInTheirOrder, those of the database and of the workflows together; without Temporal it is
// marked as incomplete.
func TestTimeline_Events_AreInTheirOrder(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	at := func(minute int) market.LocalTime {
		return market.LocalTime(time.Date(2026, 11, 30, 1, minute, 0, 0, time.UTC))
	}
	s.store.Returns("OrderTimeline", []market.OrderEvent{{At: at(1), Kind: "ORDERED", Amount: 100},
		{At: at(3), Kind: "PAID"}})
	s.flows.story = []market.OrderEvent{{At: at(2), Kind: "RUN_STARTED", Detail: "payment"}}
	require.JSONEq(t, `{"events":[
		{"at":"2026-11-30T10:01:00","kind":"ORDERED","detail":"","amount":1.00},
		{"at":"2026-11-30T10:02:00","kind":"RUN_STARTED","detail":"payment","amount":0.00},
		{"at":"2026-11-30T10:03:00","kind":"PAID","detail":"","amount":0.00}],"complete":true}`,
		string(s.send(t, "GET /admin/orders/4/timeline", "").Data))
	s.flows.err = market.Refuse(market.CodeWorkflowUnavailable)
	got := string(s.send(t, "GET /admin/orders/4/timeline", "").Data)
	require.Contains(t, got, `"complete":false`)
	require.NotContains(t, got, "RUN_STARTED")
}

// With support and catalogue the answer has no bank data.
func TestSellers_PayoutAccount_IsForThoseWhoMaySeePayouts(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("SellerAccount", market.SellerAccount{BankCode: "SHINHAN", BankAccountEnd: "4321"})
	s.store.Returns("WithdrawnSeller", market.WithdrawnSeller{
		Account: &market.WithdrawnAccount{BankCode: "SHINHAN", BankAccountEnd: "4321"},
	})
	for _, role := range market.StaffRoles {
		if !role.May(market.PermissionSeeSellers) {
			continue
		}
		s.member.Role = role
		for _, route := range []string{"GET /admin/sellers/8", "GET /admin/withdrawn-sellers/8"} {
			got := s.send(t, route, "")
			require.Equal(t, 200, got.Status)
			require.Equal(t, role.May(market.PermissionSeePayouts), strings.Contains(got.body, "4321"), "%s as %s",
				route, role)
		}
	}
}

// TestAccounts_LockedOrNotApproved_LoseTheirSessions, and others keep them.
func TestAccounts_LockedOrNotApproved_LoseTheirSessions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		route, body string
		role        market.Role
		ends        bool
	}{
		{"PUT /admin/sellers/8/status", `{"status":"APPROVED"}`, market.RoleSeller, false},
		{"PUT /admin/sellers/8/status", `{"status":"PENDING"}`, market.RoleSeller, true},
		{"PUT /admin/sellers/8/status", `{"status":"SUSPENDED"}`, market.RoleSeller, true},
		{"PUT /admin/sellers/8/status", `{"status":"REJECTED"}`, market.RoleSeller, true},
		{"PUT /admin/buyers/8/lock", aReason, market.RoleBuyer, true},
		{"PUT /admin/buyers/8/unlock", "", market.RoleBuyer, false},
	} {
		s := newStand(t)
		token, other := logintest.Token(t, s.Auth, c.role, 8), logintest.Token(t, s.Auth, c.role, 9)
		require.Equal(t, 200, s.send(t, c.route, c.body).Status)
		require.Equal(t, c.ends, s.ended(t, token), "%s %s", c.route, c.body)
		require.False(t, s.ended(t, other), "another account")
	}
}

func TestOverview_OldestRefund_OnlyWhileOneWaits(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for waiting, want := range map[int64]string{0: `"oldestRefundAt":null`,
		2: `"oldestRefundAt":"0001-01-01T09:00:00"`} {
		s.store.Returns("Overview", market.Overview{Day: s.store.Day, Orders: 3, Sales: 5_00, Fee: 1_00,
			RefundsWaiting: waiting})
		s.store.Returns("Alerts", []market.Alert{{Kind: market.AlertBreak, Count: 2}})
		got := string(s.send(t, "GET /admin/overview", "").Data)
		require.Contains(t, got, want)
		require.Contains(t, got, `"date":"2026-11-30","orders":3,"sales":5.00`)
		require.Contains(t, got, `"commission":1.00`)
	}
}

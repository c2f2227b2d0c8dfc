package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// TestAuditFile_Reason_IsRequired, since its rows hold addresses from which people came.
func TestAuditFile_Reason_IsRequired(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for query, want := range map[string]string{
		"": "reason REQUIRED", "&reason=": "reason REQUIRED", "&reason=" + strings.Repeat("x", 256): "reason TOO_LONG",
	} {
		got := s.send(t, "GET /admin/audit?format=csv"+query, "")
		require.Equal(t, 400, got.Status, query)
		require.Equal(t, []string{want}, got.fields(), query)
	}
	require.Empty(t, s.lists.Calls())
	require.Empty(t, s.calls())
}

func TestAuditFile_Entries_AreWrittenAndNoted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	actor, address, subject, id := int64(3), "192.0.2.1", "ORDER", int64(4)
	s.store.Returns("NoteAccess", int64(50))
	s.lists.Returns("EachAuditEntry", []market.AuditEntry{
		{
			ID: 1, At: market.LocalTime(time.Date(2026, 11, 30, 1, 2, 3, 0, time.UTC)), Actor: market.RoleAdmin,
			ActorID: &actor,
			Address: &address, DatabaseUser: "market", Action: "ORDER_CHANGED", Subject: &subject, SubjectID: &id,
			Before: []byte(`{"status":"PAID"}`), After: []byte(`{"status":"SHIPPED"}`),
		},
		{ID: 2, At: market.LocalTime(time.Date(2026, 11, 30, 1, 2, 4, 0, time.UTC)), Action: "=cmd|x"},
	})
	got := s.send(t, "GET /admin/audit?format=csv&reason=yearly+review&actor=ADMIN", "")
	require.Equal(t, 200, got.Status)
	lines := strings.Split(strings.TrimPrefix(got.body, "\ufeff"), "\n")
	require.Equal(t,
		"id,at,actor,actorId,address,databaseUser,action,subject,subjectId,before,after,requestId,workflowId,"+
			"position,hash", lines[0])
	require.Equal(t, `1,2026-11-30T01:02:03Z,ADMIN,3,192.0.2.1,market,ORDER_CHANGED,ORDER,4,"{""status"":""PAID""}",`+
		`"{""status"":""SHIPPED""}",,,,`, lines[1])
	require.Contains(t, lines[2], ",'=cmd|x,", "no cell is a formula")
	require.Equal(t, []string{
		`NoteAccess({"Action":"EXPORT","Data":"AUDIT_LOG","Reason":"yearly review"})`, "EndExport(50, 2)",
	}, s.calls())
	require.Equal(t, `attachment; filename="audit.csv"`, got.header.Get("Content-Disposition"))
	require.Equal(t, "no-store", got.header.Get("Cache-Control"))
}

// TestLedgerFile_OfStaff_NeedsNoReason, since it names no person, and is noted.
func TestLedgerFile_OfStaff_NeedsNoReason(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	got := s.send(t, "GET /admin/ledger?format=csv&sellerId=8", "")
	require.Equal(t, 200, got.Status)
	require.Equal(t, 1, strings.Count(got.body, "\n"), "the names of the columns only")
	require.Equal(t, `NoteAccess({"Action":"EXPORT","Data":"LEDGER","Subject":"SELLER","SubjectID":8})`, s.calls()[0])
	require.Equal(t, 200, s.send(t, "GET /admin/ledger?format=csv&account=BANK", "").Status)
	require.Contains(t, s.calls()[2], `NoteAccess({"Action":"EXPORT","Data":"LEDGER"})`)
}

func TestStatement_OfASeller_IsNotedForStaff(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("AnySettlement", market.SettlementDetail{Settlement: market.Settlement{ID: 4, SellerID: 8}})
	s.store.Returns("Statement", market.Statement{SettlementDetail: market.SettlementDetail{
		Settlement: market.Settlement{ID: 4, SellerID: 8},
	}})
	got := s.send(t, "GET /admin/settlements/4/statement", "")
	require.Equal(t, 200, got.Status)
	require.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"))
	require.Contains(t, s.calls(), "Statement(8, 4)")
	require.Equal(t, []string{
		`NoteAccess({"Action":"READ","Data":"SETTLEMENT","DataID":4,"Rows":1,"Subject":"SELLER","SubjectID":8})`,
	}, s.store.Calls("NoteAccess"))
	s.store.Fails("Seller", market.Refuse(market.CodeSellerAlreadyDeleted))
	require.Equal(t, 200, s.send(t, "GET /admin/settlements/4/statement", "").Status,
		"those of sellers who have left, too")
	s.store.Fails("Seller", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.send(t, "GET /admin/settlements/4/statement", "").Status)
	s.store.Returns("Seller")
	s.store.Fails("NoteAccess", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.send(t, "GET /admin/settlements/4/statement", "").Status, "what is not noted is not sent")
}

const settlementHeader = "merchantUid,amount,fee,payoutDay\n"

func TestImportSettlementFile_Lines_AreAdded(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("OpenSettlementFile", store.SettlementProgress{SettlementFile: market.SettlementFile{ID: 6}})
	s.store.Returns("AddSettlementLines", market.SettlementFile{ID: 6, Lines: 2})
	got := s.send(t, "PUT /admin/settlement-files/2026-11-30.csv",
		settlementHeader+"uid-1,1000,30,2026-12-01\nuid-2,-500,0,2026-12-01\n",
		"Content-Type", "text/csv")
	require.Equal(t, 200, got.Status, got.body)
	require.Equal(t, `OpenSettlementFile("PORTONE", "2026-11-30.csv")`, s.calls()[0])
	require.Contains(t, s.calls()[1], `"Whole":true`)
	require.Contains(t, s.calls()[1], `"MerchantUID":"uid-1"`)
}

func TestImportSettlementFile_BadLine_LeavesNothing(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		",1000,30,2026-12-01", "uid,1e3,30,2026-12-01", "uid,1000,1001,2026-12-01", "uid,1000,30,2026-02-30",
		"uid,1000,30,1999-12-31", "uid,1000,30,2100-01-01", "uid,1000,30", strings.Repeat("u", 256) + ",1,0,2026-12-01",
	} {
		s := newStand(t)
		s.store.Returns("OpenSettlementFile", store.SettlementProgress{SettlementFile: market.SettlementFile{ID: 6}})
		got := s.send(t, "PUT /admin/settlement-files/f", settlementHeader+"uid-1,1000,30,2026-12-01\n"+line+"\n",
			"Content-Type",
			"text/csv")
		require.Equal(t, 400, got.Status, line)
		require.Equal(t, "SETTLEMENT_FILE_INVALID", got.Code, line)
		require.Contains(t, got.Message, "3", "the line")
		require.Contains(t, s.calls(), "DiscardSettlementFile(6)", line)
		require.Empty(t, s.store.Calls("AddSettlementLines"), line)
	}
}

func TestImportSettlementFile_NoColumns_IsRefusedUnread(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, content := range []string{"", "a,b\n", "merchantUid,amount,fee\nuid,1,0\n", "\xff\xfe"} {
		got := s.send(t, "PUT /admin/settlement-files/f", content, "Content-Type", "text/csv")
		require.Equal(t, "SETTLEMENT_FILE_INVALID", got.Code, "%q", content)
		require.Contains(t, got.Message, strings.TrimSpace(settlementHeader), "the answer names the columns")
	}
	require.Empty(t, s.calls())
}

func TestImportSettlementFile_BadName_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, name := range []string{strings.Repeat("n", 256), "%20", "%E2%80%AE"} {
		got := s.send(t, "PUT /admin/settlement-files/"+name, settlementHeader)
		require.Equal(t, 400, got.Status, name)
		require.Equal(t, "INVALID_INPUT", got.Code, name)
	}
	require.Empty(t, s.calls())
}

func TestFilters_OfTheLogs_RefuseWhatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for query, field := range map[string]string{
		"audit?actor=GOD": "actor", "audit?actor=admin": "actor", "audit?action=drop+table": "action", "audit?action=a": "action",
		"audit?action=" + strings.Repeat("A", 61): "action", "audit?subject=x": "subject", "audit?actorId=0": "actorId",
		"audit?subjectId=x": "subjectId", "audit?from=x": "from", "audit?to=2026-13-01": "to", "audit?format=xml": "format",
		"access-log?actor=ANONYMOUS": "actor", "access-log?subject=ADMIN": "subject", "access-log?action=PEEK": "action",
		"access-log?data=SECRETS": "data", "access-log?actorId=-1": "actorId", "access-log?subjectId=0": "subjectId",
		"access-log/summary?month=2026-13": "month", "access-log/summary?month=2026": "month",
		"access-log/summary?month=2026-11-30": "month", "ledger?account=GOLD": "account", "ledger?sellerId=0": "sellerId",
		"ledger/trial-balance?day=today": "day", "payments?orderId=x": "orderId", "settlements?sellerId=x": "sellerId",
		"buyers?email=kim": "email", "buyers?status=DEAD": "status", "adjustments?sellerId=x": "sellerId",
		"products?status=NEW": "status", "sellers?status=NEW": "status", "reconciliation?status=NEW": "status",
	} {
		got := s.send(t, "GET /admin/"+query, "")
		require.Equal(t, 400, got.Status, "%s: %s", query, got.body)
		require.Equal(t, field, got.Errors[0].Field, query)
	}
	require.Empty(t, s.calls())
	require.Empty(t, s.lists.Calls())
	for _, kind := range market.AccessDatas {
		require.Equal(t, 200, s.send(t, "GET /admin/access-log?data="+string(kind), "").Status)
	}
	require.Equal(t, 200, s.send(t, "GET /admin/audit?action="+strings.Repeat("A", 60), "").Status)
}

// The answer names the field, and nothing is done.
func TestFields_AtTheirBounds_AreTakenAndBeyondRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.Auth.MailsSent = true
	quoted := func(n int) string { return `"` + strings.Repeat("가", n) + `"` }
	policy := func(field, value string) string {
		replaced := aPolicy
		before, rest, ok := strings.Cut(replaced, `"`+field+`":`)
		if !ok {
			return aPolicy[:len(aPolicy)-1] + `,"` + field + `":` + value + "}"
		}
		end := strings.IndexAny(rest, ",}")
		return before + `"` + field + `":` + value + rest[end:]
	}
	for _, c := range []struct {
		route, field string
		body         func(value string) string
		good, bad    []string
	}{
		{
			"POST /admin/categories", "name", func(v string) string { return `{"name":` + v + `}` },
			[]string{quoted(1), quoted(50)}, []string{quoted(51), `""`, `" "`, `null`, `1`, `"a\nb"`},
		},
		{
			"POST /admin/categories", "sortOrder", func(v string) string { return `{"name":"n","sortOrder":` + v + `}` },
			[]string{"0", "2147483647", "null"}, []string{"-1", "2147483648", "1.5", `"1"`},
		},
		{
			"PUT /admin/categories/4", "name", func(v string) string { return `{"name":` + v + `}` },
			[]string{quoted(50), `""`, `null`}, []string{quoted(51), `1`},
		},
		{
			"PUT /admin/products/4/block", "reason", func(v string) string { return `{"reason":` + v + `}` },
			[]string{quoted(1), quoted(255), `"a\nb"`}, []string{quoted(256), `""`, `" \n "`, `null`, `1`},
		},
		{
			"PUT /admin/buyers/4/lock", "reason", func(v string) string { return `{"reason":` + v + `}` },
			[]string{quoted(255)}, []string{quoted(256), `""`, `null`},
		},
		{
			"PUT /admin/orders/4/status", "status", func(v string) string { return `{"status":` + v + `}` },
			[]string{`"SHIPPED"`, `"DELIVERED"`, `"FAILED"`, `"PAID"`, `"CREATED"`},
			[]string{`"LOST"`, `""`, `null`, `"paid"`},
		},
		{
			"PUT /admin/orders/4/status", "trackingNumber",
			func(v string) string { return `{"status":"SHIPPED","trackingNumber":` + v + `}` },
			[]string{quoted(50), `""`, `null`}, []string{quoted(51), `"6.1E+11"`, `1`},
		},
		{
			"PUT /admin/sellers/8/status", "status", func(v string) string { return `{"status":` + v + `}` },
			[]string{`"PENDING"`, `"APPROVED"`}, []string{`"RICH"`, `""`, `null`, `"approved"`},
		},
		{
			"PUT /admin/sellers/8/payout-account", "bankCode",
			func(v string) string { return `{"bankAccount":"1","bankCode":` + v + `}` },
			[]string{`"SHINHAN"`, `"TOSS"`}, []string{`"shinhan"`, `""`, `null`, quoted(31)},
		},
		{
			"PUT /admin/sellers/8/payout-account", "bankAccount",
			func(v string) string { return `{"bankCode":"TOSS","bankAccount":` + v + `}` },
			[]string{quoted(50)}, []string{quoted(51), `""`, `null`},
		},
		{
			"POST /admin/staff", "role", func(v string) string { return `{"email":"a@example.com","name":"n","role":` + v + `}` },
			[]string{`"OWNER"`, `"FINANCE"`, `"SUPPORT"`, `"CATALOGUE"`, `"AUDITOR"`}, []string{`"KING"`, `""`, `null`},
		},
		{
			"POST /admin/staff", "email", func(v string) string { return `{"name":"n","role":"OWNER","email":` + v + `}` },
			[]string{`"a@example.com"`}, []string{`"a"`, `"a@b"`, `""`, `null`},
		},
		{
			"PUT /admin/refund-policy", "autoApproveBelow", func(v string) string { return policy("autoApproveBelow", v) },
			[]string{"0", "0.01", "999999999.99"}, []string{"-1", "10000000000", "null", `"1"`},
		},
		{
			"PUT /admin/refund-policy", "secondApprovalFrom", func(v string) string { return policy("secondApprovalFrom", v) },
			[]string{"null", "0.01", "9999999999.99"}, []string{"0", "-1", "10000000000"},
		},
		{
			"PUT /admin/refund-policy", "remindAfterHours", func(v string) string { return policy("remindAfterHours", v) },
			[]string{"1"}, []string{"0", "-1", "721", "1.5", "null"},
		},
		{
			"PUT /admin/refund-policy", "escalateAfterHours", func(v string) string { return policy("escalateAfterHours", v) },
			[]string{"2", "2160"}, []string{"1", "0", "2161", "null"},
		},
		{
			"PUT /admin/unpaid-limits", "unverified.orders",
			func(v string) string { return strings.Replace(limits, `"orders":2`, `"orders":`+v, 1) },
			[]string{"1", "5"}, []string{"0", "6", "1001", "null"},
		},
		{
			"PUT /admin/unpaid-limits", "verified.pieces",
			func(v string) string { return strings.Replace(limits, `"pieces":50`, `"pieces":`+v, 1) },
			[]string{"20", "1000000"}, []string{"0", "-1", "1000001", `"5"`},
		},
		{
			"POST /admin/disputes/4/decide", "decision", func(v string) string { return `{"reason":"r","decision":` + v + `}` },
			[]string{`"ACCEPT"`, `"REPRESENT"`, `"WIN"`}, []string{`"LOSE"`, `""`, `null`},
		},
		{
			"POST /admin/disputes/4/decide", "reference",
			func(v string) string { return `{"reason":"r","decision":"WIN","reference":` + v + `}` },
			[]string{quoted(255), `""`}, []string{quoted(256), `"a\u0000"`},
		},
		{
			"POST /admin/adjustments", "sellerId", func(v string) string { return strings.Replace(anAdjustment, `"sellerId":8`, `"sellerId":`+v, 1) },
			[]string{"8", "null"}, []string{"0", "-1", `"8"`},
		},
		{
			"POST /admin/adjustments", "amount", func(v string) string { return strings.Replace(anAdjustment, "12.5", v, 1) },
			[]string{"0.01", "999999999999.99"}, []string{"null", `"1"`, "1e3", "0.001"},
		},
	} {
		for _, value := range c.good {
			got := s.send(t, c.route, c.body(value))
			require.Less(t, got.Status, 300, "%s %s=%.40s: %s", c.route, c.field, value, got.body)
		}
		s.forget()
		for _, value := range c.bad {
			got := s.send(t, c.route, c.body(value))
			require.Equal(t, 400, got.Status, "%s %s=%.40s", c.route, c.field, value)
			require.NotEmpty(t, got.Errors, "%s %s=%.40s: %s", c.route, c.field, value, got.body)
			require.Equal(t, c.field, got.Errors[0].Field, "%s=%.40s: %s", c.route, value, got.body)
			for _, call := range s.calls() {
				require.False(t, strings.HasPrefix(call, "Set") || strings.HasPrefix(call, "Create"), "%s: %s", c.route,
					call)
			}
		}
	}
}

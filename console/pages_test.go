package console

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// pagesOfStaff are the pages of the console, with the calls of the store that read and record their data.
var pagesOfStaff = []struct {
	path         string
	calls, lists []string
}{
	{
		"/", []string{"Overview()", "StoreNames([8])", "Alerts()"},
		[]string{
			`MarketSales("2026-11-17", "2026-11-30")`, "BestProducts(5)", `RankSellers("2026-11-17", "2026-11-30", 5)`,
		},
	},
	{"/alerts", []string{"AlertDetails()"}, nil},
	{
		"/refunds", []string{
			`AllRefunds("PENDING", 0/20+createdAt)`, "RefundPolicy()", "BuyerNames([7])",
			`NoteRead({"Data":"REFUNDS","Rows":1})`,
		}, nil,
	},
	{
		"/refunds?status=", []string{
			`AllRefunds(null, 0/20+createdAt)`, "RefundPolicy()", "BuyerNames([7])", `NoteRead({"Data":"REFUNDS","Rows":1})`,
		}, nil,
	},
	{
		"/refunds/4",
		[]string{
			"AdminRefundDetail(4)", "AnyOrderDetail(4)", "OrderTimeline(4)", "StoreNames([8])", "RefundPolicy()",
			`NoteRead({"Data":"REFUND","DataID":4,"Rows":1,"Subject":"BUYER","SubjectID":7})`,
		}, []string{`BuyerAccounts({"ID":7}, 0/1)`},
	},
	{
		"/orders", []string{"BuyerNames([7])", `NoteRead({"Data":"ORDERS","Rows":1})`},
		[]string{"AllOrders({}, 0/20-createdAt)"},
	},
	{
		"/orders?keyword=010-1234-5678&status=PAID&paymentStatus=SUCCESS&sellerId=8&from=2026-11-01&to=2026-11-30",
		[]string{"BuyerNames([7])", `NoteRead({"Data":"ORDERS","Rows":1})`},
		[]string{
			`AllOrders({"From":"2026-11-01","Payment":"SUCCESS","Search":"010-1234-5678","SellerID":8,"Status":"PAID",` +
				`"To":"2026-11-30"}, 0/20-createdAt)`,
		},
	},
	{
		"/orders/4",
		[]string{
			"AnyOrderDetail(4)", `AllPayments({"OrderID":4}, 0/20-id)`, "TraceOrder(4)", "OrderNotes(4)",
			"StaffNames([3])",
			"OrderTimeline(4)", "StoreNames([8])", `NoteRead({"Data":"ORDER","DataID":4,"Rows":1,"Subject":"BUYER","SubjectID":7})`,
		}, []string{`BuyerAccounts({"ID":7}, 0/1)`},
	},
	{"/sellers", []string{`NoteRead({"Data":"SELLERS","Rows":1})`}, []string{`Sellers("PENDING", 0/20+createdAt)`}},
	{
		"/sellers/8?page=1",
		[]string{
			"SellerAccount(8)", "SellerBalance(8)",
			`NoteRead({"Data":"SELLER","DataID":8,"Rows":1,"Subject":"SELLER","SubjectID":8})`,
		}, []string{"Settlements(8, null, 1/20)"},
	},
	{
		"/sellers/8/settlements/6",
		[]string{
			"Statement(8, 6)", "Seller(8)",
			`NoteAccess({"Action":"READ","Data":"SETTLEMENT","DataID":6,"Rows":1,"Subject":"SELLER","SubjectID":8})`,
		}, nil,
	},
	{"/products", []string{"StoreNames([8])"}, []string{`AllProducts("BLOCKED", 0/20)`}},
	{"/products?status=ON_SALE&page=2", []string{"StoreNames([8])"}, []string{`AllProducts("ON_SALE", 2/20)`}},
	{"/products/5", []string{"AnyProduct(5)", "StoreNames([8])"}, nil},
	{"/buyers", []string{`NoteRead({"Data":"BUYERS","Rows":1})`}, []string{`BuyerAccounts({"Status":"LOCKED"}, 0/20)`}},
	{
		"/buyers?email=Kim@Example.com", []string{`NoteRead({"Data":"BUYERS","Rows":1})`},
		[]string{`BuyerAccounts({"Email":"kim@example.com"}, 0/20)`},
	},
	{
		"/buyers?buyer=7", []string{`NoteRead({"Data":"BUYERS","Rows":1})`}, []string{`BuyerAccounts({"ID":7}, 0/20)`},
	},
	{"/search?keyword=", nil, nil},
	{"/search?keyword=juice", []string{`Find("juice")`}, []string{`Products({"Keyword":"juice"}, 0/10)`}},
	{"/categories", []string{"Categories()"}, []string{"CountCategoryProducts()"}},
	{"/payouts", []string{"StoreNames([8])"}, []string{`Payouts("FAILED", 0/20+createdAt)`}},
	{"/breaks", []string{`Breaks("OPEN", 0/20+createdAt)`}, nil},
	{"/disputes", []string{`Disputes("OPEN", 0/20+createdAt)`}, nil},
	{
		"/disputes/4",
		[]string{
			"Dispute(4)", "AnyOrderDetail(4)", `NoteRead({"Data":"ORDER","DataID":4,"Rows":1,"Subject":"BUYER","SubjectID":7})`,
		}, nil,
	},
	{"/adjustments", []string{"Adjustments(0, 0/20)"}, nil},
	{"/adjustments?sellerId=8", []string{"SellerBalance(8)", "Adjustments(8, 0/20)"}, nil},
	{"/adjustments?breakId=4", []string{"Break(4)", "Adjustments(0, 0/20)"}, nil},
	{"/audit?actor=ADMIN", []string{`NoteRead({"Data":"AUDIT_LOG","Rows":1})`},
		[]string{`AuditLog({"Actor":"ADMIN"}, 0/20)`}},
	{
		"/access?month=2026-02", []string{`NoteRead({"Data":"ACCESS_LOG","Rows":1})`},
		[]string{"AccessLog({}, 0/20)", `SummarizeAccess("2026-02-01", "2026-03-01")`},
	},
	{"/webhooks", []string{"StoreNames([8])"}, []string{"AllWebhookEndpoints(null, 0/20)"}},
	{
		"/webhooks/4?status=FAILED",
		[]string{"AnyWebhookEndpoint(4)", `WebhookMessages(4, "FAILED", 0/20)`, "StoreNames([8])"}, nil,
	},
	{"/batches", []string{"Batches(null, 0/20)", "StaffNames([3])"}, nil},
	{"/batches/new", nil, nil},
	{"/batches/new?type=Payout&state=Failed&from=2026-11-01&to=2026-11-30&order=4", nil, nil},
	{"/batches/4", []string{"Batch(4)", "BatchRuns(4, 100)", "StaffNames([3])"}, nil},
	{"/settings", []string{"RefundPolicy()", "UnpaidLimits()"}, nil},
	{"/staff", []string{`StaffMembers("ACTIVE", 0/20+createdAt)`}, nil},
	{"/proposals", []string{`Proposals("PENDING", 0/20+createdAt)`}, nil},
	{"/account", nil, nil},
}

func TestPages_EachRead_IsOfTheRightStoreAndNoted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	for _, p := range pagesOfStaff {
		s.forget()
		got := s.Get(t, p.path)
		require.Equal(t, 200, got.Status, "%s: %s", p.path, got.Body)
		require.Equal(t, p.calls, s.calls(), p.path)
		require.Equal(t, p.lists, s.lists.Calls(), p.path)
		require.Equal(t, "no-store", got.Header.Get("Cache-Control"), p.path)
	}
}

func TestPages_EachPage_IsSmall(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	for _, p := range pagesOfStaff {
		var sent bytes.Buffer
		z := gzip.NewWriter(&sent)
		_, err := z.Write([]byte(s.Get(t, p.path).Body))
		require.NoError(t, err)
		require.NoError(t, z.Close())
		require.Less(t, sent.Len(), 60<<10, p.path)
	}
}

// A notice of several decisions has the kind of the worst outcome.
func TestNotices_OfDecisions_HaveTheirKind(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	for counts, kind := range map[string]string{
		"n=2&n=0&n=0&n=0": "success", "n=2&n=1&n=0&n=0": "info", "n=2&n=1&n=1&n=0": "warning",
		"n=2&n=1&n=1&n=1": "failed",
	} {
		body := s.Get(t, "/categories?notice=decided&"+counts).Body
		require.Contains(t, body, `class="notice `+kind+`"`, counts)
	}
}

// No data is shown either when the record of the read cannot be written.
func TestPages_StoreFails_ShowNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, p := range pagesOfStaff {
		for _, call := range slices.Concat(p.calls, p.lists) {
			stocked(s)
			method, _, _ := strings.Cut(call, "(")
			of := s.store
			if slices.Contains(p.lists, call) {
				of = s.lists
			}
			of.Fails(method, market.Refuse(market.CodeDatabaseUnavailable))
			got := s.Get(t, p.path)
			require.Equal(t, 503, got.Status, "%s with %s", p.path, method)
			require.Len(t, got.Alerts, 1, p.path)
			require.NotContains(t, got.Body, "alert(", "%s with %s", p.path, method)
			of.Returns(method)
		}
	}
}

// What users write is text on every page, and never markup.
func TestPages_HostileTexts_AreEscaped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	for _, p := range pagesOfStaff {
		got := s.Get(t, p.path)
		require.NotContains(t, got.Body, "<script>", p.path)
		require.NotContains(t, got.Body, `alert("`, p.path)
		for _, script := range got.Scripts {
			require.True(t, strings.HasPrefix(script, "/assets/"), "%s runs %q", p.path, script)
		}
	}
}

// A page has the words of one language only, apart from what users have written.
func TestPages_Language_IsTheReaders(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	hangul := regexp.MustCompile(`\p{Hangul}`)
	for _, p := range pagesOfStaff {
		if strings.Contains(p.path, "/settlements/") {
			continue // a statement is printed in Korean
		}
		s.Language = "en"
		english := s.Get(t, p.path)
		require.Equal(t, "en", english.Lang, p.path)
		require.NotRegexp(t, hangul, english.Body, p.path)
		s.Language = "ko"
		korean := s.Get(t, p.path)
		require.Equal(t, "ko", korean.Lang, p.path)
		require.Regexp(t, hangul, korean.Heading+korean.Text, p.path)
		require.Len(t, korean.Forms, len(english.Forms), "%s offers the same", p.path)
		require.Len(t, korean.Links, len(english.Links), p.path)
	}
}

// A page has no form and no link that would be refused.
func TestPages_EachRole_IsOfferedWhatItMayDo(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	for _, role := range market.StaffRoles {
		s.member.Role = role
		for _, p := range pagesOfStaff {
			path, _, _ := strings.Cut(p.path, "?")
			opens, _ := s.permission(t, http.MethodGet, path)
			got := s.Get(t, p.path)
			if !role.May(opens) {
				require.Equal(t, 403, got.Status, "%s as %s", p.path, role)
				continue
			}
			require.Equal(t, 200, got.Status, "%s as %s", p.path, role)
			for _, f := range got.Forms {
				if len(f.Buttons) == 0 {
					continue // it cannot be sent
				}
				needs, ok := s.permission(t, strings.ToUpper(f.Method), f.Action)
				require.True(t, ok, "%s sends a form to %s", p.path, f.Action)
				require.True(t, role.May(needs), "%s offers %s %s to %s", p.path, f.Method, f.Action, role)
			}
			for _, link := range got.Links {
				if needs, ok := s.permission(t, http.MethodGet, link); ok {
					require.True(t, role.May(needs), "%s links %s to %s", p.path, link, role)
				}
			}
		}
	}
}

// Each target of a form is on a page.
func TestPages_EveryForm_IsOfferedToAnOwner(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	offered := map[string]bool{}
	for _, blocked := range []bool{true, false} {
		stocked(s)
		if !blocked {
			s.store.Fails("SellerAccount", market.Refuse(market.CodeSellerNotFound)) // one who has left
		}
		for _, p := range pagesOfStaff {
			for _, f := range s.Get(t, p.path).Forms {
				path, _, _ := strings.Cut(f.Action, "?")
				offered[strings.ToUpper(f.Method)+" "+path] = true
			}
		}
	}
	for _, target := range targets {
		if target != "/payouts/4" { // a failed payout is decided
			require.True(t, offered["POST "+target], target)
		}
	}
}

// targets are where the forms of the console are sent.
var targets = []string{
	"/account", "/settings/refund-policy", "/settings/unpaid-limits", "/staff", "/staff/9", "/proposals/4", "/refunds",
	"/sellers/8", "/sellers/8/payout-account", "/products/5", "/buyers/7", "/categories", "/categories/4", "/payouts/4",
	"/payouts/4/decision", "/breaks/4", "/disputes/4", "/adjustments", "/webhooks/4", "/webhooks/4/messages/5/replay",
	"/batches", "/batches/4/cancel", "/logout",
}

// Neither those of strangers, nor of other sites, nor of a role without the
// permission.
func TestForms_WithoutTheRight_ChangeNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range targets {
		visitor := *s.Browser
		visitor.Cookie = nil
		require.Equal(t, http.StatusSeeOther, visitor.Post(t, path, nil).Status, path)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(""))
		require.NoError(t, err)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		require.Equal(t, http.StatusForbidden, s.Do(t, r).Status, path)
		needs, ok := s.permission(t, http.MethodPost, path)
		require.True(t, ok, path)
		for _, role := range market.StaffRoles {
			s.member.Role = role
			if !role.May(needs) {
				require.Equal(t, http.StatusForbidden, s.Post(t, path, url.Values{"reason": {"r"}}).Status, "%s as %s",
					path, role)
			}
		}
		s.member.Role = market.StaffOwner
	}
	require.Empty(t, s.calls())
	require.Empty(t, s.flows.calls)
}

// A decision about money or access is sent again with a code.
func TestForms_StaleFactor_AskForItAndKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.member.SecondFactor = true
	asked := 0
	for _, path := range targets {
		needs, _ := s.permission(t, http.MethodPost, path)
		if !needs.Fresh() || path == "/logout" {
			continue
		}
		asked++
		got := s.Post(t, path+"?status=PENDING", url.Values{"reason": {hostile}, "refund": {"1", "2"}})
		require.Equal(t, 403, got.Status, path)
		form := got.Form(path + "?status=PENDING")
		require.NotNil(t, form, path)
		require.Equal(t, []string{"1", "2"}, form.Values()["refund"])
		require.Equal(t, hostile, form.Values().Get("reason"))
		require.NotEmpty(t, form.Field("confirmation-otp").Name)
	}
	require.Greater(t, asked, 5)
	require.Empty(t, s.calls())
}

func TestPages_NotEnrolled_LeadToTheAccount(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	s.auth.FactorCompulsory = true
	for _, p := range pagesOfStaff {
		got := s.Get(t, p.path)
		if p.path == "/account" {
			require.Equal(t, 200, got.Status)
			continue
		}
		require.Equal(t, http.StatusSeeOther, got.Status, p.path)
		require.Equal(t, "/account", got.Location, p.path)
	}
	s.member.Status = market.StaffDisabled
	require.Equal(t, "/login?next=%2Faccount", s.Get(t, "/account").Location)
}

func TestPages_BadRequests_AreRefusedUnread(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range []string{
		"/refunds/0", "/orders/x", "/sellers/-1", "/sellers/8?page=x", "/sellers/8/settlements/0", "/products/x", "/products?product=x",
		"/buyers?email=x", "/buyers?status=GONE", "/refunds?status=GONE", "/sellers?status=GONE", "/payouts?status=GONE",
		"/breaks?status=GONE", "/disputes?status=GONE", "/disputes/x", "/adjustments?sellerId=x", "/adjustments?breakId=0",
		"/audit?actor=x", "/access?data=x", "/access?month=2026", "/webhooks/x", "/batches/0", "/batches?page=-1",
		"/batches/new?type=Checkout", "/batches/new?type=Payout&state=x", "/batches/new?type=Payout&from=x",
		"/batches/new?type=Payout&order=x", "/staff?status=GONE", "/proposals?status=GONE", "/orders?page=-1", "/orders?status=GONE", "/orders?paymentStatus=x", "/orders?sellerId=x", "/orders?from=x", "/orders?size=101",
	} {
		require.Equal(t, 400, s.Get(t, path).Status, path)
	}
	for _, path := range []string{
		"/staff/0", "/proposals/x", "/sellers/0", "/sellers/x/payout-account", "/products/0", "/buyers/0", "/payouts/0",
		"/payouts/x/decision", "/breaks/0", "/disputes/0", "/webhooks/0", "/webhooks/x/messages/5/replay", "/batches/0/cancel",
	} {
		require.Equal(t, 400, s.Post(t, path, url.Values{"do": {"x"}}).Status, path)
	}
	require.Empty(t, s.store.Calls("AllRefunds", "SellerAccount", "AnyProduct", "UpdateWebhookEndpoint",
		"SetStaffRole"))
	require.Empty(t, s.lists.Calls("AllOrders", "Sellers", "BuyerAccounts", "Payouts"))
}

func TestNotices_EachOutcome_HasATextInBothLanguages(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	seen := map[string]string{}
	for _, name := range []string{
		noticeSeller, noticePayout, noticeBreak, noticeDecided, noticeDispute, noticeBatch, noticeBlocked, noticeFreed,
		noticeLocked, noticeLetIn, noticeWebhook, noticeReplay, noticeInvited, noticeStaff, noticeSetting, noticeWaits,
		noticeProposalApproved, noticeProposalRejected, noticeProposalWithdrawn, noticeFactor, noticeCategory,
		noticePayoutDecided, noticeAdjusted, noticeAccount,
	} {
		for _, language := range []string{"en", "ko"} {
			s.Language = language
			text := s.Get(t, "/categories?n=41&n=42&n=43&n=44&notice="+name).Notice
			require.NotEmpty(t, text, "%s in %s", name, language)
			require.Empty(t, seen[text], "%s has the text of %s", name, seen[text])
			seen[text] = name
			for _, n := range []string{"41", "42", "43", "44"} {
				require.Equal(t, name == noticeDecided, strings.Contains(text, n), text)
			}
		}
	}
}

// TestTabs_EachRole_HasThoseItMayOpen, with the number of proposals that wait for the reader.
func TestTabs_EachRole_HasThoseItMayOpen(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	s.store.Returns("StaffTasks", market.StaffTasks{Proposals: 90041})
	for _, role := range market.StaffRoles {
		s.member.Role = role
		got := s.Get(t, "/account")
		for _, tab := range s.site.Tabs {
			require.Equal(t, role.May(tab.Permission), got.HasLink(tab.Path) || tab.Path == "/", "%s as %s", tab.Path,
				role)
		}
		require.Equal(t, role.May(market.PermissionSeeProposals), strings.Contains(got.Body, "90041"), role)
	}
	s.store.Fails("StaffTasks", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 200, s.Get(t, "/account").Status, "a page is shown without the number")
}

func TestOverview_WithoutTheFigures_IsAStart(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	s.member.Role = market.StaffSupport
	require.Equal(t, 200, s.Get(t, "/").Status)
	require.Empty(t, s.calls())
}

func TestOrder_Money_IsShownToThoseWhoSeeTheLedger(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	got := s.Get(t, "/orders/4")
	require.Contains(t, got.Links, "/sellers/8/settlements/6")
	require.Contains(t, got.Text, "3,800")
	s.member.Role = market.StaffSupport
	s.store.Forget()
	require.NotContains(t, s.Get(t, "/orders/4").Text, "3,800")
	require.NotContains(t, s.calls(), "TraceOrder(4)")
}

func TestWorkflow_Address_IsThatOfTemporal(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.Equal(t, "https://temporal.example/namespaces/market/workflows/payment-4",
		s.workflow("payment-4"))
	s.temporalUI = ""
	require.Empty(t, s.workflow("payment-4"))
	stocked(s)
	for _, link := range s.Get(t, "/orders/4").Links {
		require.NotContains(t, link, "workflows")
	}
}

func TestAudit_File_IsTheFilteredLog(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	got := s.Get(t, "/audit?format=csv&reason=review&actor=ADMIN")
	require.Equal(t, "text/csv; charset=utf-8", got.Header.Get("Content-Type"))
	require.Equal(t, []string{`EachAuditEntry({"Actor":"ADMIN"})`}, s.lists.Calls())
	require.Equal(t, `NoteAccess({"Action":"EXPORT","Data":"AUDIT_LOG","Reason":"review"})`, s.calls()[0])
	require.Equal(t, 400, s.Get(t, "/audit?format=csv").Status, "without a reason")
}

package sellerweb

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// shownPages are the pages of the seller centre; those with a login are not open to others.
var shownPages = []struct {
	path  string
	login bool
}{
	{"/signup", false}, {"/signup/applied", false}, {"/login", false}, {"/forgot", false}, {"/reset-password", false},
	{"/verify", false}, {"/", true}, {"/orders", true}, {"/orders/4", true}, {"/orders/4/slip", true},
	{"/orders?status=SHIPPED", true}, {"/products", true},
	{"/products/new", true}, {"/products/5", true}, {"/statistics", true}, {"/refunds", true}, {"/settlements", true},
	{"/settlements/4", true}, {"/settlements/4/statement", true}, {"/ledger", true}, {"/profile", true},
	{"/profile/withdrawal", true}, {"/webhooks", true}, {"/webhooks/5", true}, {"/webhooks/5?status=FAILED", true},
}

// What users write is text on every page, and never markup.
func TestPages_HostileTexts_AreEscaped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	for _, page := range shownPages {
		got := s.Get(t, base+page.path)
		require.Equal(t, 200, got.Status, "%s: %s", page.path, got.Body)
		require.NotContains(t, got.Body, "<script>", page.path)
		require.NotContains(t, got.Body, `alert("`, page.path)
		for _, script := range got.Scripts {
			require.True(t, strings.HasPrefix(script, base+"/assets/"), "%s runs %q", page.path, script)
		}
	}
}

// A page has the words of one language only, apart from what users have written. A
// printed statement is in Korean, as the tax office reads it.
func TestPages_Language_IsTheReaders(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	hangul := regexp.MustCompile(`\p{Hangul}`)
	for _, page := range shownPages {
		if strings.HasSuffix(page.path, "/statement") {
			continue
		}
		s.Language = "en"
		english := s.Get(t, base+page.path)
		require.Equal(t, "en", english.Lang, page.path)
		require.NotRegexp(t, hangul, english.Body, page.path)
		s.Language = "ko"
		korean := s.Get(t, base+page.path)
		require.Equal(t, "ko", korean.Lang, page.path)
		require.Regexp(t, hangul, korean.Heading+korean.Text, page.path)
		require.Len(t, korean.Forms, len(english.Forms), "%s offers the same", page.path)
		require.Len(t, korean.Links, len(english.Links), page.path)
	}
}

// TestPages_WithoutALogin_LeadToIt and back to the page; their data is kept by no cache.
func TestPages_WithoutALogin_LeadToIt(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	for _, page := range shownPages {
		require.Equal(t, "no-store", s.Get(t, base+page.path).Header.Get("Cache-Control"), page.path)
		got := s.anonymous().Get(t, base+page.path)
		if !page.login {
			require.Equal(t, 200, got.Status, page.path)
			continue
		}
		require.Equal(t, http.StatusSeeOther, got.Status, page.path)
		require.Equal(t, base+"/login?next="+url.QueryEscape(base+page.path), got.Location)
	}
}

// posted are the targets of the forms for those who are logged in.
var posted = []string{
	"/orders/4/parcels", "/orders/4/parcels/3", "/orders/4/parcels/3/delivery", "/orders/4/cancel", "/shipments/preview",
	"/shipments", "/products", "/products/5", "/products/5/images",
	"/products/5/images/1", "/offers/preview", "/offers", "/profile", "/profile/withdrawal", "/profile/verification",
	"/logout", "/webhooks", "/webhooks/5", "/webhooks/5/status", "/webhooks/5/secret", "/webhooks/5/delete",
	"/webhooks/5/messages/2/replay",
}

func TestForms_OfStrangersAndOtherSites_ChangeNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range posted {
		got := s.anonymous().Post(t, base+path, url.Values{"carrier": {"CJ"}})
		require.Equal(t, http.StatusSeeOther, got.Status, path)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader("carrier=CJ"))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://evil.example")
		require.Equal(t, http.StatusForbidden, s.Do(t, r).Status, path)
	}
	require.Empty(t, s.store.Calls())
}

// A session does not outlive the right to sell.
func TestPages_NoLongerApproved_LeadToTheLogin(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("CheckSeller", market.Refuse(market.CodeSellerSuspended))
	for _, page := range shownPages {
		if page.login {
			require.Equal(t, http.StatusSeeOther, s.Get(t, base+page.path).Status, page.path)
		}
	}
	require.Empty(t, s.calls())
	require.Empty(t, s.lists.Calls())
}

// TestPages_StoreFails_ShowAPage with the status and without internal causes.
func TestPages_StoreFails_ShowAPage(t *testing.T) {
	t.Parallel()
	for path, method := range map[string]string{
		"/": "RankProducts", "/orders": "SellerOrderItems", "/orders/4": "SellerOrder", "/orders/4/slip": "NoteRead", "/products": "SellerProducts", "/products/5": "Images",
		"/products/new": "Categories", "/statistics": "SummarizeStatistics", "/refunds": "SellerRefunds",
		"/settlements": "Settlements", "/settlements/4": "Settlement", "/ledger": "Ledger", "/profile": "SellerAccount",
		"/settlements/4/statement": "Seller", "/shipments/template": "WaitingToShip", "/offers/template": "SellerProducts",
		"/webhooks": "WebhookEndpoints", "/webhooks/5": "WebhookMessages",
	} {
		for err, status := range map[error]int{
			market.Refuse(market.CodeProductNotFound): 404, market.Refuse(market.CodeDatabaseUnavailable): 503,
			http.ErrHandlerTimeout: 500,
		} {
			s := newStand(t)
			stocked(t, s)
			s.store.Fails(method, err)
			s.lists.Fails(method, err)
			got := s.Get(t, base+path)
			require.Equal(t, status, got.Status, "%s with %s", path, method)
			require.Len(t, got.Alerts, 1, path)
			require.NotContains(t, got.Body, http.ErrHandlerTimeout.Error())
			require.True(t, got.HasLink(base+"/"), "it leads back")
		}
	}
}

func TestPages_BadRequests_AreRefusedUnread(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range []string{
		"/products/0", "/products/x", "/settlements/-1", "/settlements/x/statement", "/orders?status=GONE", "/orders?page=-1",
		"/products?size=101", "/refunds?page=x", "/settlements?size=0", "/ledger?page=-1", "/ledger?format=xlsx",
		"/statistics?from=2026-13-01", "/statistics?unit=year", "/statistics?from=2026-11-30&to=2026-11-29",
		"/statistics?from=2025-01-01&to=2026-11-30", "/statistics?format=pdf",
		"/webhooks/0", "/webhooks/5?status=GONE", "/webhooks?page=-1",
	} {
		require.Equal(t, 400, s.Get(t, base+path).Status, path)
	}
	for _, path := range []string{"/orders/4/parcels/0", "/products/0", "/products/5/images/0", "/products/x/images",
		"/webhooks/x/secret", "/webhooks/0/delete", "/webhooks/5/messages/x/replay"} {
		require.Equal(t, 400, s.Post(t, base+path, nil).Status, path)
	}
	require.Empty(t, s.calls())
	require.Empty(t, s.lists.Calls())
}

func TestNotices_EachOutcome_HasATextInBothLanguages(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	seen := map[string]bool{}
	for _, name := range []string{noticeShipped, noticeSaved, noticeImages, noticeOffers, noticeNothingChanged} {
		for _, language := range []string{"en", "ko"} {
			s.Language = language
			text := s.Get(t, base+"/products?n=41&n=42&notice="+name).Notice
			require.NotEmpty(t, text, "%s in %s", name, language)
			require.False(t, seen[text], name)
			seen[text] = true
			require.Equal(t, name == noticeOffers || name == noticeNothingChanged, strings.Contains(text, "41"), text)
			require.Equal(t, name == noticeOffers, strings.Contains(text, "42"), text)
		}
	}
	require.Empty(t, s.Get(t, base+"/products?notice=x").Notice)
}

func TestDashboard_Figures_AreOfTodayAndAWeekAgo(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	s.store.Does("Dashboard", func(args ...any) ([]any, error) {
		return []any{market.Dashboard{TotalSales: map[string]market.Money{
			"2026-11-30": 1_111_00, "2026-11-23": 2_222_00,
		}[args[1].(market.Day).String()]}}, nil
	})
	s.store.Returns("SellerTasks", market.SellerTasks{ToShip: 4001, Late: 4002, Refunds: 4003, LowStock: 4004})
	got := s.Get(t, base+"/")
	for _, task := range []string{"4001", "4002", "4003", "4004"} {
		require.Contains(t, got.Text, task)
	}
	require.Equal(t, []string{
		`Dashboard(8, "2026-11-30")`, `Dashboard(8, "2026-11-23")`, "SellerBalance(8)",
		`SummarizeStatistics(8, "2026-10-31", "2026-11-29", "day")`, `RankProducts(8, "2026-10-31", "2026-11-29", 5)`,
	}, s.calls())
	require.Contains(t, got.Text, "₩1,111")
	require.Contains(t, got.Text, "₩2,222 ▼ 50% less", "the direction")
	require.Equal(t, chartDays, strings.Count(got.Body, `class="hit"`), "a bar for each day")
	for _, link := range []string{"/orders", "/orders?status=PAID", "/refunds?status=PENDING",
		"/products?status=ON_SALE&lowStock=true", "/settlements", "/statistics", "/ledger",
		"/profile"} {
		require.True(t, got.HasLink(base+link), link)
	}
	s.store.Returns("RankProducts")
	s.store.Returns("SummarizeStatistics")
	require.Zero(t, strings.Count(s.Get(t, base+"/").Body, `class="hit"`), "nothing is sold yet")
}

func TestRefunds_Page_ShowsWhatIsAsked(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	got := s.Get(t, base+"/refunds?status=PENDING")
	require.Equal(t, []string{`SellerRefunds(8, "PENDING", 0/20)`}, s.lists.Calls())
	require.Equal(t, []string{`NoteRead({"Data":"REFUNDS","Rows":1})`}, s.calls())
	require.True(t, got.HasLink(base+"/orders/70"))
	require.Contains(t, got.Text, "20261130-00048")
	require.Contains(t, got.Text, "Damaged "+hostile)
	require.Equal(t, 400, s.Get(t, base+"/refunds?status=GONE").Status)
}

func TestSalesOf_Days_AreInTheirPlaces(t *testing.T) {
	t.Parallel()
	from := day(t, "2026-11-01")
	summary := &market.StatisticsSummary{Groups: []market.StatisticsGroup{
		{From: from, Totals: market.Totals{TotalSales: 1}}, {From: from.Add(29), Totals: market.Totals{TotalSales: 2}},
		{From: from.Add(30), Totals: market.Totals{TotalSales: 3}}, {From: from.Add(-1),
			Totals: market.Totals{TotalSales: 4}},
	}}
	bars := salesOf(summary, from)
	require.Len(t, bars, chartDays)
	for i, bar := range bars {
		require.Equal(t, from.Add(i).String(), bar.Label)
		require.Equal(t, map[int]market.Money{0: 1, 29: 2}[i], bar.Value)
	}
	for _, bar := range salesOf(nil, from) {
		require.Zero(t, bar.Value)
	}
}

func TestStatistics_Span_IsShownAndDownloaded(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	got := s.Get(t, base+"/statistics?from=2026-11-01&to=2026-11-30&unit=week")
	require.Equal(t, []string{`SummarizeStatistics(8, "2026-11-01", "2026-11-30", "week")`}, s.calls())
	form := got.Form(base + "/statistics")
	require.Equal(t, url.Values{"from": {"2026-11-01"}, "to": {"2026-11-30"}, "unit": {"week"}}, form.Values())
	require.Equal(t, []string{"day", "week", "month"}, form.Field("unit").Options)
	file := base + "/statistics?format=csv&from=2026-11-01&to=2026-11-30&unit=week"
	require.True(t, got.HasLink(file), got.Links)
	s.store.Returns("NoteAccess", int64(77))
	s.store.Forget()
	downloaded := s.Get(t, file)
	require.Equal(t, "\ufefffrom,to,orders,pieces,sales,refunds,refunded,net\n"+
		"2026-11-28,2026-11-28,2,0,7000.00,0,0.00,-5.00\n2026-11-29,2026-11-30,1,0,1000.00,0,0.00,0.00\n", downloaded.Body)
	require.Equal(t, `attachment; filename="statistics.csv"`, downloaded.Header.Get("Content-Disposition"))
	require.Equal(t, []string{
		`NoteAccess({"Action":"EXPORT","Data":"STATISTICS","Subject":"SELLER","SubjectID":8})`, "EndExport(77, 2)",
	}, s.calls()[1:])
	s.store.Returns("SummarizeStatistics")
	require.False(t,
		s.Get(t, base+"/statistics").HasLink(base+"/statistics?format=csv&from=2026-11-01&to=2026-11-30&unit=day"),
		"there is nothing to download")
}

func TestLedgerAndSettlements_Files_AreTheSellersOwn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	got := s.Get(t, base+"/ledger")
	require.Equal(t, []string{`Ledger({"Account":"SELLER_PAYABLE","Seller":8}, 0/20)`}, s.lists.Calls())
	require.True(t, got.HasLink(base+"/ledger?format=csv"))
	require.Contains(t, got.Text, "₩1.50")
	s.lists.Forget()
	file := s.Get(t, base+"/ledger?format=csv")
	require.Equal(t, "text/csv; charset=utf-8", file.Header.Get("Content-Type"))
	require.Equal(t, []string{`EachLedgerEntry({"Account":"SELLER_PAYABLE","Seller":8})`}, s.lists.Calls())

	require.True(t, s.Get(t, base+"/settlements").HasLink(base+"/settlements/4"))
	got = s.Get(t, base+"/settlements/4")
	require.True(t, got.HasLink(base+"/settlements/4/statement"))
	require.True(t, got.HasLink(base+"/settlements/4/statement?format=csv"))
	require.True(t, got.HasLink(base+"/settlements/4/statement?format=orders"))
	printed := s.Get(t, base+"/settlements/4/statement")
	for _, shown := range []string{"Market Inc.", "123-45-67891", "****4321", "20261130-00048", "2026-11-30"} {
		require.Contains(t, printed.Body, shown)
	}
	require.Contains(t, got.Heading, "2026-11-01 – 2026-11-30")
	s.store.Fails("Settlement", market.Refuse(market.CodeSettlementNotFound))
	s.store.Fails("Statement", market.Refuse(market.CodeSettlementNotFound))
	require.Equal(t, 404, s.Get(t, base+"/settlements/4").Status)
	require.Equal(t, 404, s.Get(t, base+"/settlements/4/statement?format=csv").Status)
}

func TestInbox_Notifications_AreShownAndMarkedAsRead(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	amount := market.Money(12_345_00)
	s.store.Returns("Notifications", market.Page[market.Notification]{Content: []market.Notification{
		{
			ID: 1, Kind: market.NoticePayoutFailed, Topic: market.TopicMoney, CreatedAt: noon,
			Facts: market.NotificationFacts{SettlementID: 6, Amount: &amount, Reason: "<b>closed</b>"},
		},
		{ID: 2, Kind: market.NoticeNewOrder, Topic: market.TopicOrders, CreatedAt: noon, ReadAt: &noon},
	}})
	got := s.Get(t, "/seller-center/inbox")
	require.Equal(t, []string{`Notifications("SELLER", 8, false, 0/20)`}, s.calls())
	require.True(t, got.HasLink("/seller-center/settlements/6"))
	require.True(t, got.HasLink("/seller-center/orders"))
	require.Contains(t, got.Body, "12,345")
	require.NotContains(t, got.Body, "<b>closed")
	require.Equal(t, 1, strings.Count(got.Body, "is-PENDING"), "one is new")
	s.store.Forget()
	require.Equal(t, "/seller-center/inbox", s.Post(t, "/seller-center/inbox/1", nil).Location)
	require.Equal(t, "/seller-center/inbox", s.Post(t, "/seller-center/inbox", nil).Location)
	require.Equal(t, []string{`ReadNotification("SELLER", 8, 1)`, `ReadAllNotifications("SELLER", 8)`}, s.calls())
}

func TestPreferences_Form_ChangesTheMails(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("NotificationPreferences", market.NotificationPreferences{
		Language: market.English, Mails: map[market.Topic]bool{market.TopicStock: true},
	})
	got := s.Get(t, "/seller-center/profile").Body
	require.Contains(t, got, `<input type="checkbox" name="stockMails" value="1" checked>`)
	require.Contains(t, got, `<input type="checkbox" name="orderMails" value="1">`)
	require.Contains(t, got, `<option value="en" selected>`)
	s.store.Forget()
	require.Equal(t, "/seller-center/profile?notice=profile",
		s.Post(t, "/seller-center/profile/notifications",
			url.Values{"language": {"en"}, "refundMails": {"1"}}).Outcome)
	require.Equal(t, []string{`SetNotificationPreferences("SELLER", 8, {"language":"en","mails":` +
		`{"ORDERS":false,"REFUNDS":true,"SETTLEMENT":false,"STOCK":false}})`}, s.calls())
	s.store.Forget()
	require.Equal(t, 400, s.Post(t, "/seller-center/profile/notifications", url.Values{"language": {"fr"}}).Status)
	require.Empty(t, s.store.Calls("SetNotificationPreferences"))
}

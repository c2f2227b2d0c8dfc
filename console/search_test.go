package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestSearch_OneHit_LeadsToItsPage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for kind, want := range map[market.HitKind]string{
		market.HitOrder: "/orders/4", market.HitPayment: "/orders/4", market.HitRefund: "/refunds/4",
		market.HitSeller: "/sellers/4", market.HitProduct: "/products/4", market.HitBuyer: "/buyers?buyer=4",
	} {
		s.store.Returns("Find", []market.Hit{{Kind: kind, ID: 4, Name: "4"}})
		got := s.Get(t, "/search?keyword=+4+")
		require.Equal(t, http.StatusSeeOther, got.Status, kind)
		require.Equal(t, want, got.Location)
	}
	require.Equal(t, `Find("4")`, s.store.Calls("Find")[0])
	require.Empty(t, s.lists.Calls("Products"), "a number is no product's name")
}

func TestSearch_Hits_AreThoseThatTheReaderMaySee(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Find", []market.Hit{
		{Kind: market.HitOrder, ID: 4, Name: "PAID"}, {Kind: market.HitRefund, ID: 4, Name: "PENDING"},
		{Kind: market.HitSeller, ID: 4, Name: "Kim"}, {Kind: market.HitBuyer, ID: 4},
	})
	s.lists.Returns("Products", page(market.Product{ID: 5, Name: "Juice"}))
	for _, role := range market.StaffRoles {
		s.member.Role = role
		got := s.Get(t, "/search?keyword=kim")
		if !role.May(market.PermissionOwnAccount) {
			require.Equal(t, 403, got.Status)
			continue
		}
		for path, needs := range map[string]market.Permission{
			"/orders/4": market.PermissionSeeOrders, "/refunds/4": market.PermissionSeeOrders,
			"/sellers/4": market.PermissionSeeSellers, "/buyers?buyer=4": market.PermissionSeeBuyers,
			"/products/5": market.PermissionSeeCatalogue,
		} {
			if got.Status == http.StatusSeeOther {
				continue // there is one hit
			}
			require.Equal(t, role.May(needs), got.HasLink(path), "%s as %s", path, role)
		}
	}
}

func TestSearch_NothingFound_ListsWhatIsSearched(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.Contains(t, s.Get(t, "/search?keyword=nothing").Text, "Nothing found")
	require.Equal(t, "nothing", s.Get(t, "/search?keyword=nothing").Form("/search").Field("keyword").Value)
	require.Equal(t, 400, s.Get(t, "/search?keyword="+strings.Repeat("x", market.MaxKeyword+1)).Status)
	require.Equal(t, 400, s.Get(t, "/search?keyword=%00").Status)
}

// A refund's page shows the pieces of each line, the buyer and the sellers.
func TestRefund_Page_NamesPiecesAndPeople(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	first, second := int64(3), int64(9)
	s.store.Returns("AdminRefundDetail", market.AdminRefundDetail{
		AdminRefund: market.AdminRefund{
			ID: 4, BuyerID: 7, OrderID: 4, Status: market.RefundProcessing, NeedsSecond: true, CreatedAt: noon,
			FirstApproverID: &first, SecondApproverID: &second,
		},
		Items: []market.RefundItem{{OrderItemID: 1, Quantity: 2, Amount: 7_000_00}},
	})
	s.store.Returns("StoreNames", map[int64]string{8: "Orchard"})
	s.store.Returns("StaffNames", map[int64]string{3: "Lee", 9: "Park"})
	s.lists.Returns("BuyerAccounts", page(market.BuyerAccount{Buyer: market.Buyer{ID: 7, Name: "Kim"}}))
	got := s.Get(t, "/refunds/4")
	for _, text := range []string{"2 of 3", "₩7,000", "Orchard", "Kim", "First approved by Lee , then by Park"} {
		require.Contains(t, got.Text, text)
	}
	for _, link := range []string{"/products/5", "/sellers/8", "/buyers?buyer=7", "/orders/4"} {
		require.True(t, got.HasLink(link), link)
	}
}

func TestTimeline_EventsOfWorkflows_AreFolded(t *testing.T) {
	t.Parallel()
	own, workflows := split([]market.OrderEvent{
		{Kind: "ORDERED"}, {Kind: "RUN_STARTED"}, {Kind: "STEP_FAILED"}, {Kind: "PAYMENT_SUCCESS"},
	})
	require.Equal(t, []market.OrderEvent{{Kind: "ORDERED"}, {Kind: "PAYMENT_SUCCESS"}}, own)
	require.Equal(t, []market.OrderEvent{{Kind: "RUN_STARTED"}, {Kind: "STEP_FAILED"}}, workflows)
}

func TestAudit_Subject_LeadsToItsPage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	id := int64(4)
	for subject, want := range map[string]string{
		"REFUND": "/refunds/4", "SELLER": "/sellers/4", "BUYER": "/buyers?buyer=4", "PRODUCT": "/products/4",
		"ORDER": "/orders/4", "PAYMENT": "", "REFUND_POLICY": "",
	} {
		s.lists.Returns("AuditLog", page(market.AuditEntry{At: noon, Subject: &subject, SubjectID: &id}))
		got := s.Get(t, "/audit")
		require.Contains(t, got.Text, subject+" 4")
		require.Equal(t, want != "", got.HasLink(want), subject)
	}
}

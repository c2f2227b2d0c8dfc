package console

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/testrig/browser"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

// staffID is the member of staff who is logged in.
const staffID = 3

// hostile is a text of a user that would be markup, if a page did not escape it.
const hostile = `<script>alert("x")</script>'&`

var noon = market.LocalTime(time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC))

// stand is the console with stores and workflows that keep nothing, and the browser of an owner.
type stand struct {
	*Server
	*browser.Browser
	auth         *login.Auth
	store, lists *fakestore.Store
	flows        *flows
	router       *mux.Router
	member       market.StaffMember // who is logged in
	noted        []market.Action    // security events
}

func newStand(t *testing.T) *stand {
	t.Helper()
	a, _ := logintest.New(t)
	s := &stand{
		auth: a, store: fakestore.New("2026-11-30"), lists: fakestore.New("2026-11-30"), flows: &flows{},
		member: market.StaffMember{ID: staffID, Role: market.StaffOwner, Status: market.StaffActive},
	}
	redis, _ := testrig.MemoryRedis(t)
	reads := cache.NewReads(redis, testrig.Log(t))
	a.Store, a.Cache = s.store, reads
	office := &backoffice.Service{
		Store: s.store, Workflows: s.flows, Cache: reads, Sessions: a.Sessions, Runs: s.flows,
		Decisions: auth.NewDecisions(logintest.Secret), DecisionWait: time.Millisecond,
	}
	s.Server = New(a, s.store, s.lists, office, "https://temporal.example/namespaces/market", "",
		market.Business{})
	s.router = web.NewRouter(nil)
	s.Routes(s.router)
	s.store.Does("Staff", func(...any) ([]any, error) { return []any{s.member}, nil })
	s.Browser = &browser.Browser{Language: "en", Handler: web.Middleware{
		Server: "admin", Log: testrig.Log(t), Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Timeout: 10 * time.Second,
		Audit: func(_ context.Context, a market.Action) error {
			s.noted = append(s.noted, a)
			return nil
		},
	}.Wrap(s.router)}
	session, err := a.Sessions.OpenPage(t.Context(), market.RoleAdmin, staffID, time.Now())
	require.NoError(t, err)
	s.Cookie = &http.Cookie{Name: "console", Value: session.RefreshToken}
	return s
}

// calls returns the calls of the store, without those of every page.
func (s *stand) calls() (calls []string) {
	for _, call := range s.store.Calls() {
		if !strings.HasPrefix(call, "Staff(") && !strings.HasPrefix(call, "StaffTasks(") {
			calls = append(calls, call)
		}
	}
	return calls
}

func (s *stand) forget() {
	s.store.Forget()
	s.lists.Forget()
	s.flows.calls = nil
}

// permission returns the permission of the route of a request; false if there is no such route of staff.
func (s *stand) permission(t *testing.T, method, address string) (market.Permission, bool) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	require.NoError(t, err)
	var match mux.RouteMatch
	if !s.router.Match(r, &match) || match.MatchErr != nil {
		return "", false
	}
	guarded, ok := match.Route.GetHandler().(login.Guarded)
	return guarded.Permission, ok
}

// page returns a page of one element.
func page[T any](element T) market.Page[T] {
	return market.Page[T]{Content: []T{element}, CurrentPage: 2, TotalPages: 3}
}

func encoded(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// stocked fills a stand with data. Every text in it is hostile.
func stocked(s *stand) {
	h, id, seller, amount := hostile, int64(4), int64(8), market.Money(-100)
	today := s.store.Day
	s.store.Returns("Overview", market.Overview{Day: today, RefundsWaiting: 1, SellersWaiting: 2, OldestRefund: noon})
	s.store.Returns("Alerts", []market.Alert{{Kind: market.AlertRowLate, State: hostile, Count: 1}})
	s.store.Returns("AlertDetails", []market.AlertDetail{{Kind: "FINDING", Subject: hostile, Detail: hostile,
		Since: noon}})
	order := market.Order{ID: 4, BuyerID: 7, Status: market.OrderPaid, Recipient: hostile, Address: hostile,
		CreatedAt: noon}
	detail := market.OrderDetail{Order: order, Items: []market.OrderItem{
		{ID: 1, SellerID: 8, ProductID: 5, ProductName: hostile, Quantity: 3, Carrier: &h, TrackingNumber: &h,
			ShippedQuantity: 2},
	}, Parcels: []market.Parcel{{
		ID: 2, OrderID: 4, SellerID: 8, Status: market.ParcelShipped, Carrier: &h, TrackingNumber: &h, ShippedAt: noon,
		Items: []market.Pieces{{OrderItemID: 1, Quantity: 2}},
	}}}
	s.lists.Returns("AllOrders", page(order))
	s.store.Returns("AnyOrderDetail", detail)
	s.store.Returns("AllPayments", page(market.AdminPayment{
		PaymentID: 6, OrderID: 4, BuyerID: 7, MerchantUID: hostile, ImpUID: &h, Amount: 5_000_00,
		Method: market.PaymentMethod(hostile), Provider: "MOCK", Status: market.PaymentFailed, FailureCode: &h,
		PaidAt: &noon, CreatedAt: noon,
	}))
	eight, six, paidOut := int64(8), int64(6), market.PayoutSuccess
	s.store.Returns("TraceOrder", market.OrderTrace{OrderID: 4, Paid: 5_000_00, Shares: []market.MoneyShare{
		{Holder: market.HeldByBuyer, Account: market.AccountPSPClearing, Amount: 1_000_00},
		{
			Holder: market.HeldBySeller, Account: market.AccountSellerPayable, SellerID: &eight, SettlementID: &six,
			PayoutID: &six, PayoutStatus: &paidOut, Amount: 3_800_00,
		},
		{Holder: market.HeldByMarketplace, Account: market.AccountCommission, SellerID: &eight, Amount: 200_00},
	}})
	s.store.Returns("OrderNotes", []market.OrderNote{{NoteID: 9, AdminID: 3, Note: hostile, CreatedAt: noon}})
	s.lists.Returns("BestProducts", []store.BestProduct{
		{Product: market.Product{ID: 5, Name: hostile, Price: 5_000_00}, Sold: 4321},
	})
	s.lists.Returns("RankSellers", []market.SellerRank{{SellerID: 8, Orders: 2, Sales: 5_000_00}})
	s.store.Returns("OrderTimeline", []market.OrderEvent{{At: noon, Kind: "ORDERED", Detail: hostile, Amount: 1},
		{At: noon, Kind: hostile}})
	refund := market.AdminRefund{
		OrderNumber: "20261130-00048",
		ID:          4, BuyerID: 7, OrderID: 4, Reason: market.ReasonDamaged, Description: &h, DeniedReason: &h,
		Failure: &h,
		Status:  market.RefundPending, Amount: 5_000_00, CreatedAt: noon, EscalatedAt: &noon,
	}
	s.store.Returns("AllRefunds", page(refund))
	s.store.Returns("AdminRefundDetail", market.AdminRefundDetail{
		AdminRefund: refund, Items: []market.RefundItem{{OrderItemID: 1, Quantity: 2, Amount: 5_000_00}},
	})
	s.store.Returns("StoreNames", map[int64]string{8: hostile})
	s.store.Returns("BuyerNames", map[int64]string{7: hostile})
	s.lists.Returns("MarketSales", map[market.Day]market.Money{today: 5_000_00})
	s.store.Returns("Find", []market.Hit{{Kind: market.HitSeller, ID: 8, Name: hostile}, {Kind: market.HitOrder, ID: 4}})
	s.lists.Returns("Products", page(market.Product{ID: 5, Name: hostile}))
	account := market.Seller{
		ID: 8, Email: "s@example.com", Name: hostile, Phone: hostile, StoreName: hostile, BizNumber: hostile,
		Status: market.SellerPending,
	}
	s.lists.Returns("Sellers", page(account))
	s.store.Returns("SellerAccount", market.SellerAccount{
		Seller: account, BankCode: "SHINHAN", BankAccountEnd: "4321", BankAccountPending: true,
		PayoutsPausedUntil: &noon,
	})
	s.store.Returns("SellerBalance", market.SellerBalance{Balance: -1_000_00})
	s.lists.Returns("Settlements", page(market.Settlement{ID: 6, SellerID: 8, PeriodStart: today, PeriodEnd: today,
		Status: market.SettlementFailed}))
	s.store.Returns("Statement", market.Statement{SettlementDetail: market.SettlementDetail{
		Settlement: market.Settlement{ID: 6, SellerID: 8},
	}})
	s.store.Returns("Seller", account)
	s.lists.Returns("Payouts", page(market.Payout{ID: 4, SellerID: 8, Status: market.PayoutFailed, Failure: &h,
		BankAmount: &amount}))
	s.store.Returns("Breaks", page(market.Discrepancy{ID: 4, Status: market.DiscrepancyOpen, Currency: "USD"}))
	s.store.Returns("Break", market.Discrepancy{
		ID: 4, Status: market.DiscrepancyOpen, Amount: -12_900_00, Currency: market.Won,
	})
	dispute := market.Dispute{ID: 4, OrderID: 4, Status: market.DisputeOpen, Reason: &h, Reference: &h, ProposalID: &id}
	s.store.Returns("Disputes", page(dispute))
	s.store.Returns("Dispute", dispute)
	s.store.Returns("Adjustments", page(market.Adjustment{
		ID: 4, Kind: "CORRECTION", SellerID: &seller, BreakID: &id, Reason: hostile, ProposerName: &h, ApproverName: &h,
	}))
	product := market.Product{
		ID: 5, SellerID: 8, Name: hostile, Description: hostile, Status: market.ProductBlocked, BlockedReason: &h,
	}
	reserved := int32(2)
	product.Reserved = &reserved
	s.lists.Returns("AllProducts", page(product))
	s.store.Returns("AnyProduct", product)
	s.lists.Returns("BuyerAccounts", page(market.BuyerAccount{
		Buyer: market.Buyer{ID: 7, Email: "kim@example.com", Name: hostile, Phone: hostile}, Status: market.BuyerLocked,
		LockedAt: &noon, LockedReason: &h,
	}))
	s.store.Returns("Categories", []market.Category{{ID: 4, Name: hostile, SortOrder: 2}})
	admin := market.RoleAdmin
	s.lists.Returns("AuditLog", page(market.AuditEntry{
		ID: 4, Actor: admin, ActorID: &id, Action: hostile, Subject: &h, SubjectID: &id, Address: &h, RequestID: &h,
		Before: encoded(map[string]string{hostile: hostile}), After: encoded(map[string]string{hostile: "b"}),
	}))
	data := market.DataOrder
	s.lists.Returns("AccessLog", page(market.AccessEntry{
		ID: 4, Actor: admin, Action: market.AccessExport, Data: &data, DataID: &id, Subject: &admin, Reason: &h,
		Address: &h,
		Rows:    &id,
	}))
	s.lists.Returns("SummarizeAccess", []market.AccessSummary{{Actor: admin, ActorID: &id, Action: market.AccessRead,
		Entries: 9}})
	gone := market.WebhookGone
	endpoint := market.WebhookEndpoint{
		ID: 4, SellerID: &seller, URL: "https://hooks.example/?" + hostile, Events: []string{hostile},
		Status: market.WebhookPaused, Problem: &gone,
	}
	s.lists.Returns("AllWebhookEndpoints", page(endpoint))
	s.store.Returns("AnyWebhookEndpoint", endpoint)
	s.store.Returns("WebhookMessages", page(market.WebhookMessage{ID: 5, Event: hostile, Status: market.WebhookFailed,
		Answer: &h}))
	batch := market.Batch{ID: 4, Status: market.BatchRunning, NewBatch: market.NewBatch{
		Action: market.BatchSignal, Query: hostile, Reason: hostile, AdminID: 3, PerSecond: 5,
	}}
	s.store.Returns("Batches", page(batch))
	s.store.Returns("Batch", batch)
	s.store.Returns("BatchRuns", []market.BatchRun{{Run: market.Run{WorkflowID: hostile}, Outcome: market.RunFailed,
		Problem: hostile}})
	s.flows.runs = []market.Run{{WorkflowID: hostile, Type: "Payout"}}
	s.store.Returns("RefundPolicy", market.RefundPolicy{
		AutoApproveBelow: 5_000_00, RemindAfterHours: 24, EscalateAfterHours: 72, FourEyes: true,
		ShippingBorneBy: market.ShippingPolicy{
			ChangeOfMind: market.PartyBuyer, WrongItem: market.PartySeller, Damaged: market.PartyMarketplace,
		},
	})
	s.store.Returns("UnpaidLimits", market.UnpaidLimits{
		Verified:   market.UnpaidLimit{Orders: 5, Pieces: 50, PiecesOfProduct: 10},
		Unverified: market.UnpaidLimit{Orders: 2, Pieces: 20, PiecesOfProduct: 4},
	})
	s.store.Returns("StaffMembers", page(market.StaffMember{
		ID: 9, Email: "o@example.com", Name: hostile, Role: market.StaffSupport,
		Status: market.StaffActive, SecondFactor: true,
	}))
	s.store.Returns("Proposals", page(market.Proposal{
		ID: 4, Kind: market.ProposalStaffRole, SubjectName: &h,
		Status: market.ProposalPending, Proposer: admin, ProposerID: 9,
		ProposerName: hostile, ProposerEmail: "o@example.com",
		Change: encoded(market.StaffRoleChange{From: market.StaffSupport, Role: market.StaffOwner}),
	}))
	s.store.Returns("WithdrawnSeller", market.WithdrawnSeller{
		ID: 8, StoreName: hostile, BizNumber: hostile, Account: &market.WithdrawnAccount{BankCode: "TOSS",
			BankAccountEnd: "9876"},
		AccountPending: true,
	})
}

// flows are workflows that end at once, and the runs of workflows.
type flows struct {
	mu    sync.Mutex // of calls: refunds are decided at the same time
	calls []string
	err   error
	runs  []market.Run
}

func (f *flows) note(name string, in ...any) error {
	shown := make([]string, len(in))
	for i, arg := range in {
		shown[i] = fakestore.Show(arg)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name+"("+strings.Join(shown, ", ")+")")
	return f.err
}

// noted reports whether a call that begins like this was made.
func (f *flows) noted(call string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.calls, func(c string) bool { return strings.HasPrefix(c, call) })
}

func (f *flows) RequestRefund(_ context.Context, in workflows.RefundRequest) (workflows.RefundOpened, error) {
	return workflows.RefundOpened{}, f.note("RequestRefund", in)
}

func (f *flows) DecideRefund(
	_ context.Context, refundID int64, _ store.RefundCharge, d workflows.RefundDecision,
) error {
	return f.note("DecideRefund", refundID, d)
}

func (f *flows) DecidePayout(
	_ context.Context, p engine.DuePayout, attempt int32, signal string, d workflows.PayoutDecision,
) error {
	return f.note("DecidePayout", p, attempt, signal, d.DecisionID)
}

func (f *flows) StartReconciliation(_ context.Context, in workflows.ReconciliationInput) (string, error) {
	return "", f.note("StartReconciliation", in)
}

func (f *flows) CancelBatch(_ context.Context, id int64) error { return f.note("CancelBatch", id) }

func (f *flows) ListRuns(_ context.Context, query string, _ []byte) ([]market.Run, []byte, error) {
	return f.runs, nil, f.note("ListRuns", query)
}

func (f *flows) CountRuns(_ context.Context, query string) (int64, error) {
	return int64(len(f.runs)), f.note("CountRuns", query)
}

func (f *flows) OrderTimeline(_ context.Context, orderID int64) ([]market.OrderEvent, error) {
	return nil, f.note("OrderTimeline", orderID)
}

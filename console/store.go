package console

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
)

// Lists reads lists that may lag behind: from a replica. *store.Store implements it.
type Lists interface {
	reports.AuditReader

	AccessLog(
		ctx context.Context, f market.AccessFilter, page market.PageRequest,
	) (market.Page[market.AccessEntry], error)
	Products(
		ctx context.Context, f store.CatalogueFilter, page market.PageRequest,
	) (market.Page[market.Product], error)
	AllOrders(
		ctx context.Context, f market.OrderFilter, page market.PageRequest,
	) (market.Page[market.Order], error)
	AllProducts(
		ctx context.Context, status *market.ProductStatus, page market.PageRequest,
	) (market.Page[market.Product], error)
	AllWebhookEndpoints(
		ctx context.Context, status *market.WebhookEndpointStatus, page market.PageRequest,
	) (market.Page[market.WebhookEndpoint], error)
	BuyerAccounts(
		ctx context.Context, f store.BuyerFilter, page market.PageRequest,
	) (market.Page[market.BuyerAccount], error)
	CountCategoryProducts(ctx context.Context) (map[int64]int64, error)
	MarketSales(ctx context.Context, first, last market.Day) (map[market.Day]market.Money, error)
	BestProducts(ctx context.Context, limit int32) ([]store.BestProduct, error)
	RankSellers(ctx context.Context, first, last market.Day, limit int32) ([]market.SellerRank, error)
	Payouts(
		ctx context.Context, status *market.PayoutStatus, page market.PageRequest,
	) (market.Page[market.Payout], error)
	Sellers(
		ctx context.Context, status *market.SellerStatus, page market.PageRequest,
	) (market.Page[market.Seller], error)
	Settlements(
		ctx context.Context, sellerID market.SellerID, status *market.SettlementStatus, page market.PageRequest,
	) (market.Page[market.Settlement], error)
	SummarizeAccess(ctx context.Context, first, next market.Day) ([]market.AccessSummary, error)
}

// Store is the console's view of the database; *store.Store implements it.
type Store interface {
	Lists
	reports.StatementReader

	Adjustments(
		ctx context.Context, sellerID market.SellerID, page market.PageRequest,
	) (market.Page[market.Adjustment], error)
	AdminCredentials(ctx context.Context, email market.Email) (store.Credentials, error)
	AdminRefundDetail(ctx context.Context, id int64) (market.AdminRefundDetail, error)
	AlertDetails(ctx context.Context) ([]market.AlertDetail, error)
	Alerts(ctx context.Context) ([]market.Alert, error)
	AllRefunds(
		ctx context.Context, status *market.RefundStatus, page market.PageRequest,
	) (market.Page[market.AdminRefund], error)
	AnyOrderDetail(ctx context.Context, id int64) (market.OrderDetail, error)
	AllPayments(
		ctx context.Context, f store.PaymentFilter, page market.PageRequest,
	) (market.Page[market.AdminPayment], error)
	OrderNotes(ctx context.Context, orderID int64) ([]market.OrderNote, error)
	AnyProduct(ctx context.Context, id int64) (market.Product, error)
	AnyWebhookEndpoint(ctx context.Context, id int64) (market.WebhookEndpoint, error)
	Batch(ctx context.Context, id int64) (market.Batch, error)
	BuyerNames(ctx context.Context, ids []int64) (map[int64]string, error)
	BatchRuns(ctx context.Context, id int64, limit int32) ([]market.BatchRun, error)
	Batches(ctx context.Context, status *market.BatchStatus, page market.PageRequest) (market.Page[market.Batch], error)
	Break(ctx context.Context, id int64) (market.Discrepancy, error)
	Breaks(
		ctx context.Context, status *market.DiscrepancyStatus, page market.PageRequest,
	) (market.Page[market.Discrepancy], error)
	Categories(ctx context.Context) ([]market.Category, error)
	CheckAdmin(ctx context.Context, id int64) error
	DecideDispute(
		ctx context.Context, in store.DecidedDispute,
	) (decided market.Dispute, proposal *market.Proposal, err error)
	Dispute(ctx context.Context, id int64) (market.Dispute, error)
	Disputes(
		ctx context.Context, status *market.DisputeStatus, page market.PageRequest,
	) (market.Page[market.Dispute], error)
	EnableStaff(ctx context.Context, id int64) (market.StaffMember, error)
	Find(ctx context.Context, typed string) ([]market.Hit, error)
	InviteStaff(
		ctx context.Context, adminID int64, email market.Email, name string, role market.StaffRole,
	) (m market.StaffMember, proposal *market.Proposal, err error)
	NoteRead(ctx context.Context, a market.Access) error
	Overview(ctx context.Context) (market.Overview, error)
	PostAdjustment(
		ctx context.Context, adminID int64, a market.NewAdjustment,
	) (posted market.Adjustment, proposal *market.Proposal, err error)
	Proposals(
		ctx context.Context, status *market.ProposalStatus, page market.PageRequest,
	) (market.Page[market.Proposal], error)
	RefundPolicy(ctx context.Context) (market.RefundPolicy, error)
	ReplayWebhookMessage(
		ctx context.Context, owner store.WebhookOwner, endpointID, id int64,
	) (m market.WebhookMessage, err error)
	SellerAccount(ctx context.Context, id int64) (market.SellerAccount, error)
	SellerBalance(ctx context.Context, sellerID market.SellerID) (market.SellerBalance, error)
	SetStaffRole(
		ctx context.Context, adminID, id int64, role market.StaffRole,
	) (m market.StaffMember, proposal *market.Proposal, err error)
	SetWithdrawnAccount(
		ctx context.Context, adminID, sellerID int64, bankCode, number string,
	) (account market.WithdrawnAccount, proposal *market.Proposal, err error)
	Staff(ctx context.Context, id int64) (market.StaffMember, error)
	StaffNames(ctx context.Context, ids []int64) (map[int64]string, error)
	StaffTasks(ctx context.Context, adminID int64, role market.StaffRole) (market.StaffTasks, error)
	StaffMembers(
		ctx context.Context, status *market.StaffStatus, page market.PageRequest,
	) (market.Page[market.StaffMember], error)
	StoreNames(ctx context.Context, sellers []int64) (map[int64]string, error)
	Today() market.Day
	TraceOrder(ctx context.Context, orderID int64) (market.OrderTrace, error)
	UnpaidLimits(ctx context.Context) (market.UnpaidLimits, error)
	UpdateWebhookEndpoint(
		ctx context.Context, owner store.WebhookOwner, id int64, c store.WebhookChange,
	) (e market.WebhookEndpoint, err error)
	WebhookMessages(
		ctx context.Context, endpointID int64, status *market.WebhookMessageStatus, page market.PageRequest,
	) (market.Page[market.WebhookMessage], error)
	WithdrawProposal(ctx context.Context, id, adminID int64) (p market.Proposal, err error)
	WithdrawnSeller(ctx context.Context, id int64) (market.WithdrawnSeller, error)
}

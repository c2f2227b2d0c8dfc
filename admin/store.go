package admin

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reconcile"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Lists reads lists that may lag behind: from a replica. *store.Store implements it.
type Lists interface {
	reports.AuditReader
	reports.LedgerReader

	AccessLog(
		ctx context.Context, f market.AccessFilter, page market.PageRequest,
	) (market.Page[market.AccessEntry], error)
	AllOrders(
		ctx context.Context, f market.OrderFilter, page market.PageRequest,
	) (market.Page[market.Order], error)
	AllPayments(
		ctx context.Context, f store.PaymentFilter, page market.PageRequest,
	) (market.Page[market.AdminPayment], error)
	AllProducts(
		ctx context.Context, status *market.ProductStatus, page market.PageRequest,
	) (market.Page[market.Product], error)
	AllSettlements(
		ctx context.Context, f store.SettlementFilter, page market.PageRequest,
	) (market.Page[market.Settlement], error)
	BuyerAccounts(
		ctx context.Context, f store.BuyerFilter, page market.PageRequest,
	) (market.Page[market.BuyerAccount], error)
	SummarizeAccess(ctx context.Context, first, next market.Day) ([]market.AccessSummary, error)
}

// Store is the server's view of the database; *store.Store implements it.
type Store interface {
	Lists
	reconcile.SettlementFiles
	web.Requests
	reports.StatementReader

	Adjustments(
		ctx context.Context, sellerID market.SellerID, page market.PageRequest,
	) (market.Page[market.Adjustment], error)
	AdminCredentials(ctx context.Context, email market.Email) (store.Credentials, error)
	AdminRefund(ctx context.Context, id int64) (market.AdminRefund, error)
	AdminRefundDetail(ctx context.Context, id int64) (market.AdminRefundDetail, error)
	AdminSecret(ctx context.Context, id int64) (string, error)
	AlertDetails(ctx context.Context) ([]market.AlertDetail, error)
	Alerts(ctx context.Context) ([]market.Alert, error)
	AllRefunds(
		ctx context.Context, status *market.RefundStatus, page market.PageRequest,
	) (market.Page[market.AdminRefund], error)
	AnyOrder(ctx context.Context, id int64) (market.Order, error)
	AnyOrderDetail(ctx context.Context, id int64) (market.OrderDetail, error)
	OrderNotes(ctx context.Context, orderID int64) ([]market.OrderNote, error)
	AnyPayment(ctx context.Context, id int64) (market.AdminPayment, error)
	AnyProduct(ctx context.Context, id int64) (market.Product, error)
	AnySettlement(ctx context.Context, id int64) (market.SettlementDetail, error)
	Batch(ctx context.Context, id int64) (market.Batch, error)
	BatchRuns(ctx context.Context, id int64, limit int32) ([]market.BatchRun, error)
	Batches(ctx context.Context, status *market.BatchStatus, page market.PageRequest) (market.Page[market.Batch], error)
	Breaks(
		ctx context.Context, status *market.DiscrepancyStatus, page market.PageRequest,
	) (market.Page[market.Discrepancy], error)
	BuyerAccount(ctx context.Context, id int64) (market.BuyerAccount, error)
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
	InviteStaff(
		ctx context.Context, adminID int64, email market.Email, name string, role market.StaffRole,
	) (m market.StaffMember, proposal *market.Proposal, err error)
	NoteRead(ctx context.Context, a market.Access) error
	Overview(ctx context.Context) (market.Overview, error)
	Payout(ctx context.Context, id int64) (market.PayoutDetail, error)
	Payouts(
		ctx context.Context, status *market.PayoutStatus, page market.PageRequest,
	) (market.Page[market.Payout], error)
	PostAdjustment(
		ctx context.Context, adminID int64, a market.NewAdjustment,
	) (posted market.Adjustment, proposal *market.Proposal, err error)
	Proposals(
		ctx context.Context, status *market.ProposalStatus, page market.PageRequest,
	) (market.Page[market.Proposal], error)
	ReconciledDays(ctx context.Context, first, last market.Day) ([]market.ReconciledDay, error)
	RefundPolicy(ctx context.Context) (market.RefundPolicy, error)
	SellerAccount(ctx context.Context, id int64) (market.SellerAccount, error)
	SellerBalance(ctx context.Context, sellerID market.SellerID) (market.SellerBalance, error)
	Sellers(
		ctx context.Context, status *market.SellerStatus, page market.PageRequest,
	) (market.Page[market.Seller], error)
	SetAdminPassword(ctx context.Context, id int64, hash, keptSession string) error
	SetStaffRole(
		ctx context.Context, adminID, id int64, role market.StaffRole,
	) (m market.StaffMember, proposal *market.Proposal, err error)
	SetWithdrawnAccount(
		ctx context.Context, adminID, sellerID int64, bankCode, number string,
	) (account market.WithdrawnAccount, proposal *market.Proposal, err error)
	SettlementFiles(ctx context.Context, page market.PageRequest) (market.Page[market.SettlementFile], error)
	Staff(ctx context.Context, id int64) (market.StaffMember, error)
	StaffMembers(
		ctx context.Context, status *market.StaffStatus, page market.PageRequest,
	) (market.Page[market.StaffMember], error)
	Today() market.Day
	TraceOrder(ctx context.Context, orderID int64) (market.OrderTrace, error)
	TrialBalance(ctx context.Context, day market.Day) (market.TrialBalance, error)
	UnpaidLimits(ctx context.Context) (market.UnpaidLimits, error)
	WithdrawProposal(ctx context.Context, id, adminID int64) (p market.Proposal, err error)
	WithdrawnSeller(ctx context.Context, id int64) (market.WithdrawnSeller, error)
}

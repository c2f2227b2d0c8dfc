// Package backoffice contains staff's operations: deciding refunds, moving orders, approving
// sellers, managing payouts. It is independent of HTTP, so that all interfaces for staff behave
// alike.
package backoffice

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// Service does what admins decide.
type Service struct {
	Store     Store
	Workflows Workflows
	Cache     Cache
	Sessions  Sessions
	Runs      Runs
	Decisions *auth.Decisions // signs what admins decide

	// DecisionWait is how long an admin waits for the effect of a decision before the response
	// reports it as in progress.
	DecisionWait time.Duration
	PayoutPause  time.Duration // after a new bank account of a seller
}

// Store is the back office's view of the database; *store.Store implements it.
type Store interface {
	AdminRefund(ctx context.Context, id int64) (market.AdminRefund, error)
	RefundCharge(ctx context.Context, refundID int64) (store.RefundCharge, error)
	DecisionApplied(ctx context.Context, refundID int64, decisionID string) (applied, recorded bool, err error)
	KeepDecisionReason(ctx context.Context, refundID int64, decisionID, reason string) error
	ReserveRefund(
		ctx context.Context, buyerID market.BuyerID, key string, fingerprint []byte, description *string,
	) (int64, error)

	AnyOrder(ctx context.Context, id int64) (market.Order, error)
	OrderTimeline(ctx context.Context, id int64) ([]market.OrderEvent, error)
	SetOrderStatus(ctx context.Context, id int64, to market.OrderStatus, trackingNumber *string) error
	SetSellerStatus(
		ctx context.Context, id int64, to market.SellerStatus, holdPayouts bool, reason string,
	) (market.Seller, error)
	StandingPayout(ctx context.Context, id int64) (store.StandingPayout, error)
	KeepPayoutDecisionReason(ctx context.Context, payoutID int64, decisionID, reason string) error

	Break(ctx context.Context, id int64) (market.Discrepancy, error)
	DecideBreak(ctx context.Context, id, adminID int64, reason string) error

	CreateCategory(ctx context.Context, name string, sortOrder int32) (market.Category, error)
	UpdateCategory(ctx context.Context, id int64, name *string, sortOrder *int32) (market.Category, error)
	DeleteCategory(ctx context.Context, id int64) (market.Category, error)

	SetProductBlock(ctx context.Context, id int64, reason *string) (market.Product, error)
	SetBuyerLock(ctx context.Context, id int64, reason *string) (market.BuyerAccount, error)

	DisableStaff(ctx context.Context, id int64) (market.StaffMember, error)
	ResetStaff(ctx context.Context, id int64) (market.StaffMember, error)
	Proposal(ctx context.Context, id int64) (market.Proposal, error)
	DecideProposal(ctx context.Context, d store.ProposalDecision) (market.Proposal, error)

	RefundPolicy(ctx context.Context) (market.RefundPolicy, error)
	SetRefundPolicy(
		ctx context.Context, adminID int64, p market.RefundPolicy,
	) (market.RefundPolicy, *market.Proposal, error)
	SetUnpaidLimits(
		ctx context.Context, adminID int64, l market.UnpaidLimits,
	) (market.UnpaidLimits, *market.Proposal, error)

	NoteAction(ctx context.Context, a market.Action) error

	Batch(ctx context.Context, id int64) (market.Batch, error)
	CreateBatch(ctx context.Context, b market.NewBatch) (int64, error)
}

// Workflows starts and signals workflows; *engine.Client implements it.
type Workflows interface {
	RequestRefund(ctx context.Context, in workflows.RefundRequest) (workflows.RefundOpened, error)
	DecideRefund(ctx context.Context, refundID int64, r store.RefundCharge, d workflows.RefundDecision) error
	DecidePayout(
		ctx context.Context, p engine.DuePayout, attempt int32, signal string, d workflows.PayoutDecision,
	) error
	StartReconciliation(ctx context.Context, in workflows.ReconciliationInput) (workflowID string, err error)
	CancelBatch(ctx context.Context, id int64) error
}

// Cache forgets what has changed; *cache.Reads has it.
type Cache interface {
	ProductChanged(ctx context.Context, p market.Product)
	Changed(ctx context.Context, groups ...string)
}

// Sessions of an account can be ended; *auth.Sessions has them.
type Sessions interface {
	EndAccount(ctx context.Context, role market.Role, id int64) error
}

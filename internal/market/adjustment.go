package market

import "slices"

// AdjustmentKind is the reason for an adjustment.
type AdjustmentKind string

// The kinds of adjustments.
const (
	AdjustmentCorrection AdjustmentKind = "CORRECTION" // corrects the ledger
	AdjustmentWriteOff   AdjustmentKind = "WRITE_OFF"  // of a debt to the marketplace that will not be paid

	// AdjustmentMispaidPayout charges what the bank has paid instead of a payout to its seller, when the payout is
	// abandoned.
	AdjustmentMispaidPayout AdjustmentKind = "MISPAID_PAYOUT"
)

// StaffAdjustments are the kinds that staff posts.
var StaffAdjustments = []AdjustmentKind{AdjustmentCorrection, AdjustmentWriteOff}

// AdjustableAccounts are the accounts that an adjustment may change. Accounts of money in transit
// are excluded, since they follow from the states of refunds and payouts.
var AdjustableAccounts = []LedgerAccount{
	AccountPSPClearing,
	AccountSellerPayable,
	AccountCommission,
	AccountBank,
	AccountSuspense,
	AccountWriteOff,
}

// NewAdjustment is an adjustment to post: Amount moves from CreditAccount to DebitAccount. SellerID
// is 0 for none. BreakID is the break of reconciliation that it settles and accepts; 0 for none. A
// repeat with the same Key posts nothing more; "" for no key. As JSON it is the change of a
// proposal of kind ADJUSTMENT.
type NewAdjustment struct {
	Kind          AdjustmentKind `json:"kind"`
	DebitAccount  LedgerAccount  `json:"debitAccount"`
	CreditAccount LedgerAccount  `json:"creditAccount"`
	Amount        Money          `json:"amount"`
	SellerID      int64          `json:"sellerId,omitempty"`
	BreakID       int64          `json:"breakId,omitempty"`
	Reason        string         `json:"reason"`
	Key           string         `json:"key,omitempty"`
}

// Check fails with INVALID_INPUT unless staff may post such an adjustment.
func (a NewAdjustment) Check() error {
	refuse := func(field string) error { return RefuseWith(CodeInvalidInput, DetailFieldInvalid, field) }
	switch {
	case !slices.Contains(StaffAdjustments, a.Kind):
		return refuse("kind")
	case !slices.Contains(AdjustableAccounts, a.DebitAccount):
		return refuse("debitAccount")
	case !slices.Contains(AdjustableAccounts, a.CreditAccount):
		return refuse("creditAccount")
	case a.DebitAccount == a.CreditAccount:
		return RefuseWith(CodeInvalidInput, DetailAdjustmentAccounts)
	case a.Kind == AdjustmentWriteOff && a.DebitAccount != AccountWriteOff:
		return RefuseWith(CodeInvalidInput, DetailAdjustmentWriteOff)
	case a.BreakID != 0 && a.DebitAccount != AccountPSPClearing && a.CreditAccount != AccountPSPClearing:
		return RefuseWith(CodeInvalidInput, DetailAdjustmentBreak)
	case a.SellerID == 0 && a.OfSeller():
		return RefuseWith(CodeInvalidInput, DetailFieldRequired, "sellerId")
	case a.Amount <= 0 || a.Amount > MaxAdjustment:
		return refuse("amount")
	case a.Reason == "":
		return RefuseWith(CodeInvalidInput, DetailFieldRequired, "reason")
	}
	return nil
}

// OfSeller reports whether the adjustment changes what a seller is owed.
func (a NewAdjustment) OfSeller() bool {
	return a.DebitAccount == AccountSellerPayable || a.CreditAccount == AccountSellerPayable
}

// Adjustment is an adjustment that was posted.
type Adjustment struct {
	ID            int64          `json:"adjustmentId"`
	Kind          AdjustmentKind `json:"kind"`
	DebitAccount  LedgerAccount  `json:"debitAccount"`
	CreditAccount LedgerAccount  `json:"creditAccount"`
	Amount        Money          `json:"amount"`
	SellerID      *int64         `json:"sellerId"`
	Reason        string         `json:"reason"`
	ProposedBy    *int64         `json:"proposedBy"` // the member of staff
	ApprovedBy    *int64         `json:"approvedBy"` // the second person; null when one was enough
	ProposalID    *int64         `json:"proposalId"`
	BreakID       *int64         `json:"breakId"`      // the break of reconciliation that it settles
	SettlementID  *int64         `json:"settlementId"` // that has taken it, if it changes what the seller is owed
	BusinessDay   Day            `json:"businessDay"`
	CreatedAt     LocalTime      `json:"createdAt"`

	ProposerName *string `json:"proposerName"`
	ApproverName *string `json:"approverName"`
}

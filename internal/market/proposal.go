package market

import (
	"encoding/json"
	"slices"
	"time"
)

// ProposalKind is the subject of a proposal.
type ProposalKind string

// The kinds of proposals.
const (
	ProposalRefundPolicy  ProposalKind = "REFUND_POLICY"
	ProposalUnpaidLimits  ProposalKind = "UNPAID_LIMITS" // of unpaid orders
	ProposalStaffAccount  ProposalKind = "STAFF_ACCOUNT" // a new member of staff
	ProposalStaffRole     ProposalKind = "STAFF_ROLE"
	ProposalPayoutAccount ProposalKind = "PAYOUT_ACCOUNT" // the bank account that a seller is paid to
	ProposalAdjustment    ProposalKind = "ADJUSTMENT"     // of the ledger; the change is a NewAdjustment

	// ProposalWithdrawnAccount is a bank account that staff enters for a seller who has left.
	ProposalWithdrawnAccount ProposalKind = "WITHDRAWN_ACCOUNT"

	ProposalDispute ProposalKind = "DISPUTE" // a decision that ends a dispute; the change is a DisputeChange
)

// ProposalKinds lists all kinds.
var ProposalKinds = []ProposalKind{
	ProposalRefundPolicy,
	ProposalUnpaidLimits,
	ProposalStaffAccount,
	ProposalStaffRole,
	ProposalPayoutAccount,
	ProposalAdjustment,
	ProposalWithdrawnAccount,
	ProposalDispute,
}

// DecidableKinds returns the kinds of proposals that a role may decide.
func (r StaffRole) DecidableKinds() (kinds []ProposalKind) {
	for _, k := range ProposalKinds {
		if r.May(PermissionDecideProposals) && r.May(k.Permission()) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// Deciders returns the roles that may decide a proposal of the kind.
func (k ProposalKind) Deciders() (roles []StaffRole) {
	for _, r := range StaffRoles {
		if slices.Contains(r.DecidableKinds(), k) {
			roles = append(roles, r)
		}
	}
	return roles
}

// Forbidden returns the kinds of proposals that a role may not make.
func (r StaffRole) Forbidden() (kinds []ProposalKind) {
	for _, k := range ProposalKinds {
		if !r.May(k.Permission()) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// Permission returns the permission to make or decide a proposal of the kind. Sellers make those of payout
// accounts.
func (k ProposalKind) Permission() Permission {
	switch k {
	case ProposalRefundPolicy, ProposalUnpaidLimits:
		return PermissionChangePolicies
	case ProposalPayoutAccount, ProposalWithdrawnAccount:
		return PermissionDecidePayouts
	case ProposalAdjustment:
		return PermissionAdjustLedger
	case ProposalDispute:
		return PermissionDecideDisputes
	case ProposalStaffAccount, ProposalStaffRole:
	}
	return PermissionManageStaff
}

// OfSeller reports whether a proposal of the kind is about the account of a seller, who is its subject.
func (k ProposalKind) OfSeller() bool {
	return k == ProposalPayoutAccount || k == ProposalWithdrawnAccount
}

// ProposalStatus is a state of a proposal.
type ProposalStatus string

// The states of a proposal.
const (
	ProposalPending  ProposalStatus = "PENDING"  // waits for a second person
	ProposalApproved ProposalStatus = "APPROVED" // the change has been made
	ProposalRejected ProposalStatus = "REJECTED"
	// ProposalWithdrawn is a proposal that ended without a decision: the proposer withdrew or
	// replaced it or lost the permission, or it can no longer be applied: see ProposalEnd.
	ProposalWithdrawn ProposalStatus = "WITHDRAWN"
	ProposalExpired   ProposalStatus = "EXPIRED" // not decided within ProposalLifetime
)

// ProposalEnd is the reason why a proposal can no longer be applied.
type ProposalEnd string

// The reasons.
const (
	EndDisputeResolved ProposalEnd = "DISPUTE_RESOLVED"
	EndBreakResolved   ProposalEnd = "RECONCILIATION_BREAK_RESOLVED"
	EndAmountChanged   ProposalEnd = "AMOUNT_CHANGED" // of the dispute or the break
)

// ProposalStatuses lists all statuses.
var ProposalStatuses = []ProposalStatus{
	ProposalPending, ProposalApproved, ProposalRejected, ProposalWithdrawn, ProposalExpired,
}

// Valid reports whether s is a state of a proposal.
func (s ProposalStatus) Valid() bool { return slices.Contains(ProposalStatuses, s) }

// ProposalLifetime is how long a proposal waits for a second person.
const ProposalLifetime = 7 * 24 * time.Hour

// Proposal is a change that waits for a second person, or has been decided.
type Proposal struct {
	ID          int64           `json:"proposalId"`
	Kind        ProposalKind    `json:"kind"`
	SubjectID   *int64          `json:"subjectId"`   // the member of staff, the seller or the dispute
	SubjectName *string         `json:"subjectName"` // the member's name, or the store's
	Before      json.RawMessage `json:"before"`      // what the change replaces; null for a new account of staff
	Change      json.RawMessage `json:"change"`      // the new value; of a payout account the end of its number
	Status      ProposalStatus  `json:"status"`
	Proposer    Role            `json:"proposer"`
	ProposerID  int64           `json:"proposerId"`
	DecidedBy   *int64          `json:"decidedBy"`
	Reason      *string         `json:"reason"`     // of the decision, or a ProposalEnd
	ReplacedBy  *int64          `json:"replacedBy"` // the later proposal that has ended a WITHDRAWN one
	CreatedAt   LocalTime       `json:"createdAt"`
	ExpiresAt   LocalTime       `json:"expiresAt"`
	EndedAt     *LocalTime      `json:"endedAt"`

	ProposerName  string  `json:"proposerName"`
	ProposerEmail Email   `json:"proposerEmail"`
	DeciderName   *string `json:"deciderName"`
	DeciderEmail  *Email  `json:"deciderEmail"`
}

// PolicyChange is the refund policy before or after a proposal of kind REFUND_POLICY.
type PolicyChange struct {
	AutoApproveBelow   Money          `json:"autoApproveBelow"`
	SecondApprovalFrom *Money         `json:"secondApprovalFrom"`
	RemindAfterHours   int32          `json:"remindAfterHours"`
	EscalateAfterHours int32          `json:"escalateAfterHours"`
	ShippingBorneBy    ShippingPolicy `json:"shippingBorneBy"`
	FourEyes           bool           `json:"fourEyes"`
}

// LimitsChange is the limits of unpaid orders before or after a proposal of kind UNPAID_LIMITS.
type LimitsChange struct {
	Verified   UnpaidLimit `json:"verified"`
	Unverified UnpaidLimit `json:"unverified"`
}

// StaffAccountChange is the new member of staff of a proposal of kind STAFF_ACCOUNT.
type StaffAccountChange struct {
	Email Email     `json:"email"`
	Name  string    `json:"name"`
	Role  StaffRole `json:"role"`
}

// StaffRoleChange is the role after a proposal of kind STAFF_ROLE; From is the one before.
type StaffRoleChange struct {
	Role StaffRole `json:"role"`
	From StaffRole `json:"from"`
}

// StaffRoleBefore is the role before a proposal of kind STAFF_ROLE.
type StaffRoleBefore struct {
	Role StaffRole `json:"role"`
}

// DisputeChange is the decision of a proposal of kind DISPUTE. Amount is the disputed amount less
// refunds.
type DisputeChange struct {
	OrderID   int64           `json:"orderId"`
	Decision  DisputeDecision `json:"decision"`
	Amount    Money           `json:"amount"`
	Items     []Pieces        `json:"items,omitempty"`
	Reference string          `json:"reference,omitempty"`
	Reason    string          `json:"reason"`
}

// PayoutAccountChange is the bank account after a proposal of kind PAYOUT_ACCOUNT.
type PayoutAccountChange struct {
	BankCode       string `json:"bankCode,omitempty"` // "" in proposals of versions that kept the bank
	BankAccountEnd string `json:"bankAccountEnd"`     // its last characters
}

// WithdrawnAccountChange is the bank account after a proposal of kind WITHDRAWN_ACCOUNT.
type WithdrawnAccountChange struct {
	BankCode       string `json:"bankCode"`
	BankAccountEnd string `json:"bankAccountEnd"` // its last characters
}

// PayoutAccountBefore is the bank account before a proposal of kind PAYOUT_ACCOUNT or
// WITHDRAWN_ACCOUNT.
type PayoutAccountBefore struct {
	BankCode       string    `json:"bankCode"`
	BankAccountEnd string    `json:"bankAccountEnd"`
	ChangedAt      LocalTime `json:"changedAt"` // since when payouts go to it
}

// ProposedBy reports whether an admin has made the proposal, who cannot decide it.
func (p Proposal) ProposedBy(adminID int64) bool {
	return p.Proposer == RoleAdmin && p.ProposerID == adminID
}

package market

import (
	"encoding/json"
	"slices"
	"time"
)

// ProposalKind is what a proposal is to change.
type ProposalKind string

// The kinds of proposals.
const (
	ProposalRefundPolicy  ProposalKind = "REFUND_POLICY"
	ProposalStaffAccount  ProposalKind = "STAFF_ACCOUNT" // a new member of staff
	ProposalStaffRole     ProposalKind = "STAFF_ROLE"
	ProposalPayoutAccount ProposalKind = "PAYOUT_ACCOUNT" // the bank account that a seller is paid to
)

// Permission returns the permission to decide a proposal of the kind.
func (k ProposalKind) Permission() Permission {
	switch k {
	case ProposalRefundPolicy:
		return PermissionChangePolicies
	case ProposalPayoutAccount:
		return PermissionDecidePayouts
	case ProposalStaffAccount, ProposalStaffRole:
	}
	return PermissionManageStaff
}

// ProposalStatus is a state of a proposal.
type ProposalStatus string

// The states of a proposal.
const (
	ProposalPending   ProposalStatus = "PENDING"  // waits for a second person
	ProposalApproved  ProposalStatus = "APPROVED" // the change has been made
	ProposalRejected  ProposalStatus = "REJECTED"
	ProposalWithdrawn ProposalStatus = "WITHDRAWN" // by the proposer, or replaced by another one
	ProposalExpired   ProposalStatus = "EXPIRED"   // not decided within ProposalLifetime
)

// ProposalStatuses are all of them.
var ProposalStatuses = []ProposalStatus{
	ProposalPending, ProposalApproved, ProposalRejected, ProposalWithdrawn, ProposalExpired,
}

// Valid reports whether s is a state of a proposal.
func (s ProposalStatus) Valid() bool { return slices.Contains(ProposalStatuses, s) }

// ProposalLifetime is how long a proposal waits for a second person.
const ProposalLifetime = 7 * 24 * time.Hour

// Proposal is a change that waits for a second person, or has been decided.
type Proposal struct {
	ID         int64           `json:"proposalId"`
	Kind       ProposalKind    `json:"kind"`
	SubjectID  *int64          `json:"subjectId"` // the member of staff, or the seller
	Change     json.RawMessage `json:"change"`    // what it is to be; of a payout account the end of its number
	Status     ProposalStatus  `json:"status"`
	Proposer   Role            `json:"proposer"`
	ProposerID int64           `json:"proposerId"`
	DecidedBy  *int64          `json:"decidedBy"`
	Reason     *string         `json:"reason"` // of the decision
	CreatedAt  LocalTime       `json:"createdAt"`
	ExpiresAt  LocalTime       `json:"expiresAt"`
	EndedAt    *LocalTime      `json:"endedAt"`
}

// ProposedBy reports whether an admin has made the proposal, who cannot decide it.
func (p Proposal) ProposedBy(adminID int64) bool {
	return p.Proposer == RoleAdmin && p.ProposerID == adminID
}

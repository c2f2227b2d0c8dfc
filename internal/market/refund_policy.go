package market

import "slices"

// Party is the party that bears the shipping costs of a return.
type Party string

// The parties.
const (
	PartyBuyer       Party = "BUYER"
	PartySeller      Party = "SELLER"
	PartyMarketplace Party = "MARKETPLACE"
)

// Parties lists the parties.
var Parties = []Party{PartyBuyer, PartySeller, PartyMarketplace}

// Valid reports whether p is one of Parties.
func (p Party) Valid() bool { return slices.Contains(Parties, p) }

// RefundPolicy defines how refunds are decided. Its terms are frozen for a refund when that is
// opened.
type RefundPolicy struct {
	// A buyer's refund of pieces that have not been shipped is approved by rule as long as all refunds
	// of its payment come to less; 0 approves none.
	AutoApproveBelow Money `json:"autoApproveBelow"`
	// Idempotent the refunds of a payment come to this amount, two admins have to approve the next; null when
	// one is enough for any.
	SecondApprovalFrom *Money `json:"secondApprovalFrom"`
	// A decision that takes longer is reminded of, then escalated, which is an alert.
	RemindAfterHours   int32 `json:"remindAfterHours"`
	EscalateAfterHours int32 `json:"escalateAfterHours"`

	ShippingBorneBy ShippingPolicy `json:"shippingBorneBy"`

	// FourEyes: a change of this policy, of staff and its roles, and of the bank account that a seller is
	// paid to waits for a second person.
	FourEyes bool `json:"fourEyes"`

	AdminID   *int64    `json:"adminId"` // who has set it; null for the first
	CreatedAt LocalTime `json:"createdAt"`
}

// ShippingPolicy maps the buyer's reason for a return to the party that bears the shipping costs.
type ShippingPolicy struct {
	ChangeOfMind Party `json:"CHANGE_OF_MIND"`
	WrongItem    Party `json:"WRONG_ITEM"`
	Damaged      Party `json:"DAMAGED"`
}

// Of returns the party for a reason; the marketplace for reasons that buyers cannot give.
func (p ShippingPolicy) Of(r RefundReason) Party {
	switch r {
	case ReasonChangeOfMind:
		return p.ChangeOfMind
	case ReasonWrongItem:
		return p.WrongItem
	case ReasonDamaged:
		return p.Damaged
	case ReasonSellerCannot:
		return PartySeller
	case ReasonAdminDecision, ReasonAmountMismatch, ReasonOrderExpired, ReasonPaymentFailed, ReasonSaleStopped:
	}
	return PartyMarketplace
}

// NeedsSecond reports whether two admins have to approve a refund with which the refunds of its payment
// come to total.
func (p RefundPolicy) NeedsSecond(total Money) bool {
	return p.SecondApprovalFrom != nil && total >= *p.SecondApprovalFrom
}

// ReasonTerms is a buyer's reason for a return, with the party that bears the shipping costs.
type ReasonTerms struct {
	Reason          RefundReason `json:"reason"`
	ShippingBorneBy Party        `json:"shippingBorneBy"`
}

// SellerBalance is the amount that the marketplace owes a seller. A negative balance is a debt, for
// example after a refund of an amount that was paid out: it is deducted from later earnings.
type SellerBalance struct {
	Balance   Money `json:"balance"`
	InTransit Money `json:"inTransit"` // in transit to the seller's bank, not part of the balance
	Pending   Money `json:"pending"`   // the seller's share of sales that are not confirmed, not part of the balance
}

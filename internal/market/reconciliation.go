package market

import "time"

// ProviderEvent is a movement of money of which a provider tells.
type ProviderEvent struct {
	ID, Type, MerchantUID string
	Amount                Money // negative when it goes back
	Currency              string
	At                    time.Time
}

// BreakClass is in which way a provider and we do not agree about a payment.
type BreakClass string

// The classes of breaks.
const (
	BreakMissingHere  BreakClass = "MISSING_HERE"  // the provider holds money of a payment that we do not know
	BreakMissingThere BreakClass = "MISSING_THERE" // we have booked money of which the provider tells nothing
	BreakAmount       BreakClass = "AMOUNT"        // both know the payment, and not the same amount
	BreakState        BreakClass = "STATE"         // the provider is further than we are
	BreakDuplicate    BreakClass = "DUPLICATE"     // the provider has charged, or settled, more than once
	BreakLate         BreakClass = "LATE"          // the provider has charged for a payment that had ended
)

// Valid says whether there is such a class.
func (c BreakClass) Valid() bool {
	switch c {
	case BreakMissingHere, BreakMissingThere, BreakAmount, BreakState, BreakDuplicate, BreakLate:
		return true
	}
	return false
}

// BreakStatus is a state of a break.
type BreakStatus string

// The states of a break.
const (
	BreakOpen     BreakStatus = "OPEN"
	BreakAgreed   BreakStatus = "AGREED"   // a later comparison has found that provider and we agree
	BreakAccepted BreakStatus = "ACCEPTED" // an admin has explained it
)

// Valid says whether there is such a state.
func (s BreakStatus) Valid() bool {
	return s == BreakOpen || s == BreakAgreed || s == BreakAccepted
}

// Break is something about a payment on which a provider and we do not agree.
type Break struct {
	ID          int64       `json:"breakId"`
	Provider    Provider    `json:"provider"`
	MerchantUID string      `json:"merchantUid"`
	PaymentID   *int64      `json:"paymentId"` // null for a payment that is not ours
	Class       BreakClass  `json:"class"`
	Amount      Money       `json:"amount"`   // by how much the provider has more than we
	Currency    string      `json:"currency"` // of Amount
	Detail      string      `json:"detail"`
	Heals       bool        `json:"heals"` // without anybody's decision
	Status      BreakStatus `json:"status"`
	Day         Day         `json:"day"` // whose reconciliation has found it
	AdminID     *int64      `json:"adminId"`
	Reason      *string     `json:"reason"` // for which the admin accepts it
	CreatedAt   LocalTime   `json:"createdAt"`
	ResolvedAt  *LocalTime  `json:"resolvedAt"`
}

// ReconciledDay is what a business day comes to three ways. They may differ, by what was
// under way at midnight, without a break.
type ReconciledDay struct {
	Provider     Provider  `json:"provider"`
	Day          Day       `json:"day"`
	Events       int64     `json:"events"`      // of the provider
	ProviderNet  Money     `json:"providerNet"` // what it has taken, less what it has given back
	BookedNet    Money     `json:"bookedNet"`   // likewise by our payments, refunds and disputes
	LedgerNet    Money     `json:"ledgerNet"`   // likewise by the ledger
	Breaks       int64     `json:"breaks"`      // that the latest reconciliation of the day has seen
	ReconciledAt LocalTime `json:"reconciledAt"`
}

// SettlementFile is a provider's statement of what it pays out, line by line.
type SettlementFile struct {
	ID         int64      `json:"fileId"`
	Provider   Provider   `json:"provider"`
	Name       string     `json:"name"`
	Lines      int64      `json:"lines"` // that are imported
	Amount     Money      `json:"amount"`
	Fee        Money      `json:"fee"`
	CreatedAt  LocalTime  `json:"createdAt"`
	ImportedAt *LocalTime `json:"importedAt"` // null while lines are missing: send the file again
}

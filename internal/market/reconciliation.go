package market

import "time"

// ProviderEvent is a money movement reported by a provider.
type ProviderEvent struct {
	ID, Type, MerchantUID string
	Amount                Money // negative when it goes back
	Currency              string
	At                    time.Time
}

// DiscrepancyClass is the kind of a discrepancy between provider and books about a payment.
type DiscrepancyClass string

// The classes of breaks.
const (
	DiscrepancyMissingHere  DiscrepancyClass = "MISSING_HERE"  // the provider holds money of an unknown payment
	DiscrepancyMissingThere DiscrepancyClass = "MISSING_THERE" // money is booked that the provider does not report
	DiscrepancyAmount       DiscrepancyClass = "AMOUNT"        // both have the payment, with different amounts
	DiscrepancyState        DiscrepancyClass = "STATE"         // the provider is further than we are
	DiscrepancyDuplicate    DiscrepancyClass = "DUPLICATE"     // the provider has charged, or settled, more than once
	DiscrepancyLate         DiscrepancyClass = "LATE"          // the provider has charged for a payment that had ended
)

// Valid reports whether c is a known class.
func (c DiscrepancyClass) Valid() bool {
	switch c {
	case DiscrepancyMissingHere, DiscrepancyMissingThere, DiscrepancyAmount, DiscrepancyState, DiscrepancyDuplicate,
		DiscrepancyLate:
		return true
	}
	return false
}

// DiscrepancyStatus is a state of a break.
type DiscrepancyStatus string

// The states of a break.
const (
	DiscrepancyOpen     DiscrepancyStatus = "OPEN"
	DiscrepancyAgreed   DiscrepancyStatus = "AGREED"   // a later comparison has found that provider and we agree
	DiscrepancyAccepted DiscrepancyStatus = "ACCEPTED" // an admin has explained it
)

// Valid reports whether s is a known status.
func (s DiscrepancyStatus) Valid() bool {
	return s == DiscrepancyOpen || s == DiscrepancyAgreed || s == DiscrepancyAccepted
}

// Discrepancy is a discrepancy between a provider and the books about a payment.
type Discrepancy struct {
	ID          int64             `json:"breakId"`
	Provider    Provider          `json:"provider"`
	MerchantUID string            `json:"merchantUid"`
	PaymentID   *int64            `json:"paymentId"` // null for a payment that is not ours
	Class       DiscrepancyClass  `json:"class"`
	Amount      Money             `json:"amount"`   // by how much the provider has more than we
	Currency    string            `json:"currency"` // of Amount
	Detail      string            `json:"detail"`
	Heals       bool              `json:"heals"` // resolved without a decision
	Status      DiscrepancyStatus `json:"status"`
	Day         Day               `json:"day"` // whose reconciliation has found it
	AdminID     *int64            `json:"adminId"`
	Reason      *string           `json:"reason"` // for which the admin accepts it
	CreatedAt   LocalTime         `json:"createdAt"`
	ResolvedAt  *LocalTime        `json:"resolvedAt"`
}

// ReconciledDay compares a business day's totals at the provider, in payments, and in the ledger.
// They may differ, by money in transit at midnight, without a break.
type ReconciledDay struct {
	Provider     Provider  `json:"provider"`
	Day          Day       `json:"day"`
	Events       int64     `json:"events"`      // of the provider
	ProviderNet  Money     `json:"providerNet"` // money taken, less money given back
	BookedNet    Money     `json:"bookedNet"`   // likewise by our payments, refunds and disputes
	LedgerNet    Money     `json:"ledgerNet"`   // likewise by the ledger
	Breaks       int64     `json:"breaks"`      // orNotFound by the latest reconciliation of the day
	ReconciledAt LocalTime `json:"reconciledAt"`
}

// SettlementFile is a provider's statement of its payments to us, line by line.
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

package market

import "slices"

// LedgerAccount is an account of the ledger.
type LedgerAccount string

// The accounts. A balance above zero is what the marketplace has or is owed, one below
// zero what it owes or has earned.
const (
	AccountPSPClearing     LedgerAccount = "PSP_CLEARING"      // what gateways hold for us
	AccountSellerPayable   LedgerAccount = "SELLER_PAYABLE"    // what sellers have earned and not been paid
	AccountCommission      LedgerAccount = "COMMISSION"        // what the marketplace has earned
	AccountRefundInFlight  LedgerAccount = "REFUND_IN_FLIGHT"  // what is on its way back to buyers
	AccountPayoutInTransit LedgerAccount = "PAYOUT_IN_TRANSIT" // what is on its way to sellers
	AccountBank            LedgerAccount = "BANK"              // what our bank account has paid, or got back
	AccountDisputed        LedgerAccount = "DISPUTED"          // what went back at a provider, and staff decides about
	AccountSuspense        LedgerAccount = "SUSPENSE"          // what has moved and waits for a decision
	AccountWriteOff        LedgerAccount = "WRITE_OFF"         // what the marketplace has lost
)

// LedgerAccounts are all of them.
var LedgerAccounts = []LedgerAccount{
	AccountPSPClearing,
	AccountSellerPayable,
	AccountCommission,
	AccountRefundInFlight,
	AccountPayoutInTransit,
	AccountBank,
	AccountDisputed,
	AccountSuspense,
	AccountWriteOff,
}

// Valid says whether there is such an account.
func (a LedgerAccount) Valid() bool { return slices.Contains(LedgerAccounts, a) }

// LedgerEntry is one side of a movement of money, with what caused it. One of Debit and
// Credit is zero, unless both are: a free line was sold too.
type LedgerEntry struct {
	ID            int64         `json:"entryId"`
	TransactionID int64         `json:"transactionId"` // its entries balance
	Kind          string        `json:"kind"`
	SourceType    string        `json:"sourceType"` // PAYMENT, REFUND, PAYOUT, DISPUTE or ADJUSTMENT
	SourceID      int64         `json:"sourceId"`
	BusinessDay   Day           `json:"businessDay"`
	Account       LedgerAccount `json:"account"`
	SellerID      *int64        `json:"sellerId"`
	OrderItemID   *int64        `json:"orderItemId"`
	Debit         Money         `json:"debit"`
	Credit        Money         `json:"credit"`
	CreatedAt     LocalTime     `json:"createdAt"`
}

// AccountBalance is what an account comes to: Balance is Debit less Credit.
type AccountBalance struct {
	Account LedgerAccount `json:"account"`
	Debit   Money         `json:"debit"`
	Credit  Money         `json:"credit"`
	Balance Money         `json:"balance"`
}

// TrialBalance is every account at the end of a business day. Debits are credits, and the
// balances sum to zero.
type TrialBalance struct {
	Day      Day              `json:"day"`
	Accounts []AccountBalance `json:"accounts"`
	Debit    Money            `json:"debit"`
	Credit   Money            `json:"credit"`
}

// PayableDay is what has moved of what a seller is owed on a business day: Earned is
// credited, Deducted goes back to buyers or was paid out, Balance is owed at its end. One
// below zero is the seller's debt.
type PayableDay struct {
	Day      Day   `json:"day"`
	Earned   Money `json:"earned"`
	Deducted Money `json:"deducted"`
	Balance  Money `json:"balance"`
}

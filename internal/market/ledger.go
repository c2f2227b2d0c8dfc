package market

import "slices"

// LedgerAccount is an account of the ledger.
type LedgerAccount string

// The accounts. A positive balance is an asset of the marketplace or owed to it, a negative one is
// owed by it or earned.
const (
	AccountPSPClearing       LedgerAccount = "PSP_CLEARING"       // money that gateways hold for us
	AccountSellerPending     LedgerAccount = "SELLER_PENDING"     // sellers' share of sales that are not confirmed
	AccountSellerPayable     LedgerAccount = "SELLER_PAYABLE"     // earned by sellers and not paid out
	AccountCommissionPending LedgerAccount = "COMMISSION_PENDING" // our share of sales that are not confirmed
	AccountCommission        LedgerAccount = "COMMISSION"         // what the marketplace has earned
	AccountRefundInFlight    LedgerAccount = "REFUND_IN_FLIGHT"   // refunds in transit to buyers
	AccountPayoutInTransit   LedgerAccount = "PAYOUT_IN_TRANSIT"  // payouts in transit to sellers
	AccountBank              LedgerAccount = "BANK"               // what our bank account has paid, or got back
	AccountDisputed          LedgerAccount = "DISPUTED"           // went back at a provider; staff decides
	AccountSuspense          LedgerAccount = "SUSPENSE"           // what has moved and waits for a decision
	AccountWriteOff          LedgerAccount = "WRITE_OFF"          // what the marketplace has lost
)

// LedgerAccounts lists all accounts.
var LedgerAccounts = []LedgerAccount{
	AccountPSPClearing,
	AccountSellerPending,
	AccountSellerPayable,
	AccountCommissionPending,
	AccountCommission,
	AccountRefundInFlight,
	AccountPayoutInTransit,
	AccountBank,
	AccountDisputed,
	AccountSuspense,
	AccountWriteOff,
}

// EarningAccounts returns the accounts of the seller's and the marketplace's share of a line. The shares of a held line
// are pending until the line is confirmed.
func EarningAccounts(held bool) (seller, commission LedgerAccount) {
	if held {
		return AccountSellerPending, AccountCommissionPending
	}
	return AccountSellerPayable, AccountCommission
}

// Valid reports whether a is a known account.
func (a LedgerAccount) Valid() bool { return slices.Contains(LedgerAccounts, a) }

// LedgerEntry is one side of a money movement, with its cause. One of Debit and Credit is zero, or
// both for a free line.
type LedgerEntry struct {
	ID            int64         `json:"entryId"`
	TransactionID int64         `json:"transactionId"` // its entries balance
	Kind          string        `json:"kind"`
	SourceType    string        `json:"sourceType"` // PAYMENT, REFUND, CONFIRMATION, PAYOUT, DISPUTE or ADJUSTMENT
	SourceID      int64         `json:"sourceId"`
	BusinessDay   Day           `json:"businessDay"`
	Account       LedgerAccount `json:"account"`
	SellerID      *int64        `json:"sellerId"`
	OrderItemID   *int64        `json:"orderItemId"`
	Debit         Money         `json:"debit"`
	Credit        Money         `json:"credit"`
	CreatedAt     LocalTime     `json:"createdAt"`
}

// AccountBalance is the balance of an account: Balance is Debit less Credit.
type AccountBalance struct {
	Account LedgerAccount `json:"account"`
	Debit   Money         `json:"debit"`
	Credit  Money         `json:"credit"`
	Balance Money         `json:"balance"`
}

// TrialBalance lists every account at the end of a business day. Total debits equal total credits,
// and the balances sum to zero.
type TrialBalance struct {
	Day      Day              `json:"day"`
	Accounts []AccountBalance `json:"accounts"`
	Debit    Money            `json:"debit"`
	Credit   Money            `json:"credit"`
}

// PayableDay is the change of a seller's payable balance on a business day: Earned is credited,
// Deducted is refunded or paid out, Balance is owed at its end. A negative balance is the seller's
// debt.
type PayableDay struct {
	Day      Day   `json:"day"`
	Earned   Money `json:"earned"`
	Deducted Money `json:"deducted"`
	Balance  Money `json:"balance"`
}

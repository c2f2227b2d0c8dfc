package market

import (
	"cmp"
	"slices"
)

// OrderTrace shows where the money of an order is: every won that the buyer has paid, with its holder.
type OrderTrace struct {
	OrderID     int64         `json:"orderId"`
	OrderNumber string        `json:"orderNumber"`
	BuyerID     int64         `json:"buyerId"`
	Paid        Money         `json:"paid"`    // the sum of the shares
	Shares      []MoneyShare  `json:"shares"`  // the buyer's first, then those of sellers and of the marketplace
	Entries     []TracedEntry `json:"entries"` // the oldest first
}

// TracedEntry is an entry of the ledger that belongs to an order. An entry of SELLER_PAYABLE has the settlement that
// includes it, if there is one, and the payout of that settlement, if it has one.
type TracedEntry struct {
	LedgerEntry
	SettlementID *int64        `json:"settlementId"`
	PayoutID     *int64        `json:"payoutId"`
	PayoutStatus *PayoutStatus `json:"payoutStatus"`
}

// MoneyHolder identifies the holder of a share of the money of an order.
type MoneyHolder string

// The holders.
const (
	HeldByBuyer       MoneyHolder = "BUYER" // it went back, or is on the way
	HeldBySeller      MoneyHolder = "SELLER"
	HeldByMarketplace MoneyHolder = "MARKETPLACE"
)

// MoneyHolders lists all holders.
var MoneyHolders = []MoneyHolder{HeldByBuyer, HeldBySeller, HeldByMarketplace}

// MoneyShare is a part of the money of an order. Account is its account in the ledger, PSP_CLEARING for money that went
// back to the buyer. A negative amount is a loss of the holder, such as WRITE_OFF.
type MoneyShare struct {
	Holder       MoneyHolder   `json:"holder"`
	Account      LedgerAccount `json:"account"`
	SellerID     *int64        `json:"sellerId"`
	SettlementID *int64        `json:"settlementId"` // that includes a share of SELLER_PAYABLE; null until then
	PayoutID     *int64        `json:"payoutId"`
	PayoutStatus *PayoutStatus `json:"payoutStatus"` // SUCCESS: the seller has it in the bank
	Amount       Money         `json:"amount"`
}

// sourceDispute is the source of the entries of money that went back at its provider.
const sourceDispute = "DISPUTE"

// Trace sums the entries of an order: what the buyer has paid, and who has it now. Since each transaction of the ledger
// balances, the shares sum to what was paid.
func Trace(entries []TracedEntry) (paid Money, shares []MoneyShare) {
	type key struct {
		account              LedgerAccount
		seller, settlementID int64
	}
	sums, returned := map[key]*MoneyShare{}, Money(0)
	for _, e := range entries {
		amount := e.Credit - e.Debit
		if e.Account == AccountPSPClearing {
			if e.Debit != 0 && e.SourceType != sourceDispute {
				paid += e.Debit
			} else {
				returned += amount
			}
			continue
		}
		k := key{account: e.Account, seller: idOf(e.SellerID), settlementID: idOf(e.SettlementID)}
		if sums[k] == nil {
			sums[k] = &MoneyShare{
				Holder: holderOf(e.Account), Account: e.Account, SellerID: e.SellerID, SettlementID: e.SettlementID,
				PayoutID: e.PayoutID, PayoutStatus: e.PayoutStatus,
			}
		}
		sums[k].Amount += amount
	}
	if returned != 0 {
		sums[key{}] = &MoneyShare{Holder: HeldByBuyer, Account: AccountPSPClearing, Amount: returned}
	}
	shares = []MoneyShare{}
	for _, s := range sums {
		if s.Amount != 0 {
			shares = append(shares, *s)
		}
	}
	slices.SortFunc(shares, func(a, b MoneyShare) int {
		return cmp.Or(
			cmp.Compare(slices.Index(MoneyHolders, a.Holder), slices.Index(MoneyHolders, b.Holder)),
			cmp.Compare(idOf(a.SellerID), idOf(b.SellerID)),
			cmp.Compare(slices.Index(LedgerAccounts, a.Account), slices.Index(LedgerAccounts, b.Account)),
			cmp.Compare(idOf(a.SettlementID), idOf(b.SettlementID)))
	})
	return paid, shares
}

// holderOf returns the holder of a balance of an account.
func holderOf(account LedgerAccount) MoneyHolder {
	switch account {
	case AccountSellerPending, AccountSellerPayable:
		return HeldBySeller
	case AccountRefundInFlight:
		return HeldByBuyer
	default:
		return HeldByMarketplace
	}
}

// idOf returns an optional id, 0 for none.
func idOf(id *int64) int64 {
	if id == nil {
		return 0
	}
	return *id
}

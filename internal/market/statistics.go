package market

// Dashboard is a seller's current day. Fee and settlement belong to the lines sold and refunded
// that day; either is negative when refunds exceed sales.
type Dashboard struct {
	SellerID          int64 `json:"sellerId"`
	StatDate          Day   `json:"statDate"`
	TotalOrders       int64 `json:"totalOrders"`
	TotalSales        Money `json:"totalSales"`
	TotalProductsSold int64 `json:"totalProductsSold"` // pieces
	TotalRefunds      int64 `json:"totalRefunds"`
	RefundAmount      Money `json:"refundAmount"`
	SettlementAmount  Money `json:"settlementAmount"`
	FeeAmount         Money `json:"feeAmount"`
}

// Statistics sum a seller's closed days. From and To are those of the request or of the group.
type Statistics struct {
	SellerID int64 `json:"sellerId"`
	From     *Day  `json:"from"`
	To       *Day  `json:"to"`
	Totals
}

// Totals are the summed values. NetSales is TotalSales less RefundAmount and may be negative.
type Totals struct {
	TotalOrders  int64 `json:"totalOrders"`
	TotalItems   int64 `json:"totalItems"` // pieces
	TotalSales   Money `json:"totalSales"`
	TotalRefunds int64 `json:"totalRefunds"`
	RefundAmount Money `json:"refundAmount"`
	NetSales     Money `json:"netSales"`
}

// StatisticsSummary is Statistics with the requested groups, an addition to the original's
// contract.
type StatisticsSummary struct {
	Statistics
	Groups []StatisticsGroup `json:"groups,omitempty"`
}

// StatisticsGroup sums the closed days of a day, a week or a month.
type StatisticsGroup struct {
	From Day `json:"from"` // the first and last closed day in the group
	To   Day `json:"to"`
	Totals
}

// ProductRank is a product's revenue for its seller.
type ProductRank struct {
	ProductID    int64  `json:"productId"`
	ProductName  string `json:"productName"`
	TotalItems   int64  `json:"totalItems"`
	TotalSales   Money  `json:"totalSales"`
	RefundAmount Money  `json:"refundAmount"`
	NetSales     Money  `json:"netSales"`
}

// SellerRank is a seller's sales of some days, in won.
type SellerRank struct {
	SellerID int64
	Orders   int64
	Sales    Money
}

// Overview is staff's start page: the sales of a business day so far, and the pending decisions.
// Amounts are in won.
type Overview struct {
	Day                  Day
	Orders               int64
	Sales, Refunded, Fee Money
	RefundsWaiting       int64
	OldestRefund         LocalTime // since when the oldest of them has been there; now, when there is none
	SellersWaiting       int64     // for their approval
}

package market

// Business is a party to a statement, with the details of its registration.
type Business struct {
	Name           string `json:"name"`
	BizNumber      string `json:"bizNumber"`
	Representative string `json:"representative"`
	Address        string `json:"address"`
}

// Statement is a settlement as an accountant books it. GrossSales - Refunds = Fee + Payable.
type Statement struct {
	SettlementDetail

	Issuer Business `json:"issuer"`
	Seller Business `json:"seller"`

	GrossSales    Money `json:"grossSales"`
	Refunds       Money `json:"refunds"`
	CommissionNet Money `json:"commissionNet"` // without VAT
	CommissionVAT Money `json:"commissionVat"`

	// The bank account that was or will be paid, and when it was.
	BankCode       string     `json:"bankCode"`
	BankAccountEnd string     `json:"bankAccountEnd"`
	PaidAt         *LocalTime `json:"paidAt"`

	Orders     []StatementOrder `json:"orders"`
	OrderCount int              `json:"orderCount"`
}

// StatementOrder is an order's part of a settlement.
type StatementOrder struct {
	OrderID     *int64     `json:"orderId"` // nil for amounts that belong to no order
	OrderNumber *string    `json:"orderNumber"`
	OrderedAt   *LocalTime `json:"orderedAt"`
	GrossSales  Money      `json:"grossSales"`
	Refunds     Money      `json:"refunds"`
	Commission  Money      `json:"commission"`
	Payable     Money      `json:"payable"`
}

// vatPercent is the rate of the value-added tax.
const vatPercent = 10

// VATIn returns the value-added tax that an amount contains, rounded to whole won.
func VATIn(gross Money) Money { return gross.Share(vatPercent, 100+vatPercent).Round() }

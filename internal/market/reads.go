package market

// SellerRefundDetail is the part of a refund that concerns one seller: only the lines of its own are in it. Amount and
// Commission, which the seller gets back, are the sums of these lines.
type SellerRefundDetail struct {
	RefundID    int64              `json:"refundId"`
	OrderID     int64              `json:"orderId"`
	Amount      Money              `json:"amount"`
	Commission  *Money             `json:"commission"` // of Amount; nil until the refund is done
	Reason      RefundReason       `json:"reason"`
	Status      RefundStatus       `json:"status"`
	CreatedAt   LocalTime          `json:"createdAt"`
	ProcessedAt *LocalTime         `json:"processedAt"`
	Items       []SellerRefundItem `json:"items"`
}

// SellerRefundItem is the part of a refund that concerns one line.
type SellerRefundItem struct {
	OrderItemID int64  `json:"orderItemId"`
	ProductName string `json:"productName"`
	Quantity    int32  `json:"quantity"`
	Amount      Money  `json:"amount"`
	Commission  *Money `json:"commission"` // of Amount; nil until the refund is done
}

// SellerPayout is a payout in its seller's view.
type SellerPayout struct {
	PayoutID     int64        `json:"payoutId"`
	SettlementID int64        `json:"settlementId"`
	Amount       Money        `json:"amount"`
	Fee          Money        `json:"fee"`
	Status       PayoutStatus `json:"status"`
	Failure      *string      `json:"failure"`     // the reason of the last failed attempt
	AbandonedAt  *LocalTime   `json:"abandonedAt"` // the amount is in the next settlement from then on
	ProcessedAt  *LocalTime   `json:"processedAt"`
	CreatedAt    LocalTime    `json:"createdAt"`
}

// PayoutDetail is a payout with the attempts to pay it.
type PayoutDetail struct {
	Payout
	Attempts []PayoutAttempt `json:"attempts"`
}

// PayoutAttempt is one transfer order to the bank.
type PayoutAttempt struct {
	Attempt        int32          `json:"attempt"`
	BankCode       string         `json:"bankCode"`
	BankAccountEnd string         `json:"bankAccountEnd"` // the last characters of the account number
	Outcome        *PayoutOutcome `json:"outcome"`        // nil while unknown
	Reason         *string        `json:"reason"`         // of the bank
	RequestedBy    *string        `json:"requestedBy"`    // of a further attempt
	BankAmount     *Money         `json:"bankAmount"`     // that the bank has paid, if it differs from the payout's
	CreatedAt      LocalTime      `json:"createdAt"`
}

// AdminPayment is a payment in staff's view.
type AdminPayment struct {
	PaymentID   int64         `json:"paymentId"`
	OrderID     int64         `json:"orderId"`
	BuyerID     int64         `json:"buyerId"`
	MerchantUID string        `json:"merchantUid"`
	ImpUID      *string       `json:"impUid"`
	Amount      Money         `json:"amount"`
	Method      PaymentMethod `json:"method"`
	Provider    Provider      `json:"provider"`
	Status      PaymentStatus `json:"status"`
	FailureCode *string       `json:"failureCode"`
	PaidAt      *LocalTime    `json:"paidAt"`
	ResolvedAt  *LocalTime    `json:"resolvedAt"` // when the provider's outcome was known; nil until then
	CreatedAt   LocalTime     `json:"createdAt"`
}

// AdminRefundDetail is a refund in staff's view, with its lines.
type AdminRefundDetail struct {
	AdminRefund
	Items []RefundItem `json:"items"`
}

// AdminSeller is a seller in staff's view.
type AdminSeller struct {
	Seller
	MayBePaid          bool       `json:"mayBePaid"`
	PayoutsHeld        bool       `json:"payoutsHeld"`        // by staff
	PayoutsPausedUntil *LocalTime `json:"payoutsPausedUntil"` // after a new bank account
	HasProducts        bool       `json:"hasProducts"`        // on sale
	HasSold            bool       `json:"hasSold"`
	CreatedAt          LocalTime  `json:"createdAt"`
	// PayoutAccount is nil for staff who may not see payouts.
	PayoutAccount *PayoutAccount `json:"payoutAccount"`
}

// PayoutAccount is the bank account to which a seller is paid.
type PayoutAccount struct {
	BankCode       string          `json:"bankCode"`
	BankAccountEnd string          `json:"bankAccountEnd"` // the last characters of the number
	Pending        bool            `json:"pending"`        // a new one waits for the approval of staff
	Refused        *RefusedAccount `json:"refused"`        // set while the last proposed one is rejected or expired
}

// ForStaff returns a seller in staff's view, with or without the payout account.
func (a SellerAccount) ForStaff(withPayoutAccount bool) AdminSeller {
	s := AdminSeller{
		Seller: a.Seller, MayBePaid: a.MayBePaid, PayoutsHeld: a.PayoutsHeld, PayoutsPausedUntil: a.PayoutsPausedUntil,
		HasProducts: a.HasProducts, HasSold: a.HasSold, CreatedAt: a.CreatedAt,
	}
	if withPayoutAccount {
		s.PayoutAccount = &PayoutAccount{
			BankCode: a.BankCode, BankAccountEnd: a.BankAccountEnd, Pending: a.BankAccountPending,
			Refused: a.BankAccountRefused,
		}
	}
	return s
}

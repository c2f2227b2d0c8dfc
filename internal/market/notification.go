package market

import "time"

// OrderNotification notifies a buyer of an order's new state.
type OrderNotification struct {
	ID        int64     `json:"id"`
	BuyerID   int64     `json:"buyerId"`
	OrderID   int64     `json:"orderId"`
	Status    string    `json:"status"`
	Message   string    `json:"message"`
	IsRead    bool      `json:"isRead"`
	CreatedAt LocalTime `json:"createdAt"`
	UpdatedAt LocalTime `json:"updatedAt"` // when it was read, once it is
}

// RestockSubscription is a buyer's subscription to a notification when a product is back in stock:
// ACTIVE until it was SENT.
type RestockSubscription struct {
	ProductID int64  `json:"productId"`
	Status    string `json:"status"`
	Message   string `json:"message"`
}

// RestockNotification notifies a buyer that a product is back in stock. All but the ids are
// additions to the original's contract.
type RestockNotification struct {
	BuyerID   int64     `json:"buyerId"`
	ProductID int64     `json:"productId"`
	Message   string    `json:"message"`
	IsRead    bool      `json:"isRead"`
	CreatedAt LocalTime `json:"createdAt"`
}

// MailKind is the subject of a mail to the holder of an account. Kinds with a TokenLifetime carry a
// one-time token.
type MailKind string

// The kinds of mails.
const (
	MailEmailVerification    MailKind = "EMAIL_VERIFICATION"
	MailPasswordReset        MailKind = "PASSWORD_RESET"
	MailPasswordChanged      MailKind = "PASSWORD_CHANGED"
	MailEmailChanged         MailKind = "EMAIL_CHANGED"          // to the address before
	MailEmailChangeRequested MailKind = "EMAIL_CHANGE_REQUESTED" // to the address before
	MailBankAccountChanged   MailKind = "BANK_ACCOUNT_CHANGED"
	MailBankAccountRequested MailKind = "BANK_ACCOUNT_REQUESTED" // it waits for a second person
	MailBankAccountRejected  MailKind = "BANK_ACCOUNT_REJECTED"  // with the reason
	MailBankAccountExpired   MailKind = "BANK_ACCOUNT_EXPIRED"   // it was not decided in time
	MailSecondFactorChanged  MailKind = "SECOND_FACTOR_CHANGED"
	MailWebhookPaused        MailKind = "WEBHOOK_PAUSED"
	MailStaffInvitation      MailKind = "STAFF_INVITATION"
	MailOrderDisputed        MailKind = "ORDER_DISPUTED" // to the sellers of its lines
	// MailAddressInUse takes the place of MailEmailVerification when the address belongs to another
	// account by the time the mail is sent. It is not stored.
	MailAddressInUse MailKind = "ADDRESS_IN_USE"
)

// TokenLifetime returns how long the token in a mail of the kind is valid; 0 for a kind without a
// token.
func (k MailKind) TokenLifetime() time.Duration {
	switch k {
	case MailEmailVerification:
		return 7 * 24 * time.Hour
	case MailPasswordReset:
		return time.Hour
	case MailStaffInvitation:
		return 3 * 24 * time.Hour
	}
	return 0
}

// Notice reports whether mails of the kind inform the holder of an account of a change. Others are sent
// to any address that a request names.
func (k MailKind) Notice() bool { return k.TokenLifetime() == 0 && k != MailAddressInUse }

// MailRequest is a mail that a request causes.
type MailRequest struct {
	Kind      MailKind
	Role      Role
	AccountID int64 // of the mail's account; 0 if unknown
	Receiver  Email
	Verified  bool   // the receiver is known to be the holder of the account
	Address   string // the IP address of the client
}

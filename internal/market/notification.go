package market

import (
	"strings"
	"time"
)

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

// Language is the language of an account's mails.
type Language string

// The languages of mails.
const (
	Korean  Language = "ko"
	English Language = "en"
)

// Valid reports whether l is a known language.
func (l Language) Valid() bool { return l == Korean || l == English }

// Topic is the subject of notifications whose mails an account turns off together. Its inbox has all notifications.
type Topic string

// The topics of notifications. Mails about TopicMoney and TopicAccount cannot be turned off.
const (
	TopicOrders     Topic = "ORDERS"
	TopicRefunds    Topic = "REFUNDS"
	TopicRestock    Topic = "RESTOCK"
	TopicStock      Topic = "STOCK"
	TopicSettlement Topic = "SETTLEMENT"
	TopicMoney      Topic = "MONEY"
	TopicAccount    Topic = "ACCOUNT"
)

// Topics returns the topics whose mails an account of a role can turn off.
func Topics(r Role) []Topic {
	if r == RoleSeller {
		return []Topic{TopicOrders, TopicRefunds, TopicStock, TopicSettlement}
	}
	return []Topic{TopicOrders, TopicRefunds, TopicRestock}
}

// Field returns the name of the field that turns the topic's mails on or off: orderMails for TopicOrders.
func (t Topic) Field() string { return strings.ToLower(strings.TrimSuffix(string(t), "S")) + "Mails" }

// NotificationKind is the event that a notification reports. Triggers of the database write notifications.
type NotificationKind string

// The kinds of notifications.
const (
	NoticeOrderPlaced      NotificationKind = "ORDER_PLACED"
	NoticeOrderPaid        NotificationKind = "ORDER_PAID"
	NoticePaymentDeclined  NotificationKind = "PAYMENT_DECLINED"
	NoticeOrderExpired     NotificationKind = "ORDER_EXPIRED"
	NoticeOrderPartShipped NotificationKind = "ORDER_PART_SHIPPED"
	NoticeOrderShipped     NotificationKind = "ORDER_SHIPPED"
	NoticeOrderDelivered   NotificationKind = "ORDER_DELIVERED"
	NoticeOrderCancelled   NotificationKind = "ORDER_CANCELLED" // to the sellers of a paid order, too
	NoticeRefundRequested  NotificationKind = "REFUND_REQUESTED"
	NoticeRefundApproved   NotificationKind = "REFUND_APPROVED"
	NoticeRefundDenied     NotificationKind = "REFUND_DENIED"
	NoticeRefundFailed     NotificationKind = "REFUND_FAILED"
	NoticeRefundPaid       NotificationKind = "REFUND_PAID"
	NoticeRestock          NotificationKind = "RESTOCK"

	NoticeApplicationReceived NotificationKind = "APPLICATION_RECEIVED"
	NoticeApplicationApproved NotificationKind = "APPLICATION_APPROVED"
	NoticeApplicationRejected NotificationKind = "APPLICATION_REJECTED"
	NoticeNewOrder            NotificationKind = "NEW_ORDER"
	NoticeStockLow            NotificationKind = "STOCK_LOW"
	NoticeSettlementReady     NotificationKind = "SETTLEMENT_READY"
	NoticePayoutPaid          NotificationKind = "PAYOUT_PAID"
	NoticePayoutFailed        NotificationKind = "PAYOUT_FAILED"
)

// Notification reports an event to a buyer or seller.
type Notification struct {
	ID        int64             `json:"notificationId"`
	Kind      NotificationKind  `json:"kind"`
	Topic     Topic             `json:"topic"`
	SubjectID int64             `json:"subjectId"` // of the order, refund, product, settlement, payout or account
	Facts     NotificationFacts `json:"facts"`
	CreatedAt LocalTime         `json:"createdAt"`
	ReadAt    *LocalTime        `json:"readAt"`
}

// NotificationFacts are what the text of a notification names, as they were at the event. Product is the first of
// the products, and More the number of the others.
type NotificationFacts struct {
	OrderID        int64  `json:"orderId,omitempty"`
	PlacedOn       *Day   `json:"placedOn,omitempty"` // the day of the order
	ProductID      int64  `json:"productId,omitempty"`
	SettlementID   int64  `json:"settlementId,omitempty"`
	PayoutID       int64  `json:"payoutId,omitempty"`
	Product        string `json:"product,omitempty"`
	More           int64  `json:"more,omitempty"`
	Amount         *Money `json:"amount,omitempty"`
	Fee            *Money `json:"fee,omitempty"`
	Stock          *int32 `json:"stock,omitempty"`
	Carrier        string `json:"carrier,omitempty"`
	TrackingNumber string `json:"trackingNumber,omitempty"`
	Store          string `json:"store,omitempty"`
	From           string `json:"from,omitempty"` // of a settlement's period
	To             string `json:"to,omitempty"`
	Reason         string `json:"reason,omitempty"`
}

// NotificationPreferences are the mails that an account gets about its notifications.
type NotificationPreferences struct {
	Language Language       `json:"language"`
	Mails    map[Topic]bool `json:"mails"` // by each of Topics
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
	MailNotification         MailKind = "NOTIFICATION"   // one of the account's notifications
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

package market

import (
	"errors"
	"fmt"
)

// Code names a refusal or a failure on the wire and in workflow histories. The
// constants are those of the API's contract; internal/web holds their HTTP
// statuses and texts.
type Code string

// General.
const (
	InvalidInput        Code = "INVALID_INPUT"
	Unauthorized        Code = "UNAUTHORIZED"
	Forbidden           Code = "FORBIDDEN"
	NotFound            Code = "NOT_FOUND"
	MethodNotAllowed    Code = "METHOD_NOT_ALLOWED"
	PayloadTooLarge     Code = "PAYLOAD_TOO_LARGE"
	InternalServerError Code = "INTERNAL_SERVER_ERROR"
	DataConflict        Code = "DATA_CONFLICT"
	AmountOutOfRange    Code = "AMOUNT_OUT_OF_RANGE"

	RedisUnavailable    Code = "REDIS_UNAVAILABLE"
	DatabaseUnavailable Code = "DATABASE_UNAVAILABLE"
	WorkflowUnavailable Code = "WORKFLOW_UNAVAILABLE" // Temporal does not answer
	ServiceOverloaded   Code = "SERVICE_OVERLOADED"   // too much of it at once
	RequestTimeout      Code = "REQUEST_TIMEOUT"      // the work goes on; the outcome can be asked for

	IdempotencyKeyInvalid Code = "IDEMPOTENCY_KEY_INVALID"
	IdempotencyKeyReused  Code = "IDEMPOTENCY_KEY_REUSED"
)

// Accounts.
const (
	LoginFailed          Code = "LOGIN_FAILED"
	LoginRateLimited     Code = "LOGIN_RATE_LIMITED"
	CurrentPasswordWrong Code = "CURRENT_PASSWORD_WRONG"
	OTPRequired          Code = "OTP_REQUIRED" // the password is right, and a one-time password has to come with it
	OTPWrong             Code = "OTP_WRONG"
	MailUnavailable      Code = "MAIL_UNAVAILABLE"
	TokenExpired         Code = "TOKEN_EXPIRED"
	TokenInvalid         Code = "TOKEN_INVALID"
	EmailAlreadyExists   Code = "EMAIL_ALREADY_EXISTS"
	BuyerNotFound        Code = "BUYER_NOT_FOUND"
	BuyerAlreadyDeleted  Code = "BUYER_ALREADY_DELETED"
	SellerNotFound       Code = "SELLER_NOT_FOUND"
	SellerAlreadyDeleted Code = "SELLER_ALREADY_DELETED"
	AdminNotFound        Code = "ADMIN_NOT_FOUND"
	AdminAlreadyDeleted  Code = "ADMIN_ALREADY_DELETED"
	AddressNotFound      Code = "ADDRESS_NOT_FOUND"
)

// Catalogue, carts and orders.
const (
	CategoryNotFound      Code = "CATEGORY_NOT_FOUND"
	ProductNotFound       Code = "PRODUCT_NOT_FOUND"
	ProductOutOfStock     Code = "PRODUCT_OUT_OF_STOCK"
	ProductNotAvailable   Code = "PRODUCT_NOT_AVAILABLE"
	ImageTypeUnsupported  Code = "IMAGE_TYPE_UNSUPPORTED"
	ImageStoreUnavailable Code = "IMAGE_STORE_UNAVAILABLE"
	CartNotFound          Code = "CART_NOT_FOUND"
	CartItemsNotFound     Code = "CART_ITEMS_NOT_FOUND"
	CartItemsEmpty        Code = "CART_ITEMS_EMPTY"
	InvalidOrderCartItems Code = "INVALID_ORDER_CART_ITEMS"
	InvalidOrderProduct   Code = "INVALID_ORDER_PRODUCT"
	OrderNotFound         Code = "ORDER_NOT_FOUND"
	OrderNotPayable       Code = "ORDER_NOT_PAYABLE"
	OrderNotRefundable    Code = "ORDER_NOT_REFUNDABLE"

	OrderStatusImmutable       Code = "ORDER_STATUS_IMMUTABLE"
	OrderStatusCannotBeChanged Code = "ORDER_STATUS_CANNOT_BE_CHANGED"
	OrderItemNotFound          Code = "ORDER_ITEM_NOT_FOUND"
	OrderItemNotShippable      Code = "ORDER_ITEM_NOT_SHIPPABLE"
	OrderItemUnderRefund       Code = "ORDER_ITEM_UNDER_REFUND"

	RestockSubscriptionNotFound Code = "RESTOCK_SUBSCRIPTION_NOT_FOUND"
	NotificationNotFound        Code = "NOTIFICATION_NOT_FOUND"

	RedisLockConflict Code = "REDIS_LOCK_CONFLICT"
)

// Sellers' figures.
const (
	StatisticsNotFound Code = "STATISTICS_NOT_FOUND"
	SettlementNotFound Code = "SETTLEMENT_NOT_FOUND"
	PayoutNotFound     Code = "PAYOUT_NOT_FOUND"
)

// Payments and refunds.
const (
	PaymentNotFound       Code = "PAYMENT_NOT_FOUND"
	PaymentNotCompleted   Code = "PAYMENT_NOT_COMPLETED"
	PaymentAmountMismatch Code = "PAYMENT_AMOUNT_MISMATCH"
	PaymentMismatch       Code = "PAYMENT_MISMATCH"
	PaymentFailed         Code = "PAYMENT_FAILED"
	PaymentNotRefundable  Code = "PAYMENT_NOT_REFUNDABLE"
	PaymentGatewayError   Code = "PAYMENT_GATEWAY_ERROR"
	RefundAlreadyExists   Code = "REFUND_ALREADY_EXISTS"
	RefundItemsInvalid    Code = "REFUND_ITEMS_INVALID"
	RefundNotFound        Code = "REFUND_NOT_FOUND"
	OrderExpired          Code = "ORDER_EXPIRED" // the order expired while its payment was under way
)

// Error is a refusal or failure that the caller can act on.
type Error struct {
	Code    Code
	Message string // what to tell the client instead of the code's own text; may be empty
	cause   error
}

// Refuse is an Error with the code's own text.
func Refuse(code Code) *Error { return &Error{Code: code} }

// RefuseWith is an Error with a text of its own for the client.
func RefuseWith(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Failed is an Error that keeps its cause for logs.
func Failed(code Code, cause error) *Error { return &Error{Code: code, cause: cause} }

func (e *Error) Error() string {
	s := string(e.Code)
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.cause }

// CodeOf is the code of an error: that of the first Error in its chain,
// InternalServerError for any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return InternalServerError
}

// ErrorTypeConflict is the type that ErrConflict has in workflow histories.
const ErrorTypeConflict = "CONFLICT"

// ErrConflict says that a row changed between read and write. The caller
// repeats the whole step; see workflows.Policies.
var ErrConflict = errors.New("the row was changed by somebody else in the meantime")

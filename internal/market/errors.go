package market

import (
	"errors"
	"fmt"
	"time"
)

// Code names a refusal or a failure on the wire and in workflow histories. The
// constants are those of the API's contract; internal/web holds their HTTP
// statuses and texts.
type Code string

// General.
const (
	CodeInvalidInput        Code = "INVALID_INPUT"
	CodeUnauthorized        Code = "UNAUTHORIZED"
	CodeForbidden           Code = "FORBIDDEN"
	CodeNotFound            Code = "NOT_FOUND"
	CodeMethodNotAllowed    Code = "METHOD_NOT_ALLOWED"
	CodePayloadTooLarge     Code = "PAYLOAD_TOO_LARGE"
	CodeRangeNotSatisfiable Code = "RANGE_NOT_SATISFIABLE"
	CodeInternalServerError Code = "INTERNAL_SERVER_ERROR"
	CodeDataConflict        Code = "DATA_CONFLICT"
	CodeAmountOutOfRange    Code = "AMOUNT_OUT_OF_RANGE"

	CodeRedisUnavailable    Code = "REDIS_UNAVAILABLE"
	CodeDatabaseUnavailable Code = "DATABASE_UNAVAILABLE"
	CodeWorkflowUnavailable Code = "WORKFLOW_UNAVAILABLE" // Temporal does not answer
	CodeServiceOverloaded   Code = "SERVICE_OVERLOADED"   // too much of it at once
	CodeRequestTimeout      Code = "REQUEST_TIMEOUT"      // the work continues; a repeat returns the outcome

	CodeIdempotencyKeyInvalid Code = "IDEMPOTENCY_KEY_INVALID"
	CodeIdempotencyKeyReused  Code = "IDEMPOTENCY_KEY_REUSED"
)

// Accounts.
const (
	CodeLoginFailed          Code = "LOGIN_FAILED"
	CodeLoginRateLimited     Code = "LOGIN_RATE_LIMITED"
	CodeSignupRateLimited    Code = "SIGNUP_RATE_LIMITED"
	CodeMailRateLimited      Code = "MAIL_RATE_LIMITED"
	CodePasswordRateLimited  Code = "PASSWORD_RATE_LIMITED" // too many wrong current passwords
	CodeOTPRateLimited       Code = "OTP_RATE_LIMITED"
	CodeCurrentPasswordWrong Code = "CURRENT_PASSWORD_WRONG"
	CodeOTPRequired          Code = "OTP_REQUIRED" // the password is right, and a one-time password has to come with it
	CodeOTPWrong             Code = "OTP_WRONG"
	CodeMailUnavailable      Code = "MAIL_UNAVAILABLE"
	CodeBuyerLocked          Code = "BUYER_LOCKED"     // a login with the right password, locked out by staff
	CodeSellerPending        Code = "SELLER_PENDING"   // a login with the right password, before the approval
	CodeSellerRejected       Code = "SELLER_REJECTED"  // the same, of a seller who was rejected
	CodeSellerSuspended      Code = "SELLER_SUSPENDED" // the same, of a seller who is suspended
	CodeBankCodeInvalid      Code = "BANK_CODE_INVALID"
	CodeTokenExpired         Code = "TOKEN_EXPIRED"
	CodeTokenInvalid         Code = "TOKEN_INVALID"
	CodeEmailAlreadyExists   Code = "EMAIL_ALREADY_EXISTS"
	CodeConsentRequired      Code = "CONSENT_REQUIRED"
	CodeConsentOutdated      Code = "CONSENT_OUTDATED" // a document has another version now
	CodeBuyerNotFound        Code = "BUYER_NOT_FOUND"
	CodeBuyerAlreadyDeleted  Code = "BUYER_ALREADY_DELETED"
	CodeSellerNotFound       Code = "SELLER_NOT_FOUND"
	CodeSellerAlreadyDeleted Code = "SELLER_ALREADY_DELETED"
	CodeAdminNotFound        Code = "ADMIN_NOT_FOUND"
	CodeAdminAlreadyDeleted  Code = "ADMIN_ALREADY_DELETED"
	CodeAddressNotFound      Code = "ADDRESS_NOT_FOUND"

	CodeProposalNotFound          Code = "PROPOSAL_NOT_FOUND"
	CodeProposalNotPending        Code = "PROPOSAL_NOT_PENDING"
	CodeProposalNeedsAnotherAdmin Code = "PROPOSAL_NEEDS_ANOTHER_ADMIN"
	CodeProposalNotPermitted      Code = "PROPOSAL_NOT_PERMITTED" // the proposer no longer has the permission

	CodeLastOwner            Code = "LAST_OWNER"             // no owner who can log in would be left
	CodeSecondFactorRequired Code = "SECOND_FACTOR_REQUIRED" // it must be set up first
	CodeSecondFactorStale    Code = "SECOND_FACTOR_STALE"    // it was given too long ago for this request
)

// Catalogue, carts and orders.
const (
	CodeCategoryNotFound      Code = "CATEGORY_NOT_FOUND"
	CodeCategoryInUse         Code = "CATEGORY_IN_USE" // products are in it
	CodeProductNotFound       Code = "PRODUCT_NOT_FOUND"
	CodeProductOutOfStock     Code = "PRODUCT_OUT_OF_STOCK"
	CodePriceChanged          Code = "PRICE_CHANGED" // an order would not come to the total that the buyer expects
	CodeImageTypeUnsupported  Code = "IMAGE_TYPE_UNSUPPORTED"
	CodeImageInvalid          Code = "IMAGE_INVALID"
	CodeUploadRateLimited     Code = "UPLOAD_RATE_LIMITED" // too many uploads of a seller
	CodeImageStoreUnavailable Code = "IMAGE_STORE_UNAVAILABLE"
	CodeCartNotFound          Code = "CART_NOT_FOUND"
	CodeCartItemsNotFound     Code = "CART_ITEMS_NOT_FOUND"
	CodeInvalidOrderCartItems Code = "INVALID_ORDER_CART_ITEMS"
	CodeInvalidOrderProduct   Code = "INVALID_ORDER_PRODUCT"
	CodeOrderNotFound         Code = "ORDER_NOT_FOUND"
	CodeTooManyUnpaidOrders   Code = "TOO_MANY_UNPAID_ORDERS"
	CodeTooManyUnpaidPieces   Code = "TOO_MANY_UNPAID_PIECES" // in all unpaid orders, or of one product
	CodeOrderNotPayable       Code = "ORDER_NOT_PAYABLE"
	CodeOrderSaleStopped      Code = "ORDER_SALE_STOPPED" // a product is blocked, or its seller may not sell
	CodeOrderNotRefundable    Code = "ORDER_NOT_REFUNDABLE"
	CodeOrderNotCancellable   Code = "ORDER_NOT_CANCELLABLE"
	CodeOrderDisputed         Code = "ORDER_DISPUTED" // its money went back at the provider, and staff has to decide

	CodeOrderStatusImmutable       Code = "ORDER_STATUS_IMMUTABLE"
	CodeOrderStatusCannotBeChanged Code = "ORDER_STATUS_CANNOT_BE_CHANGED"
	CodeOrderItemNotFound          Code = "ORDER_ITEM_NOT_FOUND"
	CodeOrderItemNotShippable      Code = "ORDER_ITEM_NOT_SHIPPABLE"
	CodeOrderItemUnderRefund       Code = "ORDER_ITEM_UNDER_REFUND"
	CodeOrderItemNotConfirmable    Code = "ORDER_ITEM_NOT_CONFIRMABLE"
	CodeOrderItemConfirmed         Code = "ORDER_ITEM_CONFIRMED"
	CodeShipmentTooLarge           Code = "SHIPMENT_TOO_LARGE" // fewer pieces are left to ship
	CodeParcelNotFound             Code = "PARCEL_NOT_FOUND"
	CodeParcelDelivered            Code = "PARCEL_DELIVERED"
	CodeParcelExists               Code = "PARCEL_EXISTS"

	CodeRestockSubscriptionNotFound Code = "RESTOCK_SUBSCRIPTION_NOT_FOUND"
	CodeNotificationNotFound        Code = "NOTIFICATION_NOT_FOUND"
	CodeWebhookEndpointNotFound     Code = "WEBHOOK_ENDPOINT_NOT_FOUND"
	CodeWebhookMessageNotFound      Code = "WEBHOOK_MESSAGE_NOT_FOUND"

	CodeRedisLockConflict Code = "REDIS_LOCK_CONFLICT"
)

// Sellers' figures.
const (
	CodeStatisticsNotFound Code = "STATISTICS_NOT_FOUND"
	CodeSettlementNotFound Code = "SETTLEMENT_NOT_FOUND"
	CodePayoutNotFound     Code = "PAYOUT_NOT_FOUND"
)

// Payments and refunds.
const (
	CodePaymentNotFound          Code = "PAYMENT_NOT_FOUND"
	CodePaymentMethodUnavailable Code = "PAYMENT_METHOD_UNAVAILABLE" // not offered here, or its provider is away
	CodePaymentAlreadyExists     Code = "PAYMENT_ALREADY_EXISTS"
	CodePaymentAmountNotWhole    Code = "PAYMENT_AMOUNT_NOT_WHOLE"
	CodeWebhookSignatureInvalid  Code = "WEBHOOK_SIGNATURE_INVALID"

	CodePaymentNotCompleted    Code = "PAYMENT_NOT_COMPLETED"
	CodePaymentAmountMismatch  Code = "PAYMENT_AMOUNT_MISMATCH"
	CodePaymentMismatch        Code = "PAYMENT_MISMATCH"
	CodePaymentFailed          Code = "PAYMENT_FAILED"
	CodePaymentSaleStopped     Code = "PAYMENT_SALE_STOPPED" // staff took the product off sale before the payment
	CodePaymentNotRefundable   Code = "PAYMENT_NOT_REFUNDABLE"
	CodePaymentGatewayError    Code = "PAYMENT_GATEWAY_ERROR"
	CodeRefundAlreadyExists    Code = "REFUND_ALREADY_EXISTS"
	CodeRefundQuantityTooLarge Code = "REFUND_QUANTITY_TOO_LARGE" // more pieces than can still be refunded
	// CodeRefundExceedsRemaining refuses a refund that exceeds what disputes have left of the
	// payment.
	CodeRefundExceedsRemaining Code = "REFUND_EXCEEDS_REMAINING"
	CodeRefundItemsInvalid     Code = "REFUND_ITEMS_INVALID"
	CodeRefundNotFound         Code = "REFUND_NOT_FOUND"

	CodeRefundNeedsAnotherAdmin Code = "REFUND_NEEDS_ANOTHER_ADMIN"

	CodeDisputeNotFound       Code = "DISPUTE_NOT_FOUND"
	CodeDisputeResolved       Code = "DISPUTE_RESOLVED"
	CodeDisputeItemsExceed    Code = "DISPUTE_ITEMS_EXCEED"    // they come to more than is disputed
	CodeDisputePartlyRefunded Code = "DISPUTE_PARTLY_REFUNDED" // so it cannot be won
	CodeDisputeReferenceUsed  Code = "DISPUTE_REFERENCE_USED"  // another dispute was won with it

	CodeBreakNotFound         Code = "RECONCILIATION_BREAK_NOT_FOUND"
	CodeBreakResolved         Code = "RECONCILIATION_BREAK_RESOLVED"
	CodeSettlementFileInvalid Code = "SETTLEMENT_FILE_INVALID"
	CodeSettlementFileChanged Code = "SETTLEMENT_FILE_CHANGED"

	CodeOrderExpired Code = "ORDER_EXPIRED" // the order expired while its payment was under way
)

// Error is a refusal or failure that the caller can act on.
type Error struct {
	Code   Code
	Detail Detail // more specific than the code's text; may be empty
	Args   []any  // of the detail's text
	Field  string // the input that it is about, such as items[1].price; "" if Detail names it, or there is none
	// RetryAfter is the time after which the same request may be admitted; 0 if unknown.
	RetryAfter time.Duration
	Others     []*Error // further errors of the same input
	cause      error
}

// Refuse returns an Error with the code's own text.
func Refuse(code Code) *Error { return &Error{Code: code} }

// RefuseWith returns an Error with a detail's text and its arguments.
func RefuseWith(code Code, d Detail, args ...any) *Error {
	return &Error{Code: code, Detail: d, Args: args}
}

// RefuseFor returns an Error of a limit that admits the request again after a time.
func RefuseFor(code Code, after time.Duration) *Error { return &Error{Code: code, RetryAfter: after} }

// Failed returns an Error with a cause for logs.
func Failed(code Code, cause error) *Error { return &Error{Code: code, cause: cause} }

// About returns the error with the input that it is about, such as items[1].price.
func (e *Error) About(field string) *Error {
	e.Field = field
	return e
}

func (e *Error) Error() string {
	s := string(e.Code)
	if e.Detail != "" {
		s += fmt.Sprintf(" (%s %v)", e.Detail, e.Args)
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of an error: that of the first Error in its chain,
// CodeInternalServerError for any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternalServerError
}

// ErrorTypeConflict is the type of ErrConflict in workflow histories.
const ErrorTypeConflict = "CONFLICT"

// ErrConflict means that a row changed between read and write. The caller repeats the whole step;
// see the policies in workflows/policies.go.
var ErrConflict = errors.New("the row was changed concurrently")

package market

// The limits of input. Validators, forms and files take them from here; tests hold the contract and
// the schema against them, so that a change needs a migration and a new contract. Lengths are in
// characters.

// Accounts.
const (
	MaxEmail          = 100 // in bytes, which are its characters
	MinPassword       = 8
	MaxPassword       = 72 // in bytes: bcrypt ignores the rest
	DigitsOfOTP       = 6  // of a one-time password
	MaxMailToken      = 200
	MaxPersonName     = 50 // of buyers, sellers, staff and recipients
	MaxPhone          = 20
	MaxStoreName      = 100
	MaxBizNumber      = 20
	MaxBankCode       = 30
	MaxBankAccount    = 50
	MaxConsentVersion = 40 // of terms and privacy policy
)

// Products.
const (
	MaxCategoryName       = 50
	MaxProductName        = 200
	MaxDescription        = 255 // of products and of refunds
	MaxImages             = 20  // of a product
	MaxKeyword            = 100 // of a search
	MaxPrice        Money = 9_999_999_999_00
	MaxStock              = 1_000_000_000 // that a seller may set; it leaves room for pieces that come back
)

// Orders and shipments.
const (
	MaxAddress        = 100     // without recipient and phone
	MaxDeliveryNote   = 100     // of the buyer, for the courier
	MaxPieces         = 100_000 // of a product in a cart and in an order
	MaxOrderLines     = 100
	MaxCarrier        = 50
	MaxTrackingNumber = 50
	MaxFileLines      = 1000 // of a seller's file or list of shipments, prices or stock
)

// Payments in the browser.
const (
	MaxPaymentToken  = 1000
	MaxTransactionID = 255 // the provider's
)

// Decisions of staff.
const (
	MaxReason                = 255
	MaxReference             = 255 // the provider's, of a dispute that was won
	MaxFileName              = 255 // of a settlement file
	MaxDecisions             = 100 // refunds that are decided at once
	MaxBatchRate             = 50  // runs a second
	MaxReminderHours         = 720 // thirty days
	MaxEscalationHours       = 2160
	MaxUnpaidOrders          = 1000
	MaxUnpaidPieces          = 1_000_000
	MaxPolicyAmount    Money = 9_999_999_999_99 // of a refund policy
	MaxAdjustment      Money = 1_000_000_000_00 // far below the range of a settlement's columns
)

// Webhooks.
const (
	MaxWebhookURL    = 1000
	MaxWebhookEvents = 20 // that one request names
	MaxWebhookRate   = 50 // messages a second
)

// Lists.
const (
	MaxPageSize = 100
	MaxPage     = 10_000_000 // keeps an offset within what the database counts to
)

// MaxLengths names limits for validation tags, such as `validate:"required,personname"`: the most characters of a text,
// and the most elements of a list.
var MaxLengths = map[string]int{
	"currentpassword": MaxPassword,
	"mailtoken":       MaxMailToken,
	"personname":      MaxPersonName,
	"phonenumber":     MaxPhone,
	"storename":       MaxStoreName,
	"accountnumber":   MaxBankAccount,
	"consentversion":  MaxConsentVersion,
	"categoryname":    MaxCategoryName,
	"productname":     MaxProductName,
	"description":     MaxDescription,
	"productimages":   MaxImages,
	"addressdetail":   MaxAddress,
	"deliverynote":    MaxDeliveryNote,
	"orderlines":      MaxOrderLines,
	"carrier":         MaxCarrier,
	"filelines":       MaxFileLines,
	"reason":          MaxReason,
	"reference":       MaxReference,
	"decisions":       MaxDecisions,
	"webhookurl":      MaxWebhookURL,
	"webhookevents":   MaxWebhookEvents,
	"webhookrate":     MaxWebhookRate,
}

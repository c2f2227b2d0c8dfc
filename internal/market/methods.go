package market

import "slices"

// Provider is who takes a buyer's money, and gives it back.
type Provider string

// The providers.
const (
	ProviderMock    Provider = "MOCK"    // a gateway that charges within the request, of the local profile
	ProviderPortOne Provider = "PORTONE" // the buyer pays in the browser
	ProviderNone    Provider = "NONE"    // of a payment of nothing: there is nothing to charge
)

// Redirects says that the buyer pays in the browser, at the provider, and that the payment
// waits for that.
func (p Provider) Redirects() bool { return p == ProviderPortOne }

// InHistory is the provider as workflow histories keep it: "" for MOCK, which was the only
// one once.
func (p Provider) InHistory() Provider {
	if p == ProviderMock {
		return ""
	}
	return p
}

// PaymentMethod is how a buyer pays.
type PaymentMethod string

// The methods of payment.
const (
	MethodMock  PaymentMethod = "MOCK"
	MethodCard  PaymentMethod = "CARD"
	MethodKakao PaymentMethod = "KAKAO"
	MethodNaver PaymentMethod = "NAVER"
	MethodToss  PaymentMethod = "TOSS"
)

// Method is a method of payment with what it takes to use it.
type Method struct {
	Code     PaymentMethod
	Provider Provider
	// PayMethod and EasyPay are what the provider's browser SDK calls it; EasyPay is of a
	// method that one of several wallets offers, else "".
	PayMethod, EasyPay string
}

// PaymentMethods is the table of all methods, in the order in which buyers are offered them.
// Which of them a marketplace offers is its configuration's to say.
var PaymentMethods = []Method{
	{Code: MethodCard, Provider: ProviderPortOne, PayMethod: "CARD"},
	{Code: MethodKakao, Provider: ProviderPortOne, PayMethod: "EASY_PAY", EasyPay: "KAKAOPAY"},
	{Code: MethodNaver, Provider: ProviderPortOne, PayMethod: "EASY_PAY", EasyPay: "NAVERPAY"},
	{Code: MethodToss, Provider: ProviderPortOne, PayMethod: "EASY_PAY", EasyPay: "TOSSPAY"},
	{Code: MethodMock, Provider: ProviderMock},
}

// MethodOf is the table's row of a method; false when there is none.
func MethodOf(code PaymentMethod) (Method, bool) {
	i := slices.IndexFunc(PaymentMethods, func(m Method) bool { return m.Code == code })
	if i < 0 {
		return Method{}, false
	}
	return PaymentMethods[i], true
}

// Valid says whether m is a method that exists.
func (m PaymentMethod) Valid() bool {
	_, ok := MethodOf(m)
	return ok
}

// PaymentWindow is what the provider's browser SDK is called with to have a buyer pay: its
// fields are those of PortOne.requestPayment. Whoever calls it adds where the browser is to
// come back to, redirectUrl.
type PaymentWindow struct {
	StoreID     string         `json:"storeId"`
	ChannelKey  string         `json:"channelKey"`
	PaymentID   string         `json:"paymentId"` // the provider's name of the payment: our merchantUid
	OrderName   string         `json:"orderName"`
	TotalAmount int64          `json:"totalAmount"` // in won
	Currency    string         `json:"currency"`
	PayMethod   string         `json:"payMethod"`
	EasyPay     *EasyPayWindow `json:"easyPay,omitempty"`
}

// EasyPayWindow names the wallet of a method that several offer.
type EasyPayWindow struct {
	EasyPayProvider string `json:"easyPayProvider"`
}

// OfferedMethod is a method as buyers see it: Redirects says that POST /payments answers
// with a window in which they pay; Available is false while its provider does not answer.
type OfferedMethod struct {
	Method    PaymentMethod `json:"method"`
	Redirects bool          `json:"redirects"`
	Available bool          `json:"available"`
}

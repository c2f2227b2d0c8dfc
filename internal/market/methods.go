package market

import "slices"

// Provider is a payment provider, which takes buyers' money and refunds it.
type Provider string

// The providers.
const (
	ProviderMock    Provider = "MOCK"    // a gateway that charges within the request, of the local profile
	ProviderPortOne Provider = "PORTONE" // the buyer pays in the browser
	ProviderNone    Provider = "NONE"    // of a payment of nothing: there is nothing to charge
)

// Redirects reports whether the buyer pays in the browser, at the provider, while the payment
// waits.
func (p Provider) Redirects() bool { return p == ProviderPortOne }

// InHistory returns the provider's name in workflow histories: "" for MOCK, which was once the only
// one.
func (p Provider) InHistory() Provider {
	if p == ProviderMock {
		return ""
	}
	return p
}

// PaymentMethod is a method of payment.
type PaymentMethod string

// The methods of payment.
const (
	MethodMock  PaymentMethod = "MOCK"
	MethodCard  PaymentMethod = "CARD"
	MethodKakao PaymentMethod = "KAKAO"
	MethodNaver PaymentMethod = "NAVER"
	MethodToss  PaymentMethod = "TOSS"
)

// Method is a method of payment with its requirements.
type Method struct {
	Code     PaymentMethod
	Provider Provider
	// PayMethod and EasyPay are the method's names in the provider's browser SDK; EasyPay is ""
	// unless the method is one of several wallets.
	PayMethod, EasyPay string
}

// PaymentMethods is the table of all methods, in the order in which buyers see them. The
// configuration determines which of them a marketplace offers.
var PaymentMethods = []Method{
	{Code: MethodCard, Provider: ProviderPortOne, PayMethod: "CARD"},
	{Code: MethodKakao, Provider: ProviderPortOne, PayMethod: "EASY_PAY", EasyPay: "KAKAOPAY"},
	{Code: MethodNaver, Provider: ProviderPortOne, PayMethod: "EASY_PAY", EasyPay: "NAVERPAY"},
	{Code: MethodToss, Provider: ProviderPortOne, PayMethod: "EASY_PAY", EasyPay: "TOSSPAY"},
	{Code: MethodMock, Provider: ProviderMock},
}

// MethodOf returns the table's row of a method; false when there is none.
func MethodOf(code PaymentMethod) (Method, bool) {
	i := slices.IndexFunc(PaymentMethods, func(m Method) bool { return m.Code == code })
	if i < 0 {
		return Method{}, false
	}
	return PaymentMethods[i], true
}

// Valid reports whether m is a known method.
func (m PaymentMethod) Valid() bool {
	_, ok := MethodOf(m)
	return ok
}

// PaymentWindow is the argument for the provider's browser SDK: its fields are those of
// PortOne.requestPayment. The caller adds redirectUrl, the address to which the browser returns.
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

// OfferedMethod is a method in buyers' view: Redirects means that POST /payments answers with a
// payment window; Available is false while its provider does not answer.
type OfferedMethod struct {
	Method    PaymentMethod `json:"method"`
	Redirects bool          `json:"redirects"`
	Available bool          `json:"available"`
}

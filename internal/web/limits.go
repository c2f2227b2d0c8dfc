package web

import (
	"fmt"

	"github.com/go-playground/validator/v10"

	"github.com/all-in-market/market/internal/market"
)

// registerLimits names the limits of input, so that the rules of requests contain no numbers. A rule
// such as `validate:"required,personname"` bounds a field; the error still is of the rule that is
// broken, such as max.
func registerLimits(v *validator.Validate) {
	most := func(limit int) string { return fmt.Sprintf("max=%d", limit) }
	for alias, rules := range map[string]string{
		"emailaddress":    "email," + most(market.MaxEmail),
		"newpassword":     fmt.Sprintf("min=%d,maxbytes=%d,uncommon", market.MinPassword, market.MaxPassword),
		"loginpassword":   fmt.Sprintf("min=%d,max=%d", market.MinPassword, market.MaxPassword),
		"currentpassword": most(market.MaxPassword),
		"onetimepassword": fmt.Sprintf("len=%d,numeric", market.DigitsOfOTP),
		"mailtoken":       most(market.MaxMailToken),
		"personname":      most(market.MaxPersonName),
		"phonenumber":     most(market.MaxPhone),
		"storename":       most(market.MaxStoreName),
		"businessnumber":  most(market.MaxBizNumber) + ",biznumber",
		"bank":            most(market.MaxBankCode) + ",bankcode",
		"accountnumber":   most(market.MaxBankAccount),
		"consentversion":  most(market.MaxConsentVersion),

		"categoryname":  most(market.MaxCategoryName),
		"productname":   most(market.MaxProductName),
		"description":   most(market.MaxDescription),
		"productimages": most(market.MaxImages),
		"stock":         fmt.Sprintf("gte=0,lte=%d", market.MaxStock),

		"addressdetail":  most(market.MaxAddress),
		"deliverynote":   most(market.MaxDeliveryNote),
		"pieces":         fmt.Sprintf("gt=0,lte=%d", market.MaxPieces),
		"cartpieces":     fmt.Sprintf("gte=0,lte=%d", market.MaxPieces),
		"orderlines":     most(market.MaxOrderLines),
		"carrier":        most(market.MaxCarrier),
		"trackingnumber": most(market.MaxTrackingNumber) + ",unshortened",
		"filelines":      most(market.MaxFileLines),

		"reason":          most(market.MaxReason),
		"reference":       most(market.MaxReference),
		"decisions":       most(market.MaxDecisions),
		"batchrate":       fmt.Sprintf("gte=1,lte=%d", market.MaxBatchRate),
		"policyamount":    fmt.Sprintf("lte=%d", market.MaxPolicyAmount),
		"reminderhours":   fmt.Sprintf("gt=0,lte=%d", market.MaxReminderHours),
		"escalationhours": fmt.Sprintf("lte=%d", market.MaxEscalationHours),
		"unpaidorders":    fmt.Sprintf("gt=0,lte=%d", market.MaxUnpaidOrders),
		"unpaidpieces":    fmt.Sprintf("gt=0,lte=%d", market.MaxUnpaidPieces),

		"webhookurl":    most(market.MaxWebhookURL),
		"webhookevents": most(market.MaxWebhookEvents),
		"webhookrate":   most(market.MaxWebhookRate),
	} {
		v.RegisterAlias(alias, rules)
	}
}

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
		"onetimepassword": fmt.Sprintf("len=%d,numeric", market.DigitsOfOTP),
		"businessnumber":  most(market.MaxBizNumber) + ",biznumber",
		"bank":            most(market.MaxBankCode) + ",bankcode",

		"stock": fmt.Sprintf("gte=0,lte=%d", market.MaxStock),

		"pieces":         fmt.Sprintf("gt=0,lte=%d", market.MaxPieces),
		"cartpieces":     fmt.Sprintf("gte=0,lte=%d", market.MaxPieces),
		"trackingnumber": most(market.MaxTrackingNumber) + ",unshortened",

		"batchrate":       fmt.Sprintf("gte=1,lte=%d", market.MaxBatchRate),
		"policyamount":    fmt.Sprintf("lte=%d", market.MaxPolicyAmount),
		"reminderhours":   fmt.Sprintf("gt=0,lte=%d", market.MaxReminderHours),
		"escalationhours": fmt.Sprintf("lte=%d", market.MaxEscalationHours),
		"unpaidorders":    fmt.Sprintf("gt=0,lte=%d", market.MaxUnpaidOrders),
		"unpaidpieces":    fmt.Sprintf("gt=0,lte=%d", market.MaxUnpaidPieces),
	} {
		v.RegisterAlias(alias, rules)
	}
	for alias, limit := range market.MaxLengths {
		v.RegisterAlias(alias, most(limit))
	}
}

package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// The addresses that the forms of the settings are sent to.
const (
	policyPath = "/settings/refund-policy"
	limitsPath = "/settings/unpaid-limits"
)

// settings is the content of the settings page, with the values of its forms.
type settings struct {
	policy       market.RefundPolicy
	limits       market.UnpaidLimits
	policyValues url.Values
	limitValues  url.Values
}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request) (err error) {
	var shown settings
	if shown.policy, err = s.store.RefundPolicy(r.Context()); err != nil {
		return err
	}
	if shown.limits, err = s.store.UnpaidLimits(r.Context()); err != nil {
		return err
	}
	shown.policyValues, shown.limitValues = policyValues(shown.policy), limitValues(shown.limits)
	pages.Show(w, r, http.StatusOK, settingsPage(s.site.Frame(r, textSettings), shown))
	return nil
}

// policyValues returns a refund policy as form fields.
func policyValues(p market.RefundPolicy) url.Values {
	v := url.Values{
		"autoApproveBelow":   {plain(p.AutoApproveBelow)},
		"remindAfterHours":   {strconv.Itoa(int(p.RemindAfterHours))},
		"escalateAfterHours": {strconv.Itoa(int(p.EscalateAfterHours))},
	}
	v.Set(shippingField(market.ReasonChangeOfMind), string(p.ShippingBorneBy.ChangeOfMind))
	v.Set(shippingField(market.ReasonWrongItem), string(p.ShippingBorneBy.WrongItem))
	v.Set(shippingField(market.ReasonDamaged), string(p.ShippingBorneBy.Damaged))
	if p.SecondApprovalFrom != nil {
		v.Set("secondApprovalFrom", plain(*p.SecondApprovalFrom))
	}
	if p.FourEyes {
		v.Set("fourEyes", "1")
	}
	return v
}

// shippingField is the field of the party that bears the shipping costs of a return.
func shippingField(reason market.RefundReason) string { return "shippingBorneBy." + string(reason) }

// plain returns an amount as it is typed: without separators, and without decimals if they are
// zero.
func plain(m market.Money) string { return strings.TrimSuffix(m.String(), ".00") }

// limitValues returns the limits of unpaid orders as form fields.
func limitValues(l market.UnpaidLimits) url.Values {
	v := url.Values{}
	for of, limit := range map[string]market.UnpaidLimit{"verified": l.Verified, "unverified": l.Unverified} {
		v.Set(of+".orders", strconv.Itoa(int(limit.Orders)))
		v.Set(of+".pieces", strconv.Itoa(int(limit.Pieces)))
		v.Set(of+".piecesOfProduct", strconv.Itoa(int(limit.PiecesOfProduct)))
	}
	return v
}

// changePolicy changes the refund policy, or proposes the change.
func (s *Server) changePolicy(w http.ResponseWriter, r *http.Request) error {
	var in backoffice.PolicyRequest
	err := web.DecodeForm(r.PostForm, &in)
	var waits *market.Proposal
	if err == nil {
		if in.FourEyes == nil { // a box that is not checked is not sent
			in.FourEyes = new(bool)
		}
		_, waits, err = s.backOffice.SetRefundPolicy(r.Context(), web.Caller(r).ID, in)
	}
	return s.changed(w, r, err, waits)
}

// changeLimits changes the limits of unpaid orders, or proposes the change.
func (s *Server) changeLimits(w http.ResponseWriter, r *http.Request) error {
	var in backoffice.UnpaidLimitsRequest
	err := web.DecodeForm(r.PostForm, &in)
	var waits *market.Proposal
	if err == nil {
		_, waits, err = s.backOffice.SetUnpaidLimits(r.Context(), web.Caller(r).ID, in)
	}
	return s.changed(w, r, err, waits)
}

// changed answers a form of the settings with a notice of what was done or of what waits for a second person.
func (s *Server) changed(w http.ResponseWriter, r *http.Request, err error, waits *market.Proposal) error {
	if err != nil {
		return pages.WithHints(err, settingHints)
	}
	done := noticeSetting
	if waits != nil {
		done = noticeWaits
	}
	s.site.Back(w, r, "/settings", done)
	return nil
}

// settingHints explain which values the fields of the settings take.
var settingHints = map[string]pages.Text{
	"autoApproveBelow": textEnterAnAmount, "secondApprovalFrom": textEnterAtLeastAutomaticAmount,
	"remindAfterHours": textEnter1To720Hours, "escalateAfterHours": textEnterMoreHoursThanReminder,
	"verified.orders": textEnter1To1000, "verified.pieces": textEnter1To1000000,
	"verified.piecesOfProduct": textEnter1To1000000, "unverified.orders": textEnterAtMostConfirmedLimit,
	"unverified.pieces":          textEnterAtMostConfirmedLimit,
	"unverified.piecesOfProduct": textEnterAtMostConfirmedLimit,
}

// limitFields returns the limits of unpaid orders in the reader's language, in display order.
func limitFields(f pages.Frame, l market.LimitsChange) [][2]string {
	of := func(group string, limit market.UnpaidLimit) [][2]string {
		return [][2]string{
			{group + f.T(textOrdersSuffix), strconv.Itoa(int(limit.Orders))},
			{group + f.T(textQuantitySuffix), strconv.Itoa(int(limit.Pieces))},
			{group + f.T(textQuantityPerProductSuffix), strconv.Itoa(int(limit.PiecesOfProduct))},
		}
	}
	return append(of(f.T(textConfirmedEmailAddress), l.Verified),
		of(f.T(textUnconfirmedEmailAddress), l.Unverified)...)
}

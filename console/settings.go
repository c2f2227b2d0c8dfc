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

// The forms of the settings, with where they are sent.
const (
	policyForm = "policy"
	limitsForm = "limits"
	policyPath = "/settings/refund-policy"
	limitsPath = "/settings/unpaid-limits"
)

// settings is the content of the settings page. The values are those of the forms: current, or as
// submitted.
type settings struct {
	policy       market.RefundPolicy
	limits       market.UnpaidLimits
	policyValues url.Values
	limitValues  url.Values
	problem      pages.Problem
}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request) error {
	return s.settings(w, r, http.StatusOK, func(*settings) {})
}

// settings shows the settings. with may replace values of a form with what was typed, and add the problem.
func (s *Server) settings(w http.ResponseWriter, r *http.Request, status int, with func(*settings)) (err error) {
	var shown settings
	if shown.policy, err = s.store.RefundPolicy(r.Context()); err != nil {
		return err
	}
	if shown.limits, err = s.store.UnpaidLimits(r.Context()); err != nil {
		return err
	}
	shown.policyValues, shown.limitValues = policyValues(shown.policy), limitValues(shown.limits)
	with(&shown)
	pages.Show(w, r, status, settingsPage(s.site.Frame(r, textSettings), shown))
	return nil
}

// policyValues returns a refund policy as form fields.
func policyValues(p market.RefundPolicy) url.Values {
	v := url.Values{
		"autoApproveBelow":   {plain(p.AutoApproveBelow)},
		"remindAfterHours":   {strconv.Itoa(int(p.RemindAfterHours))},
		"escalateAfterHours": {strconv.Itoa(int(p.EscalateAfterHours))},
		"CHANGE_OF_MIND":     {string(p.ShippingBorneBy.ChangeOfMind)},
		"WRONG_ITEM":         {string(p.ShippingBorneBy.WrongItem)}, "DAMAGED": {string(p.ShippingBorneBy.Damaged)},
	}
	if p.SecondApprovalFrom != nil {
		v.Set("secondApprovalFrom", plain(*p.SecondApprovalFrom))
	}
	if p.FourEyes {
		v.Set("fourEyes", "1")
	}
	return v
}

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

// amount reads an amount from a form; nil for a blank field.
func amount(form url.Values, name string) (*market.Money, error) {
	typed := market.Ungroup(form.Get(name))
	if typed == "" {
		return nil, nil //nolint:nilnil // a blank amount is none
	}
	m, err := market.ParseMoney(typed)
	if err != nil {
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
	}
	return &m, nil
}

// number reads a whole number from a form; 0 for a blank field.
func number(form url.Values, name string) (int32, error) {
	typed := market.Ungroup(form.Get(name))
	if typed == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(typed, 10, 32)
	if err != nil {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
	}
	return int32(n), nil
}

// readPolicy reads a refund policy from its form. It fails with INVALID_INPUT.
func readPolicy(form url.Values) (in backoffice.PolicyRequest, err error) {
	if in.AutoApproveBelow, err = amount(form, "autoApproveBelow"); err != nil {
		return in, err
	}
	if in.SecondApprovalFrom, err = amount(form, "secondApprovalFrom"); err != nil {
		return in, err
	}
	if in.RemindAfterHours, err = number(form, "remindAfterHours"); err != nil {
		return in, err
	}
	if in.EscalateAfterHours, err = number(form, "escalateAfterHours"); err != nil {
		return in, err
	}
	in.ShippingBorneBy.ChangeOfMind = market.Party(form.Get("CHANGE_OF_MIND"))
	in.ShippingBorneBy.WrongItem = market.Party(form.Get("WRONG_ITEM"))
	in.ShippingBorneBy.Damaged = market.Party(form.Get("DAMAGED"))
	fourEyes := form.Get("fourEyes") != ""
	in.FourEyes = &fourEyes
	return in, web.Check(&in)
}

// changePolicy changes the refund policy, or proposes the change.
func (s *Server) changePolicy(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	in, err := readPolicy(r.PostForm)
	var waits *market.Proposal
	if err == nil {
		_, waits, err = s.backOffice.SetRefundPolicy(r.Context(), web.Caller(r).ID, in)
	}
	return s.changed(w, r, err, waits, policyForm, func(shown *settings) { shown.policyValues = r.PostForm })
}

// readLimits reads the limits of unpaid orders from their form. It fails with INVALID_INPUT.
func readLimits(form url.Values) (in backoffice.UnpaidLimitsRequest, err error) {
	for _, of := range []struct {
		name  string
		limit *backoffice.UnpaidLimitRequest
	}{{"verified", &in.Verified}, {"unverified", &in.Unverified}} {
		for name, n := range map[string]*int32{
			"orders": &of.limit.Orders, "pieces": &of.limit.Pieces, "piecesOfProduct": &of.limit.PiecesOfProduct,
		} {
			if *n, err = number(form, of.name+"."+name); err != nil {
				return in, err
			}
		}
		if err := web.Check(of.limit); err != nil {
			return in, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid,
				of.name+"."+web.FieldOf(err))
		}
	}
	return in, nil
}

// changeLimits changes the limits of unpaid orders, or proposes the change.
func (s *Server) changeLimits(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	in, err := readLimits(r.PostForm)
	var waits *market.Proposal
	if err == nil {
		_, waits, err = s.backOffice.SetUnpaidLimits(r.Context(), web.Caller(r).ID, in)
	}
	return s.changed(w, r, err, waits, limitsForm, func(shown *settings) { shown.limitValues = r.PostForm })
}

// changed answers a form of the settings: with a notice of what was done or of what waits for a second person, or
// with the form as it was typed and why it was refused.
func (s *Server) changed(
	w http.ResponseWriter, r *http.Request, err error, waits *market.Proposal, form string, typed func(*settings),
) error {
	if err == nil {
		done := noticeSetting
		if waits != nil {
			done = noticeWaits
		}
		s.site.Back(w, r, "/settings", done)
		return nil
	}
	status, problem, failed := pages.Refused(w, r, err, settingFields...)
	if failed != nil {
		return failed
	}
	problem.Form = form
	if hint := settingProblem(s.site.Frame(r, pages.Text{}), problem.Field); hint != "" {
		problem.Message = hint
	}
	return s.settings(w, r, status, func(shown *settings) {
		typed(shown)
		shown.problem = problem
	})
}

// settingFields are the fields of the forms of the settings.
var settingFields = []string{
	"autoApproveBelow", "secondApprovalFrom", "remindAfterHours", "escalateAfterHours", "CHANGE_OF_MIND", "WRONG_ITEM",
	"DAMAGED", "verified.orders", "verified.pieces", "verified.piecesOfProduct", "unverified.orders", "unverified.pieces",
	"unverified.piecesOfProduct",
}

// settingProblem explains which values a field takes; "" for one that needs no explanation.
func settingProblem(f pages.Frame, field string) string {
	switch field {
	case "autoApproveBelow":
		return f.T(textEnterAnAmount)
	case "secondApprovalFrom":
		return f.T(textEnterAtLeastAutomaticAmount)
	case "remindAfterHours":
		return f.T(textEnter1To720Hours)
	case "escalateAfterHours":
		return f.T(textEnterMoreHoursThanReminder)
	case "verified.orders":
		return f.T(textEnter1To1000)
	case "verified.pieces", "verified.piecesOfProduct":
		return f.T(textEnter1To1000000)
	case "unverified.orders", "unverified.pieces", "unverified.piecesOfProduct":
		return f.T(textEnterAtMostConfirmedLimit)
	}
	return ""
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

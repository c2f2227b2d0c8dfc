package simulator

import (
	_ "embed"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/all-in-market/market/internal/market"
)

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Parse(pageHTML))

// maxWait is the longest delay that the page sets, in milliseconds: it exceeds any caller's
// timeout.
const maxWait = 10 * 60 * 1000

// showPage shows the knobs of gateway and bank in a browser.
func (s *Simulator) showPage(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	gateway := s.knobs
	s.mu.Unlock()
	s.Bank.mu.Lock()
	bank := s.Bank.knobs
	s.Bank.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	_ = page.Execute(w, struct {
		Gateway Knobs
		Bank    BankKnobs
	}{gateway, bank}) // it fails when the reader has gone
}

// turnKnobs applies the page's form: blank or invalid numbers are zero.
func (s *Simulator) turnKnobs(w http.ResponseWriter, r *http.Request) {
	wait := func(field string) time.Duration {
		ms, err := strconv.Atoi(r.PostFormValue(field))
		if err != nil {
			return 0
		}
		return time.Duration(min(max(ms, 0), maxWait)) * time.Millisecond
	}
	on := func(field string) bool { return r.PostFormValue(field) != "" }
	amount, _ := market.ParseMoney(r.PostFormValue("amountOff"))
	bankAmount, _ := market.ParseMoney(r.PostFormValue("bankAmountOff"))
	s.Set(Knobs{
		Latency: wait("latency"), Decline: on("decline"), HangAfter: wait("hangAfter"), FailBefore: on("failBefore"),
		Queue: wait("queue"), AmountOff: amount, DuplicateWork: on("duplicateWork"), RefuseCancel: on("refuseCancel"),
	})
	s.Bank.Set(BankKnobs{
		Latency: wait("bankLatency"), Refuse: on("bankRefuse"), HangAfter: wait("bankHangAfter"),
		FailBefore: on("bankFailBefore"), Return: on("bankReturn"), AmountOff: bankAmount,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

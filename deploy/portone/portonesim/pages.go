package portonesim

import (
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"
)

//go:embed pay.html
var payHTML string

//go:embed books.html
var booksHTML string

//go:embed sdk.js
var sdk []byte

var (
	payPage   = template.Must(template.New("pay").Parse(payHTML))
	booksPage = template.Must(template.New("books").Parse(booksHTML))
)

func (s *Simulator) pages(r *mux.Router) {
	r.HandleFunc("/sdk.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(sdk)
	}).Methods(http.MethodGet)
	r.HandleFunc("/pay", s.showPay).Methods(http.MethodGet)
	r.HandleFunc("/pay", s.pay).Methods(http.MethodPost)
	r.HandleFunc("/", s.showBooks).Methods(http.MethodGet)
	r.HandleFunc("/books", s.getBooks).Methods(http.MethodGet)
	r.HandleFunc("/faults", s.setFaults).Methods(http.MethodPut)
	r.HandleFunc("/faults", s.setFaultsByForm).Methods(http.MethodPost)
	r.HandleFunc("/console-cancel", s.consoleCancel).Methods(http.MethodPost)
}

// Window is the browser SDK's request to open a payment window.
type Window struct {
	StoreID     string
	ChannelKey  string
	PaymentID   string
	OrderName   string
	TotalAmount int64
	Currency    string
	PayMethod   string
	RedirectURL string // "" answers with JSON, as the SDK's promise would
}

func windowOf(v url.Values) Window {
	amount, _ := strconv.ParseInt(v.Get("totalAmount"), 10, 64)
	return Window{
		StoreID: v.Get("storeId"), ChannelKey: v.Get("channelKey"), PaymentID: v.Get("paymentId"),
		OrderName: v.Get("orderName"), TotalAmount: amount, Currency: v.Get("currency"), PayMethod: v.Get("payMethod"),
		RedirectURL: v.Get("redirectUrl"),
	}
}

// Outcome is the browser SDK's result when the window has closed.
type Outcome struct {
	TransactionType string `json:"transactionType"`
	TxID            string `json:"txId"`
	PaymentID       string `json:"paymentId"`
	PaymentToken    string `json:"paymentToken,omitempty"`
	Code            string `json:"code,omitempty"` // of a failure
	Message         string `json:"message,omitempty"`
}

func (s *Simulator) showPay(w http.ResponseWriter, r *http.Request) {
	if s.current().Down {
		http.Error(w, "service unavailable", http.StatusServiceUnavailable)
		return
	}
	_ = payPage.Execute(w, windowOf(r.URL.Query()))
}

// pay is the buyer's decision on the pay page: approve, decline or close.
func (s *Simulator) pay(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	window := windowOf(r.PostForm)
	if s.current().Down {
		http.Error(w, "service unavailable", http.StatusServiceUnavailable)
		return
	}
	outcome := s.Pay(window, r.PostForm.Get("decision"))
	if window.RedirectURL == "" || r.PostForm.Get("stay") != "" {
		answer(w, http.StatusOK, outcome)
		return
	}
	back, err := url.Parse(window.RedirectURL)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q := back.Query()
	for name, value := range map[string]string{
		"transactionType": outcome.TransactionType, "txId": outcome.TxID, "paymentId": outcome.PaymentID,
		"paymentToken": outcome.PaymentToken, "code": outcome.Code, "message": outcome.Message,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	back.RawQuery = q.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

// The decisions of a buyer.
const (
	Approve = "approve"
	Decline = "decline" // by the buyer's bank
	Leave   = "leave"   // the window is closed without a decision
)

// Pay makes an attempt to pay, as a buyer would in the window. A channel whose key ends in
// "-manual" only takes an agreement, which the shop then confirms.
func (s *Simulator) Pay(in Window, decision string) Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Outcome{TransactionType: "PAYMENT", PaymentID: in.PaymentID, TxID: "tx-" + rand.Text()}
	no := func(code, message string) Outcome {
		out.Code, out.Message = code, message
		return out
	}
	p := s.books.payments[in.PaymentID]
	switch {
	case in.StoreID != s.StoreID:
		return no("INVALID_REQUEST", "the store is not known")
	case p != nil && p.PaidAt != nil:
		return no("ALREADY_PAID", "this payment has been paid")
	case p != nil && p.Registered != nil && *p.Registered != in.TotalAmount:
		return no("INFORMATION_MISMATCH", "the amount is not the one that the shop has registered")
	case p == nil:
		p = &payment{Payment: Payment{ID: in.PaymentID, StoreID: s.StoreID, MerchantID: "merchant-simulated",
			Version: "V2"}}
	}
	now := time.Now()
	if p.RequestedAt.IsZero() {
		p.RequestedAt = now
	}
	kind := "TEST"
	if s.Live && !s.faults.TestMoney {
		kind = "LIVE"
	}
	p.TransactionID, p.OrderName, p.Currency, p.Amount = out.TxID, in.OrderName, in.Currency,
		Amount{Total: in.TotalAmount}
	p.Status, p.StatusChangedAt = statusReady, now
	p.Channel = Channel{
		Type: kind, ID: "id-" + in.ChannelKey, Key: in.ChannelKey, Name: in.PayMethod, PGProvider: "SIMULATED",
	}
	s.notify(p, "Transaction.Ready", "")
	switch {
	case decision == Leave:
		s.books.changed(p, now)
		return no("USER_CANCEL", "the buyer has closed the window")
	case decision == Decline || s.faults.Decline:
		s.fail(p)
		return no("PG_PROVIDER_ERROR", p.Failure.PGMessage)
	case strings.HasSuffix(in.ChannelKey, "-manual"):
		p.Status, p.Token = statusPending, "token-"+rand.Text()
		s.books.changed(p, now)
		s.notify(p, "Transaction.PayPending", "")
		out.PaymentToken = p.Token
		return out
	}
	s.take(p)
	return out
}

// Books are the simulator's books, for tests and for people.
type Books struct {
	Payments []Payment `json:"payments"` // the newest first
	Events   []Event   `json:"events"`   // the oldest first
	Faults   Faults    `json:"faults"`
}

// Books are copies of the simulator's books.
func (s *Simulator) Books() Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Books{Payments: s.books.all(), Events: append([]Event{}, s.books.events...), Faults: s.faults}
}

func (s *Simulator) getBooks(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, s.Books())
}

func (s *Simulator) showBooks(w http.ResponseWriter, _ *http.Request) {
	b := s.Books()
	f, _ := json.MarshalIndent(b.Faults, "", "  ") // of numbers, booleans and a string
	_ = booksPage.Execute(w, struct {
		Books
		Text string
	}{b, string(f)})
}

func (s *Simulator) setFaults(w http.ResponseWriter, r *http.Request) {
	var f Faults
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		http.Error(w, "the faults are no JSON: "+err.Error(), http.StatusBadRequest)
		return
	}
	s.Set(f)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) setFaultsByForm(w http.ResponseWriter, r *http.Request) {
	var f Faults
	if err := json.Unmarshal([]byte(r.FormValue("faults")), &f); err != nil {
		http.Error(w, "the faults are no JSON: "+err.Error(), http.StatusBadRequest)
		return
	}
	s.Set(f)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// GiveBack gives a part of a payment back as from PortOne's console, which the shop learns from a
// notification only.
func (s *Simulator) GiveBack(paymentID string, amount int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.books.payments[paymentID]; p != nil && amount > 0 && amount <= p.held()-p.promised() {
		s.giveBack(p, amount, "by hand", "CONSOLE")
	}
}

// consoleCancel gives all of a payment back.
func (s *Simulator) consoleCancel(w http.ResponseWriter, r *http.Request) {
	id, left := r.FormValue("paymentId"), int64(0)
	s.mu.Lock()
	if p := s.books.payments[id]; p != nil {
		left = p.held() - p.promised()
	}
	s.mu.Unlock()
	s.GiveBack(id, left)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// Package portonesim simulates PortOne, version 2 of its API, for development and tests:
// the endpoints that a shop calls, the page on which a buyer pays, signed webhooks that are
// sent again until they are taken, and faults that can be set. It is written from PortOne's
// documentation and shares no code with the client that is tested against it.
package portonesim

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"
)

// Options are the settings of a shop in PortOne's console.
type Options struct {
	StoreID, APISecret string
	WebhookURL         string // "" sends none
	WebhookSecret      string // base64, with or without the prefix whsec_
	Live               bool   // channels move real money; else they are test channels
	Journal            string // a file that keeps the books; "" keeps them in memory only
	// Minute is how long a minute of PortOne's clock takes; 0 is a minute. Webhooks are
	// sent again, and idempotency keys forgotten, by that clock.
	Minute time.Duration
}

// Simulator is PortOne for one shop.
type Simulator struct {
	Options
	mu     sync.Mutex // of all below
	books  *books
	faults Faults
	keys   map[string]*keyed
	sent   int // webhooks
	done   chan struct{}
	sender sync.WaitGroup
}

// New opens the books of a simulator. Close stops its webhooks.
func New(opt Options) (*Simulator, error) {
	if opt.Minute == 0 {
		opt.Minute = time.Minute
	}
	b, err := openBooks(opt.Journal)
	if err != nil {
		return nil, err
	}
	return &Simulator{Options: opt, books: b, keys: map[string]*keyed{}, done: make(chan struct{})}, nil
}

// Close stops sending webhooks and waits until none is on its way.
func (s *Simulator) Close() {
	close(s.done)
	s.sender.Wait()
}

// Handler serves the API, the pay page and the page that shows the books.
func (s *Simulator) Handler() http.Handler {
	r := mux.NewRouter()
	shop := r.NewRoute().Subrouter()
	shop.Use(s.authenticate)
	shop.Handle("/payments/{paymentId}/pre-register", s.once(s.preRegister)).Methods(http.MethodPost)
	shop.Handle("/payments/{paymentId}/confirm", s.once(s.confirm)).Methods(http.MethodPost)
	shop.Handle("/payments/{paymentId}/cancel", s.once(s.cancel)).Methods(http.MethodPost)
	shop.HandleFunc("/payments/{paymentId}", s.get).Methods(http.MethodGet)
	shop.HandleFunc("/payments-by-cursor", s.paymentFeed).Methods(http.MethodGet)
	shop.HandleFunc("/payment-events-by-cursor", s.eventFeed).Methods(http.MethodGet)
	s.pages(r)
	return r
}

// refusal is an error response.
type refusal struct {
	status    int
	Type      string `json:"type"`
	Message   string `json:"message,omitempty"`
	PGCode    string `json:"pgCode,omitempty"`
	PGMessage string `json:"pgMessage,omitempty"`
}

func refuse(status int, kind string) *refusal { return &refusal{status: status, Type: kind} }

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// authenticate lets the shop in, unless the service is down.
func (s *Simulator) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.current().Down:
			http.Error(w, "<html>service unavailable</html>", http.StatusServiceUnavailable)
		case r.Header.Get("Authorization") != "PortOne "+s.APISecret:
			answer(w, http.StatusUnauthorized, refuse(0, "UNAUTHORIZED"))
		case mux.Vars(r)["paymentId"] != "" && s.current().Poisoned == mux.Vars(r)["paymentId"]:
			answer(w, http.StatusInternalServerError, refuse(0, "INTERNAL"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// keyed is the answer to a request that carried an Idempotency-Key.
type keyed struct {
	request []byte // method, path and body
	running bool
	status  int
	body    []byte
	at      time.Time
}

// keyLifetime is in minutes.
const keyLifetime = 180

// operation changes a payment: what it answers, or a refusal. It holds the lock.
type operation func(id string, body []byte) (any, *refusal)

// once does an operation once for an Idempotency-Key, while the key is remembered.
func (s *Simulator) once(do operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		key := strings.Trim(r.Header.Get("Idempotency-Key"), `"`)
		if key != "" && (len(key) < 16 || len(key) > 256) {
			answer(w, http.StatusBadRequest, refuse(0, "INVALID_REQUEST"))
			return
		}
		request := append([]byte(r.Method+" "+r.URL.Path+" "), body...)
		s.mu.Lock()
		f := s.faults
		k := s.keys[key]
		known := key != "" && k != nil && time.Since(k.at) < keyLifetime*s.Minute
		switch {
		case known && k.running:
			s.mu.Unlock()
			answer(w, http.StatusConflict, refuse(0, "IDEMPOTENCY_OUTSTANDING_REQUEST"))
			return
		case known && !bytes.Equal(k.request, request):
			s.mu.Unlock()
			answer(w, http.StatusUnprocessableEntity, refuse(0, "INVALID_REQUEST"))
			return
		case !known:
			k = &keyed{request: request, at: time.Now(), status: http.StatusOK}
			result, no := do(mux.Vars(r)["paymentId"], body)
			if no != nil {
				k.status, result = no.status, no
			}
			k.body, _ = json.Marshal(result) // of structs without anything that cannot be written
			if key != "" {
				s.keys[key] = k
			}
		}
		s.mu.Unlock()
		hang(r, f)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(k.status)
		_, _ = w.Write(k.body)
	})
}

// find is a payment that a buyer has begun to pay.
func (s *Simulator) find(id string) (*payment, *refusal) {
	p := s.books.payments[id]
	if p == nil || p.Status == "" {
		return nil, refuse(http.StatusNotFound, "PAYMENT_NOT_FOUND")
	}
	return p, nil
}

func (s *Simulator) preRegister(id string, body []byte) (any, *refusal) {
	var in struct {
		TotalAmount *int64 `json:"totalAmount"`
		Currency    string `json:"currency"`
	}
	if json.Unmarshal(body, &in) != nil {
		return nil, refuse(http.StatusBadRequest, "INVALID_REQUEST")
	}
	p := s.books.payments[id]
	if p == nil {
		p = &payment{Payment: Payment{ID: id, StoreID: s.StoreID, MerchantID: "merchant-simulated", Version: "V2"}}
	}
	if p.PaidAt != nil {
		return nil, refuse(http.StatusConflict, "ALREADY_PAID")
	}
	p.Registered, p.Currency = in.TotalAmount, in.Currency
	s.books.changed(p, time.Now())
	return struct{}{}, nil
}

func (s *Simulator) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p, no := s.find(mux.Vars(r)["paymentId"])
	var shown Payment
	if no == nil {
		shown = p.show()
	}
	s.mu.Unlock()
	if no != nil {
		answer(w, no.status, no)
		return
	}
	answer(w, http.StatusOK, shown)
}

// confirm takes the money of an agreement.
func (s *Simulator) confirm(id string, body []byte) (any, *refusal) {
	var in struct {
		PaymentToken string `json:"paymentToken"`
		TxID         string `json:"txId"`
		Currency     string `json:"currency"`
		TotalAmount  *int64 `json:"totalAmount"`
	}
	if json.Unmarshal(body, &in) != nil {
		return nil, refuse(http.StatusBadRequest, "INVALID_REQUEST")
	}
	p, no := s.find(id)
	switch {
	case no != nil:
		return nil, no
	case p.PaidAt != nil:
		return nil, refuse(http.StatusConflict, "ALREADY_PAID")
	case p.Token == "" || p.Token != in.PaymentToken:
		return nil, refuse(http.StatusBadRequest, "INVALID_PAYMENT_TOKEN")
	case (in.TxID != "" && in.TxID != p.TransactionID) ||
		(in.TotalAmount != nil && *in.TotalAmount != p.Amount.Total) ||
		(in.Currency != "" && in.Currency != p.Currency):
		return nil, refuse(http.StatusConflict, "INFORMATION_MISMATCH")
	case s.faults.Decline:
		s.fail(p)
		no := refuse(http.StatusBadGateway, "PG_PROVIDER")
		no.PGCode, no.PGMessage = p.Failure.PGCode, p.Failure.PGMessage
		return nil, no
	}
	s.take(p)
	return map[string]any{"pgTxId": p.PGTxID, "paidAt": p.PaidAt}, nil
}

// take takes a payment's money, as the faults have it.
func (s *Simulator) take(p *payment) {
	now := time.Now()
	p.Amount.Total += s.faults.AmountOff
	p.Amount.Paid = p.Amount.Total
	if s.faults.Currency != "" {
		p.Currency = s.faults.Currency
	}
	p.Status, p.PaidAt, p.StatusChangedAt, p.PGTxID, p.Token = statusPaid, &now, now, "pg-"+rand.Text(), ""
	p.Failure, p.FailedAt = nil, nil
	s.books.changed(p, now)
	s.move(p, "PAID", p.Amount.Total, now)
	s.notify(p, "Transaction.Paid", "")
}

// fail ends an attempt; the buyer may make another one.
func (s *Simulator) fail(p *payment) {
	now := time.Now()
	p.Status, p.FailedAt, p.StatusChangedAt, p.Token = statusFailed, &now, now, ""
	p.Failure = &Failure{Reason: "잔액이 부족합니다.", PGCode: "LIMIT", PGMessage: "not enough money"}
	s.books.changed(p, now)
	s.notify(p, "Transaction.Failed", "")
}

func (s *Simulator) move(p *payment, kind string, amount int64, at time.Time) {
	s.books.moved(Event{
		ID: "event-" + rand.Text(), Type: kind, PaymentID: p.ID, StoreID: s.StoreID, Amount: amount,
		Currency:  p.Currency,
		CreatedAt: at,
	})
}

// cancel gives an amount back, or all that is left.
func (s *Simulator) cancel(id string, body []byte) (any, *refusal) {
	var in struct {
		Amount      *int64 `json:"amount"`
		Cancellable *int64 `json:"currentCancellableAmount"`
		Reason      string `json:"reason"`
	}
	if json.Unmarshal(body, &in) != nil || in.Reason == "" || (in.Amount != nil && *in.Amount <= 0) {
		return nil, refuse(http.StatusBadRequest, "INVALID_REQUEST")
	}
	p, no := s.find(id)
	if no != nil {
		return nil, no
	}
	left := p.held() - p.promised()
	amount := left
	if in.Amount != nil {
		amount = *in.Amount
	}
	switch {
	case p.PaidAt == nil:
		return nil, refuse(http.StatusConflict, "PAYMENT_NOT_PAID")
	case p.Status == statusCancelled:
		return nil, refuse(http.StatusConflict, "PAYMENT_ALREADY_CANCELLED")
	case in.Cancellable != nil && *in.Cancellable != left:
		return nil, refuse(http.StatusConflict, "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN")
	case amount > left || amount <= 0:
		return nil, refuse(http.StatusConflict, "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT")
	case s.faults.CancelFails && s.faults.CancelLater == 0:
		no := refuse(http.StatusBadGateway, "PG_PROVIDER")
		no.PGCode, no.PGMessage = "CLOSED", "the provider's bank is closed"
		return nil, no
	}
	return map[string]any{"cancellation": s.giveBack(p, amount, in.Reason, "API")}, nil
}

// giveBack begins a cancellation, and ends it unless that is to come later.
func (s *Simulator) giveBack(p *payment, amount int64, reason, trigger string) Cancellation {
	now := time.Now()
	id := "cancel-" + rand.Text()
	p.Cancellations = append(p.Cancellations, Cancellation{
		Status: cancellationRequested, ID: id, TotalAmount: amount, Reason: reason, RequestedAt: now, Trigger: trigger,
	})
	s.books.changed(p, now)
	if later := s.faults.CancelLater; later > 0 {
		fails := s.faults.CancelFails
		s.notify(p, "Transaction.CancelPending", id)
		s.later(later, func() { s.endCancellation(p, id, fails) })
	} else {
		s.endCancellation(p, id, false)
	}
	return p.Cancellations[len(p.Cancellations)-1]
}

// later does something that needs the lock, unless the simulator is closed first.
func (s *Simulator) later(d time.Duration, do func()) {
	s.sender.Go(func() {
		select {
		case <-time.After(d):
			s.mu.Lock()
			defer s.mu.Unlock()
			do()
		case <-s.done:
		}
	})
}

func (s *Simulator) endCancellation(p *payment, id string, fails bool) {
	now := time.Now()
	for i := range p.Cancellations {
		c := &p.Cancellations[i]
		if c.ID != id {
			continue
		}
		if fails {
			c.Status = cancellationFailed
			s.books.changed(p, now)
			return
		}
		c.Status, c.CancelledAt, c.PGCancellationID = cancellationSucceeded, &now, "pg-"+rand.Text()
		p.Amount.Cancelled += c.TotalAmount
		p.Status, p.StatusChangedAt = statusPartlyCancelled, now
		kind, told := "PARTIAL_CANCELLED", "Transaction.PartialCancelled"
		if p.held() == 0 {
			p.Status, kind, told = statusCancelled, "CANCELLED", "Transaction.Cancelled"
		}
		s.books.changed(p, now)
		s.move(p, kind, -c.TotalAmount, now)
		s.notify(p, told, id)
	}
}

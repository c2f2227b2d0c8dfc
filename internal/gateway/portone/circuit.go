package portone

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/all-in-market/market/internal/gateway"
)

// kind is what a request is for. Each kind has a circuit of its own, so that cancellations without an answer,
// say, hold up no new payment.
type kind string

const (
	forPayments      kind = "payments" // to prepare them, and to ask how far they are
	forConfirmations kind = "confirmations"
	forCancellations kind = "cancellations"
	forFeeds         kind = "feeds" // read by one caller at a time, whose retries are enough: it has no circuit
)

// A circuit opens when so many requests in a row have had no answer, and lets one through again after a pause. An open
// circuit refuses requests at once, so that no caller waits for an answer that does not come.
const (
	circuitFailures = 5
	circuitPause    = 10 * time.Second
)

// circuit refuses requests while PortOne answers none of their kind. What only one payment gets, however often,
// counts once, so that a payment that PortOne cannot handle does not stop the others.
type circuit struct {
	breaker *gobreaker.CircuitBreaker[[]byte]
	failing map[string]bool // payments without an answer since the last request that had one; under the breaker's lock
}

// newCircuit makes a closed circuit. It calls changed when it opens and when it closes.
func newCircuit(name kind, changed func(open bool)) *circuit {
	c := &circuit{failing: map[string]bool{}}
	c.breaker = gobreaker.NewCircuitBreaker[[]byte](gobreaker.Settings{
		Name: "portone " + string(name), Timeout: circuitPause,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= circuitFailures },
		IsExcluded: func(err error) bool {
			var f *failure
			return errors.Is(err, context.Canceled) || errors.As(err, &f) && !f.providerWide() && c.failing[f.payment]
		},
		IsSuccessful: func(err error) bool {
			var f *failure
			if !errors.As(err, &f) {
				clear(c.failing)
				return true
			}
			c.failing[f.payment] = true
			return false
		},
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to != gobreaker.StateHalfOpen {
				changed(to == gobreaker.StateOpen)
			}
		},
	})
	return c
}

// do sends a request about a payment, unless the circuit is open. Then it fails with gateway.ErrUnavailable.
func (c *circuit) do(payment string, send func() ([]byte, error)) ([]byte, error) {
	answer, err := c.breaker.Execute(func() ([]byte, error) {
		answer, err := send()
		if err != nil && !answered(err) {
			err = &failure{payment, err}
		}
		return answer, err
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		err = gateway.ErrUnavailable
	}
	var f *failure
	if errors.As(err, &f) {
		err = f.cause
	}
	return answer, err
}

func (c *circuit) open() bool { return c.breaker.State() == gobreaker.StateOpen }

// answered reports whether an error is an answer. A no is one; so is what a provider behind PortOne says.
func answered(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status < http.StatusInternalServerError || e.Type == typePGProvider)
}

// failure is a request about a payment that had no answer.
type failure struct {
	payment string
	cause   error
}

// Error implements error.
func (f *failure) Error() string { return f.cause.Error() }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

// providerWide reports whether the failure says more of PortOne than of the payment: it could not be reached, or
// something in front of it has answered. A payment that takes too long, or at which PortOne fails or hangs up, says
// less.
func (f *failure) providerWide() bool {
	var e *Error
	if errors.As(f.cause, &e) {
		return e.Foreign
	}
	var connection *net.OpError
	return errors.As(f.cause, &connection) && connection.Op == "dial"
}

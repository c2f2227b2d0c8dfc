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

// kind identifies the purpose of a request. Each kind has its own circuit breaker, so that hanging cancellations,
// for example, do not block new payments.
type kind string

const (
	forPayments      kind = "payments" // preparation and status
	forConfirmations kind = "confirmations"
	forCancellations kind = "cancellations"
	forFeeds         kind = "feeds" // without a circuit: its single caller retries
)

// A circuit opens after circuitFailures consecutive failures, refuses requests for circuitPause, and then admits one
// as a probe.
const (
	circuitFailures = 5
	circuitPause    = 10 * time.Second
)

// circuit is the circuit breaker of one kind of request. Repeated failures of one payment count once, so that a
// payment that PortOne cannot process does not block the others.
type circuit struct {
	breaker *gobreaker.CircuitBreaker[[]byte]
	failing map[string]bool // payments that failed since the last success; guarded by the breaker's lock
}

// newCircuit returns a closed circuit. It calls changed when it opens and when it closes.
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

// do calls send for a payment. It fails with gateway.ErrUnavailable while the circuit is open.
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

// answered reports whether an error is an answer of PortOne: a refusal, or an error of the provider behind it.
func answered(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status < http.StatusInternalServerError || e.Type == typePGProvider)
}

// failure wraps the error of a request that PortOne did not answer.
type failure struct {
	payment string
	cause   error
}

// Error implements error.
func (f *failure) Error() string { return f.cause.Error() }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

// providerWide reports whether the failure concerns PortOne as a whole: the connection failed, or a proxy answered.
// Timeouts, closed connections and PortOne's own 5xx answers may concern a single payment.
func (f *failure) providerWide() bool {
	var e *Error
	if errors.As(f.cause, &e) {
		return e.Foreign
	}
	var connection *net.OpError
	return errors.As(f.cause, &connection) && connection.Op == "dial"
}

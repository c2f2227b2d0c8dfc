package portonesim

import (
	"net/http"
	"path"
	"time"
)

// Faults make the simulator misbehave as the real service and the providers behind it do.
// The zero value is good behaviour. Durations are in nanoseconds on the wire.
type Faults struct {
	Down      bool          `json:"down"`           // answer 503 and do nothing; the pay page does not open
	HangAfter time.Duration `json:"hangAfterNanos"` // do it, wait this long, then hang up without an answer
	HangOn    string        `json:"hangOn"`         // only for this operation, such as cancel; "" for all
	Poisoned  string        `json:"poisoned"`       // each request about this payment is answered with 500
	Decline   bool          `json:"decline"`        // the buyer's bank refuses
	AmountOff int64         `json:"amountOff"`      // charge this much more than asked for
	Currency  string        `json:"currency"`       // charge in another currency
	TestMoney bool          `json:"testMoney"`      // through a test channel

	CancelLater time.Duration `json:"cancelLaterNanos"` // cancellations are REQUESTED, and end after this long
	CancelFails bool          `json:"cancelFails"`      // they end FAILED; at once with 502 unless CancelLater is set

	NoWebhooks        bool          `json:"noWebhooks"`
	DuplicateWebhooks bool          `json:"duplicateWebhooks"` // each is sent three times, at the same time
	WebhookDelay      time.Duration `json:"webhookDelayNanos"` // of every second one, so that they come out of order
}

// Set makes the simulator misbehave from now on.
func (s *Simulator) Set(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

func (s *Simulator) current() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

// hang ends the connection without an answer, when that is the fault; what was done is done.
func hang(r *http.Request, f Faults) {
	if f.HangAfter <= 0 || (f.HangOn != "" && path.Base(r.URL.Path) != f.HangOn) {
		return
	}
	select {
	case <-time.After(f.HangAfter):
	case <-r.Context().Done():
	}
	panic(http.ErrAbortHandler)
}

package portone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/gateway"
)

// What a request may come to.
var (
	errInternal  = &Error{Status: http.StatusInternalServerError, Type: "INTERNAL"}
	errRefused   = fmt.Errorf("PortOne: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	errTooSlow   = fmt.Errorf("PortOne: %w", context.DeadlineExceeded)
	errFromProxy = &Error{Status: http.StatusServiceUnavailable, Type: "Service Unavailable", Foreign: true}
)

// It sends requests that all fail alike, of one payment
// and of several.
func TestCircuit_FailuresInARow_OpenItWhenTheySayMoreThanOfOnePayment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err          error
		one, several bool // whether it opens
	}{
		"an error of PortOne's own":       {errInternal, false, true},
		"no answer in time":               {errTooSlow, false, true},
		"no connection":                   {errRefused, true, true},
		"a connection that ends":          {fmt.Errorf("PortOne: %w", io.EOF), false, true},
		"an answer of something in front": {errFromProxy, true, true},
		"a refusal":                       {&Error{Status: http.StatusConflict, Type: typeAlreadyPaid}, false, false},
		"too many requests":               {&Error{Status: http.StatusTooManyRequests}, false, false},
		"a refusal of a provider behind":  {&Error{Status: http.StatusBadGateway, Type: typePGProvider}, false, false},
		"a caller who has gone":           {fmt.Errorf("PortOne: %w", context.Canceled), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, payments := range []int{1, circuitFailures - 1, circuitFailures} {
				circuit := newCircuit(forPayments, func(bool) {})
				for i := range 10 * circuitFailures {
					_, err := circuit.do(fmt.Sprint("P", i%payments), func() ([]byte, error) { return nil, c.err })
					if !errors.Is(err, gateway.ErrUnavailable) {
						require.Equal(t, c.err, err)
					}
				}
				want := c.one
				if payments == circuitFailures {
					want = c.several
				}
				require.Equal(t, want, circuit.open(), payments)
			}
		})
	}
}

// Only an answer closes it, and only failures beyond those of a payment that already fails open it
// again.
func TestCircuit_AfterThePause_OnePaymentsTroublesDoNotKeepItOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var changes []bool
		c := newCircuit(forPayments, func(open bool) { changes = append(changes, open) })
		do := func(payment string, err error) error {
			_, got := c.do(payment, func() ([]byte, error) { return nil, err })
			return got
		}
		for i := range circuitFailures {
			require.ErrorIs(t, do(fmt.Sprint("P", i), errInternal), errInternal)
		}
		require.ErrorIs(t, do("P9", nil), gateway.ErrUnavailable)
		<-time.After(circuitPause + time.Second)
		for range 3 {
			require.ErrorIs(t, do("P0", errInternal), errInternal)
		}
		require.False(t, c.open(), "P0 says nothing new")
		require.ErrorIs(t, do("P9", errTooSlow), errTooSlow)
		require.True(t, c.open())
		<-time.After(circuitPause + time.Second)
		require.NoError(t, do("P9", nil))
		for i := range circuitFailures - 1 {
			require.ErrorIs(t, do(fmt.Sprint("P", i), errInternal), errInternal)
		}
		require.False(t, c.open(), "an answer has come in between")
		require.Equal(t, []bool{true, true, false}, changes)
	})
}

// Nothing answers one kind, and the others go on.
func TestClient_KindsOfRequests_HaveCircuitsOfTheirOwn(t *testing.T) {
	t.Parallel()
	calls := map[kind]func(ctx context.Context, c *Client, id string) error{
		forPayments: func(ctx context.Context, c *Client, id string) error {
			return c.PreRegister(ctx, id, 100_00)
		},
		forConfirmations: func(ctx context.Context, c *Client, id string) error {
			return c.Confirm(ctx, Confirmation{PaymentID: id, Token: "token", Amount: 100_00})
		},
		forCancellations: func(ctx context.Context, c *Client, id string) error {
			_, err := c.Cancel(ctx, Cancel{PaymentID: id, Key: "refund-P1-7-0----", Amount: 100, Cancellable: 100})
			return err
		},
		forFeeds: func(ctx context.Context, c *Client, id string) error {
			_, err := c.Events(ctx, time.Time{}, time.Now(), id)
			return err
		},
	}
	for away, call := range calls {
		t.Run(string(away), func(t *testing.T) {
			t.Parallel()
			provider, c := open(t, http.StatusInternalServerError, `{"type":"INTERNAL"}`)
			for i := range 2 * circuitFailures {
				require.Error(t, call(t.Context(), c, fmt.Sprint("P", i)))
			}
			provider.status, provider.body = http.StatusOK, `{}`
			for kind, other := range calls {
				err := other(t.Context(), c, "P1")
				if kind == away && kind != forFeeds {
					require.ErrorIs(t, err, gateway.ErrUnavailable)
				} else {
					require.NoError(t, err, kind)
				}
			}
			require.Equal(t, away != forPayments, c.available())
		})
	}
}

// It asks for what is refused here.
func TestClient_WhatNeverLeaves_IsNoFailureOfPortOne(t *testing.T) {
	t.Parallel()
	provider, c := open(t, http.StatusOK, `{}`)
	for i := range 3 * circuitFailures {
		require.Error(t, c.PreRegister(t.Context(), fmt.Sprint("P", i), 100_50))
	}
	in := Confirmation{PaymentID: "P1", Token: "x", TransactionID: "a\nb", Amount: 100}
	require.NoError(t, c.Confirm(t.Context(), in))
	require.Regexp(t, `^"[A-Za-z0-9_-]{16,256}"$`, provider.request.Header.Get("Idempotency-Key"))
	require.True(t, c.available())
}

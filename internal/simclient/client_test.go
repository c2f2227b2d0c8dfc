package simclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/simclient"
)

// It answers as a gateway does, and as something in
// between might.
func TestClient_AnswerOfAProxy_IsUnavailable(t *testing.T) {
	var status int
	var body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer s.Close()
	payments, transfers := simclient.NewGateway(s.URL, time.Second), simclient.NewBank(s.URL, time.Second)
	known := []error{gateway.ErrUnknownPayment, gateway.ErrDeclined, gateway.ErrNotCancellable, bank.ErrUnknownTransfer}
	for _, c := range []struct {
		status int
		body   string
		want   error // nil: the outcome is unknown
	}{
		{404, `{"code":"PAYMENT_NOT_FOUND"}`, gateway.ErrUnknownPayment},
		{402, `{"code":"DECLINED"}`, gateway.ErrDeclined},
		{409, `{"code":"NOT_CANCELLABLE"}`, gateway.ErrNotCancellable},
		{404, `{"code":"TRANSFER_NOT_FOUND"}`, bank.ErrUnknownTransfer},
		{404, "404 page not found", nil},
		{404, "", nil},
		{404, `{"code":"NOT_FOUND"}`, nil},
		{409, "<html>conflict</html>", nil},
		{502, `{"code":"PAYMENT_NOT_FOUND"}`, nil},
		{200, "not what was asked for", nil},
	} {
		status, body = c.status, c.body
		_, err := payments.Inquire(context.Background(), "m")
		_, bankErr := transfers.Inquire(context.Background(), "k")
		for _, err := range []error{err, bankErr} {
			require.Error(t, err, c.body)
			for _, k := range known {
				if errors.Is(c.want, k) {
					require.ErrorIs(t, err, k, c.body)
				} else {
					require.NotErrorIs(t, err, k, c.body)
				}
			}
		}
	}
}

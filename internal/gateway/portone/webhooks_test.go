package portone

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/standardwebhooks"
)

// The test vector, computed outside of this code.
const (
	vectorSecret    = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
	vectorID        = "msg_test_0001"
	vectorTime      = "1735689600"
	vectorSignature = "v1,xjjJiyHLMO+0O5dW0Cvfi3nXnaU5LBptn8lXPg5vIhI="
	vectorBody      = `{"type":"Transaction.Paid","timestamp":"2025-01-01T00:00:00.000Z",` +
		`"data":{"paymentId":"P01JGFJJZ00000000000000000","storeId":"store-test","transactionId":"tx-test"}}`
)

var vectorNow = time.Unix(1735689600, 0)

func headers(id, at, signature string) http.Header {
	return http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}
}

func verifier(t *testing.T, secrets ...string) *Webhooks {
	t.Helper()
	w, err := NewWebhooks(secrets...)
	require.NoError(t, err)
	return w
}

func TestVerify_VectorOfTheSpecification_Passes(t *testing.T) {
	t.Parallel()
	w := verifier(t, vectorSecret)
	got, err := w.Verify(headers(vectorID, vectorTime, vectorSignature), []byte(vectorBody), vectorNow)
	require.NoError(t, err)
	require.Equal(t, Webhook{
		ID: vectorID, Type: "Transaction.Paid", At: vectorNow.UTC(),
		Data: WebhookData{StoreID: "store-test", PaymentID: "P01JGFJJZ00000000000000000", TransactionID: "tx-test"},
	}, got)
}

// Each byte counts, of the id and the time too.
func TestVerify_Forged_IsRefused(t *testing.T) {
	t.Parallel()
	w := verifier(t, vectorSecret)
	good := headers(vectorID, vectorTime, vectorSignature)
	twice := good.Clone()
	twice.Add("webhook-id", vectorID)
	for name, c := range map[string]struct {
		h    http.Header
		body string
		now  time.Time
	}{
		"tampered":        {good, strings.Replace(vectorBody, "tx-test", "tx-best", 1), vectorNow},
		"written anew":    {good, strings.ReplaceAll(vectorBody, ":", ": "), vectorNow},
		"another id":      {headers("msg_test_0002", vectorTime, vectorSignature), vectorBody, vectorNow},
		"another time":    {headers(vectorID, "1735689601", vectorSignature), vectorBody, vectorNow},
		"too old":         {good, vectorBody, vectorNow.Add(301 * time.Second)},
		"from the future": {good, vectorBody, vectorNow.Add(-301 * time.Second)},
		"no time":         {headers(vectorID, "soon", vectorSignature), vectorBody, vectorNow},
		"no signature":    {headers(vectorID, vectorTime, ""), vectorBody, vectorNow},
		"other version":   {headers(vectorID, vectorTime, "v2"+vectorSignature[2:]), vectorBody, vectorNow},
		"no base64":       {headers(vectorID, vectorTime, "v1,%%%"), vectorBody, vectorNow},
		"two ids":         {twice, vectorBody, vectorNow},
		"no headers":      {http.Header{}, vectorBody, vectorNow},
	} {
		_, err := w.Verify(c.h, []byte(c.body), c.now)
		require.ErrorIs(t, err, standardwebhooks.ErrSignature, name)
	}
	_, err := verifier(t, "whsec_"+base64.StdEncoding.EncodeToString([]byte("another secret"))).
		Verify(good, []byte(vectorBody), vectorNow)
	require.ErrorIs(t, err, standardwebhooks.ErrSignature)
}

// While one follows another both are good, in any order.
func TestVerify_SecretRotated_PassesWithEither(t *testing.T) {
	t.Parallel()
	next := base64.StdEncoding.EncodeToString([]byte("the one that follows"))
	good := headers(vectorID, vectorTime, "v1a,xxxx v1,AAAA "+vectorSignature)
	for _, secrets := range [][]string{{vectorSecret, next}, {next, vectorSecret}} {
		_, err := verifier(t, secrets...).Verify(good, []byte(vectorBody), vectorNow.Add(299*time.Second))
		require.NoError(t, err)
	}
	_, err := verifier(t, next).Verify(good, []byte(vectorBody), vectorNow)
	require.ErrorIs(t, err, standardwebhooks.ErrSignature)

	for _, bad := range [][]string{{}, {"whsec_"}, {"whsec_%%"}, {vectorSecret, "not base64!"}} {
		_, err := NewWebhooks(bad...)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "not base64!", "secrets stay out of errors")
	}
}

func TestVerify_UnknownShape_Passes(t *testing.T) {
	t.Parallel()
	w := verifier(t, vectorSecret)
	key, err := standardwebhooks.ParseKey(vectorSecret)
	require.NoError(t, err)
	for body, want := range map[string]string{
		`{"type":"Moon.Rose","data":{"moonId":7},"more":[1]}`: "Moon.Rose", `[]`: "", `{"type":7}`: "", ``: "",
	} {
		h := http.Header{}
		standardwebhooks.Sign(h, []standardwebhooks.Key{key}, "id", vectorNow, []byte(body))
		got, err := w.Verify(h, []byte(body), vectorNow)
		require.NoError(t, err, body)
		require.Equal(t, want, got.Type)
		require.Empty(t, got.Data.PaymentID)
	}
}

// FuzzVerify looks for a webhook that passes without the secret.
func FuzzVerify(f *testing.F) {
	f.Add(vectorID, vectorTime, vectorSignature, []byte(vectorBody+" "))
	f.Add("", "", "", []byte(""))
	f.Fuzz(func(t *testing.T, id, at, signature string, body []byte) {
		w := verifier(t, vectorSecret)
		_, err := w.Verify(headers(id, at, signature), body, vectorNow)
		if err == nil && (id != vectorID || string(body) != vectorBody) {
			t.Fatalf("passes: %q %q %q %q", id, at, signature, body)
		}
	})
}

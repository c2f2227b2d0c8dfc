package payloads

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/all-in-market/market/internal/vault"
)

func key(id string, b byte) string {
	return id + ":" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32))
}

func parse(t *testing.T, keys ...string) *Codec {
	t.Helper()
	c, err := Parse(strings.Join(keys, ","))
	require.NoError(t, err)
	return c
}

const secret = "merchant-uid-4711"

// kept returns the payload that a client with a codec sends.
func kept(t *testing.T, c *Codec) *commonpb.Payload {
	t.Helper()
	p, err := c.DataConverter().ToPayload(secret)
	require.NoError(t, err)
	return p
}

func read(c *Codec, p *commonpb.Payload) (value string, err error) {
	err = c.DataConverter().FromPayload(p, &value)
	return value, err
}

func TestCodec_KeysChange_ReadsWhatOldKeysEncrypted(t *testing.T) {
	t.Parallel()
	before, after := key("2026", 1), key("2027", 2)
	plain, err := converter.GetDefaultDataConverter().ToPayload(secret)
	require.NoError(t, err)
	for _, c := range []struct {
		name     string
		by       *Codec
		encrypts string // the id of the key
		reads    []bool // what was written in clear, with the first key, and with the second
	}{
		{"Introduced", parse(t, "clear", before), "", []bool{true, true, false}},
		{"On", parse(t, before), "2026", []bool{true, true, false}},
		{"RotationPrepared", parse(t, before, after), "2026", []bool{true, true, true}},
		{"Rotated", parse(t, after, before), "2027", []bool{true, true, true}},
		{"RotationEnded", parse(t, after), "2027", []bool{true, false, true}},
		{"Off", parse(t, "clear", after, before), "", []bool{true, true, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := kept(t, c.by)
			require.Equal(t, c.encrypts == "", strings.Contains(p.String(), secret))
			require.Equal(t, c.encrypts, string(p.GetMetadata()[keyID]))
			if c.encrypts == "" {
				require.True(t, proto.Equal(plain, p))
			} else {
				require.Equal(t, encoding, string(p.GetMetadata()[converter.MetadataEncoding]))
				require.False(t, proto.Equal(p, kept(t, c.by)), "equal values do not look alike")
			}
			written := []*commonpb.Payload{plain, kept(t, parse(t, before)), kept(t, parse(t, after))}
			for i, reads := range c.reads {
				value, err := read(c.by, written[i])
				if reads {
					require.NoError(t, err)
					require.Equal(t, secret, value)
					continue
				}
				var failsTask *converter.WorkflowTaskFailureError
				require.ErrorAs(t, err, &failsTask)
				require.ErrorIs(t, err, vault.ErrUnknownKey)
				require.ErrorContains(t, err, "TEMPORAL_PAYLOAD_KEYS")
			}
		})
	}
}

func TestCodec_Changed_IsRefused(t *testing.T) {
	t.Parallel()
	c := parse(t, key("a", 1))
	p := kept(t, c)
	for i := range p.GetData() {
		changed := proto.CloneOf(p)
		changed.Data[i] ^= 1
		_, err := read(c, changed)
		require.Error(t, err, "byte %d", i)
	}
	other := parse(t, key("a", 2)) // another key of the same id
	_, err := read(other, p)
	require.ErrorIs(t, err, vault.ErrDamaged)
}

// It panics where the SDK drops a signal that cannot be decoded. A value of
// another type is still dropped.
func TestDataConverter_InWorkflows_FailsTheTask(t *testing.T) {
	t.Parallel()
	p := kept(t, parse(t, key("a", 1)))
	within := parse(t, key("b", 2)).DataConverter().(dataConverter).WithWorkflowContext(nil)
	for _, value := range []any{new(string), new(converter.RawValue)} {
		require.Panics(t, func() { _ = within.FromPayload(p, value) })
		require.Panics(t, func() {
			_ = within.FromPayloads(&commonpb.Payloads{Payloads: []*commonpb.Payload{p}}, value)
		})
	}
	within = parse(t, key("a", 1)).DataConverter().(dataConverter).WithWorkflowContext(nil)
	require.NoError(t, within.FromPayload(p, new(string)))
	require.Error(t, within.FromPayload(p, new(int)))
}

func TestFailureConverter_Message_IsEncrypted(t *testing.T) {
	t.Parallel()
	cause := temporal.NewApplicationError("refused: "+secret, "PAYMENT_FAILED", errors.New(secret))
	on, off := parse(t, key("a", 1)), parse(t, "clear", key("a", 1))
	failure := on.FailureConverter().ErrorToFailure(cause)
	require.NotContains(t, failure.String(), secret)
	require.Equal(t, "PAYMENT_FAILED", failure.GetApplicationFailureInfo().GetType())
	for _, c := range []*Codec{on, off} {
		require.ErrorContains(t, c.FailureConverter().FailureToError(proto.CloneOf(failure)), "refused: "+secret)
	}
	require.Contains(t, off.FailureConverter().ErrorToFailure(cause).GetMessage(), secret)
}

func TestParse_UnusableKeys_ReportsWhy(t *testing.T) {
	t.Parallel()
	a := key("a", 1)
	for _, keys := range []string{"", "clear", "clear,", "a:short", a + ",clear", a + "," + key("a", 2)} {
		_, err := Parse(keys)
		require.Error(t, err, keys)
	}
}

func TestHandler_Origin_DecidesWhoReads(t *testing.T) {
	t.Parallel()
	c := parse(t, key("a", 1))
	body, err := protojson.Marshal(&commonpb.Payloads{Payloads: []*commonpb.Payload{kept(t, c)}})
	require.NoError(t, err)
	handler := c.Handler("https://temporal.example")
	ask := func(method, origin string, body []byte) *httptest.ResponseRecorder {
		q := httptest.NewRequest(method, "/decode", bytes.NewReader(body))
		if origin != "" {
			q.Header.Set("Origin", origin)
		}
		a := httptest.NewRecorder()
		handler.ServeHTTP(a, q)
		return a
	}
	for _, origin := range []string{"", "https://temporal.example"} {
		a := ask(http.MethodPost, origin, body)
		require.Equal(t, http.StatusOK, a.Code)
		require.Equal(t, origin, a.Header().Get("Access-Control-Allow-Origin"))
		var decoded struct{ Payloads []struct{ Data []byte } }
		require.NoError(t, json.Unmarshal(a.Body.Bytes(), &decoded))
		require.Equal(t, `"`+secret+`"`, string(decoded.Payloads[0].Data))
	}
	a := ask(http.MethodPost, "https://elsewhere.example", body)
	require.Equal(t, http.StatusForbidden, a.Code)
	require.NotContains(t, a.Body.String(), base64.StdEncoding.EncodeToString([]byte(secret)))
	a = ask(http.MethodOptions, "https://temporal.example", nil)
	require.Equal(t, http.StatusNoContent, a.Code)
	require.Contains(t, a.Header().Get("Access-Control-Allow-Headers"), "X-Namespace")
	a = ask(http.MethodPost, "", make([]byte, maxBody+1))
	require.Equal(t, http.StatusBadRequest, a.Code)
}

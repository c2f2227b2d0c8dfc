package commands

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/all-in-market/market/internal/payloads"
	"github.com/all-in-market/market/internal/vault"
)

func TestCodecServer_Payload_IsDecrypted(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://nowhere")
	t.Setenv("REDIS_URL", "redis://nowhere")
	t.Setenv("TEMPORAL_ADDRESS", "nowhere:1")
	t.Setenv("TEMPORAL_PAYLOAD_KEYS", "")
	require.ErrorContains(t, Run(t.Context(), []string{"codec-server"}, io.Discard, io.Discard),
		"TEMPORAL_PAYLOAD_KEYS")
	t.Setenv("TEMPORAL_PAYLOAD_KEYS", vault.LocalKeys)
	codec, err := payloads.Parse(vault.LocalKeys)
	require.NoError(t, err)
	payload, err := codec.DataConverter().ToPayload("a refund")
	require.NoError(t, err)
	body, err := protojson.Marshal(&commonpb.Payloads{Payloads: []*commonpb.Payload{payload}})
	require.NoError(t, err)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	says, progress := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, []string{"codec-server", "--addr", "127.0.0.1:0"}, io.Discard, progress) }()
	line, err := bufio.NewReader(says).ReadString('\n')
	require.NoError(t, err)
	address := strings.Fields(line)[3]
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/decode", strings.NewReader(string(body)))
	require.NoError(t, err)
	a, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	defer a.Body.Close()
	content, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	decoded := &commonpb.Payloads{}
	require.NoError(t, protojson.Unmarshal(content, decoded))
	require.JSONEq(t, `"a refund"`, string(decoded.GetPayloads()[0].GetData()))
	stop()
	require.NoError(t, <-ended)
}

package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestAFileIsStreamed(t *testing.T) {
	t.Parallel()
	for _, records := range [][][]string{{{"1", "a,b"}, {"2", `"`}}, nil} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/?format=csv", nil)
		wants, err := WantsCSV(r)
		require.NoError(t, err)
		require.True(t, wants)
		require.NoError(t, RespondCSV(w, r, "x.csv", []string{"id", "text"}, func(write func([]string) error) error {
			for _, record := range records {
				if err := write(record); err != nil {
					return err
				}
			}
			return nil
		}))
		require.Equal(t, "text/csv; charset=utf-8", w.Header().Get("Content-Type"))
		require.Contains(t, w.Header().Get("Content-Disposition"), "x.csv")
		if records == nil {
			require.Equal(t, "id,text\n", w.Body.String())
		} else {
			require.Equal(t, "id,text\n1,\"a,b\"\n2,\"\"\"\"\n", w.Body.String())
		}
	}
	_, err := WantsCSV(httptest.NewRequest(http.MethodGet, "/?format=xlsx", nil))
	require.Equal(t, market.CodeInvalidInput, market.CodeOf(err))
}

// TestAFileThatBreaksOff: before its first record it is an error as any other; after that
// the connection ends, so that half a file is not taken for the whole.
func TestAFileThatBreaksOff(t *testing.T) {
	t.Parallel()
	for n, whole := range map[int]bool{0: true, 1: false} {
		h := wrapped(Handle(func(w http.ResponseWriter, r *http.Request) error {
			return RespondCSV(w, r, "x.csv", []string{"id"}, func(write func([]string) error) error {
				for range n {
					if err := write([]string{"1"}); err != nil {
						return err
					}
				}
				return market.Failed(market.CodeDatabaseUnavailable, errors.New("gone"))
			})
		}), quietLog(), testMetrics(), time.Second)
		server := httptest.NewServer(h)
		defer server.Close()
		resp, err := http.Get(server.URL)
		if whole {
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, 503, resp.StatusCode)
			continue
		}
		if err == nil { // the status line may have come through
			_, err = resp.Body.Read(make([]byte, 100))
			require.NoError(t, resp.Body.Close())
		}
		require.Error(t, err)
	}
}

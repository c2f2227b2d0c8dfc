package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
)

func TestRespondCSV_ManyRows_AreStreamed(t *testing.T) {
	t.Parallel()
	for _, records := range [][][]string{{{"1", "a,b"}, {"2", `"`}}, nil} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/?format=csv", nil)
		wants, err := WantsCSV(r)
		require.NoError(t, err)
		require.True(t, wants)
		log := &noted{}
		e := Export{Log: log, Filename: "x.csv", Access: market.Access{Data: market.DataLedger}}
		require.NoError(t, RespondCSV(w, r, e, []string{"id", "text"}, func(write func([]string) error) error {
			for _, record := range records {
				if err := write(record); err != nil {
					return err
				}
			}
			return nil
		}))
		require.Equal(t, "text/csv; charset=utf-8", w.Header().Get("Content-Type"))
		require.Contains(t, w.Header().Get("Content-Disposition"), "x.csv")
		require.Equal(t, []market.Access{{Action: market.AccessExport, Data: market.DataLedger}}, log.entries)
		require.Equal(t, []int64{int64(len(records))}, log.rows)
		if records == nil {
			require.Equal(t, "\ufeffid,text\n", w.Body.String())
		} else {
			require.Equal(t, "\ufeffid,text\n1,\"a,b\"\n2,\"\"\"\"\n", w.Body.String())
		}
	}
	_, err := WantsCSV(httptest.NewRequest(http.MethodGet, "/?format=xlsx", nil))
	require.Equal(t, market.CodeInvalidInput, market.CodeOf(err))
}

// Before its first record it is an error as any other; after that
// the connection ends, so that half a file is not taken for the whole.
func TestRespondCSV_FailsHalfway_BreaksOff(t *testing.T) {
	t.Parallel()
	for n, whole := range map[int]bool{0: true, 1: false} {
		log := &noted{}
		h := wrapped(Handle(func(w http.ResponseWriter, r *http.Request) error {
			return RespondCSV(w, r, Export{Log: log, Filename: "x.csv"}, []string{"id"},
				func(write func([]string) error) error {
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
			require.Empty(t, log.entries, "nothing was exported")
			continue
		}
		if err == nil { // the status line may have come through
			_, err = resp.Body.Read(make([]byte, 100))
			require.NoError(t, resp.Body.Close())
		}
		require.Error(t, err)
		server.Close() // when the handler has returned
		require.Equal(t, []int64{1}, log.rows, "what was sent is recorded")
	}
}

// noted is an access log in memory.
type noted struct {
	entries []market.Access
	rows    []int64
	err     error
}

func (n *noted) NoteAccess(_ context.Context, a market.Access) (int64, error) {
	if n.err == nil {
		n.entries = append(n.entries, a)
	}
	return 1, n.err
}

func (n *noted) EndExport(_ context.Context, _, rows int64) error {
	n.rows = append(n.rows, rows)
	return nil
}

// TestExport_OfPersonalData_NeedsAReasonOfStaff, and none that the access log cannot note is sent.
func TestExport_OfPersonalData_NeedsAReasonOfStaff(t *testing.T) {
	t.Parallel()
	export := func(role market.Role, personal bool, query string, log *noted) (*httptest.ResponseRecorder, error) {
		w := httptest.NewRecorder()
		r := WithCaller(httptest.NewRequest(http.MethodGet, "/?format=csv&"+query, nil),
			auth.Principal{Role: role, ID: 1})
		if err := canonicalURL(r.URL); err != nil { // as Wrap does
			return w, err
		}
		e := Export{Log: log, Filename: "x.csv", Access: market.Access{Data: market.DataAuditLog}, Personal: personal}
		return w, RespondCSV(w, r, e, []string{"id"}, func(write func([]string) error) error {
			return write([]string{"1"})
		})
	}
	for _, c := range []struct {
		role     market.Role
		personal bool
		reason   string
		want     market.Code
	}{
		{market.RoleAdmin, true, "", market.CodeInvalidInput},
		{market.RoleAdmin, true, "  ", market.CodeInvalidInput},
		{market.RoleAdmin, true, strings.Repeat("가", 256), market.CodeInvalidInput},
		{market.RoleAdmin, true, "a\x00b", market.CodeInvalidInput},
		{market.RoleAdmin, true, "the police asks", ""},
		{market.RoleAdmin, false, "", ""},
		{market.RoleSeller, true, "", ""},
	} {
		log := &noted{}
		w, err := export(c.role, c.personal, url.Values{"reason": {c.reason}}.Encode(), log)
		require.Equal(t, c.want, market.CodeOf(err), c)
		if c.want != "" {
			require.Empty(t, log.entries)
			require.Empty(t, w.Body.String())
			continue
		}
		require.Equal(t, c.reason, log.entries[0].Reason)
	}
	w, err := export(market.RoleAdmin, false, "", &noted{err: market.Refuse(market.CodeDatabaseUnavailable)})
	require.Equal(t, market.CodeDatabaseUnavailable, market.CodeOf(err))
	require.Empty(t, w.Body.String())
}

func TestMonth_HasItsFirstDayAndThatOfTheNext(t *testing.T) {
	t.Parallel()
	today := market.Date(2026, 11, 29)
	for query, want := range map[string][2]string{
		"": {"2026-11-01", "2026-12-01"}, "month=2026-02": {"2026-02-01", "2026-03-01"},
		"month=2026-12": {"2026-12-01", "2027-01-01"},
	} {
		first, next, err := Month(httptest.NewRequest(http.MethodGet, "/?"+query, nil), today)
		require.NoError(t, err)
		require.Equal(t, want, [2]string{first.String(), next.String()})
	}
	for _, bad := range []string{"2026-13", "2026-1", "x", "2026-01-01"} {
		_, _, err := Month(httptest.NewRequest(http.MethodGet, "/?month="+bad, nil), today)
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), bad)
	}
}

// Names come from sellers and
// buyers, and staff opens the files.
func TestWithoutFormulas_CellThatASpreadsheetWouldCarryOut_IsAText(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		`=HYPERLINK("http://e","x")`: `'=HYPERLINK("http://e","x")`, "@SUM(1)": "'@SUM(1)", "+82 10": "'+82 10", "-1+2": "'-1+2",
		"-1.5": "-1.5", "+7": "+7", "-": "'-", "가방": "가방", "": "", "a=b": "a=b", "2026-01-31": "2026-01-31",
	} {
		given := []string{"1", cell}
		require.Equal(t, []string{"1", want}, withoutFormulas(given))
		require.Equal(t, cell, given[1])
	}
}

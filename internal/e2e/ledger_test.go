package e2e

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// page reads what is no JSON.
func (c *caller) page(t *testing.T, path, mediaType string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := sharedClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Type"), mediaType)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

// download reads a file from a route that can give one.
func (c *caller) download(t *testing.T, path string) [][]string {
	t.Helper()
	text, marked := strings.CutPrefix(c.page(t, path, "text/csv"), "\ufeff")
	require.True(t, marked, "spreadsheets read a file with a byte order mark as UTF-8")
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return records
}

func TestLedger_Pages_ShowEntries(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, rival, admin := r.seller(t), r.seller(t), r.staff(t)
	p := r.product(t, seller.id, 1_000_00, 10)
	b := r.buyers(t, 1)[0]
	r.earnedWhenPaid(t)
	order, _ := r.paidOrder(t, b, line{p.ID, 2})
	require.Equal(t, 200, approve(t, admin, b.post(t, refundsOf(order), whole).id("refundId")).Status)

	mine := seller.get(t, "/seller/ledger")
	require.Equal(t, 200, mine.Status, mine)
	require.EqualValues(t, 2, mine.field("totalElements"))
	entries := mine.field("content").([]any)
	require.EqualValues(t, 1900, entries[0].(map[string]any)["debit"])
	require.EqualValues(t, 1900, entries[1].(map[string]any)["credit"])
	days := seller.get(t, "/seller/ledger/days")
	require.Equal(t, 200, days.Status, days)
	require.Contains(t, string(days.Data), `"earned":1900.00,"deducted":1900.00,"balance":0.00`)
	require.EqualValues(t, 0, rival.get(t, "/seller/ledger").field("totalElements"), "nothing of another's")
	require.JSONEq(t, "[]", string(rival.get(t, "/seller/ledger/days").Data))

	file := seller.download(t, "/seller/ledger?format=csv")
	require.Len(t, file, 3)
	require.Equal(t, []string{"0.00", "1900.00"}, file[1][len(file[1])-2:], "the oldest first")
	require.Len(t, rival.download(t, "/seller/ledger?format=csv"), 1, "the header alone")

	all := admin.get(t, "/admin/ledger?account=COMMISSION")
	require.Equal(t, 200, all.Status, all)
	require.EqualValues(t, 2, all.field("totalElements"))
	require.Len(t, admin.download(t, "/admin/ledger?format=csv"), 1+r.count(t, "SELECT count(*) FROM ledger_entries"))
	balance := admin.get(t, "/admin/ledger/trial-balance")
	require.Equal(t, 200, balance.Status, balance)
	require.Equal(t, balance.field("debit"), balance.field("credit"))
	require.Contains(t, string(balance.Data), `"SELLER_PAYABLE"`)

	for _, bad := range []string{
		"/seller/ledger?format=xlsx", "/seller/ledger?from=yesterday", "/seller/ledger/days?from=2020-01-01&to=2026-01-01",
		"/seller/ledger?sort=amount",
	} {
		require.Equal(t, 400, seller.get(t, bad).Status, bad)
	}
	for _, bad := range []string{
		"/admin/ledger?account=GOLD", "/admin/ledger?sellerId=x", "/admin/ledger/trial-balance?day=x",
	} {
		require.Equal(t, 400, admin.get(t, bad).Status, bad)
	}
}

// Only the seller of a settlement can print its statement.
func TestStatement_Settlement_IsPrinted(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	_, err := r.store.Pool().Exec(context.Background(), "UPDATE sellers SET store_name = '<b>가게</b>' WHERE id = $1",
		seller.id)
	require.NoError(t, err)
	r.owed(t, seller.id)
	r.closeDay(t, lastPeriod().End)
	path := fmt.Sprintf("/seller/settlements/%d/statement",
		r.count(t, "SELECT id FROM settlements WHERE seller_id = $1", seller.id))
	page := seller.page(t, path, "text/html")
	require.Contains(t, page, "&lt;b&gt;가게&lt;/b&gt;", "what sellers call themselves is text")
	require.Contains(t, page, lastPeriod().End.String())
	require.Contains(t, page, "9,500")
	orders := seller.download(t, path+"?format=orders")
	require.Len(t, orders, 2)
	require.Contains(t, page, orders[1][1], "the number of the order")
	require.Equal(t, []string{"10000.00", "0.00", "500.00", "45.00", "9500.00"}, orders[1][3:])
	file := seller.download(t, path+"?format=csv")
	require.Len(t, file, 2)
	require.Equal(t, []string{lastPeriod().End.String(), "500.00", "9500.00"}, file[1][1:])
	require.Equal(t, 404, r.seller(t).get(t, path).Status)
	require.Equal(t, 400, seller.get(t, path+"?format=xlsx").Status)
}

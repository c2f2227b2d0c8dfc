package simulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
)

// outside is a simulator and what the marketplace sees of it.
type outside struct {
	*simulator.Simulator
	payments gateway.Payments
	bank     bank.Bank
	url      string
	pool     *pgxpool.Pool
}

func open(t *testing.T) *outside {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), testrig.EmptyDatabaseURL(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	o := &outside{pool: pool}
	o.restart(t)
	return o
}

// restart has another simulator with the same memory take over.
func (o *outside) restart(t *testing.T) {
	t.Helper()
	s, err := simulator.New(t.Context(), o.pool)
	require.NoError(t, err)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	o.Simulator, o.url = s, server.URL
	o.payments, o.bank = simclient.NewGateway(server.URL, time.Second), simclient.NewBank(server.URL, time.Second)
}

func charge(uid string) gateway.ChargeRequest {
	return gateway.ChargeRequest{MerchantUID: uid, Amount: 100_00, Method: "MOCK"}
}

// A key charges once: concurrently, repeatedly, and after a restart.
func TestCharge_SameKey_ChargesOnce(t *testing.T) {
	o, ctx := open(t), t.Context()
	o.Set(simulator.Knobs{DuplicateWork: true})
	ids := make([]string, 20)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			if c, err := o.payments.Charge(ctx, charge("one")); err == nil {
				ids[i] = c.ImpUID
			}
		})
	}
	all.Wait()
	o.restart(t)
	c, err := o.payments.Charge(ctx, charge("one"))
	require.NoError(t, err)
	for _, id := range ids {
		require.Equal(t, c.ImpUID, id)
	}
	books, _, err := o.payments.Charges(ctx, time.Time{}, "")
	require.NoError(t, err)
	require.Len(t, books, 1)
}

// A declined key is never charged, and a charged one never declined.
func TestCharge_Declined_StaysDeclined(t *testing.T) {
	o, ctx := open(t), t.Context()
	o.Set(simulator.Knobs{Decline: true})
	_, err := o.payments.Charge(ctx, charge("declined"))
	require.ErrorIs(t, err, gateway.ErrDeclined)
	o.Set(simulator.Knobs{})
	_, err = o.payments.Charge(ctx, charge("declined"))
	require.ErrorIs(t, err, gateway.ErrDeclined)
	_, err = o.payments.Inquire(ctx, "declined")
	require.ErrorIs(t, err, gateway.ErrDeclined)
	_, err = o.payments.Inquire(ctx, "unheard-of")
	require.ErrorIs(t, err, gateway.ErrUnknownPayment)

	_, err = o.payments.Charge(ctx, charge("taken"))
	require.NoError(t, err)
	o.Set(simulator.Knobs{Decline: true})
	_, err = o.payments.Charge(ctx, charge("taken"))
	require.NoError(t, err)
	books, _, err := o.payments.Charges(ctx, time.Time{}, "")
	require.NoError(t, err)
	require.Len(t, books, 1, "what was declined is in no books")
}

// The money has moved all the same, or only later.
func TestCharge_AnswerLost_IsFound(t *testing.T) {
	o, ctx := open(t), t.Context()
	o.Set(simulator.Knobs{HangAfter: time.Millisecond})
	_, err := o.payments.Charge(ctx, charge("lost"))
	require.Error(t, err)
	require.NotErrorIs(t, err, gateway.ErrDeclined)
	c, err := o.payments.Inquire(ctx, "lost")
	require.NoError(t, err)
	require.EqualValues(t, 100_00, c.Amount)

	o.Set(simulator.Knobs{Queue: 200 * time.Millisecond})
	_, err = o.payments.Charge(ctx, charge("queued"))
	require.Error(t, err)
	_, err = o.payments.Inquire(ctx, "queued")
	require.ErrorIs(t, err, gateway.ErrUnknownPayment, "not yet")
	testrig.Eventually(t, func() bool { _, err := o.payments.Inquire(ctx, "queued"); return err == nil },
		10*time.Second, 20*time.Millisecond)

	o.Set(simulator.Knobs{FailBefore: true})
	_, err = o.payments.Charge(ctx, charge("away"))
	require.Error(t, err)
	o.Set(simulator.Knobs{})
	_, err = o.payments.Inquire(ctx, "away")
	require.ErrorIs(t, err, gateway.ErrUnknownPayment)

	o.Set(simulator.Knobs{FailFirst: 2})
	for range 2 {
		_, err = o.payments.Charge(ctx, charge("away"))
		require.Error(t, err)
	}
	_, err = o.payments.Charge(ctx, charge("away"))
	require.NoError(t, err, "and then no more")

	o.Set(simulator.Knobs{Latency: time.Minute})
	_, err = simclient.NewGateway(o.url, 50*time.Millisecond).Inquire(ctx, "lost")
	require.ErrorContains(t, err, "deadline")
}

func TestCancel_MoreThanCharged_IsRefused(t *testing.T) {
	o, ctx := open(t), t.Context()
	c, err := o.payments.Charge(ctx, charge("one"))
	require.NoError(t, err)
	cancel := func(key string, amount market.Money) error {
		return o.payments.Cancel(ctx, gateway.CancelRequest{ImpUID: c.ImpUID, Key: key, Amount: amount, Reason: "r"})
	}
	require.NoError(t, cancel("a", 60_00))
	require.NoError(t, cancel("a", 60_00))
	require.ErrorIs(t, cancel("b", 60_00), gateway.ErrNotCancellable)
	require.NoError(t, cancel("b", 40_00))
	require.ErrorIs(t, cancel("c", 1), gateway.ErrNotCancellable)
	require.ErrorIs(t, cancel("d", 0), gateway.ErrNotCancellable)
	c, err = o.payments.Inquire(ctx, "one")
	require.NoError(t, err)
	require.Len(t, c.Cancellations, 2)

	err = o.payments.Cancel(ctx, gateway.CancelRequest{ImpUID: "imp_unknown", Key: "k", Amount: 1})
	require.ErrorIs(t, err, gateway.ErrUnknownPayment)
}

func transfer(key string) bank.TransferRequest {
	return bank.TransferRequest{Key: key, BankCode: "KOOKMIN", BankAccount: "1", Amount: 50_00}
}

func TestTransfer_SameKey_PaysOnce(t *testing.T) {
	o, ctx := open(t), t.Context()
	paid, err := o.bank.Transfer(ctx, transfer("paid"))
	require.NoError(t, err)
	require.Equal(t, bank.TransferPaid, paid.Status)
	o.Bank.Set(simulator.BankKnobs{Refuse: true})
	refused, err := o.bank.Transfer(ctx, transfer("refused"))
	require.NoError(t, err)
	require.Equal(t, bank.TransferRefused, refused.Status)
	require.NotEmpty(t, refused.Reason)
	again, err := o.bank.Transfer(ctx, transfer("paid"))
	require.NoError(t, err)
	require.Equal(t, paid, again)

	o.Bank.Set(simulator.BankKnobs{Return: true})
	for key, want := range map[string]bank.TransferStatus{"paid": bank.TransferReturned,
		"refused": bank.TransferRefused} {
		got, err := o.bank.Inquire(ctx, key)
		require.NoError(t, err)
		require.Equal(t, want, got.Status)
	}
	_, err = o.bank.Inquire(ctx, "unheard-of")
	require.ErrorIs(t, err, bank.ErrUnknownTransfer)
	books, err := o.bank.Transfers(ctx, "paid")
	require.NoError(t, err)
	require.Len(t, books, 1, "those after the key")
}

// What a developer turns with curl.
func TestKnobs_Set_TakeEffect(t *testing.T) {
	o, ctx := open(t), t.Context()
	put := func(path, body string) int {
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, o.url+path, strings.NewReader(body))
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, 204, put("/knobs", `{"decline": true}`))
	_, err := o.payments.Charge(ctx, charge("one"))
	require.ErrorIs(t, err, gateway.ErrDeclined)
	require.Equal(t, 204, put("/bank/knobs", `{"failBefore": true}`))
	_, err = o.bank.Transfer(ctx, transfer("one"))
	require.Error(t, err)
	require.Equal(t, 400, put("/knobs", `{"decline": 7}`))
	require.Equal(t, 400, put("/bank/knobs", `{`))
}

func TestFeed_ManyCharges_AreReadInPages(t *testing.T) {
	o, ctx := open(t), t.Context()
	const n = 1001 // one more than a page
	for i := range n {
		_, err := o.Record(ctx, fmt.Sprintf("uid-%04d", i), 1)
		require.NoError(t, err)
	}
	var all []string
	for cursor, more := "", true; more; more = cursor != "" {
		page, next, err := o.payments.Charges(ctx, time.Time{}, cursor)
		require.NoError(t, err)
		cursor = next
		for _, c := range page {
			all = append(all, c.MerchantUID)
		}
	}
	require.Len(t, all, n)
	require.IsIncreasing(t, all)
}

func TestKnobs_Page_ShowsThem(t *testing.T) {
	t.Parallel()
	o := open(t)
	ask := func(method string, form url.Values, headers ...string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, o.url+"/", strings.NewReader(form.Encode()))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	status, page := ask(http.MethodGet, nil)
	require.Equal(t, 200, status)
	require.NotContains(t, page, "checked")
	_, page = ask(http.MethodPost, url.Values{"decline": {"on"}, "latency": {"25"}, "bankRefuse": {"on"},
		"queue": {"x"}})
	require.Equal(t, 2, strings.Count(page, "checked"))
	require.Contains(t, page, `value="25"`)
	asked := gateway.ChargeRequest{MerchantUID: "m", Amount: 100, Method: market.MethodMock}
	_, err := o.payments.Charge(t.Context(), asked)
	require.ErrorIs(t, err, gateway.ErrDeclined)
	status, _ = ask(http.MethodPost, url.Values{}, "Sec-Fetch-Site", "cross-site")
	require.Equal(t, 403, status, "another site turns nothing")
	_, page = ask(http.MethodPost, url.Values{})
	require.NotContains(t, page, "checked")
}

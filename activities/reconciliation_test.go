package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// feed is a provider with three pages of events.
type feed struct {
	gateway.Redirect
	asked []string
	from  time.Time
}

func (f *feed) Events(
	_ context.Context, from, _ time.Time, cursor string,
) (page []market.ProviderEvent, next string, err error) {
	f.asked, f.from = append(f.asked, cursor), from
	n, _ := strconv.Atoi(cursor)
	if n == 3 {
		return nil, "", nil
	}
	for i := range 2 {
		page = append(page, market.ProviderEvent{
			ID: fmt.Sprintf("e%d-%d", n, i), Type: "PAID", MerchantUID: "P1", Amount: 100, Currency: "KRW",
			At: time.Now(),
		})
	}
	return page, strconv.Itoa(n + 1), nil
}

func TestReadProviderEvents_Restarted_ResumesAfterTheLastPage(t *testing.T) {
	t.Parallel()
	shop := testrig.NewShop(t, 1, time.Now)
	provider := &feed{}
	a := &Activities{Store: shop.Store, Gateways: gateway.Providers{PortOne: provider}}
	read := func(died *ReadFeed) ReadFeed {
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivity(a)
		if died != nil {
			env.SetHeartbeatDetails(*died)
		}
		done, err := env.ExecuteActivity(a.ReadProviderEvents, market.Date(2026, 11, 22))
		require.NoError(t, err)
		var r ReadFeed
		require.NoError(t, done.Get(&r))
		return r
	}
	require.Equal(t, 6, read(nil).Events)
	require.Equal(t, []string{"", "1", "2", "3"}, provider.asked)
	require.Equal(t, market.Date(2026, 11, 22).Start().UTC(), provider.from.UTC())
	provider.asked = nil
	died := ReadFeed{From: time.Now().Add(-time.Hour), Until: time.Now(), Cursor: "2", Events: 4}
	require.Equal(t, 6, read(&died).Events)
	require.Equal(t, []string{"2", "3"}, slices.Compact(provider.asked))
	require.Equal(t, 6, shop.Number(t, "SELECT count(*) FROM provider_events"))
}

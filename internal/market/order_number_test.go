package market_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/all-in-market/market/internal/market"
)

func TestOrderNumber_Parsed_IsTheId(t *testing.T) {
	t.Parallel()
	require.Equal(t, "20261129-0001G", market.OrderNumber(1, market.Date(2026, 11, 29)))
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Min(1).Draw(t, "id")
		number := market.OrderNumber(id, market.Date(2026, 1, 1).Add(rapid.IntRange(0, 3000).Draw(t, "days")))
		for _, typed := range []string{
			number, strings.ToLower(number), " " + strings.ReplaceAll(number, "-", " ") + " ",
			strings.ReplaceAll(number, "-", ""),
		} {
			got, ok := market.ParseOrderNumber(typed)
			require.True(t, ok, typed)
			require.Equal(t, id, got, typed)
		}
		digits := strings.ReplaceAll(number, "-", "")
		at := rapid.IntRange(0, len(digits)-1).Draw(t, "at")
		wrong := rapid.SampledFrom([]byte("0123456789ABCDEFGHJKMNPQRSTVWXY")).Draw(t, "wrong")
		if wrong != digits[at] {
			_, ok := market.ParseOrderNumber(digits[:at] + string(wrong) + digits[at+1:])
			require.False(t, ok, "a wrong character")
		}
		if at > 0 && digits[at] != digits[at-1] {
			_, ok := market.ParseOrderNumber(digits[:at-1] + string(digits[at]) + string(digits[at-1]) + digits[at+1:])
			require.False(t, ok, "swapped characters")
		}
	})
}

func TestSearch_EachKind_IsRecognised(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]market.Searched{
		"20261129-0001G": {OrderID: 1}, "4711": {OrderID: 4711}, " 7 ": {OrderID: 7},
		"010-1234-5678": {Phone: "01012345678"}, "01012345678": {Phone: "01012345678"},
		"+82 10 1234 5678": {Phone: "821012345678"}, "02 312 4567": {Phone: "023124567"},
		"김구매": {Text: "김구매"}, "20261129-0001H": {Text: "20261129-0001H"}, "책 2권": {Text: "책 2권"}, "": {},
		"99999999999999999999": {Text: "99999999999999999999"}, "-5": {Text: "-5"},
	} {
		require.Equal(t, want, market.Search(typed), "%q", typed)
	}
}

func TestRecipient_AfterItsRetention_IsMasked(t *testing.T) {
	t.Parallel()
	whole := market.Recipient{
		Name: new("김구매"), Phone: new("010-1234-5678"), Address: new("서울특별시 강남구 테헤란로 123 4층"), Note: new("문 앞"),
	}
	require.Equal(t, whole, whole.After(market.RecipientRetention-1))
	require.Equal(t, market.Recipient{
		Name: new("김**"), Phone: new("010-****-**78"), Address: new("서울특별시 강남구 ***"), Masked: true,
	}, whole.After(market.RecipientRetention))
	require.Equal(t, market.Recipient{Name: new("*"), Phone: new("*"), Address: new("***"), Masked: true},
		market.Recipient{Name: new("J"), Phone: new("1"), Address: new("Seoul")}.Mask())
	require.Equal(t, market.Recipient{Masked: true}, market.Recipient{}.Mask())
}

func TestTrackingURL_OfACourier_LeadsToTheParcel(t *testing.T) {
	t.Parallel()
	for _, carrier := range []string{"CJ", "cj", "CJ대한통운", "CJ Logistics"} {
		got := market.TrackingURL(&carrier, new("6000 1"))
		require.NotNil(t, got, carrier)
		require.True(t, strings.HasSuffix(*got, "=6000+1"), *got)
	}
	require.Nil(t, market.TrackingURL(new("my own van"), new("1")))
	require.Nil(t, market.TrackingURL(new("CJ"), nil))
	require.Nil(t, market.TrackingURL(nil, new("1")))
	names := map[string]string{}
	for _, c := range market.Couriers {
		for _, name := range []string{c.Code, c.Name, c.EnglishName} {
			other, taken := names[strings.ToLower(name)]
			require.True(t, !taken || other == c.Code, "%s names two couriers", name)
			names[strings.ToLower(name)] = c.Code
			require.LessOrEqual(t, len([]rune(name)), market.MaxCarrier)
		}
	}
}

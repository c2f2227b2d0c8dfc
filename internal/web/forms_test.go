package web

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

type order struct {
	Count  *int32          `json:"count" validate:"required"`
	Price  *market.Money   `json:"price"`
	Day    market.Day      `json:"day"`
	Email  market.Email    `json:"email" validate:"omitempty,email"`
	Rows   []int64         `json:"row"`
	Pieces map[int64]int64 `json:"pieces"`
	On     bool            `json:"on"`
	Nested struct {
		Limit int16 `json:"limit"`
	} `json:"nested"`
}

func TestDecodeForm_TypedFields_AreParsed(t *testing.T) {
	t.Parallel()
	var in order
	require.NoError(t, DecodeForm(url.Values{
		"count": {"1,234"}, "price": {"12,900"}, "day": {"2026-11-30"}, "email": {"Kim@EXAMPLE.com"}, "row": {"3", "1"},
		"pieces[7]": {"2"}, "on": {"on"}, "nested.limit": {"5"}, "x[": {"1"}, "]": {"1"}, "pieces[7": {"9"}, "other": {"x"},
	}, &in))
	require.Equal(t, int32(1234), *in.Count)
	require.Equal(t, market.Money(12_900_00), *in.Price)
	require.Equal(t, "2026-11-30", in.Day.String())
	require.True(t, in.Email.Canonical())
	require.Equal(t, []int64{3, 1}, in.Rows)
	require.Equal(t, map[int64]int64{7: 2}, in.Pieces)
	require.True(t, in.On)
	require.Equal(t, int16(5), in.Nested.Limit)

	in = order{}
	require.NoError(t, DecodeForm(url.Values{"count": {"0"}, "price": {""}, "day": {""}, "pieces[7]": {""}}, &in))
	require.Zero(t, *in.Count)
	require.Nil(t, in.Price, "a blank field is a missing one")
	require.Empty(t, in.Pieces)
}

func TestDecodeForm_MistypedFields_AreEachNamed(t *testing.T) {
	t.Parallel()
	for field, bad := range map[string]string{
		"count": "1,2", "price": "1e3", "day": "30.11.2026", "email": "x", "row": "99999999999999999999",
		"pieces[7]": "1.5", "on": "maybe", "nested.limit": "32768",
	} {
		typed := url.Values{"count": {"1"}}
		typed.Set(field, bad)
		err := DecodeForm(typed, &order{})
		require.Equal(t, field, FieldOf(err), "%s=%s", field, bad)
		require.Len(t, Faults(err), 1, "%s=%s", field, bad)
	}
	require.Len(t, Faults(DecodeForm(url.Values{"count": {"x"}, "price": {"x"}}, &order{})), 2)
}

package market

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVATIn_Amount_IsRoundedToWholeWon(t *testing.T) {
	t.Parallel()
	for amount, want := range map[Money]Money{
		0: 0, 11_00: 1_00, 1_100_00: 100_00, 1_000_00: 91_00, 5_00: 0, 6_00: 1_00, 16_00: 1_00, 17_00: 2_00,
		-1_000_00: -91_00, 123_456_789_00: 11_223_344_00, MaxMoney: 90_909_090_909_00,
	} {
		require.Equal(t, want, VATIn(amount), amount)
	}
}

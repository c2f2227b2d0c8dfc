package pages

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestField_KnownKey_IsNamedInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	for key, want := range map[string][2]string{
		"recipient": {"받는 분", "Recipient"}, "trackingNumber": {"송장번호", "Tracking number"},
		"groupBy": {"집계 단위", "Group by"},
	} {
		require.Equal(t, want, [2]string{Frame{}.Field(key), Frame{english: true}.Field(key)}, key)
	}
}

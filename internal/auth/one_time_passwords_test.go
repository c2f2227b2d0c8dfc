package auth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// It uses the secret of RFC 6238, appendix B, whose codes of eight
// digits end with those of six.
func TestOneTimePasswords(t *testing.T) {
	t.Parallel()
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // "12345678901234567890"
	before, err := NewOneTimePasswords("the secret before", "")
	require.NoError(t, err)
	now, err := NewOneTimePasswords("the secret of now", "the secret before")
	require.NoError(t, err)
	for at, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
	} {
		for _, late := range []int64{-30, 0, 30} {
			now.now = func() time.Time { return time.Unix(at+late, 0) }
			step, resealed, ok, err := now.Matches(before.seals.Seal(secret), code)
			require.NoError(t, err)
			require.True(t, ok, "%d %d", at, late)
			require.Equal(t, at/30, step)
			opened, err := now.seals.Open(resealed)
			require.NoError(t, err)
			require.Equal(t, secret, opened)
			_, err = before.seals.Open(resealed)
			require.ErrorIs(t, err, ErrSealed, "it is sealed with the new key")
		}
		now.now = func() time.Time { return time.Unix(at+90, 0) }
		_, _, ok, err := now.Matches(before.seals.Seal(secret), code)
		require.NoError(t, err)
		require.False(t, ok)
	}
}

package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What the previous key has sealed is read, and sealed again with the newest.
func TestSeals_KeyRotated_Open(t *testing.T) {
	t.Parallel()
	before, err := NewSeals("tests", "the secret before", "")
	require.NoError(t, err)
	now, err := NewSeals("tests", "the secret of now", "the secret before")
	require.NoError(t, err)
	after, err := NewSeals("tests", "the secret of now", "")
	require.NoError(t, err)
	elsewhere, err := NewSeals("other tests", "the secret of now", "")
	require.NoError(t, err)
	sealed := before.Seal("a secret")
	require.NotContains(t, string(sealed), "a secret")
	opened, err := now.Open(sealed)
	require.NoError(t, err)
	require.Equal(t, "a secret", opened)
	_, err = after.Open(sealed)
	require.ErrorIs(t, err, ErrSealed)
	_, err = after.Reseal(sealed)
	require.ErrorIs(t, err, ErrSealed)

	fresh, err := now.Reseal(sealed)
	require.NoError(t, err)
	opened, err = after.Open(fresh)
	require.NoError(t, err)
	require.Equal(t, "a secret", opened)
	_, err = elsewhere.Open(fresh)
	require.ErrorIs(t, err, ErrSealed, "a key is for one purpose")
	for _, nothing := range [][]byte{fresh, nil} {
		again, err := now.Reseal(nothing)
		require.NoError(t, err)
		require.Nil(t, again)
	}
}

package auth

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommonPassword_GuessedFirst_IsFoundInAnyCase(t *testing.T) {
	t.Parallel()
	require.True(t, slices.IsSorted(common()))
	require.Greater(t, len(common()), 10_000)
	for _, p := range []string{"password", "PassWord", "12345678", "1234567890", "qwertyuiop", "iloveyou"} {
		require.True(t, CommonPassword(p), p)
	}
	for _, p := range []string{"", "correct horse battery", "password1!", "새로운비밀번호"} {
		require.False(t, CommonPassword(p), p)
	}
}

package vault_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/vault"
)

func key(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }

func TestVault_KeysChange_OpensWhatOldKeysSealed(t *testing.T) {
	t.Parallel()
	before, err := vault.Parse("2026:" + key(1))
	require.NoError(t, err)
	sealed, err := before.Seal("110-234-567890", "sellers/7")
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "567890")

	during, err := vault.Parse("2027:" + key(2) + ", 2026:" + key(1))
	require.NoError(t, err)
	value, err := during.Open(sealed, "sellers/7")
	require.NoError(t, err)
	require.Equal(t, "110-234-567890", value)
	require.False(t, during.Current(sealed))
	again, err := during.Seal(value, "sellers/7")
	require.NoError(t, err)
	require.True(t, during.Current(again))

	after, err := vault.Parse("2027:" + key(2))
	require.NoError(t, err)
	value, err = after.Open(again, "sellers/7")
	require.NoError(t, err)
	require.Equal(t, "110-234-567890", value)
	_, err = after.Open(sealed, "sellers/7")
	require.ErrorIs(t, err, vault.ErrUnknownKey)
}

func TestVault_ChangedOrOfAnotherOwner_IsRefused(t *testing.T) {
	t.Parallel()
	v := vault.Local()
	sealed, err := v.Seal("110-234-567890", "sellers/7")
	require.NoError(t, err)
	twin, err := v.Seal("110-234-567890", "sellers/7")
	require.NoError(t, err)
	require.NotEqual(t, sealed, twin, "equal values do not look alike")
	_, err = v.Open(sealed, "sellers/8")
	require.Error(t, err)
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, err := v.Open(changed, "sellers/7")
		require.Error(t, err, "byte %d", i)
		_, err = v.Open(sealed[:i], "sellers/7")
		require.Error(t, err, "cut at %d", i)
	}
}

func TestParse_UnusableKeys_ReportsWhatToDo(t *testing.T) {
	t.Parallel()
	for keys, problem := range map[string]string{
		"":                                     "id must have 1 to 32 characters",
		":" + key(1):                           "id must have 1 to 32 characters",
		strings.Repeat("x", 33) + ":" + key(1): "id must have 1 to 32 characters",
		"a:":                                   "openssl rand -base64 32",
		"a:c2hvcnQ=":                           "openssl rand -base64 32",
		"a:" + key(1) + ",a:" + key(2):         "two master keys",
		"a:" + key(1) + ",":                    "id must have 1 to 32 characters",
	} {
		_, err := vault.Parse(keys)
		require.ErrorContains(t, err, problem, keys)
	}
}

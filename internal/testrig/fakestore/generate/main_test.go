package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMethods_OfTheStore_AreFaked(t *testing.T) {
	t.Parallel()
	want, err := methods()
	require.NoError(t, err)
	got, err := os.ReadFile("../methods.go")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run go generate ./internal/testrig/fakestore")
}

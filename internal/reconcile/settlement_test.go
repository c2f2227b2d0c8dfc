package reconcile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// files is a place for one settlement file.
type files struct {
	store.SettlementProgress
	lines  []store.SettlementLine
	chunks int
	whole  bool
}

func (f *files) OpenSettlementFile(context.Context, market.Provider, string) (store.SettlementProgress, error) {
	return f.SettlementProgress, nil
}

func (f *files) AddSettlementLines(_ context.Context, c store.SettlementChunk) (market.SettlementFile, error) {
	if c.Before != int64(len(f.lines)) {
		return f.SettlementFile, errors.New("lines are missing, or come twice")
	}
	f.lines = append(f.lines, c.Lines...)
	f.Lines, f.Digest, f.chunks, f.whole = int64(len(f.lines)), c.DigestAfter, f.chunks+1, c.Whole
	return f.SettlementFile, nil
}

// file is a settlement file with so many lines.
func file(lines int) string {
	var b strings.Builder
	b.WriteString("merchantUid,amount,fee,payoutDay\n")
	for i := range lines {
		fmt.Fprintf(&b, "pay%d,%d,-3.50,2026-11-22\n", i, 1000+i)
	}
	return b.String()
}

func TestASettlementFileIsImportedInChunks(t *testing.T) {
	t.Parallel()
	var f files
	got, err := Import(t.Context(), &f, "november", strings.NewReader(file(2*chunk+1)))
	require.NoError(t, err)
	require.EqualValues(t, 2*chunk+1, got.Lines)
	require.Equal(t, 3, f.chunks)
	require.True(t, f.whole)
	require.Equal(t, store.SettlementLine{
		MerchantUID: "pay1", Amount: 100100, Fee: -350, PayoutDay: market.Date(2026, 11, 22),
	}, f.lines[1])
}

// TestAnImportThatWasCutOffGoesOn cuts the connection at every tenth of a file, and sends it
// again: each line is there once.
func TestAnImportThatWasCutOffGoesOn(t *testing.T) {
	t.Parallel()
	var f files
	whole, cut := file(3*chunk+7), errors.New("cut off")
	for tenth := range 10 {
		part := io.MultiReader(strings.NewReader(whole[:len(whole)*tenth/10]), iotest.ErrReader(cut))
		_, err := Import(t.Context(), &f, "november", part)
		require.ErrorIs(t, err, cut)
		require.False(t, f.whole)
	}
	require.Equal(t, 2, f.chunks, "whole chunks are there")
	for range 2 { // once more changes nothing
		got, err := Import(t.Context(), &f, "november", strings.NewReader(whole))
		require.NoError(t, err)
		require.EqualValues(t, 3*chunk+7, got.Lines)
	}
	for i, l := range f.lines {
		require.Equal(t, fmt.Sprintf("pay%d", i), l.MerchantUID)
	}
}

func TestAnotherFileOfTheSameNameIsRefused(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]string{
		"a line was changed": strings.Replace(file(10), "pay3", "pay4", 1),
		"a line is missing":  file(9),
	} {
		var f files
		_, err := Import(t.Context(), &f, "november", strings.NewReader(file(10)))
		require.NoError(t, err)
		_, err = Import(t.Context(), &f, "november", strings.NewReader(other))
		require.Equal(t, market.CodeSettlementFileChanged, market.CodeOf(err), name)
		require.Len(t, f.lines, 10)
	}
}

// TestAWrongLineIsNamed: what comes before it is imported, and the corrected file goes on.
func TestAWrongLineIsNamed(t *testing.T) {
	t.Parallel()
	for line, wrong := range map[string]string{
		"pay9,1000,0,2026-13-01": "payoutDay",
		"pay9,1e3,0,2026-11-22":  "amount",
		"pay9,1000,x,2026-11-22": "fee",
		",1000,0,2026-11-22":     "merchantUid",
		"pay9,1000":              "merchantUid,amount,fee,payoutDay",
		`"pay9,1000`:             "merchantUid,amount,fee,payoutDay",
	} {
		var f files
		_, err := Import(t.Context(), &f, "november", strings.NewReader(file(5)+line+"\n"))
		var refused *market.Error
		require.ErrorAs(t, err, &refused, line)
		require.Equal(t, market.CodeSettlementFileInvalid, refused.Code)
		require.Equal(t, []any{int64(7), wrong}, refused.Args, line)
		require.Len(t, f.lines, 5)
		_, err = Import(t.Context(), &f, "november", strings.NewReader(file(8)))
		require.NoError(t, err)
		require.Len(t, f.lines, 8)
	}
	for _, header := range []string{"", "a,b\n", "merchantUid,amount,fee,day\n"} {
		_, err := Import(t.Context(), &files{}, "november", bytes.NewBufferString(header))
		require.Equal(t, market.CodeSettlementFileInvalid, market.CodeOf(err), header)
	}
}

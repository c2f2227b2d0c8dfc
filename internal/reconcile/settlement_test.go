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
	lines     []store.SettlementLine
	chunks    int
	whole     bool
	discarded int
}

func (f *files) DiscardSettlementFile(context.Context, int64) error {
	f.discarded++
	if !f.whole {
		*f = files{discarded: f.discarded}
	}
	return nil
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

func TestImport_LargeFile_IsReadInChunks(t *testing.T) {
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

// It cuts the connection at every tenth of a file, and sends it
// again: each line is there once.
func TestImport_CutOff_Resumes(t *testing.T) {
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

func TestImport_AnotherFileOfTheSameName_IsRefused(t *testing.T) {
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

func TestImport_WrongLine_IsNamedAndNothingIsLeft(t *testing.T) {
	t.Parallel()
	for line, wrong := range map[string]string{
		"pay9,1000,0,2026-13-01":                        "payoutDay",
		"pay9,1000,0,0026-11-22":                        "payoutDay",
		"pay9,1000,0,1999-12-31":                        "payoutDay",
		"pay9,1000,0,2100-01-01":                        "payoutDay",
		"pay9,1e3,0,2026-11-22":                         "amount",
		`pay9,"1,000",0,2026-11-22`:                     "amount",
		"pay9,1000000000000,0,2026-11-22":               "amount",
		"pay9,1000,x,2026-11-22":                        "fee",
		"pay9,1000,1000.01,2026-11-22":                  "fee",
		"pay9,-1000,-1000.01,2026-11-22":                "fee",
		",1000,0,2026-11-22":                            "merchantUid",
		"\u200b,1000,0,2026-11-22":                      "merchantUid",
		"pay\x009,1000,0,2026-11-22":                    "merchantUid",
		"\xff,1000,0,2026-11-22":                        "merchantUid",
		strings.Repeat("x", 256) + ",1000,0,2026-11-22": "merchantUid",
		"pay9,1000":                                     "merchantUid,amount,fee,payoutDay",
		"pay9,1,000,0,2026-11-22":                       "merchantUid,amount,fee,payoutDay",
		`"pay9,1000`:                                    "merchantUid,amount,fee,payoutDay",
	} {
		for _, before := range []int{0, 5, chunk + 5} {
			var f files
			_, err := Import(t.Context(), &f, "november", strings.NewReader(file(before)+line+"\n"))
			var refused *market.Error
			require.ErrorAs(t, err, &refused, line)
			require.Equal(t, market.CodeSettlementFileInvalid, refused.Code)
			require.Equal(t, []any{before + 2, wrong}, refused.Args, line)
			require.Equal(t, files{discarded: 1}, f, line)
			_, err = Import(t.Context(), &f, "november", strings.NewReader(file(8)))
			require.NoError(t, err)
			require.Len(t, f.lines, 8)
		}
	}
	for _, header := range []string{"", "a,b\n", "merchantUid,amount,fee,day\n", "pay9,1000,0,2026-11-22\n"} {
		_, err := Import(t.Context(), &files{}, "november", bytes.NewBufferString(header))
		require.Equal(t, market.CodeSettlementFileInvalid, market.CodeOf(err), header)
	}
	sum := "merchantUid,amount,fee,payoutDay\n" + strings.Repeat("pay,999999999999,1,2026-11-22\n", 2)
	_, err := Import(t.Context(), &files{}, "november", strings.NewReader(sum))
	require.ErrorContains(t, err, "[3 amount]", "the sum of a file has a bound")
}

func TestImport_RefusedAfterItWasImported_KeepsWhatWasImported(t *testing.T) {
	t.Parallel()
	var f files
	_, err := Import(t.Context(), &f, "november", strings.NewReader(file(5)))
	require.NoError(t, err)
	_, err = Import(t.Context(), &f, "november", strings.NewReader(file(5)+"x\n"))
	require.Equal(t, market.CodeSettlementFileInvalid, market.CodeOf(err))
	require.Len(t, f.lines, 5)
}

func TestImport_OfSpreadsheets_ReadsColumnsByName(t *testing.T) {
	t.Parallel()
	want := []store.SettlementLine{{MerchantUID: "pay1", Amount: 100100, Fee: -350,
		PayoutDay: market.Date(2026, 11, 22)}}
	for _, text := range []string{
		"\ufeffmerchantUid,amount,fee,payoutDay\r\npay1,1001,-3.50,2026-11-22\r\n",
		"payoutDay,fee,note,merchant_uid,Amount\n2026-11-22,-3.50,x,pay1,1001",
		"정산일,수수료,거래번호,결제금액\n2026-11-22,-3.50,pay1,1001\n,,,\n",
		"\xc1\xa4\xbb\xea\xc0\xcf,\xbc\xf6\xbc\xf6\xb7\xe1,\xb0\xc5\xb7\xa1\xb9\xf8\xc8\xa3,\xb1\xdd\xbe\xd7\n2026-11-22,-3.50,pay1,1001\n", // CP949
	} {
		var f files
		_, err := Import(t.Context(), &f, "november", strings.NewReader(text))
		require.NoError(t, err, text)
		require.Equal(t, want, f.lines, text)
		require.True(t, f.whole)
	}
}

func TestImport_HeaderOnly_IsAnEmptyDay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"merchantUid,amount,fee,payoutDay",
		"\ufeffmerchantUid,amount,fee,payoutDay\r\n\r\n"} {
		var f files
		_, err := Import(t.Context(), &f, "november", strings.NewReader(text))
		require.NoError(t, err)
		require.True(t, f.whole)
		require.Empty(t, f.lines)
		require.NotNil(t, f.Digest, "the column is not null")
	}
}

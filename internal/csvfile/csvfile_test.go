package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/korean"

	"github.com/all-in-market/market/internal/market"
)

var shipments = []Column{
	{"orderItemId", []string{"상품주문번호"}}, {"carrier", []string{"택배사"}}, {"trackingNumber", []string{"송장번호"}},
}

// read returns the records of a file as "line: values", with the details of refusals.
func read(t *testing.T, file string, columns ...Column) (all []string) {
	t.Helper()
	r, err := NewReader(strings.NewReader(file), columns...)
	if err != nil {
		var refused *market.Error
		require.ErrorAs(t, err, &refused)
		return []string{fmt.Sprintf("%s %v", refused.Detail, refused.Args)}
	}
	for {
		record, err := r.Next()
		var refused *market.Error
		switch {
		case errors.Is(err, io.EOF):
			return all
		case errors.As(err, &refused):
			all = append(all, fmt.Sprintf("%d: %s %v", record.Line, refused.Detail, refused.Args))
		default:
			require.NoError(t, err)
			all = append(all, fmt.Sprintf("%d: %s", record.Line, strings.Join(record.Values, "|")))
		}
	}
}

// It writes one table in every way that a spreadsheet may.
func TestReader_Variants_AreReadAlike(t *testing.T) {
	t.Parallel()
	want := []string{"2: 22|CJ대한통운|600012345678", "3: 23|우체국, 등기|0001", "4: 24|한진 \"당일\"|A-1"}
	rows := [][]string{{"22", "CJ대한통운", "600012345678"}, {"23", "우체국, 등기", "0001"}, {"24", "한진 \"당일\"", "A-1"}}
	random := rand.New(rand.NewPCG(25, 1))
	for n := range 400 {
		order := random.Perm(4)
		headers := [][]string{
			{"orderItemId", "carrier", "trackingNumber", "비고"}, {"상품주문번호", "택배사", "송장번호", "productName"},
			{"ORDER_ITEM_ID", " Carrier", "tracking number", ""}, {"상품 주문 번호", "택배사 ", "송장-번호", "x"},
		}
		header := headers[random.IntN(len(headers))]
		var b bytes.Buffer
		out := csv.NewWriter(&b)
		out.UseCRLF = random.IntN(2) == 0
		for _, row := range append([][]string{header}, rows...) {
			row = append(row[:3:3], append(row[3:], "메모")[0])
			permuted := make([]string, len(order))
			for to, from := range order {
				permuted[to] = row[from]
			}
			require.NoError(t, out.Write(permuted))
		}
		out.Flush()
		file := b.String()
		if random.IntN(2) == 0 {
			file = strings.TrimRight(file, "\r\n")
		} else {
			file += ",,,\n\n , ,\u3000,\n"
		}
		switch n % 3 {
		case 1:
			file = byteOrderMark + file
		case 2:
			var err error
			file, err = korean.EUCKR.NewEncoder().String(file)
			require.NoError(t, err)
		}
		require.Equal(t, want, read(t, file, shipments...), "%q", file)
	}
}

func TestReader_AmbiguousFiles_AreRefusedWithLineAndColumn(t *testing.T) {
	t.Parallel()
	prices := []Column{{"productId", nil}, {"price", nil}, {"stock", nil}}
	for file, want := range map[string][]string{
		"":                              {"file.columns [productId, price, stock]"},
		"26,13000,9\n":                  {"file.columns [productId, price, stock]"},
		"productId,price\n26,1":         {"file.columns [productId, price, stock]"},
		"productId;price;stock":         {"file.columns [productId, price, stock]"},
		"stock,price,productId,Price\n": {"file.columnTwice [price]"},
		"productId,price,stock\n26,13,000,9\n27,1,2\n":         {"2: line.fields [4 3]", "3: 27|1|2"},
		"productId,price,stock\n26,13000\n27,1,2\n":            {"2: line.fields [2 3]", "3: 27|1|2"},
		"productId,price,stock\n\n1,2,3\n\"26,13000,9\n1,2,3":  {"3: 1|2|3", "4: line.quotes []"},
		"productId,price,stock\n26,\"1\"3,9\n1,2,3":            {"2: line.quotes []"},
		"productId,price,stock\n26,1\x00,9\n1,2,3":             {"2: field.control [price]", "3: 1|2|3"},
		"productId,price,stock\n26,\"1\n2\",9\n1,2,3":          {"2: field.control [price]", "4: 1|2|3"},
		"productId,price,stock\n26,\xff,9\n1,2,3":              {"2: field.encoding [price]", "3: 1|2|3"},
		"productId,price,stock\n26,가\xec\x9e,9\n1,2,3":         {"2: field.encoding [price]", "3: 1|2|3"},
		byteOrderMark + "productId,price,stock\n26,\xb0\xa1,9": {"2: field.encoding [price]"},
	} {
		require.Equal(t, want, read(t, file, prices...), "%q", file)
	}
}

func TestReader_FailingFile_FailsAsTheFile(t *testing.T) {
	t.Parallel()
	cut := errors.New("cut off")
	_, err := NewReader(iotest.ErrReader(cut), shipments...)
	require.ErrorIs(t, err, cut)
	const lines = sniffed / 8
	file := "orderItemId,carrier,trackingNumber\n" + strings.Repeat("1,가나,3\n", lines)
	for _, content := range []string{file, mustEncode(t, file)} {
		r, err := NewReader(io.MultiReader(strings.NewReader(content), iotest.ErrReader(cut)), shipments...)
		require.NoError(t, err)
		for range lines {
			record, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, []string{"1", "가나", "3"}, record.Values)
		}
		_, err = r.Next()
		require.ErrorIs(t, err, cut)
	}
}

func mustEncode(t *testing.T, text string) string {
	t.Helper()
	encoded, err := korean.EUCKR.NewEncoder().String(text)
	require.NoError(t, err)
	return encoded
}

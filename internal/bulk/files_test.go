package bulk

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/korean"

	"github.com/all-in-market/market/internal/csvfile"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// readings returns what is read of each line of a file: its values or its problem.
func readings(t *testing.T, content string, columns []csvfile.Column, read func(values []string) error) (all []string) {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.Header.Set("Accept-Language", "en")
	lines, err := ReadLines([]byte(content), columns)
	require.NoError(t, err, content)
	for _, l := range lines {
		if l.Problem == nil {
			l.Problem = read(l.Values)
		}
		if l.Problem != nil {
			_, problem := web.Explain(w, r, l.Problem)
			all = append(all, fmt.Sprintf("%d: %s", l.Number, problem))
		} else {
			all = append(all, fmt.Sprintf("%d: %s", l.Number, strings.Join(l.Values, "|")))
		}
	}
	return all
}

func readOffer(values []string) error {
	_, err := OfferOf(values)
	return err
}

func readShipment(values []string) error {
	_, _, err := ShipmentOf(values)
	return err
}

func inCP949(t *testing.T, text string) string {
	t.Helper()
	encoded, err := korean.EUCKR.NewEncoder().String(text)
	require.NoError(t, err)
	return encoded
}

// It reads files as they came from spreadsheets.
func TestReadLines_Corpus_IsReadByHeaderOrRefusedWithLineAndColumn(t *testing.T) {
	t.Parallel()
	const plain = "must be a number without separators, such as 13000."
	for content, want := range map[string]string{
		"\ufeffproductId,price,onHand\n26,13000,9\n":          "2: 26|13000|9",
		inCP949(t, "상품번호,가격,재고\r\n26,13000,9\r\n"):            "2: 26|13000|9",
		"productId,onHand,price\n28,9,13000\n":                "2: 28|13000|9",
		"productId,price,onHand\n26,\"13,000\",9\n":           "2: price " + plain,
		"productId,price,onHand\n26,13,000,9\n":               "2: This line has 4 fields, the first line has 3. Write numbers without commas.",
		"productId,price,onHand\n26,₩13000,9\n":               "2: price " + plain,
		"productId,price,onHand\n26,\"12,5\",9\n":             "2: price " + plain,
		"productId,price,onHand\n26,1.3E+4,9\n":               "2: price " + plain,
		"productId,price,onHand\n26,-1,9\n":                   "2: price " + plain,
		"productId,price,onHand\n26,13000,9.0\n":              "2: onHand " + plain,
		"productId,price,onHand\n2.6E1,13000,9\n":             "2: productId " + plain,
		"productId,price,onHand\n26,,\n":                      "2: Enter at least one value to change.",
		"상품명,재고,가격,상품번호\n\"모니터 27\"\" 화이트\",,=\"13000\",26\n": "2: 26|13000|",
	} {
		require.Equal(t, []string{want}, readings(t, content, OfferColumns, readOffer), "%q", content)
	}
	const shortened = "trackingNumber was shortened by a spreadsheet, as in 6.00012E+11. " +
		"Format the column as text and enter the whole number."
	for content, want := range map[string]string{
		"orderItemId,carrier,trackingNumber\n22,CJ,=\"000123456789\"\n":                  "2: 22|CJ|000123456789",
		"orderItemId,carrier,trackingNumber\r\n=\"22\",\"CJ\",=\"000123456789\"\r\n":     "2: 22|CJ|000123456789",
		inCP949(t, "상품주문번호,택배사,송장번호\r\n22,CJ대한통운,600012345678\r\n"):                      "2: 22|CJ대한통운|600012345678",
		"orderItemId,trackingNumber,carrier\n22,600012345678,CJ\n":                       "2: 22|CJ|600012345678",
		"orderItemId,carrier,trackingNumber\n22,CJ,6.00012E+11\n":                        "2: " + shortened,
		"orderItemId,carrier,trackingNumber\n22,CJ,\"6,00012E+11\"\n":                    "2: " + shortened,
		"orderItemId,carrier,trackingNumber\n22,CJ,6e+11\n":                              "2: " + shortened,
		"orderItemId,carrier,trackingNumber\n22,CJ,123E456\n":                            "2: 22|CJ|123E456",
		"orderItemId,carrier,trackingNumber\nx,CJ,1\n":                                   "2: orderItemId " + plain,
		"orderItemId,carrier,trackingNumber\n1, ,1\n":                                    "2: carrier is required.",
		"orderItemId,carrier,trackingNumber\n1,\u3164\u200b,1\n":                         "2: carrier is required.",
		"orderItemId,carrier,trackingNumber\n1,CJ," + strings.Repeat("9", 51):            "2: trackingNumber is too long.",
		"orderItemId,carrier,trackingNumber\n1,CJ,\xff":                                  "2: trackingNumber is not valid UTF-8.",
		"orderItemId,carrier,trackingNumber\n1,C\u202eJ,1\n":                             "2: carrier contains a character that overrides the direction of text.",
		"orderItemId,carrier,trackingNumber\n1,\"CJ\n2,한진\",2\n":                         "2: carrier contains a control character or a line break.",
		"orderItemId,carrier,trackingNumber\n1,\"CJ,1\n":                                 "2: A quotation mark is in the wrong place: the file cannot be read from this line on.",
		"orderItemId,carrier,trackingNumber\n1,\u1112\u1161\u11ab\u110c\u1175\u11ab,1\n": "2: 1|한진|1",
	} {
		require.Equal(t, []string{want}, readings(t, content, ShipmentColumns, readShipment), "%q", content)
	}
}

// It permutes the columns of both kinds of files and writes them in every
// encoding and with both line ends.
func TestReadLines_GeneratedVariants_AreReadAlike(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(25, 2))
	for _, c := range []struct {
		columns []csvfile.Column
		row     []string
		read    func([]string) error
	}{
		{OfferColumns, []string{"26", "13000", "9"}, readOffer},
		{ShipmentColumns, []string{"22", "CJ대한통운", "600012345678"}, readShipment},
	} {
		for n := range 120 {
			var header, row []string
			for _, at := range random.Perm(len(c.columns)) {
				names := append([]string{c.columns[at].Name}, c.columns[at].Aliases...)
				header, row = append(header, names[random.IntN(len(names))]), append(row, c.row[at])
			}
			var b bytes.Buffer
			out := csv.NewWriter(&b)
			out.UseCRLF = n%2 == 0
			require.NoError(t, out.WriteAll([][]string{header, row}))
			content := b.String()
			switch n % 3 {
			case 1:
				content = "\ufeff" + content
			case 2:
				content = inCP949(t, content)
			}
			require.Equal(t, []string{"2: " + strings.Join(c.row, "|")}, readings(t, content, c.columns, c.read), "%q",
				content)
		}
	}
}

func TestReadLines_TooManyLines_ReportsWhereItIsCut(t *testing.T) {
	t.Parallel()
	content := "orderItemId,carrier,trackingNumber\n" + strings.Repeat("1,CJ,1\n", market.MaxFileLines+5)
	all := readings(t, content, ShipmentColumns, readShipment)
	require.Len(t, all, market.MaxFileLines+1)
	require.Contains(t, all[market.MaxFileLines], "1002: From this line on")
}

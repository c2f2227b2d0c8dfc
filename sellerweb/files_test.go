package sellerweb

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/korean"

	"github.com/all-in-market/market/internal/csvfile"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// upload returns the request of a form that brings a file, in a field.
func upload(t *testing.T, field, content string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, "file.csv")
	require.NoError(t, err)
	_, err = part.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Accept-Language", "en")
	return r
}

// readings returns what is read of each line of a file: its values or its problem.
func readings(t *testing.T, content string, columns []csvfile.Column, read func(values []string) error) (all []string) {
	t.Helper()
	w, r := httptest.NewRecorder(), upload(t, "file", content)
	lines, err := readFile(w, r, (&pages.Site{Base: base}).Frame(r, "", ""), columns)
	require.NoError(t, err, content)
	for _, l := range lines {
		if l.problem == "" {
			if err := read(l.values); err != nil {
				_, l.problem = web.Explain(w, r, err)
			}
		}
		if l.problem != "" {
			all = append(all, fmt.Sprintf("%d: %s", l.number, l.problem))
		} else {
			all = append(all, fmt.Sprintf("%d: %s", l.number, strings.Join(l.values, "|")))
		}
	}
	return all
}

func readOffer(values []string) error {
	_, err := offerOf(values)
	return err
}

func readShipment(values []string) error {
	_, _, err := shipmentOf(values)
	return err
}

func inCP949(t *testing.T, text string) string {
	t.Helper()
	encoded, err := korean.EUCKR.NewEncoder().String(text)
	require.NoError(t, err)
	return encoded
}

// TestReadFile_Corpus_IsReadByHeaderOrRefusedWithLineAndColumn reads files as they came from spreadsheets.
func TestReadFile_Corpus_IsReadByHeaderOrRefusedWithLineAndColumn(t *testing.T) {
	t.Parallel()
	const plain = "must be a number without separators, such as 13000."
	for content, want := range map[string]string{
		"\ufeffproductId,price,stock\n26,13000,9\n":           "2: 26|13000|9",
		inCP949(t, "상품번호,가격,재고\r\n26,13000,9\r\n"):            "2: 26|13000|9",
		"productId,stock,price\n28,9,13000\n":                 "2: 28|13000|9",
		"productId,price,stock\n26,\"13,000\",9\n":            "2: price " + plain,
		"productId,price,stock\n26,13,000,9\n":                "2: This line has 4 fields, the first line has 3. Write numbers without commas.",
		"productId,price,stock\n26,₩13000,9\n":                "2: price " + plain,
		"productId,price,stock\n26,\"12,5\",9\n":              "2: price " + plain,
		"productId,price,stock\n26,1.3E+4,9\n":                "2: price " + plain,
		"productId,price,stock\n26,-1,9\n":                    "2: price " + plain,
		"productId,price,stock\n26,13000,9.0\n":               "2: stock " + plain,
		"productId,price,stock\n2.6E1,13000,9\n":              "2: productId " + plain,
		"productId,price,stock\n26,,\n":                       "2: price is required.",
		"상품명,재고,가격,상품번호\n\"모니터 27\"\" 화이트\",,=\"13000\",26\n": "2: 26|13000|",
	} {
		require.Equal(t, []string{want}, readings(t, content, offerColumns, readOffer), "%q", content)
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
		require.Equal(t, []string{want}, readings(t, content, shipmentColumns, readShipment), "%q", content)
	}
}

// TestReadFile_GeneratedVariants_AreReadAlike permutes the columns of both kinds of files and writes them in every
// encoding and with both line ends.
func TestReadFile_GeneratedVariants_AreReadAlike(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(25, 2))
	for _, c := range []struct {
		columns []csvfile.Column
		row     []string
		read    func([]string) error
	}{
		{offerColumns, []string{"26", "13000", "9"}, readOffer},
		{shipmentColumns, []string{"22", "CJ대한통운", "600012345678"}, readShipment},
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
			require.Equal(t, []string{"2: " + strings.Join(c.row, "|")}, readings(t, content, c.columns, c.read), "%q", content)
		}
	}
}

func TestReadFile_UnreadableAsAWhole_IsRefused(t *testing.T) {
	t.Parallel()
	s := &Server{site: &pages.Site{Base: base}}
	for field, contents := range map[string][]string{
		"file":  {"", "26,13000,9\n", "orderItemId,carrier\n1,CJ\n", "orderItemId;carrier;trackingNumber\n", "\xff\xfeo\x00r\x00"},
		"other": {"orderItemId,carrier,trackingNumber\n"},
	} {
		for _, content := range contents {
			err := s.previewShipments(httptest.NewRecorder(), upload(t, field, content))
			require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), "%q", content)
		}
	}
	err := s.previewShipments(httptest.NewRecorder(), upload(t, "file", strings.Repeat("x", maxFile)))
	require.Equal(t, market.CodePayloadTooLarge, market.CodeOf(err))
}

func TestReadFile_TooManyLines_TellsWhereItIsCut(t *testing.T) {
	t.Parallel()
	content := "orderItemId,carrier,trackingNumber\n" + strings.Repeat("1,CJ,1\n", maxLines+5)
	all := readings(t, content, shipmentColumns, readShipment)
	require.Len(t, all, maxLines+1)
	require.Contains(t, all[maxLines], "1002: From this line on")
}

func TestPrice_OfAForm_NeverGuesses(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]market.Money{
		"12,900": 12_900_00, "12900": 12_900_00, "1,234,567.5": 1_234_567_50, "0": 0,
	} {
		got, err := price(typed)
		require.NoError(t, err, typed)
		require.Equal(t, want, got, typed)
	}
	for _, typed := range []string{"12,5", "12,50", "1,2900", "12.900", "1E+4", "-1", "₩1", "", "1 000", ",5", "１２"} {
		_, err := price(typed)
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), typed)
	}
}

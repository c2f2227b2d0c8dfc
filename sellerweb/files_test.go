package sellerweb

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/bulk"
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
	err := s.previewShipments(httptest.NewRecorder(), upload(t, "file", strings.Repeat("x", bulk.MaxBytes)))
	require.Equal(t, market.CodePayloadTooLarge, market.CodeOf(err))
}

func TestPrice_OfAForm_NeverGuesses(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]market.Money{
		"12,900": 12_900_00, "12900": 12_900_00, "1,234,567.0": 1_234_567_00, "0": 0,
	} {
		got, err := priceTyped(typed)
		require.NoError(t, err, typed)
		require.Equal(t, want, *got, typed)
	}
	for _, typed := range []string{"12,5", "1,2900", "12.900", "1E+4", "-1", "₩1", "", "1 000", ",5", "１２", "1.5"} {
		_, err := priceTyped(typed)
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), typed)
	}
}

// priceTyped decodes the price of a form of a product.
func priceTyped(typed string) (*market.Money, error) {
	var in product
	err := web.DecodeForm(url.Values{
		"name": {"n"}, "description": {"d"}, "category": {"1"}, "stock": {"1"}, "price": {typed},
	}, &in)
	return in.Price, err
}

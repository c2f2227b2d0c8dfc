package sellerweb

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
)

// TestFilesThatCannotBeRead: a file that is no CSV is told, with its line, and one that is too
// large or missing is refused, before anything is asked of the database.
func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	send := func(field, content string) (*httptest.ResponseRecorder, error) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile(field, "shipments.csv")
		require.NoError(t, err)
		_, err = part.Write([]byte(content))
		require.NoError(t, err)
		require.NoError(t, form.Close())
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/shipments", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("Accept-Language", "en")
		w := httptest.NewRecorder()
		return w, (&Server{site: &pages.Site{Base: base}}).shipMany(w, r)
	}
	for content, want := range map[string]string{
		"": "The file holds nothing.", "a,b": "These fields are needed", "a,\"b\nc,d,e": "These fields are needed",
		"x,CJ,1": "orderItemId is invalid.", "1, ,1": "carrier is required.", "1,CJ," + strings.Repeat("9", 51): "too long",
		"1,CJ,\xff": "trackingNumber is invalid.",
	} {
		w, err := send("file", content)
		require.NoError(t, err, content)
		require.Contains(t, w.Body.String(), want, content)
	}
	w, err := send("file", strings.Repeat("x,CJ,1\n", maxLines+1))
	require.NoError(t, err)
	require.Contains(t, w.Body.String(), "From this line on", "no line is left out without a word")
	_, err = send("other", "1,CJ,1")
	require.Equal(t, market.CodeInvalidInput, market.CodeOf(err))
	_, err = send("file", strings.Repeat("x", maxFile))
	require.Equal(t, market.CodePayloadTooLarge, market.CodeOf(err))
}

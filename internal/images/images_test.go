package images_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/images"
)

var png = []byte("\x89PNG\r\n\x1a\n rest of the picture")

// TestStores writes, shows and removes an image in each kind of store.
func TestStores(t *testing.T) {
	ctx := context.Background()
	s3 := httptest.NewServer(gofakes3.New(s3mem.New(), gofakes3.WithAutoBucket(true)).Server())
	t.Cleanup(s3.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	for name, address := range map[string]string{
		"folder": "file://" + t.TempDir(),
		"s3":     "s3://market-images?region=ap-northeast-2&use_path_style=true&endpoint=" + url.QueryEscape(s3.URL),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := images.Open(ctx, address, "")
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			key := images.NewKey(7, images.Type(png))
			require.Regexp(t, `^products/7/[a-z0-9]{26}\.png$`, key)
			show := func() *httptest.ResponseRecorder {
				w := httptest.NewRecorder()
				s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, s.URL(key), nil))
				return w
			}
			require.Equal(t, http.StatusNotFound, show().Code)
			require.NoError(t, s.Put(ctx, key, images.Type(png), png))
			shown := show()
			require.Equal(t, http.StatusOK, shown.Code)
			require.Equal(t, png, shown.Body.Bytes())
			require.Equal(t, "image/png", shown.Header().Get("Content-Type"))
			require.NoError(t, s.Delete(ctx, key))
			require.NoError(t, s.Delete(ctx, key), "again changes nothing")
			require.Equal(t, http.StatusNotFound, show().Code)
		})
	}
}

func TestTypeIsWhatTheContentSays(t *testing.T) {
	for content, want := range map[string]string{
		string(png): "image/png", "\xff\xd8\xff\xe0 jpeg": "image/jpeg", "GIF89a...": "image/gif", "RIFF\x00\x00\x00\x00WEBPVP8 ": "image/webp",
		"<svg onload='alert(1)'>": "", "<html>": "", "%PDF-1.7": "", "": "", "PK\x03\x04": "",
	} {
		require.Equal(t, want, images.Type([]byte(content)), "%q", content)
	}
}

func TestPublicAddress(t *testing.T) {
	s, err := images.Open(context.Background(), "file://"+t.TempDir(), "https://cdn.example.com/")
	require.NoError(t, err)
	require.Equal(t, "https://cdn.example.com/products/1/x.png", s.URL("products/1/x.png"))
	_, err = images.Open(context.Background(), "ftp://nowhere", "")
	require.ErrorContains(t, err, "IMAGES_URL")
}

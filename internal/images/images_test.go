package images_test

import (
	"context"
	"fmt"
	"image"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
)

// It writes, shows and removes an image in each kind of store.
func TestStores(t *testing.T) {
	ctx, content := context.Background(), encoded(t, "png", image.NewGray(image.Rect(0, 0, 3, 2)))
	s3 := httptest.NewServer(gofakes3.New(s3mem.New(), gofakes3.WithAutoBucket(true)).Server())
	t.Cleanup(s3.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	for name, address := range map[string]string{
		"folder": "file://" + t.TempDir(),
		"s3":     "s3://market-images?region=ap-northeast-2&use_path_style=true&endpoint=" + url.QueryEscape(s3.URL),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := images.Open(ctx, address, "", "")
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			key := images.NewKey(7, "image/png")
			require.Regexp(t, `^products/7/[a-z0-9]{26}\.png$`, key)
			show := func(header ...string) (*httptest.ResponseRecorder, error) {
				w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, s.URL(key), nil)
				if len(header) > 0 {
					r.Header.Set(header[0], header[1])
				}
				return w, s.Serve(w, r)
			}
			_, err = show()
			require.Equal(t, market.CodeNotFound, market.CodeOf(err))
			require.NoError(t, s.Put(ctx, key, "image/png", content))
			shown, err := show()
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, shown.Code)
			require.Equal(t, content, shown.Body.Bytes())
			require.Equal(t, "image/png", shown.Header().Get("Content-Type"))
			require.Contains(t, shown.Header().Get("Cache-Control"), "immutable")
			part, err := show("Range", "bytes=8-11")
			require.NoError(t, err)
			require.Equal(t, http.StatusPartialContent, part.Code)
			require.Equal(t, content[8:12], part.Body.Bytes())
			beyond, err := show("Range", "bytes=999999999-")
			require.Equal(t, market.CodeRangeNotSatisfiable, market.CodeOf(err))
			require.Empty(t, beyond.Body.Bytes())
			require.Equal(t, fmt.Sprintf("bytes */%d", len(content)), beyond.Header().Get("Content-Range"))
			for _, ignored := range [][2]string{
				{"Range", "bytes=5-2"}, {"Range", "bytes=a-b"}, {"Range", "bytes=-0"}, {"Range", "lines=1-2"},
				{"Range", "bytes="},
				{"Range", "bytes=0-99999999999999999999"}, {"If-Match", `"x"`},
				{"If-Unmodified-Since", "Fri, 01 Jan 1999 00:00:00 GMT"},
			} {
				whole, err := show(ignored[0], ignored[1])
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, whole.Code, ignored)
			}
			end, err := show("Range", "bytes=-4")
			require.NoError(t, err)
			require.Equal(t, content[len(content)-4:], end.Body.Bytes())
			same, err := show("If-None-Match", shown.Header().Get("ETag"))
			require.NoError(t, err)
			require.Equal(t, http.StatusNotModified, same.Code)
			require.Empty(t, same.Body.Bytes())
			require.NoError(t, s.Delete(ctx, key))
			require.NoError(t, s.Delete(ctx, key), "again changes nothing")
			_, err = show()
			require.Equal(t, market.CodeNotFound, market.CodeOf(err))
		})
	}
}

func TestPublicAddress(t *testing.T) {
	s, err := images.Open(t.Context(), "file://"+t.TempDir(), "https://cdn.example.com/", "https://market.example")
	require.NoError(t, err)
	require.Equal(t, "https://cdn.example.com/products/1/x.png", s.URL("products/1/x.png"))
	require.Equal(t, "https://cdn.example.com/products/1/x.png", s.Absolute.URL("products/1/x.png"))
	s, err = images.Open(context.Background(), "file://"+t.TempDir(), "", "https://market.example/")
	require.NoError(t, err)
	require.Equal(t, "/images/products/1/x.png", s.URL("products/1/x.png"), "of pages")
	require.Equal(t, "https://market.example/images/products/1/x.png", s.Absolute.URL("products/1/x.png"))
	require.Equal(t, "https://market.example/images/x-320.png", s.Absolute.Renditions("x.png", 400)[0].URL)
	require.Empty(t, s.Origin())
	_, err = images.Open(context.Background(), "ftp://nowhere", "", "")
	require.ErrorContains(t, err, "IMAGES_URL")
}

func TestRenditions_OfAnImage_AreWrittenServedAndDeletedWithIt(t *testing.T) {
	ctx := context.Background()
	s, err := images.Open(ctx, "file://"+t.TempDir(), "", "")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	p, err := images.NewDecoder(0).Process(ctx, encoded(t, "jpeg", photo(1300, 900)))
	require.NoError(t, err)
	key := images.NewKey(7, p.ContentType)
	require.NoError(t, s.PutPicture(ctx, key, p))
	status := func(url string) int {
		w := httptest.NewRecorder()
		if market.CodeOf(s.Serve(w, httptest.NewRequest(http.MethodGet, url, nil))) == market.CodeNotFound {
			return http.StatusNotFound
		}
		return w.Code
	}
	renditions := s.Renditions(key, p.Width)
	require.Len(t, renditions, 3)
	require.Equal(t, s.URL(key), renditions[2].URL)
	require.Equal(t, renditions[0].URL+" 320w, "+renditions[1].URL+" 1200w, "+s.URL(key)+" 1300w",
		s.SrcSet(key, p.Width))
	for _, r := range renditions {
		require.Equal(t, http.StatusOK, status(r.URL), r.URL)
	}
	require.NoError(t, s.Delete(ctx, key))
	for _, r := range renditions {
		require.Equal(t, http.StatusNotFound, status(r.URL), r.URL)
	}
	require.Empty(t, s.SrcSet(key, 0), "an image from before there were renditions has none")
	require.Len(t, s.Renditions(key, 300), 1, "a small image is its only rendition")
	require.Empty(t, s.SrcSet(key, 300))
}

package images_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/images"
)

// TestStores writes, shows and removes an image in each kind of store.
func TestStores(t *testing.T) {
	ctx, content := context.Background(), picture(t, "png", 3, 2)
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
			key := images.NewKey(7, "image/png")
			require.Regexp(t, `^products/7/[a-z0-9]{26}\.png$`, key)
			show := func() *httptest.ResponseRecorder {
				w := httptest.NewRecorder()
				s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, s.URL(key), nil))
				return w
			}
			require.Equal(t, http.StatusNotFound, show().Code)
			require.NoError(t, s.Put(ctx, key, "image/png", content))
			shown := show()
			require.Equal(t, http.StatusOK, shown.Code)
			require.Equal(t, content, shown.Body.Bytes())
			require.Equal(t, "image/png", shown.Header().Get("Content-Type"))
			require.NoError(t, s.Delete(ctx, key))
			require.NoError(t, s.Delete(ctx, key), "again changes nothing")
			require.Equal(t, http.StatusNotFound, show().Code)
		})
	}
}

// picture is an image of so many pixels, packed as a format.
func picture(t *testing.T, format string, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	switch format {
	case "jpeg":
		require.NoError(t, jpeg.Encode(&b, m, nil))
	case "gif":
		require.NoError(t, gif.Encode(&b, m, nil))
	default:
		require.NoError(t, png.Encode(&b, m))
	}
	return b.Bytes()
}

func TestCleanKeepsPixelsAndNothingElse(t *testing.T) {
	for format, want := range map[string]string{"png": "image/png", "jpeg": "image/jpeg", "gif": "image/png"} {
		cleaned, contentType, err := images.Clean(append(picture(t, format, 30, 20),
			"<script>a second file behind the first</script>"...))
		require.NoError(t, err, format)
		require.Equal(t, want, contentType)
		require.NotContains(t, string(cleaned), "script")
		c, _, err := image.DecodeConfig(bytes.NewReader(cleaned))
		require.NoError(t, err)
		require.Equal(t, []int{30, 20}, []int{c.Width, c.Height})
	}
	// A JPEG with metadata that says that it lies on its side, and where it was taken.
	exif := append(
		[]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"),
		"37.5665 N, 126.9780 E"...)
	plain := picture(t, "jpeg", 30, 20)
	tagged := slices.Concat(plain[:2], []byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif, plain[2:])
	cleaned, _, err := images.Clean(tagged)
	require.NoError(t, err)
	require.NotContains(t, string(cleaned), "37.5665")
	c, _, err := image.DecodeConfig(bytes.NewReader(cleaned))
	require.NoError(t, err)
	require.Equal(t, []int{20, 30}, []int{c.Width, c.Height}, "turned as it said")
}

func TestCleanRefuses(t *testing.T) {
	huge := picture(t, "png", 1, 1)
	binary.BigEndian.PutUint32(huge[16:], 20_000) // the header alone says so
	binary.BigEndian.PutUint32(huge[20:], 20_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for _, content := range []string{
		"<svg onload='alert(1)'>", "<html>", "%PDF-1.7", "", "PK\x03\x04", "\xff\xd8\xff\xe0 jpeg", string(huge),
		string(picture(t, "png", 9, 9)[:60]),
	} {
		_, _, err := images.Clean([]byte(content))
		require.ErrorIs(t, err, images.ErrNoImage, "%.20q", content)
	}
}

func TestPublicAddress(t *testing.T) {
	s, err := images.Open(context.Background(), "file://"+t.TempDir(), "https://cdn.example.com/")
	require.NoError(t, err)
	require.Equal(t, "https://cdn.example.com/products/1/x.png", s.URL("products/1/x.png"))
	_, err = images.Open(context.Background(), "ftp://nowhere", "")
	require.ErrorContains(t, err, "IMAGES_URL")
}

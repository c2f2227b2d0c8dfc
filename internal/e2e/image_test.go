package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

func pngImage(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))))
	return b.Bytes()
}

// upload posts a form with an image; fields are name and value in turn.
func (c *caller) upload(t testing.TB, path string, content []byte, fields ...string) *answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if content != nil {
		part, err := form.CreateFormFile("image", "photo.exe")
		require.NoError(t, err)
		_, err = part.Write(content)
		require.NoError(t, err)
	}
	for i := 0; i < len(fields); i += 2 {
		require.NoError(t, form.WriteField(fields[i], fields[i+1]))
	}
	require.NoError(t, form.Close())
	return c.do(t, http.MethodPost, path, body.String(), "Content-Type", form.FormDataContentType())
}

// objects are the files in the object store, the attributes of files aside.
func (r *rig) objects(t testing.TB) (n int) {
	t.Helper()
	require.NoError(t,
		fs.WalkDir(os.DirFS(strings.TrimPrefix(r.cfg.ImagesURL, "file://")), ".",
			func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() && !strings.HasSuffix(path, ".attrs") {
					n++
				}
				return err
			}))
	return n
}

func TestImages(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, other := r.seller(t), r.seller(t)
	p := r.product(t, seller.id, 100_00, 1)
	path, public := fmt.Sprintf("/seller/products/%d/images", p.ID), fmt.Sprintf("/products/%d/images", p.ID)
	anybody := &caller{base: r.api}

	a := seller.upload(t, path, pngImage(t), "sortOrder", "3")
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(a))
	require.Equal(t, false, a.field("representative"))
	url, absolute := strings.CutPrefix(a.field("imageUrl").(string), "https://market.example")
	require.True(t, absolute)
	require.Regexp(t, fmt.Sprintf(`^/images/products/%d/[a-z0-9]+\.png$`, p.ID), url,
		"what it is its content says, not its name")
	resp, err := http.Get(r.api + url)
	require.NoError(t, err)
	served, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	shown, err := png.Decode(bytes.NewReader(served))
	require.NoError(t, err)
	sent, err := png.Decode(bytes.NewReader(pngImage(t)))
	require.NoError(t, err)
	require.Equal(t, sent.Bounds(), shown.Bounds())
	require.Equal(t, "sandbox; default-src 'none'", resp.Header.Get("Content-Security-Policy"))
	require.Equal(t, "image/png", resp.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	for _, bad := range []string{"/images/nope", "/images/../go.mod", "/images/products/%2e%2e/%2e%2e/x", "/images/"} {
		status, _ := get(r.api + bad)
		require.Equal(t, 404, status, bad)
	}

	// Of several at once one is the representative.
	together(6, func(int) *answer {
		return seller.upload(t, path, pngImage(t), "representative", "true", "sortOrder", "1")
	})
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM product_image WHERE representative"))
	list := anybody.get(t, public)
	require.Equal(t, 200, list.Status)
	var images []struct {
		ID             int64 `json:"imageId"`
		SortOrder      int   `json:"sortOrder"`
		Representative bool  `json:"representative"`
	}
	require.NoError(t, json.Unmarshal(list.Data, &images))
	require.Len(t, images, 7)
	require.True(t, images[0].Representative)
	require.Equal(t, 3, images[6].SortOrder)

	require.Equal(t, "415 IMAGE_TYPE_UNSUPPORTED",
		statusCode(seller.upload(t, path, []byte("<html><script>alert(1)</script>"))))
	require.Equal(t, "415 IMAGE_TYPE_UNSUPPORTED",
		statusCode(seller.upload(t, path, []byte("MZ\x90\x00 not an image"))))
	require.Equal(t, "413 PAYLOAD_TOO_LARGE",
		statusCode(seller.upload(t, path, append(pngImage(t), make([]byte, 20<<20)...))))
	// What comes with the image counts towards the request alone.
	rest := func(megabytes int) string { return strings.Repeat("x", megabytes<<20) }
	require.Equal(t, "413 PAYLOAD_TOO_LARGE", statusCode(seller.upload(t, path, pngImage(t), "note", rest(50))))
	beside := seller.upload(t, path, pngImage(t), "note", rest(49))
	require.Equal(t, 201, beside.Status, beside)
	require.Equal(t, 200, seller.delete(t, fmt.Sprintf("%s/%d", path, beside.id("imageId"))).Status)
	cut := seller.upload(t, path, pngImage(t)[:50])
	require.Equal(t, "400 IMAGE_INVALID", statusCode(cut))
	require.Contains(t, cut.Message, "뒷부분")
	require.Equal(t, "400 INVALID_INPUT", statusCode(seller.upload(t, path, nil)))
	require.Equal(t, "400 INVALID_INPUT", statusCode(seller.upload(t, path, pngImage(t), "sortOrder", "-1")))
	require.Equal(t, "400 INVALID_INPUT", statusCode(seller.upload(t, path, pngImage(t), "representative", "perhaps")))
	require.Equal(t, "403 FORBIDDEN", statusCode(other.upload(t, path, pngImage(t))))
	require.Equal(t, "403 FORBIDDEN", statusCode(other.get(t, path)))
	require.Equal(t, 7, r.objects(t), "what was refused has left nothing")

	// A photo has renditions, which are served and deleted with it.
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, image.NewYCbCr(image.Rect(0, 0, 1300, 900), image.YCbCrSubsampleRatio420),
		nil))
	added := seller.upload(t, path, photo.Bytes())
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(added))
	var wide struct {
		ID         int64 `json:"imageId"`
		Width      int   `json:"width"`
		Renditions []struct {
			Width int    `json:"width"`
			URL   string `json:"url"`
		} `json:"renditions"`
	}
	require.NoError(t, json.Unmarshal(added.Data, &wide))
	require.Equal(t, 1300, wide.Width)
	require.Len(t, wide.Renditions, 3)
	require.Equal(t, added.field("imageUrl"), wide.Renditions[2].URL)
	_, page := get(fmt.Sprintf("%s/shop/products/%d", r.api, p.ID))
	for _, rendition := range wide.Renditions {
		link := strings.TrimPrefix(rendition.URL, "https://market.example")
		status, content := get(r.api + link)
		require.Equal(t, 200, status)
		c, err := jpeg.DecodeConfig(strings.NewReader(content))
		require.NoError(t, err)
		require.Equal(t, rendition.Width, c.Width)
		require.Contains(t, page, fmt.Sprintf("%s %dw", link, rendition.Width),
			"pages have relative links")
	}
	require.Equal(t, 10, r.objects(t))
	require.Equal(t, 200, seller.delete(t, fmt.Sprintf("%s/%d", path, wide.ID)).Status)
	require.Equal(t, 7, r.objects(t))

	// An upload that died after it was announced, and an image that is taken off.
	require.NoError(t, r.store.AnnounceObject(context.Background(), "products/1/died.png"))
	require.Equal(t, "403 FORBIDDEN", statusCode(other.delete(t, fmt.Sprintf("%s/%d", path, images[0].ID))))
	require.Equal(t, 200, seller.delete(t, fmt.Sprintf("%s/%d", path, images[0].ID)).Status)
	require.Equal(t, "404 NOT_FOUND", statusCode(seller.delete(t, fmt.Sprintf("%s/%d", path, images[0].ID))))
	require.Equal(t, 6, r.objects(t), "a deleted image is gone at once")
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM image_uploads"))
	_, err = r.store.Pool().Exec(context.Background(),
		"UPDATE image_uploads SET created_at = created_at - interval '2 hours'")
	require.NoError(t, err)
	testrig.Eventually(t,
		func() bool { return r.objects(t) == 6 && r.count(t, "SELECT count(*) FROM image_uploads") == 0 }, 70*time.Second,
		200*time.Millisecond, "no orphan stays")

	// Images of a deleted product: none are added, none are shown.
	require.Equal(t, 200, seller.delete(t, fmt.Sprintf("/seller/products/%d", p.ID)).Status)
	require.Equal(t, "404 PRODUCT_NOT_FOUND", statusCode(seller.upload(t, path, pngImage(t))))
	require.Equal(t, "404 PRODUCT_NOT_FOUND", statusCode(anybody.get(t, public)))
	require.Equal(t, "404 PRODUCT_NOT_FOUND", statusCode(seller.get(t, path)))
}

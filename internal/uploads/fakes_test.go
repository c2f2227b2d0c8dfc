package uploads

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/web"
)

// rig is the uploads of a process whose objects are files of a folder.
type rig struct {
	*Uploads
	store  *fakestore.Store
	folder string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{store: fakestore.New("2026-11-30"), folder: t.TempDir()}
	objects, err := images.Open(t.Context(), "file://"+r.folder, "", "https://market.example")
	require.NoError(t, err)
	r.store.Does("AddImage", func(args ...any) ([]any, error) { return []any{args[2].(store.Image)}, nil })
	r.Uploads = New(r.store, objects, images.NewDecoder(64<<20), Limits{AtOnce: 2, PerMinute: 1000})
	return r
}

// objects returns the names of the stored objects, without those of their attributes.
func (r *rig) objects(t *testing.T) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(r.folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, ".attrs") {
			names = append(names, strings.TrimPrefix(path, r.folder+string(os.PathSeparator)))
		}
		return err
	}))
	return names
}

// part is a part of a form: a field, or a file of the field if it has a filename.
type part struct{ field, filename, content string }

func form(t *testing.T, parts ...part) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		var to io.Writer
		var err error
		if p.filename == "" {
			to, err = w.CreateFormField(p.field)
		} else {
			to, err = w.CreateFormFile(p.field, p.filename)
		}
		require.NoError(t, err)
		_, err = io.WriteString(to, p.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return ofSeller(r)
}

func ofSeller(r *http.Request) *http.Request {
	return web.WithCaller(r, auth.Principal{ID: 8, Role: market.RoleSeller})
}

// picture returns a PNG of some pixels.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, width, height))))
	return b.String()
}

var errAway = errors.New("it is away")

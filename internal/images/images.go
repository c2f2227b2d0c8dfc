// Package images keeps product images in an object store: a local folder, or S3.
package images

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // s3:// addresses
	"gocloud.dev/gcerrors"
)

// MaxSize bounds an image, in bytes.
const MaxSize = 5 << 20

// Prefix is where the API serves images from.
const Prefix = "/images/"

// extensions are those of the types of images that are kept.
var extensions = map[string]string{"image/jpeg": ".jpg", "image/png": ".png"}

// Store is the object store.
type Store struct {
	bucket *blob.Bucket
	public string
}

// Open opens the store at an address: s3://bucket?region=ap-northeast-2, or
// file:///folder; "" means the folder .market/images here. public is the address
// under which the world sees the objects, such as a CDN's; "" means this API.
func Open(ctx context.Context, address, public string) (*Store, error) {
	s := &Store{public: strings.TrimSuffix(public, "/") + "/"}
	if public == "" {
		s.public = Prefix
	}
	folder, local := strings.CutPrefix(cmp.Or(address, "file://.market/images"), "file://")
	var err error
	if local {
		s.bucket, err = fileblob.OpenBucket(folder, &fileblob.Options{CreateDir: true, NoTempDir: true})
	} else {
		s.bucket, err = blob.OpenBucket(ctx, address)
	}
	if err != nil {
		return nil, fmt.Errorf("IMAGES_URL: %w", err)
	}
	return s, nil
}

// Close closes the store.
func (s *Store) Close() error { return s.bucket.Close() }

// NewKey names a new object for an image of a product.
func NewKey(productID int64, contentType string) string {
	return fmt.Sprintf("products/%d/%s%s", productID, strings.ToLower(rand.Text()), extensions[contentType])
}

// Origin is the scheme and host that the world sees objects at; "" for this API's own.
func (s *Store) Origin() string {
	u, err := url.Parse(s.public)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// URL is where the world sees an object.
func (s *Store) URL(key string) string { return s.public + key }

// Put writes an object.
func (s *Store) Put(ctx context.Context, key, contentType string, content []byte) error {
	return s.bucket.WriteAll(ctx, key, content, &blob.WriterOptions{ContentType: contentType, CacheControl: cacheControl})
}

// Delete removes an object, if it is there.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.bucket.Delete(ctx, key); gcerrors.Code(err) != gcerrors.NotFound {
		return err
	}
	return nil
}

// cacheControl: an object never changes under its key, and may be deleted.
const cacheControl = "public, max-age=3600"

// ServeHTTP shows an object.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(path.Clean(r.URL.Path), Prefix)
	reader, err := s.bucket.NewReader(r.Context(), key, nil)
	if err != nil {
		status := http.StatusBadGateway
		if gcerrors.Code(err) == gcerrors.NotFound || gcerrors.Code(err) == gcerrors.InvalidArgument {
			status = http.StatusNotFound
		}
		http.Error(w, http.StatusText(status), status)
		return
	}
	defer reader.Close()
	w.Header().Set("Content-Type", reader.ContentType())
	w.Header().Set("Cache-Control", cacheControl)
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	w.Header().Set("Content-Length", fmt.Sprint(reader.Size()))
	w.Header().Set("Last-Modified", reader.ModTime().UTC().Format(http.TimeFormat))
	_, _ = io.Copy(w, reader)
}

// Package images keeps product images in an object store: a local folder, or S3.
package images

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // s3:// addresses
	"gocloud.dev/gcerrors"

	"github.com/all-in-market/market/internal/market"
)

// MaxSize bounds an uploaded image, in bytes: a 50-megapixel photo has about 15 MB.
const MaxSize = 20 << 20

// Prefix is where the API serves images from.
const Prefix = "/images/"

// extensions are those of the types of images that are kept.
var extensions = map[string]string{"image/jpeg": ".jpg", "image/png": ".png"}

// Store is the object store. Its own links are those of pages: relative ones where this API serves the objects.
type Store struct {
	bucket *blob.Bucket
	Links
	Absolute Links // for clients that are no pages of this API
}

// Links is the base address of objects.
type Links string

// Open opens the store at an address: s3://bucket?region=ap-northeast-2, or
// file:///folder; "" means the folder .market/images here. public is the address
// under which the world sees the objects, such as a CDN's; "" means this API, which the
// world sees at site.
func Open(ctx context.Context, address, public, site string) (*Store, error) {
	s := &Store{Links: Links(strings.TrimSuffix(public, "/") + "/")}
	s.Absolute = s.Links
	if public == "" {
		s.Links, s.Absolute = Prefix, Links(strings.TrimSuffix(site, "/")+Prefix)
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
func (l Links) Origin() string {
	u, err := url.Parse(string(l))
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// URL is where the world sees an object.
func (l Links) URL(key string) string { return string(l) + key }

// Rendition is an image in one of its widths.
type Rendition struct {
	Width int    `json:"width"`
	URL   string `json:"url"`
}

// Renditions returns the renditions of an image so many pixels wide, from the narrowest to the image
// itself. An image without a width was stored before there were renditions: it has none.
func (l Links) Renditions(key string, width int) []Rendition {
	renditions := []Rendition{}
	if width == 0 {
		return renditions
	}
	for _, w := range widths {
		if w < width {
			renditions = append(renditions, Rendition{w, l.URL(smallerKey(key, w))})
		}
	}
	return append(renditions, Rendition{width, l.URL(key)})
}

// SrcSet returns the renditions of an image as the attribute srcset of an <img>; "" when there is no
// choice.
func (l Links) SrcSet(key string, width int) string {
	renditions := l.Renditions(key, width)
	if len(renditions) < 2 {
		return ""
	}
	var set []string
	for _, r := range renditions {
		set = append(set, fmt.Sprintf("%s %dw", r.URL, r.Width))
	}
	return strings.Join(set, ", ")
}

// smallerKey names the object of a rendition.
func smallerKey(key string, width int) string {
	extension := path.Ext(key)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(key, extension), width, extension)
}

// PutPicture writes an image with its renditions.
func (s *Store) PutPicture(ctx context.Context, key string, p Picture) error {
	for _, smaller := range p.Smaller {
		if err := s.Put(ctx, smallerKey(key, smaller.Width), p.ContentType, smaller.Content); err != nil {
			return err
		}
	}
	return s.Put(ctx, key, p.ContentType, p.Content)
}

// Put writes an object.
func (s *Store) Put(ctx context.Context, key, contentType string, content []byte) error {
	return s.bucket.WriteAll(ctx, key, content, &blob.WriterOptions{ContentType: contentType,
		CacheControl: cacheControl})
}

// Delete removes an image with its renditions, those that are there.
func (s *Store) Delete(ctx context.Context, key string) error {
	keys := []string{key}
	for _, w := range widths {
		keys = append(keys, smallerKey(key, w))
	}
	for _, key := range keys {
		if err := s.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return err
		}
	}
	return nil
}

// cacheControl: an object never changes under its key. It may be deleted, so that it is kept for a day only.
const cacheControl = "public, max-age=86400, immutable"

// Serve answers with an object, or with the ranges of it that the request asks for. It fails with NOT_FOUND, with
// RANGE_NOT_SATISFIABLE, or with IMAGE_STORE_UNAVAILABLE when the bucket does not answer.
func (s *Store) Serve(w http.ResponseWriter, r *http.Request) error {
	key := strings.TrimPrefix(r.URL.Path, Prefix)
	if !fs.ValidPath(key) {
		return market.Refuse(market.CodeNotFound)
	}
	reader, err := s.bucket.NewReader(r.Context(), key, nil)
	switch gcerrors.Code(err) { //nolint:exhaustive // the others are outages
	case gcerrors.OK:
	case gcerrors.NotFound, gcerrors.InvalidArgument:
		return market.Refuse(market.CodeNotFound)
	default:
		return market.Failed(market.CodeImageStoreUnavailable, err)
	}
	defer reader.Close()
	w.Header().Set("Content-Type", reader.ContentType())
	w.Header().Set("Cache-Control", cacheControl)
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	w.Header().Set("ETag", strconv.Quote(key))
	// An invalid range and one of another unit do not count, and no client changes an image by what it has read.
	if !validRange(r.Header.Get("Range")) {
		r.Header.Del("Range")
	}
	r.Header.Del("If-Match")
	r.Header.Del("If-Unmodified-Since")
	out := &rangeWriter{ResponseWriter: w}
	http.ServeContent(out, r, "", reader.ModTime(), reader)
	if out.refused {
		return market.Refuse(market.CodeRangeNotSatisfiable)
	}
	return nil
}

// ranges matches a Range header of bytes, and rangeSpec each of its ranges.
var (
	ranges    = regexp.MustCompile(`(?i)^bytes=` + rangeSpec.String() + `(\s*,\s*` + rangeSpec.String() + `)*$`)
	rangeSpec = regexp.MustCompile(`(?:(\d{1,18})-(\d{0,18})|-0*[1-9]\d{0,17})`)
)

// validRange reports whether a Range header names ranges of bytes of which none ends before it begins.
func validRange(header string) bool {
	if !ranges.MatchString(header) {
		return false
	}
	for _, spec := range rangeSpec.FindAllStringSubmatch(header, -1) {
		first, _ := strconv.ParseInt(spec[1], 10, 64)
		if last, err := strconv.ParseInt(spec[2], 10, 64); err == nil && last < first {
			return false
		}
	}
	return true
}

// rangeWriter leaves the answer to a range that an object does not have to others. It keeps the headers.
type rangeWriter struct {
	http.ResponseWriter

	refused bool
}

// WriteHeader implements http.ResponseWriter.
func (w *rangeWriter) WriteHeader(status int) {
	if w.refused = status == http.StatusRequestedRangeNotSatisfiable; !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (w *rangeWriter) Write(p []byte) (int, error) {
	if w.refused {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// CacheScope states whose data an answer holds.
type CacheScope bool

// Public data is the same for every caller; the caller's own is not.
const (
	Public CacheScope = true
	Own    CacheScope = false
)

// RespondCached answers a read with data that is already encoded, and with its ETag. A client that
// names the ETag in a GET or HEAD gets 304 and no body. Caches may keep public data, to be revalidated;
// an account's own data is stored by none.
func RespondCached(w http.ResponseWriter, r *http.Request, scope CacheScope, data json.RawMessage) error {
	etag := `W/"` + strconv.FormatUint(xxhash.Sum64(data), 36) + "-" + language(r) + `"` // the message differs
	w.Header().Set("ETag", etag)
	if scope == Public {
		w.Header().Set("Cache-Control", "no-cache")
	} else {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Authorization")
	}
	if isCurrent(r, etag) {
		w.Header().Add("Vary", "Accept-Language")
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return Respond(w, r, ReadSuccess, data)
}

// isCurrent reports whether a GET or HEAD has the response's ETag in If-None-Match.
func isCurrent(r *http.Request, etag string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	return slices.ContainsFunc(strings.Split(r.Header.Get("If-None-Match"), ","), func(candidate string) bool {
		c := strings.TrimSpace(candidate)
		return c == etag || c == "*"
	})
}

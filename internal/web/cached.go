package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// RespondCached answers a read with data that is already encoded, and with its ETag. A client that
// names the ETag gets 304 and no body. Shared caches may keep public data, to be revalidated; an
// account's own data is stored by no cache.
func RespondCached(w http.ResponseWriter, r *http.Request, data json.RawMessage) error {
	etag := `W/"` + strconv.FormatUint(xxhash.Sum64(data), 36) + `"`
	w.Header().Set("ETag", etag)
	w.Header().Add("Vary", "Accept-Language") // of the message
	if Caller(r).Role == "" {
		w.Header().Set("Cache-Control", "no-cache")
	} else {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Authorization")
	}
	for _, candidate := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		if c := strings.TrimSpace(candidate); c == etag || c == "*" {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return Respond(w, r, ReadSuccess, data)
}

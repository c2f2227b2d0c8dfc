package payloads

import (
	"net/http"

	"go.temporal.io/sdk/converter"
)

// maxBody is more than the payloads of a page of a history.
const maxBody = 16 << 20

// Handler returns a codec server: it decrypts payloads for the Temporal CLI and, in a browser, for the Temporal UI at
// an origin such as https://temporal.example.com. It does not authenticate its callers.
func (c *Codec) Handler(origin string) http.Handler {
	codec := http.MaxBytesHandler(converter.NewPayloadCodecHTTPHandler(c), maxBody)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from := r.Header.Get("Origin"); from != "" {
			if from != origin {
				http.Error(w, "this codec server is for pages of "+origin, http.StatusForbidden)
				return
			}
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Methods", "POST")
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
			w.Header().Set("Vary", "Origin")
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		codec.ServeHTTP(w, r)
	})
}

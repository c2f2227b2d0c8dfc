package api

import (
	_ "embed"
	"net/http"
	"sync"

	"github.com/gorilla/mux"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"github.com/all-in-market/market/internal/web"
)

// OpenAPI describes all routes of this server and of the admin server. Each serves its own part.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Parameters returns the query parameters of all operations of OpenAPI, which is read once in a process.
var Parameters = sync.OnceValues(func() (web.Parameters, error) { return web.ReadParameters(OpenAPI) })

func (s *Server) addDocs(r *mux.Router) {
	s.Document.Routes(r)
	r.Handle("/docs", http.RedirectHandler("/docs/", http.StatusMovedPermanently)).Methods(http.MethodGet)
	page := v5emb.NewWithConfig(swgui.Config{SettingsUI: map[string]string{"showExtensions": "true"}})(
		"All-In-Market", "/openapi.yaml", "/docs/")
	r.PathPrefix("/docs/").HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy",
			"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		page.ServeHTTP(w, r)
	}).Methods(http.MethodGet)
}

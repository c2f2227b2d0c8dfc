package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gorilla/mux"
)

//go:embed assets
var assets embed.FS

// hashes are the beginnings of the SHA-256 hashes of assets, by their names.
var hashes = hashAssets()

func hashAssets() map[string]string {
	all := map[string]string{}
	err := fs.WalkDir(assets, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := assets.ReadFile(name)
		sum := sha256.Sum256(content)
		all[strings.TrimPrefix(name, "assets/")] = hex.EncodeToString(sum[:6])
		return err
	})
	if err != nil {
		panic(err) // an embedded file can be read
	}
	return all
}

// Asset returns the address of an asset, which has the hash of its content: a browser keeps it for a year.
func (s *Site) Asset(name string) string { return s.Base + "/assets/" + hashes[name] + "/" + name }

// serveAssets adds the route of assets. An address with another hash, of a page from before or after an upgrade, has
// the present content.
func (s *Site) serveAssets(router *mux.Router) {
	prefix := s.Base + "/assets/"
	router.PathPrefix(prefix).Methods(http.MethodGet).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, name := path.Split(strings.TrimPrefix(r.URL.Path, prefix))
		current, ok := hashes[name]
		if !ok || strings.Count(hash, "/") > 1 {
			http.NotFound(w, r)
			return
		}
		caching := "no-cache"
		if hash == current+"/" {
			caching = "public, max-age=31536000, immutable"
		}
		w.Header().Set("Cache-Control", caching)
		http.ServeFileFS(w, r, assets, "assets/"+name)
	})
}

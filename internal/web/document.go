package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/gorilla/mux"
	"go.yaml.in/yaml/v3"
)

// Document is a part of an OpenAPI document. The first request builds it.
type Document struct{ files func() (files, error) }

// files are the served forms of a document.
type files struct{ yaml, json []byte }

const adminPrefix = "/admin/"

// SplitDocument divides an OpenAPI document: public has the operations of buyers and sellers, staff those under
// /admin/. Each part has only the components and tags that its operations use.
func SplitDocument(document []byte) (public, staff *Document) {
	isAdmin := func(path string) bool { return strings.HasPrefix(path, adminPrefix) }
	return &Document{sync.OnceValues(func() (files, error) {
			return partOf(document, func(path string) bool { return !isAdmin(path) }, "")
		})}, &Document{sync.OnceValues(func() (files, error) {
			return partOf(document, isAdmin, "API of the marketplace's staff")
		})}
}

// Routes serves the document as /openapi.yaml and /openapi.json. A nil Document has no routes.
func (d *Document) Routes(r *mux.Router) {
	if d == nil {
		return
	}
	serve := func(path, contentType string, content func(files) []byte) {
		r.Handle(path, Handle(func(w http.ResponseWriter, r *http.Request) error {
			f, err := d.files()
			if err != nil {
				return err
			}
			file := content(f)
			etag := `W/"` + strconv.FormatUint(xxhash.Sum64(file), 36) + `"`
			w.Header().Set("ETag", etag)
			w.Header().Set("Cache-Control", "no-cache")
			if isCurrent(r, etag) {
				w.WriteHeader(http.StatusNotModified)
				return nil
			}
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(file)
			return nil
		})).Methods(http.MethodGet)
	}
	serve("/openapi.yaml", "application/yaml", func(f files) []byte { return f.yaml })
	serve("/openapi.json", "application/json", func(f files) []byte { return f.json })
}

// partOf returns the part of a document with the paths that keep accepts. server, unless empty, describes the server
// of all of them, instead of those that the paths name.
func partOf(document []byte, keep func(path string) bool, server string) (f files, err error) {
	var file yaml.Node
	if err := yaml.Unmarshal(document, &file); err != nil {
		return f, fmt.Errorf("the OpenAPI document: %w", err)
	}
	if len(file.Content) != 1 {
		return f, fmt.Errorf("the OpenAPI document is empty")
	}
	root := file.Content[0]
	paths, components, tags := child(root, "paths"), child(root, "components"), child(root, "tags")
	if paths == nil || components == nil || tags == nil {
		return f, fmt.Errorf("the OpenAPI document has no paths, components or tags")
	}
	filter(paths, func(key, _ *yaml.Node) bool { return keep(key.Value) })
	used := map[string]bool{}
	for _, item := range pairs(paths) {
		if server != "" {
			filter(item[1], func(key, _ *yaml.Node) bool { return key.Value != "servers" })
		}
		for _, operation := range pairs(item[1]) {
			if names := child(operation[1], "tags"); names != nil {
				for _, name := range names.Content {
					used["tag "+name.Value] = true
				}
			}
		}
	}
	if servers := child(root, "servers"); server != "" && servers != nil && len(servers.Content) > 0 {
		child(servers.Content[0], "description").SetString(server)
	}
	tags.Content = slices.DeleteFunc(tags.Content, func(tag *yaml.Node) bool {
		return !used["tag "+child(tag, "name").Value]
	})
	reach(root, paths, used)
	for _, kind := range pairs(components) {
		filter(kind[1], func(key, _ *yaml.Node) bool {
			return kind[0].Value == "securitySchemes" || used["#/components/"+kind[0].Value+"/"+key.Value]
		})
	}
	var content any
	if err = file.Decode(&content); err == nil {
		f.json, err = json.Marshal(content)
	}
	if err == nil {
		f.yaml, err = yaml.Marshal(&file)
	}
	if err != nil {
		err = fmt.Errorf("the OpenAPI document: %w", err)
	}
	return f, err
}

// reach adds the references below a node to used, with those of the components that they name.
func reach(root, n *yaml.Node, used map[string]bool) {
	if n.Kind == yaml.MappingNode {
		if ref := child(n, "$ref"); ref != nil && !used[ref.Value] {
			used[ref.Value] = true
			target := root
			for _, name := range strings.Split(strings.TrimPrefix(ref.Value, "#/"), "/") {
				if target != nil {
					target = child(target, name)
				}
			}
			if target != nil {
				reach(root, target, used)
			}
		}
	}
	for _, inner := range n.Content {
		reach(root, inner, used)
	}
}

// child returns the value of a key of a mapping, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	for _, p := range pairs(n) {
		if p[0].Value == key {
			return p[1]
		}
	}
	return nil
}

// pairs returns the keys of a mapping with their values.
func pairs(n *yaml.Node) (all [][2]*yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, [2]*yaml.Node{n.Content[i], n.Content[i+1]})
	}
	return all
}

// filter removes the pairs of a mapping that keep refuses.
func filter(n *yaml.Node, keep func(key, value *yaml.Node) bool) {
	var kept []*yaml.Node
	for _, p := range pairs(n) {
		if keep(p[0], p[1]) {
			kept = append(kept, p[0], p[1])
		}
	}
	n.Content = kept
}

package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
	"go.yaml.in/yaml/v3"

	"github.com/all-in-market/market/internal/market"
)

// Parameters are the query parameters of routes, by method and path: "GET /products/{productId}".
type Parameters map[string][]string

// Under returns the parameters of the routes with paths under a prefix.
func (p Parameters) Under(prefix string) Parameters {
	under := maps.Clone(p)
	maps.DeleteFunc(under, func(route string, _ []string) bool {
		_, path, _ := strings.Cut(route, " ")
		return !strings.HasPrefix(path, prefix)
	})
	return under
}

// documented is the part of an OpenAPI document that Parameters uses.
type documented struct {
	Paths      map[string]map[string]yaml.Node
	Components struct{ Parameters map[string]parameter }
}

type parameter struct {
	Ref  string `yaml:"$ref"`
	Name string
	In   string
}

// ReadParameters returns the query parameters of all operations of an OpenAPI document. It fails for a document that it
// cannot read, and for a reference to a parameter that is not there.
func ReadParameters(document []byte) (Parameters, error) {
	var doc documented
	if err := yaml.Unmarshal(document, &doc); err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	all := Parameters{}
	for path, item := range doc.Paths {
		var common []parameter
		if node, ok := item["parameters"]; ok {
			if err := node.Decode(&common); err != nil {
				return nil, fmt.Errorf("the parameters of %s: %w", path, err)
			}
		}
		for method, node := range item {
			if methodLabel(strings.ToUpper(method)) == "other" { // it is no operation
				continue
			}
			var operation struct{ Parameters []parameter }
			if err := node.Decode(&operation); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			names := []string{}
			for _, p := range slices.Concat(common, operation.Parameters) {
				if p.Ref != "" {
					known, ok := doc.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
					if !ok {
						return nil, fmt.Errorf("%s %s: there is no %s", method, path, p.Ref)
					}
					p = known
				}
				if p.In == "query" {
					names = append(names, p.Name)
				}
			}
			all[strings.ToUpper(method)+" "+path] = names
		}
	}
	return all, nil
}

// Check is router middleware that refuses an unknown query parameter, and one that is given twice,
// unless it is sort: a filter with a misspelt name would otherwise have no effect. Routes without
// an entry in Parameters, such as pages, are not checked.
func (p Parameters) Check(next http.Handler) http.Handler {
	return Handle(func(w http.ResponseWriter, r *http.Request) error {
		if names, ok := p[r.Method+" "+pathTemplate(r)]; ok && r.URL.RawQuery != "" {
			var refused []*market.Error
			query := r.URL.Query()
			for _, name := range slices.Sorted(maps.Keys(query)) {
				switch {
				case !slices.Contains(names, name):
					refused = append(refused, market.RefuseWith(market.CodeInvalidInput, market.DetailParameterUnknown,
						clip(name),
						strings.Join(names, ", ")))
				case len(query[name]) > 1 && name != "sort":
					refused = append(refused, market.RefuseWith(market.CodeInvalidInput, market.DetailParameterTwice,
						name))
				}
			}
			if err := together(refused); err != nil {
				return err
			}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// pathTemplate returns the path template of the route that a request has matched, or "".
func pathTemplate(r *http.Request) string {
	route := mux.CurrentRoute(r)
	if route == nil {
		return ""
	}
	t, _ := route.GetPathTemplate()
	return t
}

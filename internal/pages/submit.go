package pages

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// Submit returns the handler of a form. It reads the form; submit decodes it with web.DecodeForm, does what it asks for
// and redirects. When submit refuses it, the response is the page that has the form, with what was typed, and with the
// problems at their fields. page shows that page for a GET request of the form's address and caller.
func (s *Site) Submit(page, submit web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := Form(w, r); err != nil {
			return err
		}
		err := submit(w, r)
		if err == nil {
			return nil
		}
		if _, inPath := mux.Vars(r)[web.FieldOf(err)]; inPath {
			return err // no form has that address
		}
		status, problems := problemsOf(w, r, err)
		if !correctable(status, err) {
			return err
		}
		get := asRefused(r)
		get.Method, get.Body = http.MethodGet, http.NoBody
		shown := &recorder{header: w.Header().Clone(), status: http.StatusOK}
		if failed := page(shown, get); failed != nil || shown.status != http.StatusOK {
			return err
		}
		again, found := refill(shown.body.Bytes(), r.URL.Path, r.PostForm, problems)
		if !found {
			return err // the page no longer has the form
		}
		for name, values := range shown.header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write(again) // it fails when the reader has gone
		return nil
	}
}

// correctable reports whether a form that was refused can be corrected and submitted again. A missing permission or
// second factor is not the form's fault.
func correctable(status int, err error) bool {
	return status < http.StatusInternalServerError && status != http.StatusForbidden ||
		market.CodeOf(err) == market.CodeMailUnavailable || market.CodeOf(err) == market.CodePaymentMethodUnavailable
}

// problemsOf returns the status of an error and the problems of a form, the first of each field.
func problemsOf(w http.ResponseWriter, r *http.Request, err error) (status int, problems []Problem) {
	seen := map[string]bool{}
	for i, fault := range web.Faults(err) {
		p := Problem{Field: web.FieldOf(fault)}
		var own int
		own, p.Message = Explain(w, r, fault)
		if i == 0 {
			status = own
		}
		var hinted hintedError
		if errors.As(err, &hinted) {
			if hint, ok := hinted.hints[p.Field]; ok {
				p.Message = hint.in(web.English(r))
			}
		}
		if !seen[p.Field] {
			problems = append(problems, p)
		}
		seen[p.Field] = true
	}
	return status, problems
}

// hintedError is an error of a form with own explanations of its fields.
type hintedError struct {
	error
	hints map[string]Text
}

func (e hintedError) Unwrap() error { return e.error }

// WithHints returns an error whose fields are explained by texts that state which values they take.
func WithHints(err error, hints map[string]Text) error {
	if err == nil {
		return nil
	}
	return hintedError{err, hints}
}

// recorder keeps a response.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// withQuery returns a request for a page with a query instead of its own.
func withQuery(r *http.Request, q url.Values) *http.Request {
	u := *r.URL
	u.RawQuery = q.Encode()
	r = r.Clone(r.Context())
	r.URL = &u
	return r
}

// Listing returns a handler that shows a list as the form of one of its rows had it: with the status of its filter, in
// the field status.
func Listing(list web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := r.URL.Query()
		if r.PostForm.Has("status") {
			q.Set("status", r.PostForm.Get("status"))
		}
		return list(w, withQuery(r, q))
	}
}

// OfForm returns a handler that shows a page with some fields of the form as its query.
func OfForm(page web.Handler, fields ...string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := url.Values{}
		for _, name := range fields {
			if r.PostForm.Get(name) != "" {
				q.Set(name, r.PostForm.Get(name))
			}
		}
		return page(w, withQuery(r, q))
	}
}

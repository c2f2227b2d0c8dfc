// Package browser requests pages as a browser does and reads what they offer: links, forms with their
// fields, and texts. Its tests do not depend on the words of a page.
package browser

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// Browser requests pages of a handler.
type Browser struct {
	Handler  http.Handler
	Cookie   *http.Cookie // of the session; nil for none
	Language string       // of Accept-Language
}

// Answer is the answer to a request, with its page if it is one.
type Answer struct {
	Status   int
	Header   http.Header
	Body     string
	Location string // of a redirect
	Outcome  string // Location with the notice of the next page as the values notice and n of its query
	*Page
}

// Get requests a page.
func (b *Browser) Get(tb testing.TB, path string) *Answer {
	tb.Helper()
	return b.Do(tb, httptest.NewRequestWithContext(tb.Context(), http.MethodGet, path, nil))
}

// Post submits a form.
func (b *Browser) Post(tb testing.TB, path string, form url.Values) *Answer {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Do(tb, r)
}

// Do sends a request with the browser's cookie and language.
func (b *Browser) Do(tb testing.TB, r *http.Request) *Answer {
	tb.Helper()
	if b.Cookie != nil {
		r.AddCookie(b.Cookie)
	}
	if b.Language != "" {
		r.Header.Set("Accept-Language", b.Language)
	}
	if q := r.URL.Query(); q.Has("notice") { // as the page after a form
		r.AddCookie(&http.Cookie{Name: "notice", Value: url.Values{"notice": q["notice"], "n": q["n"]}.Encode()})
		q.Del("notice")
		q.Del("n")
		r.URL.RawQuery = q.Encode()
	}
	w := httptest.NewRecorder()
	b.Handler.ServeHTTP(w, r)
	a := &Answer{Status: w.Code, Header: w.Header(), Body: w.Body.String(), Location: w.Header().Get("Location")}
	a.Outcome = Outcome(w.Header())
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && w.Code/100 != 3 {
		a.Page = Parse(tb, a.Body)
		for _, f := range a.Forms {
			if f.Action == "" { // it is sent to its page
				f.Action = r.URL.RequestURI()
			}
		}
	}
	return a
}

// Outcome returns the address of a redirect with the notice of the next page as the values notice and n of its query.
func Outcome(h http.Header) string {
	next, err := url.Parse(h.Get("Location"))
	if err != nil {
		return ""
	}
	q := next.Query()
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.Name == "notice" && c.MaxAge > 0 {
			shown, _ := url.ParseQuery(c.Value)
			maps.Copy(q, shown)
		}
	}
	next.RawQuery = q.Encode()
	return next.String()
}

// Page is what a page offers.
type Page struct {
	Lang, Title, Heading string
	Text                 string   // of its content, with single blanks
	Links                []string // addresses
	Forms                []*Form
	Alerts               []string // the texts of elements with the role alert
	Notice               string   // the text of the element with the role status
	Pictures             []string // addresses
	Scripts              []string // addresses; "" for one within the page
	faults               []string
}

// Form is a form of a page.
type Form struct {
	Method, Action, Type string
	Fields               []Field
	Buttons              []Field
}

// Field is a field or a button of a form.
type Field struct {
	Name, Type, Value string
	Mode              string // of the keyboard, such as numeric
	Checked           bool   // or selected
	Required, Invalid bool
	Disabled          bool
	Min, Max          string // of a number, or the maximum length of a text
	Options           []string
}

var lineBreaks = strings.NewReplacer("\r", "", "\n", "")

var blanks = regexp.MustCompile(`\s+`)

// Parse reads a page. It fails the test for a page that is not usable: without a language or a title, with an id that
// occurs twice, with a field that has no label, or with a button that does what cannot be undone without a question.
func Parse(tb testing.TB, body string) *Page {
	tb.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	require.NoError(tb, err)
	p := &Page{}
	p.walk(doc, nil, map[string]bool{}, false)
	if p.Lang == "" || p.Title == "" {
		p.faults = append(p.faults, "it has no language or no title")
	}
	require.Empty(tb, p.faults, body)
	return p
}

func (p *Page) walk(n *html.Node, form *Form, ids map[string]bool, labelled bool) {
	if n.Type == html.ElementNode {
		if id, ok := attribute(n, "id"); ok {
			if ids[id] {
				p.faults = append(p.faults, "the id "+id+" occurs twice")
			}
			ids[id] = true
		}
		if f := p.read(n, form, labelled); f != nil {
			form = f
		}
		labelled = labelled || n.Data == "label"
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		p.walk(child, form, ids, labelled)
	}
}

// read reads an element, and returns the form that it begins.
func (p *Page) read(n *html.Node, form *Form, labelled bool) *Form {
	switch n.Data {
	case "html":
		p.Lang, _ = attribute(n, "lang")
	case "title":
		p.Title = textOf(n)
	case "h1":
		p.Heading = textOf(n)
	case "main":
		p.Text = textOf(n)
	case "a":
		href, ok := attribute(n, "href")
		if !ok || textOf(n) == "" {
			p.faults = append(p.faults, "a link has no address or no text: "+href)
		}
		p.Links = append(p.Links, href)
	case "img":
		src, _ := attribute(n, "src")
		p.Pictures = append(p.Pictures, src)
		if _, ok := attribute(n, "alt"); !ok {
			p.faults = append(p.faults, "a picture has no alternative text: "+src)
		}
	case "script":
		src, _ := attribute(n, "src")
		p.Scripts = append(p.Scripts, src)
	case "form":
		f := &Form{}
		f.Method, _ = attribute(n, "method")
		f.Action, _ = attribute(n, "action")
		f.Type, _ = attribute(n, "enctype")
		p.Forms = append(p.Forms, f)
		return f
	case "input", "select", "textarea", "button":
		p.readField(n, form, labelled)
	}
	switch role, _ := attribute(n, "role"); role {
	case "alert":
		if _, hidden := attribute(n, "hidden"); !hidden {
			p.Alerts = append(p.Alerts, textOf(n))
		}
	case "status":
		p.Notice = textOf(n)
	}
	return nil
}

func (p *Page) readField(n *html.Node, form *Form, labelled bool) {
	f := Field{Type: n.Data}
	f.Name, _ = attribute(n, "name")
	f.Value, _ = attribute(n, "value")
	if t, ok := attribute(n, "type"); ok {
		f.Type = t
	}
	_, f.Checked = attribute(n, "checked")
	_, f.Required = attribute(n, "required")
	_, f.Invalid = attribute(n, "aria-invalid")
	_, f.Disabled = attribute(n, "disabled")
	f.Mode, _ = attribute(n, "inputmode")
	f.Min, _ = attribute(n, "min")
	f.Max, _ = attribute(n, "max")
	if length, ok := attribute(n, "maxlength"); ok {
		f.Max = length
	}
	switch {
	case n.Data == "textarea" && n.FirstChild != nil:
		f.Value = n.FirstChild.Data
	case n.Data == "input" && f.Type != "hidden":
		f.Value = lineBreaks.Replace(f.Value) // a field of one line
	}
	if n.Data == "select" {
		for option := range n.Descendants() {
			if option.Data == "option" {
				value, ok := attribute(option, "value")
				if !ok {
					value = textOf(option)
				}
				f.Options = append(f.Options, value)
				if _, selected := attribute(option, "selected"); selected {
					f.Value = value
				}
			}
		}
	}
	if _, opens := attribute(n, "popovertarget"); opens {
		return // it sends nothing
	}
	if _, hidden := attribute(n, "hidden"); hidden && f.Disabled {
		return // it keeps the Enter key from submitting the form
	}
	if form == nil {
		p.faults = append(p.faults, "a field is in no form: "+f.Name)
		return
	}
	if n.Data == "button" {
		if unasked(n, form) {
			p.faults = append(p.faults, "a form is submitted without a question of its consequence: "+form.Action)
		}
		form.Buttons = append(form.Buttons, f)
		return
	}
	if label, _ := attribute(n, "aria-label"); f.Type != "hidden" && !labelled && label == "" {
		p.faults = append(p.faults, "a field has no label: "+f.Name)
	}
	form.Fields = append(form.Fields, f)
}

// unasked reports whether a button does what cannot be undone without a question: neither in a dialog nor after a
// password.
func unasked(button *html.Node, form *Form) bool {
	if class, _ := attribute(button, "class"); class != "danger" || !strings.EqualFold(form.Method, "post") {
		return false
	}
	for n := range button.Ancestors() {
		if role, _ := attribute(n, "role"); role == "dialog" {
			return false
		}
	}
	return !slices.ContainsFunc(form.Fields, func(f Field) bool { return f.Type == "password" })
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// textOf returns the text of an element, with single blanks.
func textOf(n *html.Node) string {
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data + " ")
		}
	}
	return strings.TrimSpace(blanks.ReplaceAllString(text.String(), " "))
}

// Form returns the form that is sent to a path; nil for none.
func (p *Page) Form(path string) *Form {
	for _, f := range p.Forms {
		if f.Action == path {
			return f
		}
	}
	return nil
}

// Actions returns where the forms of the page are sent, without those of its frame.
func (p *Page) Actions() (actions []string) {
	for _, f := range p.Forms {
		if !strings.HasSuffix(f.Action, "/logout") && !strings.HasSuffix(f.Action, "/search") {
			actions = append(actions, f.Action)
		}
	}
	return actions
}

// HasLink reports whether the page links to an address.
func (p *Page) HasLink(address string) bool { return slices.Contains(p.Links, address) }

// Field returns a field by its name; an empty one if there is none.
func (f *Form) Field(name string) Field {
	for _, field := range f.Fields {
		if field.Name == name {
			return field
		}
	}
	return Field{}
}

// Values returns what the form sends as it is shown.
func (f *Form) Values() url.Values {
	values := url.Values{}
	for _, field := range f.Fields {
		if (field.Type == "radio" || field.Type == "checkbox") && !field.Checked {
			continue
		}
		if field.Type != "file" {
			values.Add(field.Name, field.Value)
		}
	}
	return values
}

package pages

import (
	"bytes"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// refill fills the form of a page that is sent to a path with what was typed, and adds the problems, each at its field
// or, for one of the form as a whole, at the beginning of the form. It reports whether the page has the form.
func refill(page []byte, path string, typed url.Values, problems []Problem) ([]byte, bool) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, false
	}
	form := formOf(doc, path, typed)
	if form == nil {
		return nil, false
	}
	fields := fieldsOf(form)
	fill(fields, typed)
	for i, p := range problems {
		mark(form, fields, p, i)
	}
	var out bytes.Buffer
	err = html.Render(&out, doc)
	return out.Bytes(), err == nil
}

// formOf returns the form that was submitted; nil for none. Of several forms that are sent to the same path, each has
// another value in a hidden field named form, or has fields of other names.
func formOf(doc *html.Node, path string, typed url.Values) (found *html.Node) {
	least := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.DataAtom != atom.Form || !strings.EqualFold(attribute(n, "method"), "post") {
			continue
		}
		if action, err := url.Parse(attribute(n, "action")); err != nil || action.Path != "" && action.Path != path {
			continue
		}
		unknown, other, names := 0, false, map[string]bool{}
		for _, f := range fieldsOf(n) {
			name := attribute(f, "name")
			names[name] = true
			other = other || name == "form" && attribute(f, "value") != typed.Get(name)
			if !typed.Has(name) && !isToggle(f) {
				unknown++
			}
		}
		for name := range typed {
			if !names[name] {
				unknown++
			}
		}
		if !other && (found == nil || unknown < least) {
			found, least = n, unknown
		}
	}
	return found
}

// fieldsOf returns the fields and buttons of a form that have names.
func fieldsOf(form *html.Node) (fields []*html.Node) {
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || attribute(n, "name") == "" {
			continue
		}
		switch n.DataAtom { //nolint:exhaustive // others are no fields
		case atom.Input, atom.Select, atom.Textarea, atom.Button:
			fields = append(fields, n)
		}
	}
	return fields
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func setAttribute(n *html.Node, key, value string) {
	removeAttribute(n, key)
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

func removeAttribute(n *html.Node, key string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

// setFlag sets or removes an attribute without a value.
func setFlag(n *html.Node, key string, on bool) {
	removeAttribute(n, key)
	if on {
		setAttribute(n, key, "")
	}
}

// isToggle reports whether a field is sent only when it is chosen.
func isToggle(n *html.Node) bool {
	t := attribute(n, "type")
	return n.DataAtom == atom.Button || n.DataAtom == atom.Input && (t == "checkbox" || t == "radio")
}

// fill sets the values of fields; passwords and files are left blank. Fields of the same name have their values in
// order.
func fill(fields []*html.Node, typed url.Values) {
	next := map[string]int{}
	for _, n := range fields {
		name := attribute(n, "name")
		values := typed[name]
		switch t := attribute(n, "type"); {
		case n.DataAtom == atom.Button, t == "password", t == "file":
			continue
		case isToggle(n):
			value := attribute(n, "value")
			if value == "" {
				value = "on"
			}
			setFlag(n, "checked", slices.Contains(values, value))
			continue
		}
		i := next[name]
		next[name]++
		if i >= len(values) {
			continue
		}
		switch n.DataAtom { //nolint:exhaustive // the others are above
		case atom.Input:
			setAttribute(n, "value", values[i])
		case atom.Textarea:
			for n.FirstChild != nil {
				n.RemoveChild(n.FirstChild)
			}
			n.AppendChild(&html.Node{Type: html.TextNode, Data: values[i]})
		case atom.Select:
			choose(n, values[i])
		}
	}
}

// choose selects the option of a choice that has a value. An unknown one leaves the choice as it is.
func choose(n *html.Node, value string) {
	var options []*html.Node
	for o := range n.Descendants() {
		if o.Type == html.ElementNode && o.DataAtom == atom.Option {
			options = append(options, o)
		}
	}
	if !slices.ContainsFunc(options, func(o *html.Node) bool { return attribute(o, "value") == value }) {
		return
	}
	for _, o := range options {
		setFlag(o, "selected", attribute(o, "value") == value)
	}
}

// mark adds a problem to a form, and marks the field at fault. The first problem's field gets the focus.
func mark(form *html.Node, fields []*html.Node, p Problem, index int) {
	id := problemID
	if index > 0 {
		id += "-" + strconv.Itoa(index+1)
	}
	message := &html.Node{
		Type: html.ElementNode, Data: "p", DataAtom: atom.P,
		Attr: []html.Attribute{{Key: "role", Val: "alert"}, {Key: "id", Val: id}},
	}
	message.AppendChild(&html.Node{Type: html.TextNode, Data: p.Message})
	var at *html.Node
	for _, n := range fields {
		if p.Field == "" || attribute(n, "name") != p.Field || attribute(n, "type") == "hidden" ||
			n.DataAtom == atom.Button {
			continue
		}
		setAttribute(n, "aria-invalid", "true")
		setAttribute(n, "aria-describedby", id)
		if at == nil && index == 0 {
			setFlag(n, "autofocus", true)
		}
		at = n
	}
	if at == nil {
		setAttribute(message, "class", "failure")
		form.InsertBefore(message, form.FirstChild)
		return
	}
	setAttribute(message, "class", "field-problem")
	after := at // the label that is around the last field of the name
	for n := at.Parent; n != form; n = n.Parent {
		if n.DataAtom == atom.Label {
			after = n
		}
	}
	after.Parent.InsertBefore(message, after.NextSibling)
}

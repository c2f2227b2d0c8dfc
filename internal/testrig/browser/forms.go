package browser

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"
)

// Paths returns the addresses of a router's pages, those of a method, with an id for each variable.
func Paths(tb testing.TB, router *mux.Router, method, id string) (paths []string) {
	tb.Helper()
	variable := regexp.MustCompile(`\{\w+\}`)
	require.NoError(tb, router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, err := route.GetPathTemplate()
		methods, _ := route.GetMethods()
		if err == nil && slices.Contains(methods, method) && !strings.HasSuffix(template, "/assets/") {
			paths = append(paths, variable.ReplaceAllString(template, id))
		}
		return nil
	}))
	return paths
}

// RefuseEachField submits each form of pages with one invalid field at a time. It requires that the form is shown again
// with what was typed, apart from passwords, and that the field is marked and explained. It returns the addresses that
// forms with fields are sent to, without their queries.
func (b *Browser) RefuseEachField(tb testing.TB, pages ...string) (actions []string) {
	tb.Helper()
	for _, path := range pages {
		page := b.Get(tb, path)
		if page.Page == nil || page.Status != http.StatusOK {
			continue
		}
		for _, f := range page.Forms {
			if strings.HasSuffix(f.Action, "/login") {
				continue // it does not reveal which of its fields is wrong
			}
			if strings.HasSuffix(f.Action, "/shipments") {
				continue // its lines succeed and fail one by one
			}
			if strings.EqualFold(f.Method, http.MethodPost) && len(f.typed()) > 0 {
				b.refuseEachField(tb, path, f)
				action, _, _ := strings.Cut(f.Action, "?")
				actions = append(actions, action)
			}
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

func (b *Browser) refuseEachField(tb testing.TB, path string, f *Form) {
	tb.Helper()
	valid := f.filledIn()
	for _, field := range f.typed() {
		for _, bad := range field.invalid() {
			typed := maps.Clone(valid)
			typed[field.Name] = []string{bad}
			got := b.Post(tb, f.Action, typed)
			what := strings.Join([]string{path, f.Action, field.Name, strconv.Quote(bad)}, " ")
			require.Equal(tb, 4, got.Status/100, "%s: %d", what, got.Status)
			require.NotNil(tb, got.Page, what)
			i := slices.IndexFunc(got.Forms, func(again *Form) bool {
				return again.Action == f.Action && again.Field(field.Name).Invalid
			})
			require.GreaterOrEqual(tb, i, 0, "%s: the field is not marked: %.4000s", what, got.Body)
			require.NotEmpty(tb, got.Alerts, what)
			got.Forms[i].requireTyped(tb, what, f, typed, field)
		}
	}
}

// requireTyped requires that a form has what was typed into one that was refused because of a field.
func (f *Form) requireTyped(tb testing.TB, what string, before *Form, typed url.Values, wrong Field) {
	tb.Helper()
	now := f.Values()
	for _, field := range before.typed() {
		switch {
		case field.Type == "password":
			require.Empty(tb, now.Get(field.Name), "%s: %s", what, field.Name)
		case field.Name == wrong.Name && len(field.Options) > 0:
			// no option has the invalid value
		default:
			require.Equal(tb, typed[field.Name], now[field.Name], "%s: %s", what, field.Name)
		}
	}
}

// typed returns the fields of a form that a person fills in, one for each name, with the values to choose from.
func (f *Form) typed() (fields []Field) {
	for _, field := range f.Fields {
		i := slices.IndexFunc(fields, func(other Field) bool { return other.Name == field.Name })
		switch {
		case field.Type == "hidden" || field.Type == "file":
		case i >= 0:
			fields[i].Options = append(fields[i].Options, field.Value)
		case field.Type == "radio":
			field.Options = []string{field.Value}
			fields = append(fields, field)
		default:
			fields = append(fields, field)
		}
	}
	return fields
}

// samples are valid values of fields that are blank.
var samples = map[string]string{
	"email": "new@example.com", "phone": "010-1234-5678", "bizNumber": "123-45-67891", "amount": "1,000",
	"password": "correct horse battery", "currentPassword": "correct horse", "otp": "123456", "quantity": "2",
}

// filledIn returns the values of a form with its blank fields filled in, as its first button sends them.
func (f *Form) filledIn() url.Values {
	values := f.Values()
	for _, field := range f.typed() {
		sample, known := samples[field.Name]
		switch {
		case values.Get(field.Name) != "" || field.Type == "checkbox":
		case len(field.Options) > 0:
			i := slices.IndexFunc(field.Options, func(o string) bool { return o != "" })
			values.Set(field.Name, field.Options[i])
		case known:
			values.Set(field.Name, sample)
		case field.Mode == "numeric", field.Mode == "decimal", field.Type == "number":
			values.Set(field.Name, "1")
		default:
			values.Set(field.Name, "x")
		}
	}
	if len(f.Buttons) > 0 && f.Buttons[0].Name != "" {
		values.Set(f.Buttons[0].Name, f.Buttons[0].Value)
	}
	return values
}

// invalid returns values that a field does not take.
func (f Field) invalid() (values []string) {
	if f.Type == "checkbox" {
		return nil
	}
	if len(f.Options) > 0 {
		return []string{"no such option"}
	}
	if f.Required {
		values = append(values, "")
	}
	if f.Type == "number" || f.Mode == "numeric" && f.Max == "" || f.Mode == "decimal" {
		values = append(values, "x")
	}
	limit, err := strconv.ParseInt(f.Max, 10, 64)
	switch {
	case err != nil:
	case f.Type == "number": // the stock, for one, may be less than the limit of the field
		values = append(values, strconv.FormatInt(limit<<32+1, 10))
	default:
		values = append(values, strings.Repeat("9", int(limit)+1))
	}
	if f.Type == "email" {
		values = append(values, "x")
	}
	return values
}

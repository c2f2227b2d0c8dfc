package web

import (
	"errors"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"

	"github.com/go-playground/form/v4"

	"github.com/all-in-market/market/internal/market"
)

// forms decodes the values of forms into structs, by the names of their JSON.
var forms = newFormDecoder()

func newFormDecoder() *form.Decoder {
	d := form.NewDecoder()
	d.SetTagName("json")
	register(d, func(typed string) (int64, error) { return parseInt(typed, 64) })
	register(d, func(typed string) (int32, error) {
		n, err := parseInt(typed, 32)
		return int32(n), err
	})
	register(d, func(typed string) (int16, error) {
		n, err := parseInt(typed, 16)
		return int16(n), err
	})
	register(d, func(typed string) (market.Money, error) { return market.ParseMoney(market.Ungroup(typed)) })
	register(d, market.ParseDay)
	register(d, func(typed string) (market.Email, error) {
		email, err := market.ParseEmail(typed)
		if err != nil {
			email = market.Email(typed) // held against the rule "email"
		}
		return email, nil
	})
	return d
}

// parseInt reads a whole number that may have separators of thousands.
func parseInt(typed string, bits int) (int64, error) {
	return strconv.ParseInt(market.Ungroup(typed), 10, bits)
}

// register has a type decoded by a function.
func register[T any](d *form.Decoder, parse func(typed string) (T, error)) {
	d.RegisterCustomTypeFunc(func(values []string) (any, error) {
		v, err := parse(values[0])
		return v, err
	}, reflect.Zero(reflect.TypeFor[T]()).Interface())
}

// DecodeForm is DecodeFormOf for a request without texts of its own.
func DecodeForm(values url.Values, into any) error { return DecodeFormOf("", values, into) }

// fieldName matches the names that fields of forms may have. The decoder takes brackets for indexes.
var fieldName = regexp.MustCompile(`^[\w.-]+(\[\w+\])?$`)

// DecodeFormOf fills a struct from a form, makes its texts canonical and checks its rules, in the words of a kind of
// request, as Decode does. Unknown fields are ignored. A blank field is a missing one.
func DecodeFormOf(kind string, values url.Values, into any) error {
	if err := CanonicalForm(values); err != nil {
		return err
	}
	typed := maps.Clone(values)
	maps.DeleteFunc(typed, func(name string, all []string) bool {
		return !fieldName.MatchString(name) || len(all) == 0 || len(all) == 1 && all[0] == ""
	})
	var wrong form.DecodeErrors
	if err := forms.Decode(into, typed); err != nil && !errors.As(err, &wrong) {
		return err
	}
	var refused []*market.Error
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		refused = append(refused, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name))
	}
	return check(kind, into, refused...)
}

// CanonicalForm makes the values of a form canonical. Fields may have several lines: DecodeForm refuses them where
// they may not. It fails as market.CanonicalText does.
func CanonicalForm(form url.Values) error {
	_, err := canonicalValues(form, "form", market.TextParagraphs)
	return err
}

// canonicalValues makes values canonical, and reports whether one has changed. It fails as market.CanonicalText does,
// with the name of the value, or with that of them all when it is the name that is refused.
func canonicalValues(all url.Values, what string, kind market.TextKind) (changed bool, err error) {
	for name, values := range all {
		if _, err := market.CanonicalText(what, name, market.TextLine); err != nil {
			return changed, err
		}
		of := kind
		if isSecret(name) {
			of = market.TextSecret
		}
		for i, typed := range values {
			if values[i], err = market.CanonicalText(name, typed, of); err != nil {
				return changed, err
			}
			changed = changed || values[i] != typed
		}
	}
	return changed, nil
}

package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
)

// maxBody bounds request bodies, in bytes; logins have a bound of their own.
const (
	maxBody      = 64 << 10
	MaxLoginBody = 8 << 10
)

var phonePattern = regexp.MustCompile(`^\d{2,3}-\d{3,4}-\d{4}$`)

// shortened matches a long number as a spreadsheet displays it, without its last digits.
var shortened = regexp.MustCompile(`^[0-9]([.,][0-9]+[eE][+-]?|[eE]\+)[0-9]+$`)

var validate = newValidator()

// embedded is the validator's name of a struct whose fields belong to the surrounding object.
const embedded = "-"

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" && f.Anonymous {
			return embedded
		}
		return name
	})
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	must(v.RegisterValidation("phone",
		func(f validator.FieldLevel) bool { return phonePattern.MatchString(f.Field().String()) }))
	must(v.RegisterValidation("enum", func(f validator.FieldLevel) bool {
		e, ok := f.Field().Interface().(interface{ Valid() bool })
		return ok && e.Valid()
	}))
	must(v.RegisterValidation("buyersreason", func(f validator.FieldLevel) bool {
		return slices.Contains(market.BuyersReasons, market.RefundReason(f.Field().String()))
	}))
	must(v.RegisterValidation("staffadjustment", func(f validator.FieldLevel) bool {
		return slices.Contains(market.StaffAdjustments, market.AdjustmentKind(f.Field().String()))
	}))
	must(v.RegisterValidation("adjustable", func(f validator.FieldLevel) bool {
		return slices.Contains(market.AdjustableAccounts, market.LedgerAccount(f.Field().String()))
	}))
	must(v.RegisterValidation("sellersstatus", func(f validator.FieldLevel) bool {
		return slices.Contains(market.SellersProductStatuses, market.ProductStatus(f.Field().String()))
	}))
	must(v.RegisterValidation("email",
		func(f validator.FieldLevel) bool { return market.Email(f.Field().String()).Canonical() }))
	must(v.RegisterValidation("maxbytes", func(f validator.FieldLevel) bool {
		limit, err := strconv.Atoi(f.Param())
		must(err)
		return len(f.Field().String()) <= limit
	}))
	must(v.RegisterValidation("biznumber",
		func(f validator.FieldLevel) bool { return market.BizNumberKey(f.Field().String()) != "" }))
	must(v.RegisterValidation("unshortened",
		func(f validator.FieldLevel) bool { return !shortened.MatchString(f.Field().String()) }))
	must(v.RegisterValidation("bankcode",
		func(f validator.FieldLevel) bool { return market.BankCode(f.Field().String()).Valid() }))
	must(v.RegisterValidation("price",
		func(f validator.FieldLevel) bool { return market.CheckPrice(market.Money(f.Field().Int())) == nil }))
	must(v.RegisterValidation("uncommon",
		func(f validator.FieldLevel) bool { return !auth.CommonPassword(f.Field().String()) }))
	registerLimits(v)
	return v
}

// Decode reads a JSON body into a request, makes its texts canonical and checks its rules. Unknown fields
// are ignored. It fails with INVALID_INPUT, with the message of the first rule
// that is broken, or with PAYLOAD_TOO_LARGE. kind selects the messages of a
// request that words them its own way; it may be empty.
func Decode(w http.ResponseWriter, r *http.Request, kind string, into any) error {
	return decode(w, r, kind, into, maxBody)
}

// DecodeUpTo is Decode for a body of at most limit bytes.
func DecodeUpTo(w http.ResponseWriter, r *http.Request, limit int64, into any) error {
	return decode(w, r, "", into, limit)
}

// DecodeOptional is Decode for a request whose body is optional; without one it leaves into
// unchanged.
func DecodeOptional(w http.ResponseWriter, r *http.Request, into any) error {
	if r.ContentLength == 0 {
		return nil
	}
	return Decode(w, r, "", into)
}

// DecodeLogin is Decode with the bound of logins.
func DecodeLogin(w http.ResponseWriter, r *http.Request, into any) error {
	return decode(w, r, "", into, MaxLoginBody)
}

func decode(w http.ResponseWriter, r *http.Request, kind string, into any, limit int64) error {
	// Other types a page of another site may send without asking.
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil ||
		mediaType != "application/json" {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailContentType)
	}
	body, err := ReadBody(w, r, limit)
	if err != nil {
		return err
	}
	return unmarshal(body, kind, into)
}

// ReadBody returns a request's body unchanged, of at most limit bytes. It fails with
// PAYLOAD_TOO_LARGE, or with INVALID_INPUT for an incomplete body.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, BodyError(err)
	}
	return body, nil
}

// BodyError translates an error in reading a request's body.
func BodyError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return market.Refuse(market.CodePayloadTooLarge)
	}
	return market.Failed(market.CodeInvalidInput, err)
}

// Upload is a body that is read as it arrives. Read returns errors in the form of BodyError.
type Upload struct{ io.Reader }

// Read implements io.Reader.
func (u Upload) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = BodyError(err)
	}
	return n, err
}

func unmarshal(body []byte, kind string, into any) error {
	if !utf8.Valid(body) { // package json would replace invalid bytes
		return market.RefuseWith(market.CodeInvalidInput, market.DetailBodyEncoding)
	}
	if name, twice := repeatedName(body); twice {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldTwice, name)
	}
	var refused []*market.Error
	if err := json.Unmarshal(body, into); err != nil {
		// Package json has stopped at the first value of a type of ours that it cannot read.
		var paths []string
		rest := withoutMistyped(reflect.TypeOf(into).Elem(), body, "", &paths)
		if len(paths) == 0 || json.Unmarshal(rest, into) != nil && len(paths) < maxFaults {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailBodyNotJSON)
		}
		for _, path := range paths {
			refused = append(refused, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, path))
		}
	}
	return check(kind, into, refused...)
}

// maxFaults bounds the faults of an input that are listed.
const maxFaults = 100

// withoutMistyped returns a JSON text with null for each value that is not of its field's type, whose path, such as
// items[1].price, it appends to paths, up to maxFaults. It finds nothing in a text that is not JSON, or not an object.
func withoutMistyped(t reflect.Type, text json.RawMessage, path string, paths *[]string) json.RawMessage {
	if len(*paths) == maxFaults || json.Unmarshal(text, reflect.New(t).Interface()) == nil {
		return text
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var members map[string]json.RawMessage
	var elements []json.RawMessage
	switch {
	case t.Kind() == reflect.Struct && json.Unmarshal(text, &members) == nil:
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			for given, value := range members {
				if name != "" && strings.EqualFold(name, given) {
					members[given] = withoutMistyped(f.Type, value, memberOf(path, name), paths)
				}
			}
		}
		text, _ = json.Marshal(members) // it was JSON
	case t.Kind() == reflect.Slice && json.Unmarshal(text, &elements) == nil:
		for i, value := range elements {
			elements[i] = withoutMistyped(t.Elem(), value, fmt.Sprintf("%s[%d]", path, i), paths)
		}
		text, _ = json.Marshal(elements)
	case path != "":
		*paths = append(*paths, path)
		return json.RawMessage("null")
	}
	return text
}

// repeatedName returns the path of the first name that occurs twice in an object of a JSON text,
// ignoring case as package json does. Readers would differ in which of the two they use. An invalid
// text has none.
func repeatedName(body []byte) (path string, twice bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	var open []container
	for {
		token, err := d.Token()
		if err != nil {
			return "", false
		}
		if end, ok := token.(json.Delim); ok && (end == '}' || end == ']') {
			open = open[:len(open)-1]
			continue
		}
		if n := len(open); n > 0 {
			c := &open[n-1]
			if c.names == nil {
				c.elements++
			} else if c.value = !c.value; c.value {
				c.name, _ = token.(string)
				folded := strings.ToLower(strings.ToUpper(c.name))
				if c.names[folded] {
					return pathIn(open), true
				}
				c.names[folded] = true
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			open = append(open, container{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, container{})
		}
	}
}

// container is an object or an array of a JSON text during decoding.
type container struct {
	names    map[string]bool // of an object; nil for an array
	value    bool            // the next token is the value of name
	name     string          // the last name of an object
	elements int             // those of an array that have begun
}

// pathIn returns the path of the value that is read within containers, the outermost first. It is made for a fault
// only: a text may open as many containers as it has letters.
func pathIn(open []container) string {
	var path strings.Builder
	for _, c := range open {
		switch {
		case path.Len() > maxEcho:
			return clip(path.String())
		case c.names == nil:
			fmt.Fprintf(&path, "[%d]", c.elements-1)
		default:
			path.WriteString("." + c.name)
		}
	}
	return clip(strings.TrimPrefix(path.String(), "."))
}

// maxEcho is how many characters of a client's unknown name a response repeats.
const maxEcho = 64

// clip returns the beginning of such a name.
func clip(name string) string {
	if utf8.RuneCountInString(name) > maxEcho {
		name = string([]rune(name)[:maxEcho])
	}
	return name
}

// isSecret reports whether a field holds a password, by its name.
func isSecret(name string) bool { return strings.HasSuffix(strings.ToLower(name), "password") }

// Check makes the texts of a struct that was not decoded here canonical and holds it against its rules, as Decode
// does. It takes a pointer.
func Check(of any) error { return check("", of) }

// check makes a struct's texts canonical and holds it against its rules, in the words of a kind of request where it
// has some. It returns one error for all faults, with those that were found before: of a field, the first counts.
func check(kind string, of any, refused ...*market.Error) error {
	var foreign error
	canonicalize(reflect.ValueOf(of), "", "", func(err error) {
		var e *market.Error
		if errors.As(err, &e) {
			if len(refused) < maxFaults {
				refused = append(refused, e)
			}
		} else {
			foreign = err
		}
	})
	var broken validator.ValidationErrors
	if err := validate.Struct(of); errors.As(err, &broken) {
		for _, b := range broken[:min(len(broken), maxFaults)] {
			e := violation(kind, pathOf(of, b), b)
			if !slices.ContainsFunc(refused, func(r *market.Error) bool { return isIn(FieldOf(e), FieldOf(r)) }) {
				refused = append(refused, e)
			}
		}
	} else if err != nil {
		return err
	}
	if foreign != nil {
		return foreign
	}
	return together(refused)
}

// together returns one error for all errors of an input, of which it lists maxFaults; nil for none.
func together(refused []*market.Error) error {
	if len(refused) == 0 {
		return nil
	}
	refused = refused[:min(len(refused), maxFaults)]
	refused[0].Others = refused[1:]
	return refused[0]
}

// memberOf returns the path of a member of the object at a path.
func memberOf(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// isIn reports whether the value at a path is the one at another path, or a part of it.
func isIn(path, whole string) bool {
	rest, ok := strings.CutPrefix(path, whole)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// canonicalize makes all texts in a decoded request canonical, so that no handler and no rule meets another one.
// A field with the tag `text:"lines"` may have several lines. What UnmarshalJSON of a type has made canonical, such
// as an address, stays; a blank becomes "", which leaves an optional field as it is. Each text that is refused is
// passed to refuse, with its path as its field.
func canonicalize(v reflect.Value, name, tag string, refuse func(error)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		canonicalize(v.Elem(), name, tag, refuse)
	case reflect.String:
		text, err := market.CanonicalText(name, v.String(), kindOf(name, tag))
		switch {
		case v.Type() == reflect.TypeFor[market.Email]() && text != "": // held against the rule "email"
		case err != nil:
			refuse(err)
		case text != v.String():
			v.SetString(text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() && !f.Anonymous {
				continue
			}
			inner := name // of an embedded struct
			if own, _, _ := strings.Cut(f.Tag.Get("json"), ","); own != "" {
				inner = memberOf(name, own)
			}
			canonicalize(v.Field(i), inner, f.Tag.Get("text"), refuse)
		}
	case reflect.Slice, reflect.Array:
		if k := v.Type().Elem().Kind(); reflect.Bool <= k && k <= reflect.Complex128 {
			return // without a text
		}
		for i := range v.Len() {
			canonicalize(v.Index(i), fmt.Sprintf("%s[%d]", name, i), tag, refuse)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			canonicalize(value, name, tag, refuse)
			v.SetMapIndex(key, value)
		}
	}
}

func kindOf(name, tag string) market.TextKind {
	switch {
	case isSecret(name):
		return market.TextSecret
	case tag == "lines":
		return market.TextParagraphs
	}
	return market.TextLine
}

// violation words a broken rule of the value at path: as the kind of request does, as its field does, or
// by the rule alone.
func violation(kind, path string, e validator.FieldError) *market.Error {
	rule := e.ActualTag() // of an alias, the rule that is broken
	field := e.Field() + "." + rule
	for _, d := range []market.Detail{market.Detail(kind + "." + field), market.Detail(field)} {
		if _, ok := details[d]; ok {
			return market.RefuseWith(market.CodeInvalidInput, d).About(path)
		}
	}
	switch rule {
	case "required":
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, path)
	case "max":
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldTooLong, path)
	case "price":
		if p, ok := e.Value().(market.Money); ok && !p.Whole() {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailNotWholeWon, path)
		}
	case "bankcode":
		return market.Refuse(market.CodeBankCodeInvalid).About(path)
	}
	return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, path)
}

// pathOf returns the path of the value in whole that breaks a rule, by the names of the JSON text.
func pathOf(whole any, e validator.FieldError) string {
	path := strings.TrimPrefix(e.Namespace(), reflect.Indirect(reflect.ValueOf(whole)).Type().Name()+".")
	return strings.ReplaceAll(path, embedded+".", "")
}

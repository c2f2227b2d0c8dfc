// Package fakestore is a store without a database, for tests of handlers and pages. It records the
// calls of its methods, and returns what a test has set.
package fakestore

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

//go:generate go run ./generate

// Store fakes *store.Store. Methods for which a test has set nothing return zero values. It is safe
// for concurrent use.
type Store struct {
	Day market.Day // today

	mu      sync.Mutex
	calls   []string
	answers map[string]func(args ...any) ([]any, error)
}

// New returns a store whose day is given, such as 2026-11-30.
func New(day string) *Store {
	today, err := market.ParseDay(day)
	if err != nil {
		panic(err)
	}
	return &Store{Day: today, answers: map[string]func(args ...any) ([]any, error){}}
}

// Returns sets the results of a method, without its error. It panics for an unknown method.
func (s *Store) Returns(method string, results ...any) {
	s.Does(method, func(...any) ([]any, error) { return results, nil })
}

// Fails sets the error of a method.
func (s *Store) Fails(method string, err error) {
	s.Does(method, func(...any) ([]any, error) { return nil, err })
}

// Does sets the function that makes the results of a method from its arguments, without the context.
func (s *Store) Does(method string, do func(args ...any) ([]any, error)) {
	if !reflect.ValueOf(s).MethodByName(method).IsValid() {
		panic("the store has no method " + method)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[method] = do
}

// Calls returns the calls of some methods, or of all, in their order, such as Order(7, 1). Structures
// are JSON without zero values, and page requests are written like 0/20-createdAt: the page, its size,
// and the order.
func (s *Store) Calls(methods ...string) (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		method, _, _ := strings.Cut(call, "(")
		if len(methods) == 0 || slices.Contains(methods, method) {
			calls = append(calls, call)
		}
	}
	return calls
}

// Forget drops the recorded calls.
func (s *Store) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// Today returns the day of the store.
func (s *Store) Today() market.Day { return s.Day }

// RollUp records that it was called.
func (s *Store) RollUp(context.Context, func(sellers []int64)) error { return none(s, "RollUp") }

// EachLedgerEntry calls do for each of the entries that Returns has set.
func (s *Store) EachLedgerEntry(
	_ context.Context, f store.LedgerFilter, do func(market.LedgerEntry) error,
) error {
	return each(s, "EachLedgerEntry", f, do)
}

// EachAuditEntry calls do for each of the entries that Returns has set.
func (s *Store) EachAuditEntry(_ context.Context, f market.AuditFilter, do func(market.AuditEntry) error) error {
	return each(s, "EachAuditEntry", f, do)
}

func each[F, T any](s *Store, method string, filter F, do func(T) error) error {
	all, err := one[[]T](s, method, filter)
	for _, e := range all {
		if err := do(e); err != nil {
			return err
		}
	}
	return err
}

func none(s *Store, method string, args ...any) error {
	_, err := s.call(method, args)
	return err
}

func one[A any](s *Store, method string, args ...any) (A, error) {
	results, err := s.call(method, args)
	return result[A](results, 0), err
}

func two[A, B any](s *Store, method string, args ...any) (A, B, error) {
	results, err := s.call(method, args)
	return result[A](results, 0), result[B](results, 1), err
}

func three[A, B, C any](s *Store, method string, args ...any) (A, B, C, error) {
	results, err := s.call(method, args)
	return result[A](results, 0), result[B](results, 1), result[C](results, 2), err
}

// result returns a result, or the zero value of its type if the test has set none.
func result[T any](results []any, n int) (r T) {
	if n < len(results) && results[n] != nil {
		r, ok := results[n].(T)
		if !ok {
			panic(fmt.Sprintf("a result is a %T and must be a %T", results[n], r))
		}
		return r
	}
	return r
}

func (s *Store) call(method string, args []any) ([]any, error) {
	shown := make([]string, len(args))
	for i, arg := range args {
		shown[i] = Show(arg)
	}
	s.mu.Lock()
	s.calls = append(s.calls, method+"("+strings.Join(shown, ", ")+")")
	answer := s.answers[method]
	s.mu.Unlock()
	if answer == nil {
		return nil, nil
	}
	return answer(args...)
}

// Show returns an argument as Calls shows it.
func Show(arg any) string {
	if p, ok := arg.(market.PageRequest); ok {
		return showPage(p)
	}
	return show(reflect.ValueOf(arg))
}

func show(v reflect.Value) string {
	if !v.IsValid() || (v.Kind() == reflect.Pointer && v.IsNil()) {
		return "null"
	}
	switch _, ok := v.Interface().(json.Marshaler); {
	case v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface:
		return show(v.Elem())
	case ok:
		return encode(v.Interface())
	}
	if _, ok := v.Interface().(encoding.TextMarshaler); ok {
		return encode(v.Interface())
	}
	switch v.Kind() { //nolint:exhaustive // the others are numbers, texts and the like
	case reflect.Struct:
		fields := map[string]string{}
		showFields(v, fields)
		var all []string
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			all = append(all, strconv.Quote(name)+":"+fields[name])
		}
		return "{" + strings.Join(all, ",") + "}"
	case reflect.Slice:
		if v.IsNil() {
			return "null"
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return encode(v.Interface())
		}
		all := make([]string, v.Len())
		for i := range all {
			all[i] = show(v.Index(i))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	return encode(v.Interface())
}

// showFields adds the fields of a structure that are not zero, by their names in JSON. A pointer to a zero value is
// not zero.
func showFields(v reflect.Value, to map[string]string) {
	for i := range v.NumField() {
		f, value := v.Type().Field(i), v.Field(i)
		if f.Anonymous && value.Kind() == reflect.Struct {
			showFields(value, to)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		if f.IsExported() && name != "-" && !value.IsZero() {
			to[name] = show(value)
		}
	}
}

func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprintf("%T", v)
	}
	return strings.TrimSpace(b.String())
}

func showPage(p market.PageRequest) string {
	text := strconv.Itoa(p.Page) + "/" + strconv.Itoa(p.Size)
	sign := map[bool]string{false: "+", true: "-"}
	if p.Sort != "" {
		text += sign[p.Desc] + p.Sort
	}
	for _, then := range p.Then {
		text += sign[then.Desc] + then.Field
	}
	if p.Cursor != "" {
		text += "@" + p.Cursor
	}
	return text
}

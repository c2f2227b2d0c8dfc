// Package web is what both HTTP servers share: the answer envelope, decoding
// and validation of requests, the table from error codes to statuses, and the
// middleware around the router.
package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	xlanguage "golang.org/x/text/language"

	"github.com/all-in-market/market/internal/market"
)

// envelope wraps every answer. Code and RequestID are additions to the
// original's contract.
type envelope struct {
	Success   bool             `json:"success"`
	Status    int              `json:"status"`
	Message   string           `json:"message"`
	Data      any              `json:"data"`
	Timestamp market.LocalTime `json:"timestamp"`
	Code      string           `json:"code"`
	RequestID string           `json:"requestId"`
	Errors    []fieldError     `json:"errors,omitempty"` // each refused field of the input
}

// fieldError is the reason why a field is refused, in the reader's language.
type fieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code"` // REQUIRED, TOO_LONG or INVALID, or the code of the response
	Message string `json:"message"`
}

// fieldErrors returns the refused fields of an input; none for an error that is about no field.
func fieldErrors(r *http.Request, err error) (all []fieldError) {
	var refused *market.Error
	if !errors.As(err, &refused) {
		return nil
	}
	for _, e := range append([]*market.Error{refused}, refused.Others...) {
		named := e.Field != "" || e.Detail == "" || e.Code == market.CodeInvalidInput // others' details name no field
		if field := FieldOf(e); field != "" && named {
			_, message := explain(r, e)
			all = append(all, fieldError{field, fieldCode(e), message})
		}
	}
	return all
}

// fieldCode returns the code of an error of a field.
func fieldCode(e *market.Error) string {
	if e.Code != market.CodeInvalidInput {
		return string(e.Code)
	}
	switch e.Detail[strings.LastIndexByte(string(e.Detail), '.')+1:] {
	case "required":
		return "REQUIRED"
	case "max", "tooLong":
		return "TOO_LONG"
	}
	return "INVALID"
}

// Faults returns the errors of an input: the first one, and its others.
func Faults(err error) []error {
	all := []error{err}
	var refused *market.Error
	if errors.As(err, &refused) {
		for _, other := range refused.Others {
			all = append(all, other)
		}
	}
	return all
}

// Handler is an HTTP handler that may fail; Handle sends the response to its error.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Handle makes a Handler an http.HandlerFunc.
func Handle(h Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			Fail(w, r, err)
		}
	}
}

// Respond answers with success and data.
func Respond(w http.ResponseWriter, r *http.Request, s Success, data any) error {
	body, err := encode(r, s, data)
	if err != nil {
		return err
	}
	write(w, s.Status, body)
	return nil
}

func encode(r *http.Request, s Success, data any) ([]byte, error) {
	e := envelope{Success: true, Status: s.Status, Message: s.in(language(r)), Data: data,
		Timestamp: market.LocalTime(time.Now()), Code: s.code, RequestID: RequestID(r.Context())}
	raw, encoded := data.(json.RawMessage)
	if !encoded {
		return json.Marshal(e)
	}
	// json.Marshal would validate the cached JSON byte by byte.
	e.Data = nil
	around, err := json.Marshal(e)
	before, after, _ := bytes.Cut(around, []byte(`"data":null`))
	return slices.Concat(before, []byte(`"data":`), raw, after), err
}

// Fail responds with an error: its code's status and text, or its detail's text. Internal causes
// are logged and not sent.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the client has disconnected
	}
	if page := exchangeOf(r.Context()).page; page != nil && AcceptsHTML(r) {
		page(w, r, err)
		return
	}
	status, body := encodeFailure(r, err)
	setRetryAfter(w, status, err)
	switch {
	case status >= 500:
		recordError(r.Context(), err)
	case status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	write(w, status, body)
}

// FailWithPage has Fail respond to errors of the request with a page, if the client is a browser.
func FailWithPage(r *http.Request, page func(w http.ResponseWriter, r *http.Request, err error)) {
	exchangeOf(r.Context()).page = page
}

// AcceptsHTML reports whether the client of a request is a browser that opens a page.
func AcceptsHTML(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// outageDelay is the Retry-After of an outage.
const outageDelay = 2 * time.Second

// setRetryAfter sets the time after which a request that has failed with err may succeed, if it is
// known.
func setRetryAfter(w http.ResponseWriter, status int, err error) {
	var refused *market.Error
	after := time.Duration(0)
	if errors.As(err, &refused) {
		after = refused.RetryAfter
	}
	if after == 0 && status == http.StatusServiceUnavailable {
		after = outageDelay
	}
	if after > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(after.Seconds())), 10))
	}
}

func encodeFailure(r *http.Request, err error) (int, []byte) {
	status, message := explain(r, err)
	body, _ := json.Marshal(envelope{ // of strings and numbers: it cannot fail
		Status: status, Message: message, Timestamp: market.LocalTime(time.Now()), Code: string(market.CodeOf(err)),
		RequestID: RequestID(r.Context()), Errors: fieldErrors(r, err),
	})
	return status, body
}

// Explain returns the status and the message of an error, for a page that shows it, and sets the
// Retry-After header. The details of an internal error are logged only.
func Explain(w http.ResponseWriter, r *http.Request, err error) (status int, message string) {
	status, message = explain(r, err)
	setRetryAfter(w, status, err)
	if status >= 500 {
		recordError(r.Context(), err)
	}
	return status, message
}

func explain(r *http.Request, err error) (status int, message string) {
	f := failureOf(market.CodeOf(err))
	message = f.in(language(r))
	var refused *market.Error
	if errors.As(err, &refused) && refused.Detail != "" {
		text, args := details[refused.Detail], slices.Clone(refused.Args)
		for i := range args {
			if problem, ok := args[i].(error); ok { // of a line
				_, args[i] = explain(r, problem)
			}
		}
		if English(r) {
			message = fmt.Sprintf(text.en, args...)
		} else {
			message = sprintKorean(text.ko, namedInKorean(refused.Detail, args))
		}
	}
	return f.status, message
}

// fieldsOfCodes maps codes to the field that the refusal concerns.
var fieldsOfCodes = map[market.Code]string{
	market.CodeEmailAlreadyExists: "email", market.CodeCurrentPasswordWrong: "currentPassword",
	market.CodePasswordRateLimited: "currentPassword", market.CodeBankCodeInvalid: "bankCode",
}

// FieldOf returns the name of the field of a form, or the path of the value of a JSON text such as items[1].price, that
// an error is about; "" for none or for the form as a whole.
func FieldOf(err error) string {
	var refused *market.Error
	if !errors.As(err, &refused) {
		return ""
	}
	group, name, _ := strings.Cut(string(refused.Detail), ".")
	switch {
	case refused.Field != "":
		return refused.Field
	case refused.Detail == "":
		return fieldsOfCodes[refused.Code]
	case group == "field":
		field, _ := refused.Args[0].(string)
		return field
	}
	if field, _, own := strings.Cut(name, "."); own { // of a kind of request with words of its own
		return field
	}
	return group
}

// English reports whether a reader prefers English to Korean.
func English(r *http.Request) bool { return language(r) == "en" }

// Language returns the language that the client prefers, of those that mails have.
func Language(r *http.Request) market.Language { return market.Language(language(r)) }

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Add("Vary", "Accept-Language")  // of the message
	if w.Header().Get("Cache-Control") == "" { // cached responses set it themselves
		w.Header().Set("Cache-Control", "no-store")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body))) // without it a longer body is sent in chunks
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// language returns "en" when the client prefers English, else "ko".
func language(r *http.Request) string {
	header := r.Header.Get("Accept-Language")
	// Most clients list their preferred language first, without a weight.
	switch first, _, _ := strings.Cut(header, ","); first {
	case "", "ko", "ko-KR":
		return "ko"
	case "en", "en-US", "en-GB":
		return "en"
	}
	accepted, _, err := xlanguage.ParseAcceptLanguage(header)
	if err != nil || len(accepted) == 0 {
		return "ko"
	}
	if _, best, sure := languages.Match(accepted...); best == 1 && sure >= xlanguage.High {
		return "en"
	}
	return "ko"
}

// languages are those of the texts; the first is the default.
var languages = xlanguage.NewMatcher([]xlanguage.Tag{xlanguage.Korean, xlanguage.English})

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/api"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// caller is an HTTP client with a token.
type caller struct {
	base   string
	token  string
	client *http.Client // nil: the shared one, without cookies
}

var sharedClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}

// answer is an envelope.
type answer struct {
	Success   bool            `json:"success"`
	Status    int             `json:"status"`
	Message   string          `json:"message"`
	Data      json.RawMessage `json:"data"`
	Timestamp string          `json:"timestamp"`
	Code      string          `json:"code"`
	RequestID string          `json:"requestId"`

	header http.Header
	raw    []byte
}

func (a *answer) String() string { return string(a.raw) }

// field is a field of data, as JSON decodes it.
func (a *answer) field(name string) any {
	var m map[string]any
	_ = json.Unmarshal(a.Data, &m)
	return m[name]
}

func (a *answer) id(name string) int64 {
	f, _ := a.field(name).(float64)
	return int64(f)
}

func (c *caller) get(t testing.TB, path string, header ...string) *answer {
	t.Helper()
	return c.do(t, http.MethodGet, path, nil, header...)
}

func (c *caller) post(t testing.TB, path string, body any, header ...string) *answer {
	t.Helper()
	return c.do(t, http.MethodPost, path, body, header...)
}

func (c *caller) put(t testing.TB, path string, body any, header ...string) *answer {
	t.Helper()
	return c.do(t, http.MethodPut, path, body, header...)
}

func (c *caller) delete(t testing.TB, path string) *answer {
	t.Helper()
	return c.do(t, http.MethodDelete, path, nil)
}

// insist posts a request until the answer is neither 503 nor a conflict on a product's lock: both ask
// the client to try again, and a busy machine causes either. It closes connections that it takes for idle, too.
func (c *caller) insist(t testing.TB, path string, body any, header ...string) (a *answer) {
	t.Helper()
	testrig.Eventually(t, func() bool {
		var err error
		a, err = c.try(http.MethodPost, path, body, header...)
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			return false
		}
		require.NoError(t, err)
		return a.Status != http.StatusServiceUnavailable && a.Code != string(market.CodeRedisLockConflict)
	}, time.Minute, 200*time.Millisecond)
	return a
}

// do sends a request, with header given as name and value in turn. A body that
// is a string goes as it is, any other as JSON.
func (c *caller) do(t testing.TB, method, path string, body any, header ...string) *answer {
	t.Helper()
	a, err := c.try(method, path, body, header...)
	require.NoError(t, err)
	return a
}

func (c *caller) try(method, path string, body any, header ...string) (*answer, error) {
	var payload []byte
	switch b := body.(type) {
	case nil:
	case string:
		payload = []byte(b)
	default:
		payload, _ = json.Marshal(b)
	}
	req, err := http.NewRequest(method, c.base+path, bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := c.client
	if client == nil {
		client = sharedClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{header: resp.Header, raw: raw}
	if resp.StatusCode == http.StatusNotModified {
		a.Status = resp.StatusCode
		return a, validateAnswer(req, resp, nil)
	}
	if err := json.Unmarshal(raw, a); err != nil {
		return nil, fmt.Errorf("%s %s: not an envelope: %w: %.200s", method, path, err, raw)
	}
	if a.Status != resp.StatusCode || a.RequestID == "" || a.Code == "" || a.Timestamp == "" ||
		a.Success != (resp.StatusCode < 400) {
		return nil, fmt.Errorf("%s %s: status %d and envelope %s do not fit", method, path, resp.StatusCode, raw)
	}
	return a, validateAnswer(req, resp, raw)
}

// login logs in with a client that keeps the refresh cookie.
func (c *caller) login(t testing.TB, path, mail string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	c.client = &http.Client{Transport: sharedClient.Transport, Jar: jar}
	a := c.post(t, path, map[string]string{"email": mail, "password": password})
	require.Equal(t, 200, a.Status, a)
	c.token = a.field("accessToken").(string)
}

// document is the OpenAPI document with a router, without servers, so that
// routes match on any host.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	for _, item := range doc.Paths.Map() {
		item.Servers = nil
	}
	return doc, nil
})

var documentRouter = sync.OnceValues(func() (routers.Router, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// validateAnswer holds an answer against the OpenAPI document. Unknown paths
// and methods have no entry there.
func validateAnswer(req *http.Request, resp *http.Response, body []byte) error {
	router, err := documentRouter()
	if err != nil {
		return err
	}
	plain := req.Clone(context.Background())
	plain.URL.Host, plain.URL.Scheme, plain.Host = "", "", ""
	route, params, err := router.FindRoute(plain)
	if err != nil {
		if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed {
			return nil
		}
		return fmt.Errorf("%s %s is not in the OpenAPI document: %w", req.Method, req.URL.Path, err)
	}
	header := resp.Header.Clone()
	header.Set("Content-Type", "application/json")
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: plain, PathParams: params,
			Route: route},
		Status: resp.StatusCode, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		return fmt.Errorf("%s %s: the answer does not fit the OpenAPI document: %w\n%s", req.Method, req.URL.Path, err,
			body)
	}
	if file := os.Getenv("RECORD_ANSWERS"); file != "" && len(body) > 0 {
		return record(file, route.Operation.OperationID, resp.StatusCode, body)
	}
	return validateCode(route, body)
}

// validateCode holds the code of a failure against those that the document lists for its operation.
func validateCode(route *routers.Route, body []byte) error {
	if len(body) == 0 {
		return nil // of HEAD
	}
	var failed struct {
		Success *bool
		Code    string
	}
	if err := json.Unmarshal(body, &failed); err != nil || failed.Success == nil || *failed.Success {
		return err
	}
	for _, listed := range []any{route.Spec.Extensions["x-error-codes"], route.Operation.Extensions["x-error-codes"]} {
		if all, ok := listed.([]any); ok && slices.Contains(all, any(failed.Code)) {
			return nil
		}
	}
	return fmt.Errorf("the OpenAPI document does not list %s in x-error-codes of %s", failed.Code,
		route.Operation.OperationID)
}

// record appends an answer to a file: a run of all tests with RECORD_ANSWERS=file shows which error codes the
// document has to list, and has examples.
func record(file, operation string, status int, body []byte) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	line, err := json.Marshal(map[string]any{"operation": operation, "status": status, "body": string(body)})
	if err == nil {
		_, err = f.Write(append(line, '\n'))
	}
	return errors.Join(err, f.Close())
}

func get(url string) (int, string) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

// together runs n calls at the same moment and returns their results.
func together[T any](n int, call func(i int) T) []T {
	results := make([]T, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	done.Add(n)
	for i := range n {
		go func() {
			defer done.Done()
			ready.Done()
			<-start
			results[i] = call(i)
		}()
	}
	ready.Wait()
	close(start)
	done.Wait()
	return results
}

// codes counts answers by status and code.
func codes(answers []*answer) map[string]int {
	n := map[string]int{}
	for _, a := range answers {
		n[fmt.Sprintf("%d %s", a.Status, strings.TrimSpace(a.Code))]++
	}
	return n
}

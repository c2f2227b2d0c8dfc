package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"
	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/all-in-market/market/internal/market"
)

// requestInfo passes data about a request from the router to the middleware around it.
type requestInfo struct {
	requestID string
	client    context.Context // ends when the client disconnects, and has no deadline
	method    string          // a label of few values
	head      bool            // the answer has no body: the request is served as GET
	route     string          // the path template, a label of few values
	principal string
	err       error // what a 5xx answer hides from the client
	security  []securityEvent
	actor     market.Actor
	page      func(w http.ResponseWriter, r *http.Request, err error) // responds to errors for browsers; may be nil
}

type requestInfoKey struct{}

func exchangeOf(ctx context.Context) *requestInfo {
	if e, ok := ctx.Value(requestInfoKey{}).(*requestInfo); ok {
		return e
	}
	return &requestInfo{}
}

// RequestID returns the id of a request in its response and in logs.
func RequestID(ctx context.Context) string { return exchangeOf(ctx).requestID }

func recordError(ctx context.Context, err error) { exchangeOf(ctx).err = err }

// NoteRoute is router middleware that records the matched route for the outer middleware.
func NoteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		exchangeOf(r.Context()).route = pathTemplate(r)
		next.ServeHTTP(w, r)
	})
}

// NewRouter makes a router whose own refusals, unknown path and wrong method,
// come in the envelope too, and which refuses parameters that its routes do not have. A path with an empty element,
// . or .. is unknown: to redirect it would make a GET of a POST.
func NewRouter(p Parameters) *mux.Router {
	r := mux.NewRouter().SkipClean(true)
	r.Use(NoteRoute, p.Check)
	r.NotFoundHandler = Handle(func(http.ResponseWriter, *http.Request) error {
		return market.Refuse(market.CodeNotFound)
	})
	r.MethodNotAllowedHandler = Handle(func(w http.ResponseWriter, req *http.Request) error {
		w.Header().Set("Allow", strings.Join(allowedMethods(r, req), ", "))
		return market.Refuse(market.CodeMethodNotAllowed)
	})
	return r
}

func allowedMethods(router *mux.Router, r *http.Request) (allowed []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = method
		var match mux.RouteMatch
		if router.Match(probe, &match) && match.MatchErr == nil {
			allowed = append(allowed, method)
			if method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	return allowed
}

// methodLabel returns the method of a request as metrics and logs name it: clients may invent others.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions:
		return method
	}
	return "other"
}

// compressible are the media types that are compressed above one kilobyte.
var compressible = []string{
	"application/json", "application/yaml", "application/javascript", "text/javascript", "text/html", "text/css",
	"text/csv", "text/plain", "image/svg+xml",
}

// compressed compresses answers with zstd or gzip when the client takes them so.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.ContentTypes(compressible), gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.KeepAcceptRanges())
	if err != nil {
		panic(err) // the options are constants
	}
	return wrap(next)
}

var incomingID = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

// Middleware is the middleware around a router, since the router's own middleware does not run for
// unknown paths and wrong methods: request id, recovery, metrics, the request's log line, security
// headers and the deadline.
type Middleware struct {
	Server         string // the name of the server in logs and metrics
	Log            *slog.Logger
	Metrics        *Metrics
	Timeout        time.Duration // of a request
	TrustedProxies int           // see ClientAddress
	// Audit writes a security event into the audit log; nil for nowhere.
	Audit func(ctx context.Context, a market.Action) error
}

// Wrap returns next with the middleware around it.
func (o Middleware) Wrap(next http.Handler) http.Handler {
	next = compressed(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		e := &requestInfo{requestID: r.Header.Get("X-Request-Id"), client: r.Context(), method: methodLabel(r.Method)}
		if !incomingID.MatchString(e.requestID) {
			e.requestID = rand.Text()
		}
		address, unread := clientAddress(r, o.TrustedProxies)
		if unread != "" {
			o.Metrics.unread.note(o.Log, unread)
		}
		e.actor = market.Actor{Role: market.RoleAnonymous, Address: address, RequestID: e.requestID}
		ctx := market.WithActor(context.WithValue(r.Context(), requestInfoKey{}, e), e.actor)
		ctx, cancel := context.WithTimeout(ctx, o.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		if r.Method == http.MethodHead { // net/http sends no body
			e.head, r.Method = true, http.MethodGet
		}
		w.Header().Set("X-Request-Id", e.requestID)
		setSecurityHeaders(w.Header())
		seen := &statusWriter{ResponseWriter: w}
		defer func() {
			p := recover()
			if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so too
				o.finish(ctx, e, seen, time.Since(started))
				panic(p)
			}
			if p != nil {
				e.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				if seen.status == 0 {
					Fail(seen, r, fmt.Errorf("panic: %v", p))
				}
			}
			o.finish(ctx, e, seen, time.Since(started))
		}()
		if err := canonicalURL(r.URL); err != nil {
			Fail(seen, r, err)
			return
		}
		next.ServeHTTP(seen, r)
	})
}

// canonicalURL makes the parameters of a query canonical. It fails with INVALID_INPUT for a query that is malformed,
// and as market.CanonicalText does, with the name of the parameter, or with "path". No parameter has several lines.
// PathText makes texts of the path canonical.
func canonicalURL(u *url.URL) error {
	if _, err := market.CanonicalText("path", u.Path, market.TextLine); err != nil {
		return err
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailQueryMalformed)
	}
	if !strings.ContainsFunc(u.RawQuery, func(r rune) bool { return r == '%' || r == '+' || r >= utf8.RuneSelf }) {
		return nil
	}
	changed, err := canonicalValues(query, "query", market.TextLine)
	if err == nil && changed {
		u.RawQuery = query.Encode()
	}
	return err
}

// Streaming returns the context of a request that is answered for as long as limit allows, without the
// deadline of other requests. It ends when the client has gone. Writes need deadlines of their own.
func Streaming(r *http.Request, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), limit)
	e := exchangeOf(r.Context())
	client := e.client
	if client == nil {
		client = r.Context()
	}
	if e.head { // there is nothing to follow
		cancel()
	}
	stop := context.AfterFunc(client, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// setSecurityHeaders sets restrictive headers. Pages and images relax them.
func setSecurityHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Strict-Transport-Security", "max-age=31536000") // ignored where there is no TLS
}

func (o Middleware) finish(ctx context.Context, e *requestInfo, seen *statusWriter, took time.Duration) {
	status := seen.status
	if status == 0 {
		status = http.StatusOK
		if ctx.Err() != nil {
			status = 499 // the client left before there was an answer
		}
	}
	if e.route == "" {
		e.route = "unmatched"
	}
	span := trace.SpanFromContext(ctx)
	o.Metrics.observe(span.SpanContext(), took, o.Server, e.method, e.route, fmt.Sprint(status))
	level, attrs := slog.LevelInfo, []slog.Attr{
		slog.String("server", o.Server), slog.String("method", e.method), slog.String("route", e.route),
		slog.Int("status",
			status),
		slog.Int64("bytes", seen.bytes), slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("request_id",
			e.requestID),
	}
	if e.principal != "" {
		attrs = append(attrs, slog.String("principal", e.principal))
	}
	if span.IsRecording() {
		span.SetName(e.method + " " + e.route)
		span.SetAttributes(attribute.String("http.route", e.route), attribute.String("request_id", e.requestID))
		attrs = append(attrs, slog.String("trace_id", span.SpanContext().TraceID().String()))
	}
	if e.err != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", e.err.Error()))
	}
	o.Log.LogAttrs(ctx, level, "request", attrs...)
	for _, s := range e.security {
		o.Metrics.security.WithLabelValues(o.Server, s.name).Inc()
		o.Log.LogAttrs(ctx, slog.LevelWarn, "security", slog.String("event", s.name),
			slog.String("role", string(s.role)),
			slog.Int64("account_id", s.id), slog.String("server", o.Server), slog.String("request_id", e.requestID))
		o.audit(ctx, e, s)
	}
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Metrics are the metrics of HTTP servers.
type Metrics struct {
	requests *prometheus.HistogramVec
	security *prometheus.CounterVec
	unread   *unreadAddresses
}

// NewMetrics registers the figures.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds", Help: "Time to answer a request.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"server", "method", "route", "status"}), security: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "market_security_events_total",
		Help: "Failed logins, limits that were reached, refresh tokens used twice, changed passwords and bank accounts, refused webhooks.",
	}, []string{"server", "event"}), unread: &unreadAddresses{counter: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "market_forwarded_addresses_unread_total",
		Help: "Requests without a valid address in the trusted proxy's X-Forwarded-For or Forwarded.",
	})}}
	registry.MustRegister(m.requests, m.security, m.unread.counter)
	return m
}

// observe counts a request. One that is traced names its trace, as an example of its duration.
func (m *Metrics) observe(c trace.SpanContext, took time.Duration, labels ...string) {
	histogram := m.requests.WithLabelValues(labels...)
	if examples, ok := histogram.(prometheus.ExemplarObserver); ok && c.IsSampled() {
		examples.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": c.TraceID().String()})
		return
	}
	histogram.Observe(took.Seconds())
}

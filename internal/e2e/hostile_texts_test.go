package e2e

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/all-in-market/market/api"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reconcile"
	"github.com/all-in-market/market/internal/store"
	shoppages "github.com/all-in-market/market/shop"
)

// hostileText is a text that a client may send.
type hostileText struct {
	name, text string
	refused    bool // in every field; else the field's rules decide about its canonical form
	blank      bool // it has no visible character
}

var hostileTexts = []hostileText{
	{name: "blanks", text: "   ", blank: true},
	{name: "no-break and ideographic spaces", text: "\u00a0\u2003\u3000", blank: true},
	{name: "zero width", text: "\u200b\u200b\ufeff", blank: true},
	{name: "hangul filler", text: "\u3164\u115f\u1160\uffa0", blank: true},
	{name: "braille blank", text: "\u2800", blank: true},
	{name: "soft hyphen", text: "\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad\u00ad", blank: true},
	{name: "joiners and selectors", text: "\u200d\u200c\ufe0f\u034f", blank: true},
	{name: "tags", text: "\U000e0041\U000e0042", blank: true},
	{name: "nul", text: "a\x00b", refused: true},
	{name: "bell", text: "a\ab", refused: true},
	{name: "escape", text: "\x1b[2Ja", refused: true},
	{name: "carriage return", text: "a\rb", refused: true},
	{name: "next line", text: "a\u0085b", refused: true},
	{name: "noncharacter", text: "a\ufffe", refused: true},
	{name: "replacement character", text: "a\ufffd", refused: true},
	{name: "right-to-left override", text: "abc\u202edef", refused: true},
	{name: "isolates", text: "a\u2066b\u2069", refused: true},
	{name: "CP949", text: "\xb0\xa1\xb9\xe6", refused: true},
	{name: "surrogate in UTF-8", text: "a\xed\xa0\x80", refused: true},
	{name: "decomposed", text: "\u1100\u1161\u1107\u1161\u11bc\u0061\u0301"},
	{name: "blanks around", text: " \u3000가방\u200b "},
	{name: "invisible inside", text: "가\u200b\u00ad방"},
	{name: "lines", text: "한 줄\r\n다음 줄"},
	{name: "markup", text: `<b>&"'</b>`},
	{name: "quotes", text: `'; -- "\`},
	{name: "wildcards", text: "%_%"},
	{name: "formula", text: "=1+1"},
	{name: "emoji", text: "👩\u200d💻🍊"},
	{name: "long", text: strings.Repeat("길", 3000)},
	{name: "many marks", text: "a" + strings.Repeat("\u0301", 60)},
}

// canonicalOf is the form of a decomposed text in which it is stored.
const canonicalOf = "가방á"

// literal is the text as a JSON string, byte by byte.
func (h hostileText) literal() []byte {
	if h.name == "CP949" || h.name == "surrogate in UTF-8" {
		return []byte(`"` + h.text + `"`)
	}
	encoded, _ := json.Marshal(h.text)
	return encoded
}

// sweep is a marketplace whose texts are swept.
type sweep struct {
	*accesses
	buyer   *person
	reached map[string]bool // operations and forms that have taken a text
	swept   int
}

func newSweep(t *testing.T) *sweep {
	t.Helper()
	s := &sweep{accesses: newAccesses(t), reached: map[string]bool{}}
	s.buyer = &person{caller: &caller{base: s.api}, id: belongsTo(t, s.ids["buyerId"])}
	s.ids["staffId"], s.ids["proposalId"], s.ids["cartItemId"] = "999999", "999999", "999999"
	return s
}

// token is put into a body where the hostile text goes.
const hostileToken = "hostile-token"

// textField is a text field of a document's schema, by the names that lead to it.
type textField struct {
	path     []string
	required bool
}

// textFields returns the text fields of a schema that have no set of values.
func textFields(s *openapi3.SchemaRef, path []string, required bool) (all []textField) {
	if s == nil || s.Value == nil || len(path) > 6 {
		return nil
	}
	for _, part := range s.Value.AllOf {
		all = append(all, textFields(part, path, required)...)
	}
	for name, p := range s.Value.Properties {
		all = append(all, textFields(p, append(slices.Clone(path), name), slices.Contains(s.Value.Required, name))...)
	}
	if s.Value.Type.Includes("array") {
		all = append(all, textFields(s.Value.Items, append(slices.Clone(path), "[]"), required)...)
	}
	if s.Value.Type.Includes("string") && len(s.Value.Enum) == 0 {
		all = append(all, textField{path, required})
	}
	return all
}

// example returns a valid value for an operation according to the document, without optional parts.
func (s *sweep) example(schema *openapi3.SchemaRef, name string) any {
	v := schema.Value
	switch {
	case len(v.Enum) > 0:
		return v.Enum[0]
	case len(v.AllOf) > 0 || len(v.Properties) > 0:
		object := map[string]any{}
		for _, part := range v.AllOf {
			if inner, ok := s.example(part, name).(map[string]any); ok {
				maps.Copy(object, inner)
			}
		}
		for name, p := range v.Properties {
			if slices.Contains(v.Required, name) || name == "currentPassword" {
				object[name] = s.example(p, name)
			}
		}
		return object
	case v.Type.Includes("array"):
		return []any{s.example(v.Items, strings.TrimSuffix(name, "s"))}
	case v.Type.Includes("boolean"):
		return true
	case v.Type.Includes("string"):
		return s.typed(name)
	}
	if id, ok := s.ids[name]; ok {
		return json.Number(id)
	}
	if v.Min != nil && *v.Min > 1 {
		return *v.Min
	}
	return 1
}

// typed returns what a person would type into a field.
func (s *sweep) typed(name string) string {
	n := s.serial.Add(1)
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, "password"):
		return password
	case lower == "email":
		return fmt.Sprintf("typed%d@example.com", n)
	case lower == "phone":
		return "010-1234-5678"
	case lower == "bankcode":
		return "TOSS"
	case lower == "url":
		return "https://example.com/hooks"
	case strings.HasSuffix(lower, "version"):
		return "1"
	case lower == "events" || lower == "event":
		return market.WebhookEvents[0]
	case strings.HasSuffix(lower, "otp"):
		return "123456"
	case lower == "price" || lower == "amount" || strings.HasSuffix(lower, "below") || strings.HasSuffix(lower, "from"):
		return "1000"
	case strings.HasSuffix(lower, "stock") || strings.HasSuffix(lower, "order") || strings.HasPrefix(lower, "pieces"):
		return "1"
	case lower == "biznumber":
		return fmt.Sprintf("%010d", n)
	}
	return fmt.Sprintf("글 %d", n)
}

// put replaces the value that a path leads to.
func put(body any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	if path[0] == "[]" {
		list, _ := body.([]any)
		if len(list) == 0 {
			list = []any{nil}
		}
		return []any{put(list[0], path[1:], value)}
	}
	object, _ := body.(map[string]any)
	changed := maps.Clone(object)
	if changed == nil {
		changed = map[string]any{}
	}
	changed[path[0]] = put(object[path[0]], path[1:], value)
	return changed
}

// as returns the caller of a path of the API, with a session that is open after all earlier
// requests.
func (s *sweep) as(t *testing.T, path string) *caller {
	t.Helper()
	p, role := s.buyer, market.RoleBuyer
	switch {
	case strings.HasPrefix(path, "/admin"):
		p, role = s.staff, market.RoleAdmin
	case strings.HasPrefix(path, "/seller"):
		p, role = s.seller, market.RoleSeller
	}
	for _, restore := range []string{
		"UPDATE buyers SET password = $1, locked_at = NULL, locked_reason = NULL", "UPDATE admins SET password = $1",
		"UPDATE sellers SET password = $1",
	} {
		_, err := s.store.Pool().Exec(context.Background(), restore, s.hash)
		require.NoError(t, err)
	}
	_, err := s.store.SetSellerStatus(context.Background(), s.seller.id, market.SellerApproved, false, "")
	require.NoError(t, err)
	token, err := auth.NewAccessTokens(s.cfg.JWTSecret, "", time.Hour).Issue(role,
		auth.Session{AccountID: p.id, Family: fmt.Sprint("sweep", s.serial.Add(1)), Opened: time.Now()})
	require.NoError(t, err)
	return &caller{base: p.base, token: token}
}

// fillPath puts ids into a path; a name that has none is one that nothing has.
func (s *sweep) fillPath(path string) string {
	for name, id := range s.ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	return pathName.ReplaceAllString(path, "999999")
}

// askFor sends a request and returns its status.
func (s *sweep) askFor(t *testing.T, c *caller, method, path, kind string, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.base+path, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("X-Forwarded-For", s.address())
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := sharedClient.Transport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	s.swept++
	require.Less(t, resp.StatusCode, 500, "%s %s %q: %s", method, path, body, answer)
	return resp.StatusCode
}

// sweepBodies sends every hostile text in every text field of every body in the document.
func (s *sweep) sweepBodies(t *testing.T, doc *openapi3.T) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		for method, op := range doc.Paths.Value(path).Operations() {
			if op.RequestBody == nil || op.RequestBody.Value.Content.Get("application/json") == nil {
				continue
			}
			schema, caller := op.RequestBody.Value.Content.Get("application/json").Schema, s.as(t, path)
			for _, f := range textFields(schema, nil, false) {
				for _, h := range hostileTexts {
					body := put(s.example(schema, ""), f.path, hostileToken)
					encoded, err := json.Marshal(body)
					require.NoError(t, err)
					encoded = bytes.Replace(encoded, []byte(`"`+hostileToken+`"`), h.literal(), 1)
					status := s.askFor(t, caller, method, s.fillPath(path), "application/json", encoded)
					name := fmt.Sprintf("%s %s %s with %s", method, path, strings.Join(f.path, "."), h.name)
					if h.refused || h.blank && f.required {
						require.GreaterOrEqual(t, status, 400, name)
					} else if status < 300 {
						s.reached[method+" "+path] = true
					}
				}
			}
			if path == "/admin/refunds/decide" { // the next operations decide one, too
				refund, _ := s.refundToDecide(t, s.product(t, s.seller.id, 1_000_00, 10).ID, "")
				s.ids["refundId"] = fmt.Sprint(refund)
			}
		}
	}
}

// sweepParameters sends every hostile text in every parameter of the document.
func (s *sweep) sweepParameters(t *testing.T, doc *openapi3.T) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		for method, op := range doc.Paths.Value(path).Operations() {
			caller := s.as(t, path)
			for _, p := range op.Parameters {
				for _, h := range hostileTexts {
					target := s.fillPath(path)
					switch p.Value.In {
					case openapi3.ParameterInQuery:
						target += "?" + url.Values{p.Value.Name: {h.text}}.Encode()
					case openapi3.ParameterInPath:
						target = s.fillPath(strings.Replace(path, "{"+p.Value.Name+"}", url.PathEscape(h.text), 1))
					default:
						continue
					}
					if method != http.MethodGet && p.Value.In == openapi3.ParameterInQuery {
						continue
					}
					status := s.askFor(t, caller, method, target, "text/csv",
						[]byte("merchantUid,amount,fee,payoutDay\n"))
					if h.refused || h.blank && p.Value.In == openapi3.ParameterInPath {
						require.GreaterOrEqual(t, status, 400, "%s %s with %s", method, target, h.name)
					} else if status < 300 {
						s.reached[method+" "+path] = true
					}
				}
			}
		}
	}
}

// pageForm is a form of a page with its fields as they are sent without a change.
type pageForm struct {
	action string
	values url.Values
	texts  []string // the fields that take any text
	upload bool     // it is sent with files
}

var digits = regexp.MustCompile(`[0-9]+`)

// name is the same for forms that differ in ids only.
func (f pageForm) name() string {
	fields := slices.Sorted(maps.Keys(f.values))
	return digits.ReplaceAllString(f.action+" "+strings.Join(fields, " "), "#")
}

// formsOf returns the forms of a page that are posted, with the fields that are no files.
func (s *sweep) formsOf(t *testing.T, page string) (all []pageForm) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	attribute := func(n *html.Node, name string) (value string, has bool) {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	for n := range root.Descendants() {
		if method, _ := attribute(n, "method"); n.Data != "form" || !strings.EqualFold(method, "post") {
			continue
		}
		action, _ := attribute(n, "action")
		encoding, _ := attribute(n, "enctype")
		f := pageForm{action: action, values: url.Values{}, upload: encoding == "multipart/form-data"}
		for field := range n.Descendants() {
			name, named := attribute(field, "name")
			if !named {
				continue
			}
			value, _ := attribute(field, "value")
			kind, _ := attribute(field, "type")
			switch {
			case kind == "file":
			case field.Data == "select":
				for option := range field.Descendants() {
					chosen, _ := attribute(option, "value")
					if _, selected := attribute(option, "selected"); option.Data == "option" && chosen != "" &&
						(selected || !f.values.Has(name)) {
						f.values.Set(name, chosen)
					}
				}
			case field.Data == "button" || kind == "radio" || kind == "checkbox":
				if !f.values.Has(name) {
					f.values.Set(name, value)
				}
			case field.Data == "input" || field.Data == "textarea":
				if value == "" && kind != "hidden" {
					value = s.typed(name)
				}
				f.values.Set(name, value)
				f.texts = append(f.texts, name)
			}
		}
		all = append(all, f)
	}
	return all
}

// sweepForms sends every hostile text in every field of every form that a site's pages show to a reader.
func (s *sweep) sweepForms(t *testing.T, base, cookie string, routes []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || strings.Contains(path, "/assets") || strings.Contains(path, "/template") ||
			strings.HasSuffix(path, "/events") {
			continue
		}
		for _, query := range []string{"", "?status="} {
			v := visitor{base: base, cookie: cookie}.visit(t, method, s.fillPath(path)+query, nil)
			require.Less(t, v.status, 500, "%s: %s", route, v.body)
			for _, f := range s.formsOf(t, v.body) {
				if seen[f.name()] || strings.HasSuffix(f.action, "/logout") {
					continue
				}
				seen[f.name()] = true
				s.sweepForm(t, base, cookie, f)
			}
		}
	}
	require.NotEmpty(t, seen)
}

func (s *sweep) sweepForm(t *testing.T, base, cookie string, f pageForm) {
	t.Helper()
	for _, field := range f.texts {
		for _, h := range hostileTexts {
			values := maps.Clone(f.values)
			for name := range values {
				if strings.HasSuffix(name, "key") {
					values.Set(name, fmt.Sprint(s.serial.Add(1)))
				}
			}
			values[field] = []string{h.text}
			status, answer := s.submit(t, base+f.action, cookie, values, f.upload)
			require.Less(t, status, 500, "%s %q: %s", f.action, values, answer)
			if h.refused {
				require.GreaterOrEqual(t, status, 400, "%s: %s with %s", f.action, field, h.name)
			} else if status < 400 {
				s.reached["form "+digits.ReplaceAllString(f.action, "#")] = true
			}
		}
	}
}

// submit sends a form from an address of its own.
func (s *sweep) submit(
	t *testing.T, address, cookie string, values url.Values, upload bool,
) (status int, page string) {
	t.Helper()
	body, encoding := bytes.NewBufferString(values.Encode()), "application/x-www-form-urlencoded"
	if upload {
		body.Reset()
		form := multipart.NewWriter(body)
		for name, all := range values {
			for _, value := range all {
				require.NoError(t, form.WriteField(name, value))
			}
		}
		require.NoError(t, form.Close())
		encoding = form.FormDataContentType()
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", encoding)
	req.Header.Set("X-Forwarded-For", s.address())
	req.Header.Set("Cookie", cookie)
	s.swept++
	status, _, page = send(t, req)
	return status, page
}

// address returns another one of a network each time: limits of an address are not what is tested.
func (s *sweep) address() string {
	n := s.serial.Add(1)
	return fmt.Sprintf("198.51.%d.%d", n/250%250, n%250)
}

// sweepFiles sends every hostile text in every column of every file that sellers and staff send. The columns are
// those of the files that sellers download, and of settlement files.
func (s *sweep) sweepFiles(t *testing.T, cookie string) {
	t.Helper()
	for template, preview := range map[string]string{
		"/seller-center/offers/template":    "/seller-center/offers/preview",
		"/seller-center/shipments/template": "/seller-center/shipments/preview",
	} {
		v := visitor{base: s.api, cookie: cookie}.visit(t, http.MethodGet, template, nil)
		require.Equal(t, http.StatusOK, v.status, v.body)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(v.body, "\ufeff"))).ReadAll()
		require.NoError(t, err)
		require.Greater(t, len(rows), 1, "%s has no line", template)
		for column := range rows[0] {
			for _, h := range hostileTexts {
				row := slices.Clone(rows[1])
				for i := range row {
					if row[i] == "" {
						row[i] = "1"
					}
				}
				row[column] = h.text
				var file, body bytes.Buffer
				out := csv.NewWriter(&file)
				require.NoError(t, out.WriteAll([][]string{rows[0], row}))
				form := multipart.NewWriter(&body)
				part, err := form.CreateFormFile("file", h.text)
				require.NoError(t, err)
				_, err = part.Write(file.Bytes())
				require.NoError(t, err)
				require.NoError(t, form.Close())
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.api+preview, &body)
				require.NoError(t, err)
				req.Header.Set("Content-Type", form.FormDataContentType())
				req.Header.Set("Cookie", cookie)
				status, _, page := send(t, req)
				s.swept++
				require.Less(t, status, 500, "%s: column %d with %s: %s", preview, column, h.name, page)
				for _, f := range s.formsOf(t, page) { // what the preview sends on
					for name, values := range f.values {
						for _, value := range values {
							canonical, err := market.CanonicalText(name, value, market.TextLine)
							require.NoError(t, err, "%s: %s with %s", preview, name, h.name)
							require.Equal(t, canonical, value, "%s: %s with %s", preview, name, h.name)
						}
					}
					if strings.HasSuffix(f.action, "/logout") {
						continue
					}
					status, page := s.submit(t, s.api+f.action, cookie, f.values, false)
					require.Less(t, status, 500, "%s with %s: %s", f.action, h.name, page)
					s.reached["file "+f.action] = true
				}
			}
		}
	}
	for i := range reconcile.SettlementColumns {
		for n, h := range hostileTexts {
			var header []string
			row := []string{"m1", "1000", "10", "2026-11-22"}
			for _, c := range reconcile.SettlementColumns {
				header = append(header, c.Name)
			}
			row[i] = h.text
			var file bytes.Buffer
			require.NoError(t, csv.NewWriter(&file).WriteAll([][]string{header, row}))
			path := fmt.Sprintf("/admin/settlement-files/sweep-%d-%d", i, n)
			status := s.askFor(t, s.staff.caller, http.MethodPut, path, "text/csv", file.Bytes())
			if h.refused && h.name != "CP949" || h.blank {
				require.Equal(t, 400, status, "%s with %s", header[i], h.name)
			} else if status < 300 {
				s.reached["file settlement"] = true
			}
		}
	}
}

// stored reads every text of the database and returns those that are not canonical, and in how many columns the
// canonical form of a decomposed text is.
func (s *sweep) stored(t *testing.T) (hostile []string, columns int) {
	t.Helper()
	ctx := context.Background()
	rows, err := s.store.Pool().Query(ctx, `SELECT c.table_name || '.' || c.column_name
		FROM information_schema.columns c JOIN information_schema.tables b USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND b.table_type = 'BASE TABLE' AND c.data_type IN ('character varying', 'text')`)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Greater(t, len(all), 50)
	for _, named := range all {
		table, column, _ := strings.Cut(named, ".")
		rows, err := s.store.Pool().Query(ctx, fmt.Sprintf("SELECT DISTINCT %[2]s FROM %[1]s WHERE %[2]s IS NOT NULL",
			pgx.Identifier{table}.Sanitize(), pgx.Identifier{column}.Sanitize()))
		require.NoError(t, err)
		values, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		for _, value := range values {
			if canonical, err := market.CanonicalText(named, value, market.TextParagraphs); err != nil ||
				canonical != value {
				hostile = append(hostile, fmt.Sprintf("%s: %.40q", named, value))
			}
		}
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, canonicalOf) }) {
			columns++
		}
	}
	return hostile, columns
}

// shopRoutes are the routes of the shop.
func shopRoutes(t *testing.T) []string {
	t.Helper()
	none := &store.Store{}
	router := (&api.Server{Auth: &login.Auth{}, Store: none, Replica: none}).Router()
	(&shoppages.Server{Images: &images.Store{}, Store: none, Replica: none}).Routes(router, &login.Auth{})
	return routes(t, router)
}

// It sends a table of hostile texts in every text field of the OpenAPI
// document, of the forms of the three sites, and of files. The fields are those of the document, the pages and the
// files themselves, so that a new one is swept, too.
func TestTexts_HostileInAnyField_AreNeverStored(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	doc, err := document()
	require.NoError(t, err)
	staffPages, centrePages := pageRoutes(t)
	s.sweepParameters(t, doc)
	s.sweepBodies(t, doc)

	_ = s.as(t, "/")
	buyerMail := s.text(t, "SELECT email FROM buyers WHERE id = $1", s.buyer.id)
	sellerMail := s.text(t, "SELECT email FROM sellers WHERE id = $1", s.seller.id)
	shopCookie := "shop=" + pageSession(t, s.api+"/shop/login", buyerMail)
	centreCookie := "seller-center=" + pageSession(t, s.api+"/seller-center/login", sellerMail)
	s.desk = s.clerk(t)
	_, _ = s.paidOrder(t, s.buyers(t, 1)[0], line{s.product(t, s.seller.id, 1_000_00, 10).ID, 1})
	s.sweepFiles(t, centreCookie)
	s.sweepForms(t, s.api, centreCookie, centrePages)
	s.sweepForms(t, s.api, "", append(centrePages, shopRoutes(t)...))
	s.sweepForms(t, s.admin, "", staffPages)
	s.sweepForms(t, s.api, shopCookie, shopRoutes(t))
	// The names that the API has stored would be taken.
	_, err = s.store.Pool().Exec(t.Context(), `UPDATE categories SET deleted_at = now()
		WHERE id NOT IN (SELECT category_id FROM products)`)
	require.NoError(t, err)
	s.sweepForms(t, s.admin, "console="+s.desk.cookie, staffPages)

	hostile, columns := s.stored(t)
	require.Empty(t, hostile)
	require.Greater(t, columns, 15, "the texts do not reach the database")
	for _, place := range []string{
		"GET /products", "GET /orders", "POST /auth/signup", "PUT /buyers/me", "POST /addresses", "PUT /addresses/{addressId}",
		"POST /orders/{orderId}/refunds", "POST /seller/auth/signup", "PUT /sellers/me", "POST /seller/products",
		"PUT /seller/products/{productId}", "PUT /seller/orderitems/{orderItemId}/ship", "POST /admin/categories",
		"POST /admin/staff", "PUT /admin/buyers/{buyerId}/lock", "PUT /admin/products/{productId}/block",
		"PUT /admin/refunds/{refundId}/deny", "POST /admin/refunds/decide", "POST /admin/batches", "PUT /admin/settlement-files/{name}", "file /seller-center/shipments",
		"file settlement", "form /shop/signup", "form /shop/profile", "form /shop/addresses", "form /seller-center/signup",
		"form /seller-center/profile", "form /seller-center/products", "form /categories", "form /staff",
	} {
		require.True(t, s.reached[place], "no text has passed %s: the test does not see what it stores", place)
	}
}

// It stores texts in one spelling and looks for them in others.
func TestTexts_SpelledDifferently_FindEachOther(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, staff := r.seller(t), r.staff(t)
	const decomposed = "\u1100\u1161\u1107\u1161\u11bc" // 가방
	category := r.product(t, seller.id, 1_000_00, 1).CategoryID
	made := seller.post(t, "/seller/products", map[string]any{
		"categoryId": category, "name": " " + decomposed + "\u200b", "price": 1000, "stock": 1, "description": "한 줄\r\n다음 줄 ",
	})
	require.Equal(t, 201, made.Status, made)
	require.Equal(t, "가방", made.field("name"))
	require.Equal(t, "한 줄\n다음 줄", made.field("description"))
	anybody := &caller{base: r.api}
	for _, keyword := range []string{"가방", decomposed, " 가방 ", "가\u00ad방"} {
		found := anybody.get(t, "/products?"+url.Values{"keyword": {keyword}}.Encode())
		require.EqualValues(t, 1, found.field("totalElements"), "%+q: %s", keyword, found)
	}

	require.Equal(t, 201, staff.post(t, "/admin/categories", map[string]any{"name": "의류", "sortOrder": 1}).Status)
	for _, name := range []string{"\u110b\u1174\u1105\u1172", "의류 ", "의\u200b류"} {
		again := staff.post(t, "/admin/categories", map[string]any{"name": name, "sortOrder": 1})
		require.Equal(t, "409 DATA_CONFLICT", statusCode(again), "%+q", name)
	}

	for _, name := range []string{"정산", "\u110c\u1165\u11bc\u1109\u1161\u11ab", "정산 "} {
		a := staff.put(t, "/admin/settlement-files/"+url.PathEscape(name), "merchantUid,amount,fee,payoutDay\n",
			"Content-Type", "text/csv")
		require.Equal(t, 200, a.Status, a)
	}
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM provider_settlement_files"))
}

// It sends blanks in the optional fields of every update.
func TestTexts_BlankInAnUpdate_ChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	doc, err := document()
	require.NoError(t, err)
	state := func() string {
		return s.text(t, `SELECT coalesce((SELECT jsonb_agg(jsonb_build_array(id, email, password, name, phone) ORDER BY id) FROM buyers), '[]')::text ||
			(SELECT jsonb_agg(jsonb_build_array(id, email, password, name, phone, store_name, biz_number, bank_code, bank_account) ORDER BY id) FROM sellers)::text ||
			(SELECT jsonb_agg(jsonb_build_array(id, recipient, phone, detail) ORDER BY id) FROM addresses)::text ||
			(SELECT jsonb_agg(jsonb_build_array(id, name, description, status) ORDER BY id) FROM products)::text ||
			(SELECT jsonb_agg(jsonb_build_array(id, name) ORDER BY id) FROM categories)::text`)
	}
	for path, places := range map[string]int{
		"/buyers/me": 4, "/sellers/me": 8, "/addresses/{addressId}": 3, "/seller/products/{productId}": 2,
	} {
		op := doc.Paths.Value(path).Put
		caller, before, taken := s.as(t, path), state(), 0
		for _, f := range textFields(op.RequestBody.Value.Content.Get("application/json").Schema, nil, false) {
			for _, blank := range []string{"", "   ", "\u3164\u200b"} {
				a := caller.put(t, s.fillPath(path), map[string]string{f.path[0]: blank})
				if blank != "" && isPassword(f.path[0]) {
					require.Equal(t, "400 INVALID_INPUT", statusCode(a), "%s %s", path, f.path[0])
					continue
				}
				require.Equal(t, 200, a.Status, "%s %s %+q: %s", path, f.path[0], blank, a)
				taken++
			}
		}
		require.GreaterOrEqual(t, taken, places*2, path)
		require.Equal(t, before, state(), path)
	}
	order := s.staff.put(t, s.fillPath("/admin/orders/{orderId}/status"), map[string]string{
		"status": "SHIPPED", "trackingNumber": " \u200b",
	})
	require.Equal(t, 200, order.Status, order)
	require.Nil(t, order.field("trackingNumber"))
	category := s.fillPath("/admin/categories/{categoryId}")
	for i, blank := range []any{"   ", "", "\u200b", nil} {
		a := s.staff.put(t, category, map[string]any{"name": blank, "sortOrder": i})
		require.Equal(t, 200, a.Status, a)
		require.Equal(t, "식품", a.field("name"))
		require.EqualValues(t, i, a.field("sortOrder"))
	}
}

func isPassword(field string) bool { return strings.HasSuffix(strings.ToLower(field), "password") }

func TestBizNumber_SpelledDifferently_IsTheSame(t *testing.T) {
	t.Parallel()
	r := start(t)
	one, other := r.seller(t), r.seller(t)
	put := func(p *person, number, secret string) *answer {
		return p.put(t, "/sellers/me", map[string]string{"bizNumber": number, "currentPassword": secret})
	}
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG", statusCode(put(one, "123-45-67890", "")))
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG", statusCode(put(one, "123-45-67890", "a wrong password")))
	require.Equal(t, 200, put(one, "123-45-67890", password).Status)
	require.Equal(t, "1234567890", put(one, "1234567890", "").field("bizNumber"), "it is the same number")
	for _, taken := range []string{"123-45-67890", "1234567890", " 123 4567890 ", "１２３-45-67890"} {
		require.Equal(t, "409 DATA_CONFLICT", statusCode(put(other, taken, password)), taken)
	}
	require.Equal(t, "400 INVALID_INPUT", statusCode(put(other, "---", password)), "no letter and no digit")
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM sellers WHERE biz_number_key(biz_number) = '1234567890'"))
}

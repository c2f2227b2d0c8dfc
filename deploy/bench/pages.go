package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/net/html"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/seed"
)

// sites are those whose pages are measured, with the demo's account of each.
var sites = []struct{ origin, base, email, password string }{
	{"http://" + apiAddr, "/shop", "buyer1@example.com", "buyer1234!"},
	{"http://" + apiAddr, "/seller-center", "seller@example.com", "seller1234!"},
	{"http://" + adminAddr, "", "admin@example.com", "admin1234!"},
}

// pages measures the pages of the three sites with the demo's data: each that links reach from the first page of a
// site, one of those whose addresses differ in ids or queries only.
func (b *bench) pages(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "bench-pages-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	objects, err := images.Open(ctx, "file://"+folder, "", "")
	if err != nil {
		return err
	}
	defer objects.Close()
	if err := seed.Demo(ctx, b.store, objects, bcrypt.MinCost); err != nil {
		return err
	}
	c, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	p, err := b.startMarket(ctx, "all")
	if err != nil {
		return err
	}
	defer p.stop()
	t := b.table("Pages with the demo's data", "page", "first byte p50 (ms)", "p95 (ms)", "bytes, gzip", "bytes")
	for _, site := range sites {
		client, err := logIn(ctx, site.origin+site.base+"/login", site.email, site.password)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for waiting := []string{site.base + "/"}; len(waiting) > 0; waiting = waiting[1:] {
			path := waiting[0]
			if name := pattern(path); !seen[name] {
				seen[name] = true
				sent, plain, links, took, err := visit(ctx, client, site.origin+path)
				if err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				if sent > 0 {
					t.row(name, percentile(took, 0.5), percentile(took, 0.95), sent, plain)
				}
				waiting = append(waiting, slices.DeleteFunc(links, func(l string) bool {
					return !strings.HasPrefix(l, site.base+"/") || strings.HasPrefix(l, "//")
				})...)
			}
		}
	}
	t.print()
	return nil
}

var digits = regexp.MustCompile(`[0-9]+`)

// pattern returns what the addresses of a page have in common.
func pattern(path string) string {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	return digits.ReplaceAllString(path, "{id}")
}

// logIn returns a client with the session of an account.
func logIn(ctx context.Context, address, email, password string) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Jar: jar}
	form := url.Values{"email": {email}, "password": {password}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.String() == address {
		return nil, fmt.Errorf("login of %s: %s", email, resp.Status)
	}
	return client, nil
}

// visit requests a page repeatedly. It returns its bytes, compressed and not, its links, and the times to the first
// byte; no bytes for an answer that is no page.
func visit(
	ctx context.Context, client *http.Client, address string,
) (sent, plain int, links []string, took []time.Duration, err error) {
	body, _, isPage, err := fetch(ctx, client, address, "identity")
	if err != nil || !isPage {
		return 0, 0, nil, nil, err
	}
	compressed, _, _, err := fetch(ctx, client, address, "gzip")
	if err != nil {
		return 0, 0, nil, nil, err
	}
	for range 30 {
		_, first, _, err := fetch(ctx, client, address, "gzip")
		if err != nil {
			return 0, 0, nil, nil, err
		}
		took = append(took, first)
	}
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return 0, 0, nil, nil, err
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			for _, a := range n.Attr {
				if a.Key == "href" {
					links = append(links, a.Val)
				}
			}
		}
	}
	return len(compressed), len(body), links, took, nil
}

// fetch requests a page, and returns its body as it was sent, the time to the first byte, and whether it is a page.
func fetch(
	ctx context.Context, client *http.Client, address, encoding string,
) (body []byte, first time.Duration, isPage bool, err error) {
	started := time.Now()
	trace := &httptrace.ClientTrace{GotFirstResponseByte: func() { first = time.Since(started) }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, 0, false, err
	}
	r.Header.Set("Accept-Encoding", encoding)
	r.Header.Set("Accept", "text/html")
	resp, err := client.Do(r)
	if err != nil {
		return nil, 0, false, err
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", resp.Status)
	}
	return body, first, strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"), err
}

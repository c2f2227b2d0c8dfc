package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// lasting is how long attacks that hold something hold it.
const lasting = 8 * time.Second

// together runs f n times at once, so many at a time, and counts what it returns.
func together(n, atOnce int, f func(i int) string) map[string]int {
	counts := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			result := f(i)
			mu.Lock()
			counts[result]++
			mu.Unlock()
		})
	}
	all.Wait()
	return counts
}

// status is the result of a request for together.
func status(a answer, err error) string {
	if err != nil {
		return "no answer"
	}
	return fmt.Sprint(a.status)
}

// imageBombs uploads small files with many pixels, and files that claim to have more.
func imageBombs(ctx context.Context, t *target) (string, error) {
	large, claims, err := bombs()
	if err != nil {
		return "", err
	}
	client := clientAt("127.0.0.2")
	counts := together(40, 40, func(i int) string {
		content := large
		if i%2 == 1 {
			content = claims
		}
		return status(t.upload(ctx, client, content))
	})
	if counts["201"] > 20 || counts["no answer"] > 0 {
		err = fmt.Errorf("uploads: %v", counts)
	}
	return fmt.Sprintf("%d taken, %d too large, %d refused for a while", counts["201"], counts["400"]+counts["413"],
		counts["429"]+counts["503"]), err
}

// bombs returns a PNG of 50 megapixels in a few kilobytes, and the same file claiming 3,600 megapixels.
func bombs() (large, claims []byte, err error) {
	var file bytes.Buffer
	picture := image.NewPaletted(image.Rect(0, 0, 10_000, 5_000), color.Palette{color.Black, color.White})
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, picture); err != nil {
		return nil, nil, err
	}
	large = file.Bytes()
	const header, width, height, end = 12, 16, 20, 29 // offsets of the first chunk's type, fields and checksum
	claims = bytes.Clone(large)
	binary.BigEndian.PutUint32(claims[width:], 60_000)
	binary.BigEndian.PutUint32(claims[height:], 60_000)
	binary.BigEndian.PutUint32(claims[end:], crc32.ChecksumIEEE(claims[header:end]))
	return large, claims, nil
}

func (t *target) upload(ctx context.Context, c *http.Client, content []byte) (a answer, err error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("image", "bomb.png")
	if err != nil {
		return a, err
	}
	if _, err := part.Write(content); err != nil {
		return a, err
	}
	if err := form.Close(); err != nil {
		return a, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		fmt.Sprintf("http://%s/seller/products/%d/images", t.api, t.product), &body)
	if err != nil {
		return a, err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+t.seller.token)
	resp, err := c.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	a.status = resp.StatusCode
	a.body, err = io.ReadAll(resp.Body)
	return a, err
}

// connect opens connections from an address until there are n, and returns those that were opened.
func (t *target) connect(ctx context.Context, from string, n int) (open []net.Conn) {
	for range n {
		c, err := dialer(from).DialContext(ctx, "tcp", t.api)
		if err != nil {
			continue
		}
		open = append(open, c)
	}
	return open
}

func closeAll(connections []net.Conn) {
	for _, c := range connections {
		_ = c.Close()
	}
}

// closedByServer counts the connections that the server has closed.
func closedByServer(connections []net.Conn) (closed int) {
	for _, c := range connections {
		_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, err := io.Copy(io.Discard, c)
		var waiting net.Error
		if err == nil || !errors.As(err, &waiting) || !waiting.Timeout() {
			closed++
		}
	}
	return closed
}

// idleConnections opens connections and sends nothing.
func idleConnections(ctx context.Context, t *target) (string, error) {
	const n = 4200
	started := time.Now()
	open := t.connect(ctx, "127.0.0.2", n)
	defer closeAll(open)
	took := time.Since(started)
	err := t.healthy(ctx)
	pause(ctx, max(0, 3*time.Second-took))
	closed := closedByServer(open) + n - len(open)
	return fmt.Sprintf("opened in %.1f s, %d closed while they lasted", took.Seconds(), closed), err
}

// slowRequests sends headers and bodies byte by byte.
func slowRequests(ctx context.Context, t *target) (string, error) {
	const each = 300
	open := t.connect(ctx, "127.0.0.2", 2*each)
	defer closeAll(open)
	for i, c := range open {
		start := "GET /products HTTP/1.1\r\nX-Slow: "
		if i%2 == 1 {
			start = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
		}
		_, _ = io.WriteString(c, start)
	}
	for until := time.Now().Add(lasting); time.Now().Before(until) && ctx.Err() == nil; {
		for _, c := range open {
			_ = c.SetWriteDeadline(time.Now().Add(time.Millisecond))
			_, _ = io.WriteString(c, " ")
		}
		pause(ctx, time.Second)
	}
	return fmt.Sprintf("%d closed within %.0f s", closedByServer(open), lasting.Seconds()), t.healthy(ctx)
}

// eventStreams follows an order from many tabs, as browsers do. Transactions are counted while the
// honest client waits.
func eventStreams(ctx context.Context, t *target) (string, error) {
	client := clientAt("127.0.0.2")
	form := url.Values{"email": {buyerMail}, "password": {password}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+t.api+"/shop/login",
		strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	resp.Body.Close()
	var cookies []string
	for _, c := range resp.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	streaming, stop := context.WithCancel(ctx)
	defer stop()
	client.Timeout = 0
	var all sync.WaitGroup
	var mu sync.Mutex
	open := 0
	const n = 150
	for range n {
		all.Go(func() {
			for streaming.Err() == nil {
				retry := t.stream(streaming, client, strings.Join(cookies, "; "), func(more int) {
					mu.Lock()
					open += more
					mu.Unlock()
				})
				pause(streaming, retry)
			}
		})
	}
	pause(ctx, time.Second)
	t.quiet.Lock() // the honest client waits
	perSecond, err := t.transactions(ctx)
	t.quiet.Unlock()
	mu.Lock()
	kept := open
	mu.Unlock()
	stop()
	all.Wait()
	if err == nil && (kept > 10 || perSecond > 10) {
		err = fmt.Errorf("%d streams cost %.1f transactions a second", kept, perSecond)
	}
	return fmt.Sprintf("%d kept, %.1f transactions a second", kept, perSecond), err
}

// stream follows the attacker's order until the server ends the stream, and returns the time after which
// a browser opens it again.
func (t *target) stream(ctx context.Context, c *http.Client, cookies string, open func(more int)) time.Duration {
	retry := 3 * time.Second // of browsers, unless the server names another time
	req, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("http://%s/shop/orders/%d/events", t.api, t.order), nil)
	if err != nil {
		return retry
	}
	req.Header.Set("Cookie", cookies)
	resp, err := c.Do(req)
	if err != nil {
		return retry
	}
	defer resp.Body.Close()
	open(1)
	defer open(-1)
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		var ms int
		if n, _ := fmt.Sscanf(lines.Text(), "retry: %d", &ms); n == 1 {
			retry = time.Duration(ms) * time.Millisecond
		}
	}
	return retry
}

// transactions counts the transactions of the database in a second, while nothing but streams uses it.
func (t *target) transactions(ctx context.Context) (perSecond float64, err error) {
	count := func() (n int64, err error) {
		err = t.store.Pool().QueryRow(ctx,
			"SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()").Scan(&n)
		return n, err
	}
	const reported = 11 * time.Second // PostgreSQL's idle backends report their transactions within ten
	pause(ctx, reported)
	before, err := count()
	if err != nil {
		return 0, err
	}
	pause(ctx, reported)
	after, err := count()
	return float64(max(0, after-before-1)) / reported.Seconds(), err // without that of the first count
}

// signupFlood signs up with free addresses, and then with one that is taken.
func signupFlood(ctx context.Context, t *target) (string, error) {
	signUp := func(client *http.Client, mail string) string {
		return status(t.send(ctx, client, http.MethodPost, "/auth/signup", "", map[string]string{
			"email": mail, "password": password, "name": "n", "phone": "010-1111-2222",
		}))
	}
	client, neighbours := clientAt("127.0.0.2"), clientAt("127.0.0.3")
	counts := together(300, 8, func(i int) string { return signUp(client, fmt.Sprintf("flood%d@example.com", i)) })
	taken := together(100, 8, func(int) string { return signUp(neighbours, honestMail) })
	honest := signUp(neighbours, "neighbour@example.com")
	var err error
	if counts["201"] > 60 || honest != "201" {
		err = fmt.Errorf("signups: %v, after refused ones: %s", counts, honest)
	}
	return fmt.Sprintf("%d made, %d refused; another address: %d taken ones refused, an honest one after them %s",
		counts["201"], counts["429"], 100-taken["201"],
		map[bool]string{true: "made", false: "refused"}[honest == "201"]), err
}

// mailFlood has mails sent to an address whose owner has asked for none.
func mailFlood(ctx context.Context, t *target) (string, error) {
	const stranger = "stranger@example.com"
	client := clientAt("127.0.0.2")
	counts := together(120, 8, func(i int) string {
		if i%2 == 0 {
			return status(t.send(ctx, client, http.MethodPut, "/buyers/me", t.buyer.token,
				map[string]string{"email": stranger, "currentPassword": password}))
		}
		return status(t.send(ctx, client, http.MethodPost, "/auth/password/forgot", "",
			map[string]string{"email": stranger}))
	})
	var mails int
	err := t.store.Pool().QueryRow(ctx, "SELECT count(*) FROM mails WHERE recipient = $1", stranger).Scan(&mails)
	if err == nil && mails > 10 {
		err = fmt.Errorf("%d mails to a stranger: %v", mails, counts)
	}
	return fmt.Sprintf("%d mails, %d refused", mails, counts["429"]), err
}

// guesses tries passwords of the honest client, who then logs in with the right one.
func guesses(ctx context.Context, t *target) (string, error) {
	clients := make([]*http.Client, 20)
	for i := range clients {
		clients[i] = clientAt(fmt.Sprintf("127.0.1.%d", i+1))
	}
	counts := together(600, 20, func(i int) string {
		return status(t.send(ctx, clients[i%len(clients)], http.MethodPost, "/auth/login", "",
			credentials(honestMail, fmt.Sprintf("a wrong guess %d", i))))
	})
	var cookies []*http.Cookie
	if t.device != nil {
		cookies = append(cookies, t.device)
	}
	own := status(t.send(ctx, t.client, http.MethodPost, "/auth/login", "", credentials(honestMail, password),
		cookies...))
	var err error
	if counts["401"] > 100 || own != "200" {
		err = fmt.Errorf("guesses: %v, own login: %s", counts, own)
	}
	return fmt.Sprintf("%d checked, %d refused, own login %s", counts["401"], counts["429"], own), err
}

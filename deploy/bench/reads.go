package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/redis/go-redis/v9"
)

// The ceiling of a cached read: the same bytes from net/http and the same router, written at
// once, or after one GET from Redis.

const (
	bareAddr   = "127.0.0.1:18070"
	bareDirect = "/bare"
	bareRedis  = "/redis"
	bareKey    = "bench:body"
)

// serveBare serves what is in Redis under bareKey, as it was at the start and read anew for
// each request. It ends when its input does, with the process that started it.
func serveBare(ctx context.Context) error {
	opt, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return err
	}
	opt.PoolSize = 64 // as the marketplace's
	c := redis.NewClient(opt)
	defer c.Close()
	write := func(w http.ResponseWriter, body []byte) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(body)
	}
	r := mux.NewRouter()
	body, err := c.Get(ctx, bareKey).Bytes()
	if err != nil {
		return err
	}
	r.HandleFunc(bareDirect, func(w http.ResponseWriter, _ *http.Request) { write(w, body) })
	r.HandleFunc(bareRedis, func(w http.ResponseWriter, r *http.Request) {
		body, err := c.Get(r.Context(), bareKey).Bytes()
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		write(w, body)
	})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	l, err := net.Listen("tcp", bareAddr)
	if err != nil {
		return err
	}
	return (&http.Server{Handler: r, ReadHeaderTimeout: time.Minute}).Serve(l)
}

// startBare starts serveBare for a body in a process of its own.
func startBare(ctx context.Context, body []byte) (process, error) {
	opt, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return process{}, err
	}
	c := redis.NewClient(opt)
	defer c.Close()
	if err := c.Set(ctx, bareKey, body, 0).Err(); err != nil {
		return process{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return process{}, err
	}
	cmd := exec.CommandContext(ctx, self, "-bare")
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		return process{}, err
	}
	if err := cmd.Start(); err != nil {
		return process{}, err
	}
	stop := func() {
		_ = input.Close()
		_ = cmd.Wait()
	}
	for range 100 {
		if conn, err := net.Dial("tcp", bareAddr); err == nil {
			conn.Close()
			return process{pid: cmd.Process.Pid, stop: stop}, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return process{}, fmt.Errorf("the bare handler does not listen")
}

// reads measures cached reads, each beside its ceilings.
func (b *bench) reads(ctx context.Context) error {
	c, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	p, err := b.startMarket(ctx, "api")
	if err != nil {
		return err
	}
	defer p.stop()
	var id int64
	if err := b.store.Pool().QueryRow(ctx, `SELECT max(id) FROM products`).Scan(&id); err != nil {
		return err
	}
	for _, read := range []struct{ name, path string }{
		{"product list", "/products?size=20"}, {"product detail", fmt.Sprintf("/products/%d", id)},
	} {
		if err := b.read(ctx, p, read.name, read.path); err != nil {
			return fmt.Errorf("%s: %w", read.name, err)
		}
	}
	return nil
}

func (b *bench) read(ctx context.Context, market process, name, path string) error {
	resp, err := http.Get("http://" + apiAddr + path)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || !json.Valid(body) {
		return fmt.Errorf("the answer is %d, %w: %.200s", resp.StatusCode, err, body)
	}
	tag := resp.Header.Get("ETag")
	bare, err := startBare(ctx, body)
	if err != nil {
		return err
	}
	defer bare.stop()
	t := b.table(fmt.Sprintf("Cached %s (%d bytes) beside the same bytes from a bare handler", name, len(body)),
		"connections", "bare/s", "bare with Redis/s", "reads/s", "of bare", "of bare with Redis", "304/s", "p50 ms", "p95 ms",
		"p99 ms", "bare CPU µs", "with Redis CPU µs", "API CPU µs")
	for _, connections := range b.levels {
		var results [4]hits
		var cpu [4]float64
		for i, target := range []struct {
			addr, path, tag string
			pid             int
		}{
			{bareAddr, bareDirect, "", bare.pid}, {bareAddr, bareRedis, "", bare.pid},
			{apiAddr, path, "", market.pid}, {apiAddr, path, tag, market.pid},
		} {
			before := cpuSeconds(target.pid)
			if results[i], err = hammer(ctx, target.addr, target.path, target.tag, connections,
				b.duration/3); err != nil {
				return err
			}
			cpu[i] = 1e6 * (cpuSeconds(target.pid) - before) / float64(len(results[i].took))
		}
		direct, cached, ours := results[0], results[1], results[2]
		t.row(connections, direct.rate(), cached.rate(), ours.rate(), ours.rate()/direct.rate(),
			ours.rate()/cached.rate(),
			results[3].rate(), percentile(ours.took, 0.5), percentile(ours.took, 0.95), percentile(ours.took, 0.99),
			cpu[0],
			cpu[1], cpu[2])
	}
	t.print()
	return nil
}

// hits are the durations of requests that were answered.
type hits struct {
	took   []time.Duration
	length time.Duration
}

func (h hits) rate() float64 { return float64(len(h.took)) / h.length.Seconds() }

// hammer sends the same GET again and again over connections of its own. It is lighter than
// http.Client, whose cost would hide what is measured.
func hammer(ctx context.Context, addr, path, tag string, connections int, length time.Duration) (h hits, err error) {
	request := "GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\n"
	status := http.StatusOK
	if tag != "" {
		request += "If-None-Match: " + tag + "\r\n"
		status = http.StatusNotModified
	}
	request += "\r\n"
	var wg sync.WaitGroup
	var mu sync.Mutex
	started := time.Now()
	for range connections {
		wg.Go(func() {
			took, failed := hammerOne(ctx, addr, request, status, started.Add(length))
			mu.Lock()
			defer mu.Unlock()
			h.took = append(h.took, took...)
			if failed != nil {
				err = failed
			}
		})
	}
	wg.Wait()
	h.length = time.Since(started)
	return h, err
}

func hammerOne(
	ctx context.Context, addr, request string, status int, until time.Time,
) (took []time.Duration, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for started := time.Now(); started.Before(until) && ctx.Err() == nil; {
		if _, err := io.WriteString(conn, request); err != nil {
			return took, err
		}
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			return took, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return took, err
		}
		if resp.StatusCode != status {
			return took, fmt.Errorf("the answer is %s", resp.Status)
		}
		ended := time.Now()
		took, started = append(took, ended.Sub(started)), ended
	}
	return took, nil
}

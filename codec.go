package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/all-in-market/market/internal/config"
)

// serveCodec decrypts payloads over HTTP until ctx ends.
func serveCodec(ctx context.Context, cfg config.Config, args []string, progress io.Writer) error {
	flags := flag.NewFlagSet("codec-server", flag.ContinueOnError)
	flags.SetOutput(progress)
	address := flags.String("addr", "127.0.0.1:8088", "where to listen: callers are not authenticated")
	if err := flags.Parse(args); err != nil {
		return err
	}
	codec, err := cfg.Payloads()
	if err != nil {
		return err
	}
	if codec == nil {
		return errors.New("there is nothing to decrypt: TEMPORAL_PAYLOAD_KEYS is not set")
	}
	origin := ""
	if ui, err := url.Parse(cfg.TemporalPages()); err == nil && ui.Host != "" {
		origin = ui.Scheme + "://" + ui.Host
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", *address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: codec.Handler(origin), ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	fmt.Fprintf(progress, "codec server at http://%s for the Temporal CLI (--codec-endpoint) and pages of %q\n",
		l.Addr(), origin)
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

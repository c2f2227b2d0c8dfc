package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/internal/config"
)

func newCodecServer() *cobra.Command {
	address := ""
	cmd := &cobra.Command{
		Use: "codec-server", Short: "Decrypt payloads for the Temporal CLI and UI", GroupID: groupDeployment,
		Args: none,
		Long: "Decrypt payloads for the Temporal CLI and UI on this machine. Callers are not authenticated.",
	}
	cmd.Flags().StringVar(&address, "addr", "127.0.0.1:8088", "the address to listen at")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
		return serveCodec(cmd.Context(), cfg, address, cmd.ErrOrStderr())
	})
	return cmd
}

// serveCodec decrypts payloads over HTTP until ctx ends.
func serveCodec(ctx context.Context, cfg config.Config, address string, progress io.Writer) error {
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
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
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

// Command portone simulates PortOne on this machine: the API, the page on which buyers pay,
// webhooks, and at / its books and its faults. It listens on -addr and takes the shop's
// secrets from PORTONE_API_SECRET and PORTONE_WEBHOOK_SECRETS, of which the first signs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/all-in-market/market/deploy/portone/portonesim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "portone: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	secret, _, _ := strings.Cut(os.Getenv("PORTONE_WEBHOOK_SECRETS"), ",")
	opt := portonesim.Options{
		StoreID: os.Getenv("PORTONE_STORE_ID"), APISecret: os.Getenv("PORTONE_API_SECRET"), WebhookSecret: secret,
	}
	addr := flag.String("addr", "127.0.0.1:8091", "where to listen")
	flag.StringVar(&opt.WebhookURL, "webhook", "", "where webhooks are sent; none are sent without it")
	flag.StringVar(&opt.Journal, "journal", "", "a file that keeps the books; without it they live as long as the process")
	flag.DurationVar(&opt.Minute, "minute", time.Minute, "how long a minute of PortOne's clock takes")
	flag.Parse()
	if opt.StoreID == "" || opt.APISecret == "" {
		return errors.New("PORTONE_STORE_ID and PORTONE_API_SECRET say for which shop this is: set them")
	}
	s, err := portonesim.New(opt)
	if err != nil {
		return err
	}
	defer s.Close()
	server := &http.Server{Addr: *addr, Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}

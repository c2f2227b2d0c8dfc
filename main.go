// Command market is the whole marketplace: its servers and the commands of its operators.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/all-in-market/market/app/commands"
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a busy process has memory to spare sooner than CPU
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := commands.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "market: "+err.Error())
		os.Exit(1)
	}
}

package main

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"
)

func TestStartNames_AnyHost_HasAllAddresses(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	address, err := startNames(ctx, [][4]byte{{127, 0, 0, 1}, {127, 0, 0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", address)
	}}
	got, err := resolver.LookupHost(ctx, "temporal.stack")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"127.0.0.1", "127.0.0.2"}) {
		t.Fatal(got)
	}
}

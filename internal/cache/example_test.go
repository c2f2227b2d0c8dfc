package cache_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/all-in-market/market/internal/cache"
)

// A cached read is one until its group changes.
func ExampleReads() {
	server, err := miniredis.Run()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	reads, ctx := cache.NewReads(client, slog.New(slog.DiscardHandler)), context.Background()

	price := 100
	read := func() string {
		b, err := reads.Get(ctx, "products", "7", time.Minute, func(context.Context) (any, error) { return price, nil })
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	fmt.Println(read())
	price = 200
	fmt.Println(read())
	reads.Changed(ctx, "products")
	fmt.Println(read())
	// Output:
	// 100
	// 100
	// 200
}

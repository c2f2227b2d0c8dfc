package web_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// A handler decodes, does, and answers; what it returns as an error is answered for it.
func ExampleHandle() {
	type greeting struct {
		Name string `json:"name" validate:"required,max=50"`
	}
	hello := web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		var in greeting
		if err := web.Decode(w, r, "", &in); err != nil {
			return err
		}
		if in.Name == "nobody" {
			return market.Refuse(market.CodeBuyerNotFound)
		}
		return web.Respond(w, r, web.CreateSuccess, "hello "+in.Name)
	})
	server := web.Middleware{
		Server: "example", Log: slog.New(slog.DiscardHandler), Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Timeout: time.Second,
	}.Wrap(hello)
	for _, body := range []string{`{"name": "Kim"}`, `{}`, `{"name": "nobody"}`} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept-Language", "en")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		var a struct {
			Status        int
			Code, Message string
			Data          any
		}
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
			fmt.Println(err)
		}
		fmt.Println(a.Status, a.Code, a.Message, a.Data)
	}
	// Output:
	// 201 CREATE_SUCCESS Created. hello Kim
	// 400 INVALID_INPUT name is required. <nil>
	// 404 BUYER_NOT_FOUND The user does not exist. <nil>
}

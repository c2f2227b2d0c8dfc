// Command clients buys a product with the client that oapi-codegen generates from api/openapi.yaml into the package
// market beside it; see TestClients_Go_Purchase in internal/e2e. It prints the paid order as JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	openapi "github.com/oapi-codegen/runtime/types"

	"github.com/all-in-market/market/deploy/clients/market"
)

func main() {
	base := flag.String("api", "http://127.0.0.1:8080", "address of the API")
	email := flag.String("email", "", "address of the buyer who is signed up")
	product := flag.Int64("product", 0, "id of the product to buy")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	order, err := purchase(ctx, *base, *email, *product)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(order)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// unexpected returns an error with the answer of a call.
func unexpected(call string, r *http.Response, body []byte) error {
	return fmt.Errorf("%s: %s: %s", call, r.Status, body)
}

func purchase(ctx context.Context, base, email string, product int64) (*market.OrderDetail, error) {
	const password = "correct-horse-1"
	guest, err := market.NewClientWithResponses(base)
	if err != nil {
		return nil, err
	}
	documents, err := guest.GetLegalDocumentsWithResponse(ctx)
	if err != nil {
		return nil, err
	}
	if documents.JSON200 == nil {
		return nil, unexpected("GetLegalDocuments", documents.HTTPResponse, documents.Body)
	}
	legal := documents.JSON200.Data
	signedUp, err := guest.SignUpBuyerWithResponse(ctx, market.BuyerSignup{
		Email: email, Password: password, Name: "홍길동", Phone: "010-1234-5678",
		TermsVersion: &legal.Terms.Version, PrivacyVersion: &legal.Privacy.Version,
	})
	if err != nil {
		return nil, err
	}
	if signedUp.JSON201 == nil {
		return nil, unexpected("SignUpBuyer", signedUp.HTTPResponse, signedUp.Body)
	}
	login, err := guest.LogInBuyerWithResponse(ctx, market.Login{Email: openapi.Email(email), Password: password})
	if err != nil {
		return nil, err
	}
	if login.JSON200 == nil {
		return nil, unexpected("LogInBuyer", login.HTTPResponse, login.Body)
	}
	token := login.JSON200.Data.AccessToken
	buyer, err := market.NewClientWithResponses(base,
		market.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		}))
	if err != nil {
		return nil, err
	}

	missing, err := buyer.GetOrderWithResponse(ctx, 999999)
	if err != nil {
		return nil, err
	}
	if missing.JSON404 == nil || missing.JSON404.Code != market.ErrorCodeORDERNOTFOUND {
		return nil, unexpected("GetOrder of no order", missing.HTTPResponse, missing.Body)
	}
	address, err := buyer.CreateAddressWithResponse(ctx, market.NewAddress{
		Recipient: "홍길동", Phone: "010-1234-5678", Detail: "서울",
	})
	if err != nil {
		return nil, err
	}
	if address.JSON201 == nil {
		return nil, unexpected("CreateAddress", address.HTTPResponse, address.Body)
	}
	cart, err := buyer.AddCartItemWithResponse(ctx, nil, market.NewCartItem{ProductId: product, Quantity: 2})
	if err != nil {
		return nil, err
	}
	if cart.JSON201 == nil || len(cart.JSON201.Data.Items.Content) != 1 {
		return nil, unexpected("AddCartItem", cart.HTTPResponse, cart.Body)
	}
	item := cart.JSON201.Data.Items.Content[0]
	total := item.ProductPrice * float64(item.Quantity)
	order, err := buyer.CreateOrderWithResponse(ctx, nil, market.NewOrder{
		AddressId: address.JSON201.Data.AddressId, CartItemIds: []int64{item.Id}, ExpectedTotal: &total,
	})
	if err != nil {
		return nil, err
	}
	if order.JSON201 == nil {
		return nil, unexpected("CreateOrder", order.HTTPResponse, order.Body)
	}
	id := order.JSON201.Data.OrderId
	payment, err := buyer.CreatePaymentWithResponse(ctx, nil,
		market.NewPayment{OrderId: id, Method: market.PaymentMethodCodeMOCK})
	if err != nil {
		return nil, err
	}
	if payment.JSON201 == nil && payment.JSON202 == nil {
		return nil, unexpected("CreatePayment", payment.HTTPResponse, payment.Body)
	}
	for {
		paid, err := buyer.GetOrderWithResponse(ctx, id)
		if err != nil {
			return nil, err
		}
		if paid.JSON200 == nil {
			return nil, unexpected("GetOrder", paid.HTTPResponse, paid.Body)
		}
		if paid.JSON200.Data.Status != market.OrderStatusCREATED {
			return &paid.JSON200.Data, nil
		}
		time.Sleep(200 * time.Millisecond)
	}
}

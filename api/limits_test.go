package api

import (
	"fmt"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// valueLimits are the limits of a value in the contract, with zero for none.
type valueLimits struct {
	minLength, maxLength, maxItems uint64
	maximum                        float64
}

func length(limit uint64) valueLimits  { return valueLimits{maxLength: limit} }
func items(limit uint64) valueLimits   { return valueLimits{maxItems: limit} }
func number(limit float64) valueLimits { return valueLimits{maximum: limit} }
func won(limit market.Money) valueLimits {
	return valueLimits{maximum: float64(limit) / 100}
}

// limits are those of values in requests by name, parameters with their place before it. The key of
// an operation's own limit begins with the operation.
var limits = map[string]valueLimits{
	"email": length(market.MaxEmail), "token": length(market.MaxMailToken),
	"password":              {minLength: market.MinPassword, maxLength: market.MaxPassword},
	"updateBuyer password":  length(market.MaxPassword), // "" changes nothing
	"updateSeller password": length(market.MaxPassword),
	"currentPassword":       length(market.MaxPassword),
	"name":                  length(market.MaxPersonName), "recipient": length(market.MaxPersonName),
	"phone": length(market.MaxPhone), "storeName": length(market.MaxStoreName),
	"bizNumber": length(market.MaxBizNumber), "bankCode": length(market.MaxBankCode),
	"bankAccount":  length(market.MaxBankAccount),
	"termsVersion": length(market.MaxConsentVersion), "privacyVersion": length(market.MaxConsentVersion),

	"createCategory name": length(market.MaxCategoryName), "updateCategory name": length(market.MaxCategoryName),
	"createProduct name": length(market.MaxProductName), "updateProduct name": length(market.MaxProductName),
	"description": length(market.MaxDescription), "query keyword": length(market.MaxKeyword),
	"price": won(market.MaxPrice), "query priceFrom": won(market.MaxPrice), "query priceTo": won(market.MaxPrice), "stock": number(market.MaxStock), "onHand": number(market.MaxStock),

	"detail": length(market.MaxAddress), "deliveryNote": length(market.MaxDeliveryNote), "cartItemIds": items(market.MaxOrderLines), "items": items(market.MaxOrderLines),
	"addCartItem quantity": number(market.MaxPieces), "updateCartItem quantity": number(market.MaxPieces),
	"carrier": length(market.MaxCarrier), "trackingNumber": length(market.MaxTrackingNumber),
	"shipments": items(market.MaxFileLines), "offers": items(market.MaxFileLines), "imageIds": items(market.MaxImages),

	"paymentToken": length(market.MaxPaymentToken), "transactionId": length(market.MaxTransactionID),

	"reason": length(market.MaxReason), "deniedReason": length(market.MaxReason), "query reason": length(market.MaxReason),
	"note":                length(market.MaxReason),
	"createRefund reason": {}, // one of a few
	"reference":           length(market.MaxReference), "path name": length(market.MaxFileName),
	"refundIds": items(market.MaxDecisions), "beginBatch perSecond": number(market.MaxBatchRate),
	"amount": won(market.MaxAdjustment), "autoApproveBelow": won(market.MaxPolicyAmount),
	"secondApprovalFrom": won(market.MaxPolicyAmount), "remindAfterHours": number(market.MaxReminderHours),
	"escalateAfterHours": number(market.MaxEscalationHours), "orders": number(market.MaxUnpaidOrders),
	"pieces": number(market.MaxUnpaidPieces), "piecesOfProduct": number(market.MaxUnpaidPieces),

	"url": length(market.MaxWebhookURL), "events": items(market.MaxWebhookEvents),
	"perSecond": number(market.MaxWebhookRate),

	"query size": number(market.MaxPageSize), "query page": number(market.MaxPage),
	"getOffersTemplate query page": {}, // of a page of MaxFileLines

	"header Idempotency-Key": {maxLength: 257}, // 255 and the quotation marks; internal/web has the only other number
}

// It compares each request's properties and
// parameters. Another limit than the constant's, a limit without a constant and a missing limit fail.
func TestDocument_Requests_HaveTheLimitsOfTheirConstants(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(OpenAPI)
	require.NoError(t, err)
	seen := map[string]bool{}
	var check func(operation, name string, schema *openapi3.Schema)
	check = func(operation, name string, schema *openapi3.Schema) {
		got := boundsOf(schema)
		key := operation + " " + name
		want, own := limits[key]
		if !own {
			key = name
			want = limits[key]
		}
		seen[key] = true
		assert.Equal(t, want, got, "limits and contract differ about %s of %s", name, operation)
		for name, property := range schema.Properties {
			check(operation, name, property.Value)
		}
		for _, part := range schema.AllOf {
			check(operation, name, part.Value)
		}
		if schema.Items != nil {
			check(operation, "element of "+name, schema.Items.Value)
		}
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		for _, o := range item.Operations() {
			for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), o.Parameters...) {
				check(o.OperationID, p.Value.In+" "+p.Value.Name, p.Value.Schema.Value)
			}
			if o.RequestBody != nil {
				for _, content := range o.RequestBody.Value.Content {
					if content.Schema != nil {
						check(o.OperationID, "the body", content.Schema.Value)
					}
				}
			}
		}
	}
	for key := range limits {
		require.True(t, seen[key], "no request has %s", key)
	}
	require.Equal(t, fmt.Sprintf("^[0-9]{%d}$", market.DigitsOfOTP),
		doc.Components.Schemas["Login"].Value.Properties["otp"].Value.Pattern)
}

// It compares the fields by which lists are sorted, and the
// events of webhooks.
func TestDocument_SortsAndEvents_AreThoseOfMarket(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(OpenAPI)
	require.NoError(t, err)
	for name, fields := range map[string][]string{
		"sortNewestFirst": market.SortsByCreation, "sortOldestFirst": market.SortsByCreation,
		"sortByIDOnly": market.SortsByID, "sortProducts": market.ProductSorts, "sortCart": market.CartSorts,
		"sortOrders": market.BuyerOrderSorts, "sortPayments": market.BuyerPaymentSorts,
		"sortSellers": market.SellerSorts, "sortSettlements": market.SettlementSorts,
	} {
		p := doc.Components.Parameters[name]
		require.NotNil(t, p, name)
		want := []any{market.SortID}
		for _, f := range fields {
			want = append(want, f)
		}
		require.ElementsMatch(t, want, p.Value.Extensions["x-sort-fields"], name)
	}
	var events []any
	for _, e := range market.WebhookEvents {
		events = append(events, e)
	}
	require.Equal(t, events, doc.Components.Schemas["WebhookEvent"].Value.Enum)
}

// boundsOf returns the upper limits of a schema. A minimum length of one character counts as none.
func boundsOf(s *openapi3.Schema) (b valueLimits) {
	if s.MinLength > 1 {
		b.minLength = s.MinLength
	}
	if s.MaxLength != nil {
		b.maxLength = *s.MaxLength
	}
	if s.MaxItems != nil {
		b.maxItems = *s.MaxItems
	}
	if s.Max != nil {
		b.maximum = *s.Max
	}
	return b
}

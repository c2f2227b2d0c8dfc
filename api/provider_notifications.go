package api

import (
	"context"
	"net/http"
	"time"

	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

const (
	// maxNotification bounds a notification's body, in bytes.
	maxNotification = 64 << 10
	// storeTimeout bounds the storing of a notification; PortOne repeats it after a failure.
	storeTimeout = 10 * time.Second
)

// signalled are the notifications that cause a signal to the payment's workflow. All others are only
// stored.
var signalled = map[string]bool{
	portone.WebhookPaid: true, portone.WebhookFailed: true, portone.WebhookCancelled: true,
	portone.WebhookPartlyCancelled: true,
}

// receiveNotification handles a notification from PortOne: it is verified, stored, and passed on to the
// payment's workflow, in this order. Once stored, it is not lost.
func (s *Server) receiveNotification(w http.ResponseWriter, r *http.Request) error {
	if s.Webhooks == nil {
		return market.Refuse(market.CodeNotFound)
	}
	body, err := web.ReadBody(w, r, maxNotification)
	if err != nil {
		return err
	}
	notification, err := s.Webhooks.Verify(r.Header, body, time.Now())
	if err != nil {
		web.NoteSecurity(r, "WEBHOOK_REFUSED", "", 0)
		return market.Failed(market.CodeWebhookSignatureInvalid, err)
	}
	// A notification is processed even if the client disconnects.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	follow, err := s.Store.ReceiveMessage(ctx, store.ProviderMessage{
		ID: notification.ID, Type: notification.Type, MerchantUID: notification.Data.PaymentID,
		TransactionID: notification.Data.TransactionID,
		ToldAt:        notification.At, News: signalled[notification.Type],
		Charge: notification.Type == portone.WebhookPaid,
		Cancellation: notification.Type == portone.WebhookCancelled ||
			notification.Type == portone.WebhookPartlyCancelled,
	})
	if err != nil {
		return err
	}
	if follow.ID != 0 {
		s.Storefront.SignalPayment(ctx, follow)
	}
	return web.Respond(w, r, web.ReadSuccess, nil)
}

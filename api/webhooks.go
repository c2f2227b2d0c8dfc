package api

import (
	"context"
	"net/http"
	"time"

	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

const (
	// maxWebhook bounds a webhook's body, in bytes.
	maxWebhook = 64 << 10
	// storeTimeout bounds the storing of a notification; PortOne repeats it after a failure.
	storeTimeout = 10 * time.Second
	// signalTimeout bounds the signal to the payment's workflow; after that a worker
	// sends it.
	signalTimeout = 500 * time.Millisecond
)

// news are the notifications that cause a signal to the payment's workflow. All others are only
// stored.
var news = map[string]bool{
	portone.WebhookPaid: true, portone.WebhookFailed: true, portone.WebhookCancelled: true,
	portone.WebhookPartlyCancelled: true,
}

// receiveWebhook handles a notification from PortOne: it is verified, stored, and passed on to the
// payment's workflow, in this order. Once stored, it is not lost.
func (s *Server) receiveWebhook(w http.ResponseWriter, r *http.Request) error {
	if s.Webhooks == nil {
		return market.Refuse(market.CodeNotFound)
	}
	body, err := web.ReadBody(w, r, maxWebhook)
	if err != nil {
		return err
	}
	told, err := s.Webhooks.Verify(r.Header, body, time.Now())
	if err != nil {
		web.NoteSecurity(r, "WEBHOOK_REFUSED", "", 0)
		return market.Failed(market.CodeWebhookSignatureInvalid, err)
	}
	// A notification is processed even if the client disconnects.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	follow, err := s.Store.ReceiveMessage(ctx, store.ProviderMessage{
		ID: told.ID, Type: told.Type, MerchantUID: told.Data.PaymentID, TransactionID: told.Data.TransactionID,
		ToldAt: told.At, News: news[told.Type], Charge: told.Type == portone.WebhookPaid,
		Cancellation: told.Type == portone.WebhookCancelled || told.Type == portone.WebhookPartlyCancelled,
	})
	if err != nil {
		return err
	}
	if follow.ID != 0 {
		s.tellPayment(ctx, follow)
	}
	return web.Respond(w, r, web.ReadSuccess, nil)
}

// tellPayment signals a payment's workflow. On failure a worker does so, which finds the follow-up.
func (s *Server) tellPayment(ctx context.Context, follow store.FollowUp) {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	p, err := s.Store.ProviderPayment(ctx, follow.SubjectID)
	if err != nil {
		return
	}
	in := workflows.PaymentInput{OrderID: p.OrderID, BuyerID: p.BuyerID, Method: p.Method, PaymentID: p.ID}
	if s.Workflows.SignalPayment(ctx, in) == nil {
		_ = s.Store.FollowUpsStarted(ctx, follow.ID)
	}
}

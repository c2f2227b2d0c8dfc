package store

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// ProviderPayment identifies a payment at its provider.
type ProviderPayment struct {
	ID, OrderID, BuyerID int64
	MerchantUID          string
	Amount               market.Money
	Method               market.PaymentMethod
	Provider             market.Provider
	Status               market.PaymentStatus
}

// ProviderPayment returns a payment's identification at its provider. It fails with PAYMENT_NOT_FOUND.
func (s PaymentStore) ProviderPayment(ctx context.Context, id int64) (ProviderPayment, error) {
	p, err := orNotFound(s.q.PaymentAtProvider(ctx, s.pool, id))(market.CodePaymentNotFound)
	return ProviderPayment(p), err
}

// RecordDecline records that the provider has declined an attempt, with the provider's reason.
func (s PaymentStore) RecordDecline(ctx context.Context, paymentID int64, transactionID, reason string) error {
	return translate(s.q.RecordDecline(ctx, s.pool, paymentID, truncate(transactionID, 255), truncate(reason, 255)))
}

// ProviderMessage is a provider's notification about a payment.
type ProviderMessage struct {
	ID            string // the provider's; the same when it is sent again
	Type          string
	MerchantUID   string
	TransactionID string
	ToldAt        time.Time
	News          bool // the payment has to be looked at, unless its end is known
	Charge        bool // and even then, if it has failed: money has been taken
	Cancellation  bool // money has gone back: its cancellations have to be checked
}

// ReceiveMessage stores a provider's notification permanently, and returns the follow-up that signals the
// payment's workflow, claimed for the caller. Its ID is 0 if no signal is needed, as for a repeated notification.
func (s PaymentStore) ReceiveMessage(ctx context.Context, m ProviderMessage) (FollowUp, error) {
	var toldAt *time.Time // unless it cannot be read
	if !m.ToldAt.IsZero() {
		toldAt = &m.ToldAt
	}
	row, err := s.q.ReceiveMessage(ctx, s.pool, db.ReceiveMessageParams{
		ID: truncate(m.ID, 255), Type: truncate(m.Type, 100), MerchantUID: m.MerchantUID,
		TransactionID: market.Optional(truncate(m.TransactionID, 255)),
		ToldAt:        toldAt, IsNews: m.News, IsCharge: m.Charge,
		IsCancellation: m.Cancellation,
		LeaseSeconds:   messageLease,
	})
	return FollowUp{ID: row.FollowUpID, Kind: market.FollowUpPaymentChanged, SubjectID: row.PaymentID}, translate(err)
}

// messageLease is how long, in seconds, only the receiving process sends the signal of a notification.
const messageLease = 3

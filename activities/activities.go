// Package activities contains the side effects of workflows: locked database updates and calls to
// payment gateways, the bank and other services. Each is idempotent: after a crash between its
// effect and the record of it, it runs again without a second effect.
//
// Activities return *market.Error for refusals; the worker converts them to non-retryable errors.
package activities

import (
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/mail"
	"github.com/all-in-market/market/internal/notify"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/webhooks"
)

// Activities are the side effects of workflows, with their dependencies.
type Activities struct {
	Store *store.Store
	Locks *cache.ProductLocks
	Cache *cache.Reads
	Bank  bank.Bank

	Gateways gateway.Providers

	Decisions *auth.Decisions // verifies the signatures of admins' decisions

	Receiver *notify.Receiver // receives notifications; nil: buyers have only their inboxes

	Runs Runs // lists and operates on workflow runs, for batches

	Mails      *mail.Sender // nil: no mail is sent
	MailTokens *auth.MailTokens

	Webhooks       *webhooks.Sender
	WebhookSecrets *auth.Seals // opens the sealed secrets of endpoints
}

// Package activities holds the side effects of workflows: locked database
// updates and calls to the payment gateway. Each may run twice, after a crash
// between its effect and the record of it, and then has its effect once.
//
// Activities return *market.Error for refusals; the worker makes them errors
// that are not retried.
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

// Activities are the side effects, with what they work on.
type Activities struct {
	Store *store.Store
	Locks *cache.ProductLocks
	Cache *cache.Reads
	Bank  bank.Bank

	Gateways gateway.Providers

	Decisions *auth.Decisions // verifies what admins have decided

	Receiver *notify.Receiver // of notifications; nil: buyers' inboxes are all there is

	Runs Runs // of workflows, for batches

	Mails      *mail.Sender // nil: no mail is sent
	MailTokens *auth.MailTokens

	Webhooks       *webhooks.Sender
	WebhookSecrets *auth.Seals // of endpoints' secrets
}

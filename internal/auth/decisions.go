package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// Decisions signs what admins decide, so that the reader of a Temporal signal can prove that the
// decision came through the admin API. The identity in a signal is chosen by its sender and
// proves nothing.
type Decisions struct{ refunds, payouts []byte }

// Decision is the signed part of a decision on a refund.
type Decision struct {
	RefundID, AdminID              int64
	DecisionID                     string
	Approve, Restock, PaidManually bool
}

// PayoutDecision is the signed part of a decision on the payout of a settlement.
type PayoutDecision struct {
	SettlementID, AdminID int64
	Signal                string // the name of the signal, which is the decision
	DecisionID            string
}

// NewDecisions returns a signer whose keys are derived from the secret that signs tokens.
func NewDecisions(secret string) *Decisions {
	return &Decisions{refunds: keyFor("refund decisions", secret), payouts: keyFor("payout decisions", secret)}
}

// keyFor derives a key for one purpose from the secret that signs tokens.
func keyFor(purpose, secret string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// Sign returns the signature of a decision.
func (d *Decisions) Sign(what Decision) string {
	mac := hmac.New(sha256.New, d.refunds)
	fmt.Fprintf(mac, "%d\n%d\n%t\n%t\n%t\n%s", what.RefundID, what.AdminID, what.Approve, what.Restock,
		what.PaidManually,
		what.DecisionID)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Verified reports whether a signature belongs to a decision.
func (d *Decisions) Verified(what Decision, signature string) bool {
	return hmac.Equal([]byte(d.Sign(what)), []byte(signature))
}

// SignPayout returns the signature of a decision on a payout.
func (d *Decisions) SignPayout(what PayoutDecision) string {
	mac := hmac.New(sha256.New, d.payouts)
	fmt.Fprintf(mac, "%d\n%d\n%s\n%s", what.SettlementID, what.AdminID, what.Signal, what.DecisionID)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// VerifiedPayout reports whether a signature is that of a decision on a payout.
func (d *Decisions) VerifiedPayout(what PayoutDecision, signature string) bool {
	return hmac.Equal([]byte(d.SignPayout(what)), []byte(signature))
}

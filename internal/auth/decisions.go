package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// Decisions signs what admins decide, so that who reads a decision from a Temporal
// signal knows that it came through the admin API. The identity that a Temporal
// client names is its own word.
type Decisions struct{ key []byte }

// Decision is what is signed.
type Decision struct {
	RefundID, AdminID        int64
	DecisionID               string
	Approve, Restock, ByHand bool
}

// NewDecisions makes the signer with a key of its own, made of the secret that signs tokens.
func NewDecisions(secret string) *Decisions {
	return &Decisions{key: keyFor("refund decisions", secret)}
}

// keyFor is a key for one purpose, made of the secret that signs tokens.
func keyFor(purpose, secret string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// Sign is the signature of a decision.
func (d *Decisions) Sign(what Decision) string {
	mac := hmac.New(sha256.New, d.key)
	fmt.Fprintf(mac, "%d\n%d\n%t\n%t\n%t\n%s", what.RefundID, what.AdminID, what.Approve, what.Restock, what.ByHand,
		what.DecisionID)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Verified says whether a signature is that of a decision.
func (d *Decisions) Verified(what Decision, signature string) bool {
	return hmac.Equal([]byte(d.Sign(what)), []byte(signature))
}

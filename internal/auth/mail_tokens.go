package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/market"
)

// MailTokens makes and verifies the one-time tokens in mails. A token is the mail's id with a
// signature, and is not stored: read access to the database is not enough to make one. The database
// records whether a token is used or expired.
type MailTokens struct{ keys [][]byte }

// NewMailTokens makes the signer. Tokens are signed with the first secret; those of the
// previous one, which may be "", are read as well.
func NewMailTokens(secret, previous string) *MailTokens {
	t := &MailTokens{}
	for _, s := range []string{secret, previous} {
		if s != "" {
			t.keys = append(t.keys, keyFor("mail tokens", s))
		}
	}
	return t
}

// Token returns the token of a mail.
func (t *MailTokens) Token(kind market.MailKind, role market.Role, mailID int64) string {
	return strconv.FormatInt(mailID, 10) + "." + signature(t.keys[0], kind, role, mailID)
}

func signature(key []byte, kind market.MailKind, role market.Role, mailID int64) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s\n%s\n%d", kind, role, mailID)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// Read returns the id of the mail that a token of the kind, for the role, was sent in. It fails
// with TOKEN_INVALID.
func (t *MailTokens) Read(kind market.MailKind, role market.Role, token string) (mailID int64, err error) {
	id, signed, _ := strings.Cut(strings.TrimSpace(token), ".")
	if mailID, err = strconv.ParseInt(id, 10, 64); err != nil {
		return 0, market.Refuse(market.CodeTokenInvalid)
	}
	for _, key := range t.keys {
		if hmac.Equal([]byte(signed), []byte(signature(key, kind, role, mailID))) {
			return mailID, nil
		}
	}
	return 0, market.Refuse(market.CodeTokenInvalid)
}

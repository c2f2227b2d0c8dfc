package market

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Email is an e-mail address in its canonical form: a local part of ASCII atoms and a domain of
// lower-case A-labels, both with ASCII letters in lower case. Two addresses denote one account if
// and only if their canonical forms are equal byte by byte. ParseEmail makes one of what was typed;
// a conversion is for constants and for values that the database returns.
type Email string

// maxLocalPart is the largest number of bytes before the @ (RFC 5321, section 4.5.3.1.1).
const maxLocalPart = 64

// ErrEmail reports that a text is no e-mail address that the marketplace accepts.
var ErrEmail = errors.New("not an e-mail address: want ASCII characters, an @ and a domain name")

// domains maps a domain name to its A-labels as a browser does, and refuses what DNS cannot hold.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.VerifyDNSLength(true))

// ParseEmail returns the canonical form of an address, else ErrEmail. The local part must be a
// dot-atom of RFC 5322: no quotes, comments or characters outside of ASCII, since look-alikes of
// ASCII letters fold to them elsewhere. An internationalised domain becomes its A-labels.
func ParseEmail(typed string) (Email, error) {
	local, domain, ok := strings.Cut(strings.Trim(typed, " \t\r\n"), "@")
	if !ok || !utf8.ValidString(domain) || len(local) > maxLocalPart || !isDotAtom(local) {
		return "", ErrEmail
	}
	ascii, err := domains.ToASCII(domain)
	if err != nil || !strings.Contains(ascii, ".") || strings.HasSuffix(ascii, ".") {
		return "", ErrEmail
	}
	canonical := asciiLower(local) + "@" + asciiLower(ascii)
	if len(canonical) > MaxEmail {
		return "", ErrEmail
	}
	return Email(canonical), nil
}

// isDotAtom reports whether s is a dot-atom-text of RFC 5322.
func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			c := atom[i]
			letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
			if !letter && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", rune(c)) {
				return false
			}
		}
	}
	return true
}

// asciiLower returns s with the letters A to Z in lower case.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// UnmarshalJSON implements json.Unmarshaler. It stores the canonical form of an address; a text
// that has none is stored as it came, for the rule "email" of package web to refuse with the name
// of its field.
func (e *Email) UnmarshalJSON(b []byte) error {
	var typed string
	if err := json.Unmarshal(b, &typed); err != nil {
		return err
	}
	canonical, err := ParseEmail(typed)
	if err != nil {
		canonical = Email(typed)
	}
	*e = canonical
	return nil
}

// Canonical reports whether e is in canonical form.
func (e Email) Canonical() bool {
	canonical, err := ParseEmail(string(e))
	return err == nil && canonical == e
}

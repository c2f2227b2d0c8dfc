package market

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// BizNumberKey returns the form in which business numbers are compared: their letters and digits, in lower case.
// Numbers that differ in case, hyphens or blanks have the same key. The function biz_number_key of the database
// returns the same.
func BizNumberKey(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(number))
}

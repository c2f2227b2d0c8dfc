package market

import (
	"strconv"
	"strings"
)

// numberDigits are the digits of an order number after its day: none looks or sounds like another. There are 31, a
// prime, so that the check character finds any wrong digit and any two that were swapped.
const numberDigits = "0123456789ABCDEFGHJKMNPQRSTVWXY"

// OrderNumber returns an order's public number: its day, the digits of its id, and a check character,
// such as 20261129-0001G.
func OrderNumber(id int64, placed Day) string {
	day := strings.ReplaceAll(placed.String(), "-", "")
	digits := ""
	for n := id; n > 0; n /= int64(len(numberDigits)) {
		digits = string(numberDigits[n%int64(len(numberDigits))]) + digits
	}
	for len(digits) < 4 {
		digits = "0" + digits
	}
	return day + "-" + digits + string(numberDigits[checkSum(day+digits)])
}

// ParseOrderNumber returns the id of the order with a number, which may be typed in lower case, with spaces and without
// hyphen. ok is false if it is no order number, or has a wrong character.
func ParseOrderNumber(typed string) (id int64, ok bool) {
	s := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(typed))
	if len(s) < 8+4+1 || len(s) > 8+13+1 {
		return 0, false
	}
	day, digits, check := s[:8], s[8:len(s)-1], s[len(s)-1]
	if _, err := ParseDay(day[:4] + "-" + day[4:6] + "-" + day[6:]); err != nil {
		return 0, false
	}
	for i := range len(digits) {
		d := strings.IndexByte(numberDigits, digits[i])
		if d < 0 {
			return 0, false
		}
		if id = id*int64(len(numberDigits)) + int64(d); id < 0 {
			return 0, false
		}
	}
	return id, id > 0 && check == numberDigits[checkSum(day+digits)]
}

// checkSum returns the sum of digits, weighted by their places from the right, which differ modulo 31.
func checkSum(digits string) (sum int) {
	for i := range len(digits) {
		sum += (len(digits) - i) * strings.IndexByte(numberDigits, digits[i])
	}
	return sum % len(numberDigits)
}

// OrderFilter selects among the orders of all buyers; its zero value means all.
type OrderFilter struct {
	Status   *OrderStatus
	Payment  *PaymentStatus // of one of its payments
	From, To *Day           // both inclusive
	SellerID int64          // of one of its lines
	// Search is an order's number, the phone or the name of its recipient, or the phone or the e-mail address of its
	// buyer; "" for all.
	Search string
}

// Searched is a search for orders, by the one field that is set.
type Searched struct {
	OrderID int64  // by an order number, or a plain id
	Phone   string // digits of the recipient's phone
	Text    string // the recipient's name, or a part of a product's
}

// Search returns what a typed text finds. A number with a leading zero and at least nine digits is a phone's.
func Search(typed string) Searched {
	typed = strings.TrimSpace(typed)
	if id, ok := ParseOrderNumber(typed); ok {
		return Searched{OrderID: id}
	}
	digits := PhoneDigits(typed)
	plain := digits != "" && strings.Trim(typed, "0123456789+-() ") == ""
	switch id, err := strconv.ParseInt(typed, 10, 64); {
	case plain && len(digits) >= 9 && (digits[0] == '0' || typed[0] == '+'):
		return Searched{Phone: digits}
	case err == nil && id > 0:
		return Searched{OrderID: id}
	}
	return Searched{Text: typed}
}

// PhoneDigits returns the digits of a phone number as it was typed. The schema's phone_digits repeats the rule.
func PhoneDigits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
}

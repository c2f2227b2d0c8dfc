package market

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// Won is the code of the currency of all amounts of Money.
const Won = "KRW"

// Money is an amount in hundredths of the currency unit: Money(150) is 1.50.
// In the database it is numeric(14,2), in JSON a number with two decimals.
type Money int64

// MaxMoney is the largest amount of an order. Sums of many orders have up to four
// digits more.
const MaxMoney Money = 99_999_999_999_999

// ParseMoney reads a plain decimal number with at most twelve digits and two
// decimals, such as "12900", "-3" or "12900.50". Exponents are refused.
func ParseMoney(s string) (Money, error) { return parseMoney(s, 12) }

func parseMoney(s string, most int) (Money, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	if whole == "" || len(whole) > most || len(fraction) > 2 || (dotted && fraction == "") {
		return 0, fmt.Errorf("%.40q is not an amount with at most %d digits and 2 decimals", s, most)
	}
	for _, r := range whole + fraction {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("%.40q is not an amount with at most %d digits and 2 decimals", s, most)
		}
	}
	n, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	if err != nil {
		return 0, err
	}
	if negative {
		n = -n
	}
	return Money(n), nil
}

// grouped is a number whose thousands are separated by commas.
var grouped = regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)

// Ungroup returns a number as it was typed without the commas between its thousands. A number with a comma
// elsewhere, such as "12,5", is returned as it is, for its reader to refuse.
func Ungroup(typed string) string {
	if grouped.MatchString(typed) {
		return strings.ReplaceAll(typed, ",", "")
	}
	return typed
}

// String is the amount with two decimals: "12900.00".
func (m Money) String() string {
	sign := ""
	n := int64(m)
	if n < 0 {
		sign, n = "-", -n
	}
	cents := strconv.FormatInt(100+n%100, 10)[1:] // two digits
	return sign + strconv.FormatInt(n/100, 10) + "." + cents
}

// Grouped returns the amount with commas between its thousands, and with its decimals unless they are zero:
// "12,900" or "-0.50".
func (m Money) Grouped() string {
	whole, fraction, _ := strings.Cut(m.String(), ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction == "00" {
		return whole
	}
	return whole + "." + fraction
}

// Times is the amount for n pieces. It fails with AMOUNT_OUT_OF_RANGE when the
// product does not fit the database's columns. n must not be negative.
func (m Money) Times(n int) (Money, error) {
	if n > 0 && (int64(m) > math.MaxInt64/int64(n) || m*Money(n) > MaxMoney) {
		return 0, Refuse(CodeAmountOutOfRange)
	}
	return m * Money(n), nil
}

// Plus is the sum; it fails with AMOUNT_OUT_OF_RANGE like Times.
func (m Money) Plus(other Money) (Money, error) {
	if m+other > MaxMoney {
		return 0, Refuse(CodeAmountOutOfRange)
	}
	return m + other, nil
}

// Share is what n of so many equal parts come to, truncated to two decimals. The
// difference of two shares is exact over all parts: no hundredth is lost or made.
func (m Money) Share(n, of int32) Money {
	whole, rest := m/Money(of), m%Money(of) // apart, so that no amount is too large
	return whole*Money(n) + rest*Money(n)/Money(of)
}

// Quantum is the smallest amount that is priced, charged or paid: one won.
const Quantum Money = 1_00

// Whole reports whether the amount is a multiple of Quantum, so that a bank or a card pays it.
func (m Money) Whole() bool { return m%Quantum == 0 }

// Truncate returns the next multiple of Quantum towards zero.
func (m Money) Truncate() Money { return m - m%Quantum }

// Round returns the nearest multiple of Quantum, of two the one further from zero.
func (m Money) Round() Money {
	if m < 0 {
		return (m - Quantum/2).Truncate()
	}
	return (m + Quantum/2).Truncate()
}

// MarshalJSON writes a JSON number with two decimals.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalJSON reads a JSON number that ParseMoney accepts. It fails with a *json.UnmarshalTypeError for others, to
// which package json adds the field.
func (m *Money) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	v, err := ParseMoney(string(b))
	if err != nil {
		return &json.UnmarshalTypeError{Value: "amount " + string(b), Type: reflect.TypeFor[Money]()}
	}
	*m = v
	return nil
}

// maxSumDigits is how many digits before the point the database's sums have.
const maxSumDigits = 16

// Scan reads a numeric column (it implements sql.Scanner).
func (m *Money) Scan(src any) error {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("cannot read an amount from %T", src)
	}
	v, err := parseMoney(s, maxSumDigits)
	if err != nil {
		return err
	}
	*m = v
	return nil
}

// Value writes a numeric column (it implements driver.Valuer).
func (m Money) Value() (driver.Value, error) { return m.String(), nil }

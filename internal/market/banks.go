package market

import "slices"

// BankCode names a bank that sellers are paid at.
type BankCode string

// The banks.
const (
	BankKookmin  BankCode = "KOOKMIN"
	BankShinhan  BankCode = "SHINHAN"
	BankNonghyup BankCode = "NONGHYUP"
	BankKakao    BankCode = "KAKAO"
	BankToss     BankCode = "TOSS"
)

// BankCodes lists all codes.
var BankCodes = []BankCode{BankKookmin, BankShinhan, BankNonghyup, BankKakao, BankToss}

// Valid reports whether b is one of BankCodes.
func (b BankCode) Valid() bool { return slices.Contains(BankCodes, b) }

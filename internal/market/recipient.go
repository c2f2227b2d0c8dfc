package market

import (
	"strings"
	"time"
	"unicode/utf8"
)

// RecipientRetention is how long a seller may read the recipient of an order after the seller's part of it has ended.
const RecipientRetention = 30 * 24 * time.Hour

// Recipient is the address to which a seller sends a paid order. Its fields are nil for an order that is not paid.
type Recipient struct {
	Name    *string `json:"recipient"`
	Phone   *string `json:"phone"`
	Address *string `json:"address"`
	Note    *string `json:"deliveryNote"`    // of the buyer, for the courier
	Masked  bool    `json:"recipientMasked"` // the retention has passed, and the other fields are incomplete
}

// After returns the recipient as a seller may read it so long after the seller's part of the order has ended: masked
// after RecipientRetention.
func (r Recipient) After(ended time.Duration) Recipient {
	if ended < RecipientRetention {
		return r
	}
	return r.Mask()
}

// Mask returns the recipient without what identifies a person: of the name its first character remains, of the phone
// five digits, and of the address two words.
func (r Recipient) Mask() Recipient {
	return Recipient{Name: mask(r.Name, maskName), Phone: mask(r.Phone, maskPhone),
		Address: mask(r.Address, maskAddress),
		Masked:  true}
}

func mask(text *string, with func(string) string) *string {
	if text == nil {
		return nil
	}
	masked := with(*text)
	return &masked
}

func maskName(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if size == len(name) {
		return "*"
	}
	return string(first) + strings.Repeat("*", utf8.RuneCountInString(name[size:]))
}

func maskPhone(phone string) string {
	d := PhoneDigits(phone)
	if len(d) < 8 {
		return "*"
	}
	return d[:3] + "-****-**" + d[len(d)-2:]
}

func maskAddress(address string) string {
	words := strings.Fields(address)
	if len(words) < 3 {
		return "***"
	}
	return strings.Join(words[:2], " ") + " ***"
}

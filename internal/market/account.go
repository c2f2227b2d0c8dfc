package market

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// BuyerID identifies the buyer who owns a resource. Distinct types for BuyerID and SellerID let the
// compiler reject an owner's id in place of a resource's, or a buyer in place of a seller.
type BuyerID int64

// SellerID identifies the seller who owns a resource.
type SellerID int64

// Buyer is a buyer's profile.
type Buyer struct {
	ID    int64  `json:"buyerId"`
	Email Email  `json:"email"`
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Role  Role   `json:"role"`

	// Additions to the original's contract. A pending address becomes the account's once it is verified.
	EmailVerified bool     `json:"emailVerified"`
	PendingEmail  *Email   `json:"pendingEmail,omitempty"`
	Language      Language `json:"language"` // of the account's mails
}

// BuyerAccount is a buyer in staff's view.
type BuyerAccount struct {
	Buyer
	Status       BuyerStatus `json:"status"`
	LockedAt     *LocalTime  `json:"lockedAt"`
	LockedReason *string     `json:"lockedReason"`
	CreatedAt    LocalTime   `json:"createdAt"`
}

// Seller is a seller's profile, without bank data.
type Seller struct {
	ID        int64        `json:"id"`
	Email     Email        `json:"email"`
	Name      string       `json:"name"`
	Phone     string       `json:"phone"`
	StoreName string       `json:"storeName"`
	BizNumber string       `json:"bizNumber"`
	Status    SellerStatus `json:"status"`
	Role      Role         `json:"role"`

	// Additions to the original's contract, as a Buyer's.
	EmailVerified bool     `json:"emailVerified"`
	PendingEmail  *Email   `json:"pendingEmail,omitempty"`
	Language      Language `json:"language"` // of the account's mails
}

// StoreInfo identifies the seller of a product to buyers.
type StoreInfo struct {
	StoreName string `json:"storeName"`
	Name      string `json:"representative"`
	BizNumber string `json:"bizNumber"`
	Phone     string `json:"phone"`
	Email     Email  `json:"email"`
}

// SellerAccount is a seller's profile with the account's progress and its payout state, for the
// seller and for staff.
type SellerAccount struct {
	Seller
	BankCode           string `json:"bankCode"`
	BankAccountEnd     string `json:"bankAccountEnd"`     // its last four characters
	BankAccountPending bool   `json:"bankAccountPending"` // a new one waits for the staff's approval
	// BankAccountRefused is set while the last proposed account is rejected or expired.
	BankAccountRefused *RefusedAccount `json:"bankAccountRefused"`
	MayBePaid          bool            `json:"mayBePaid"`
	PayoutsHeld        bool            `json:"payoutsHeld"`        // by staff
	PayoutsPausedUntil *LocalTime      `json:"payoutsPausedUntil"` // after a new bank account
	HasProducts        bool            `json:"hasProducts"`        // on sale
	HasSold            bool            `json:"hasSold"`
	CreatedAt          LocalTime       `json:"createdAt"`
}

// RefusedAccount is a new bank account of a seller that was not accepted for payouts.
type RefusedAccount struct {
	At             LocalTime      `json:"at"`
	Status         ProposalStatus `json:"status"` // REJECTED or EXPIRED
	Reason         *string        `json:"reason"` // of the rejection
	BankCode       string         `json:"bankCode"`
	BankAccountEnd string         `json:"bankAccountEnd"`
}

// Address is a delivery address of a buyer.
type Address struct {
	ID        int64  `json:"addressId"`
	BuyerID   int64  `json:"buyerId"`
	Recipient string `json:"recipient"`
	Phone     string `json:"phone"`
	Detail    string `json:"detail"`
	IsDefault bool   `json:"isDefault"`

	DeliveryNote *string `json:"deliveryNote"` // for the courier; an addition to the original's contract
}

// AddressInput holds the fields of an address form. Requests embed it; an empty note removes the note.
type AddressInput struct {
	Recipient string `json:"recipient" validate:"required,personname"`
	Phone     string `json:"phone" validate:"required,phonenumber"`
	Detail    string `json:"detail" validate:"required,addressdetail"`

	DeliveryNote string `json:"deliveryNote" validate:"deliverynote"` // an addition to the original's contract
}

// Change returns the change that replaces all values of the input.
func (in AddressInput) Change() AddressChange {
	return AddressChange{
		Recipient: &in.Recipient, Phone: &in.Phone, Detail: &in.Detail, DeliveryNote: &in.DeliveryNote,
	}
}

// AddressUpdate is a partial update of an address. A field that is missing or blank stays unchanged.
type AddressUpdate struct {
	Recipient string `json:"recipient" validate:"omitempty,personname"`
	Phone     string `json:"phone" validate:"omitempty,phonenumber"`
	Detail    string `json:"detail" validate:"omitempty,addressdetail"`
	IsDefault *bool  `json:"isDefault"`

	DeliveryNote *string `json:"deliveryNote" validate:"omitempty,deliverynote"` // "" removes it
}

// Change returns the change that the update requests.
func (in AddressUpdate) Change() AddressChange {
	return AddressChange{
		Recipient: Optional(in.Recipient), Phone: Optional(in.Phone), Detail: Optional(in.Detail),
		IsDefault: in.IsDefault, DeliveryNote: in.DeliveryNote,
	}
}

// AddressChange is a partial update of an address; nil fields stay unchanged, and an empty note removes it.
type AddressChange struct {
	Recipient, Phone, Detail, DeliveryNote *string
	IsDefault                              *bool
}

// WithdrawnSeller is the remaining data of a seller who has left.
type WithdrawnSeller struct {
	ID             int64
	StoreName      string
	BizNumber      string
	CreatedAt      LocalTime
	WithdrawnAt    LocalTime
	Account        *WithdrawnAccount // for the remaining balance; nil for none
	AccountPending bool              // one waits for a second person
}

// WithdrawnAccount is the bank account that staff has entered for a seller who has left.
type WithdrawnAccount struct {
	SellerID       int64     `json:"sellerId"`
	BankCode       string    `json:"bankCode"`
	BankAccountEnd string    `json:"bankAccountEnd"` // its last characters
	ChangedAt      LocalTime `json:"changedAt"`
}

// SellerStatus is the status of a seller.
type SellerStatus string

// The statuses of a seller. Only an approved seller can log in, and only its products are visible
// and sold. A suspended seller's sales are settled and paid, unless an admin holds the payouts; the
// balance of a rejected seller accrues.
const (
	SellerPending   SellerStatus = "PENDING"
	SellerApproved  SellerStatus = "APPROVED"
	SellerSuspended SellerStatus = "SUSPENDED"
	SellerRejected  SellerStatus = "REJECTED"
)

// Valid reports whether s is a known status.
func (s SellerStatus) Valid() bool {
	return s == SellerPending || s == SellerApproved || s == SellerSuspended || s == SellerRejected
}

// Next returns the statuses to which staff moves a seller: the decision about an application, the
// suspension of an approved seller, and the way back.
func (s SellerStatus) Next() []SellerStatus {
	switch s {
	case SellerPending:
		return []SellerStatus{SellerApproved, SellerRejected}
	case SellerApproved:
		return []SellerStatus{SellerSuspended}
	}
	return []SellerStatus{SellerApproved}
}

// BuyerStatus determines whether a buyer may log in.
type BuyerStatus string

// The states of a buyer. Staff has locked out one that is LOCKED.
const (
	BuyerActive BuyerStatus = "ACTIVE"
	BuyerLocked BuyerStatus = "LOCKED"
)

// Valid reports whether s is a known status.
func (s BuyerStatus) Valid() bool { return s == BuyerActive || s == BuyerLocked }

// Role is the role of an account.
type Role string

// The roles.
const (
	RoleBuyer  Role = "BUYER"
	RoleSeller Role = "SELLER"
	RoleAdmin  Role = "ADMIN"
)

// AdminSeller is a seller in staff's view.
type AdminSeller struct {
	Seller
	MayBePaid          bool       `json:"mayBePaid"`
	PayoutsHeld        bool       `json:"payoutsHeld"`        // by staff
	PayoutsPausedUntil *LocalTime `json:"payoutsPausedUntil"` // after a new bank account
	HasProducts        bool       `json:"hasProducts"`        // on sale
	HasSold            bool       `json:"hasSold"`
	CreatedAt          LocalTime  `json:"createdAt"`
	// PayoutAccount is nil for staff who may not see payouts.
	PayoutAccount *PayoutAccount `json:"payoutAccount"`
}

// PayoutAccount is the bank account to which a seller is paid.
type PayoutAccount struct {
	BankCode       string          `json:"bankCode"`
	BankAccountEnd string          `json:"bankAccountEnd"` // the last characters of the number
	Pending        bool            `json:"pending"`        // a new one waits for the approval of staff
	Refused        *RefusedAccount `json:"refused"`        // set while the last proposed one is rejected or expired
}

// ForStaff returns a seller in staff's view, with or without the payout account.
func (a SellerAccount) ForStaff(withPayoutAccount bool) AdminSeller {
	s := AdminSeller{
		Seller: a.Seller, MayBePaid: a.MayBePaid, PayoutsHeld: a.PayoutsHeld, PayoutsPausedUntil: a.PayoutsPausedUntil,
		HasProducts: a.HasProducts, HasSold: a.HasSold, CreatedAt: a.CreatedAt,
	}
	if withPayoutAccount {
		s.PayoutAccount = &PayoutAccount{
			BankCode: a.BankCode, BankAccountEnd: a.BankAccountEnd, Pending: a.BankAccountPending,
			Refused: a.BankAccountRefused,
		}
	}
	return s
}

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

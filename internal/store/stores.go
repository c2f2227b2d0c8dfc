package store

// Store has the methods of the stores of all subjects over one database. Consumers declare the methods that they call
// as an interface.
type Store struct {
	*DB

	AccessStore
	AccountStore
	AddressStore
	AuditStore
	BankAccountStore
	BatchStore
	BuyerStore
	CartStore
	CatalogueStore
	DisputeStore
	ImageStore
	LedgerStore
	MailStore
	NotificationStore
	OperationStore
	OrderStore
	PaymentStore
	PayoutStore
	ProposalStore
	ReconciliationStore
	RefundStore
	SellerStore
	SettlementStore
	ShippingStore
	StaffStore
	StatisticsStore
	VerificationStore
	WebhookStore
}

// New returns the stores of a database.
func New(d *DB) *Store {
	return &Store{
		DB: d,

		AccessStore:         AccessStore{d},
		AccountStore:        AccountStore{d},
		AddressStore:        AddressStore{d},
		AuditStore:          AuditStore{d},
		BankAccountStore:    BankAccountStore{d},
		BatchStore:          BatchStore{d},
		BuyerStore:          BuyerStore{d},
		CartStore:           CartStore{d},
		CatalogueStore:      CatalogueStore{d},
		DisputeStore:        DisputeStore{d},
		ImageStore:          ImageStore{d},
		LedgerStore:         LedgerStore{d},
		MailStore:           MailStore{d},
		NotificationStore:   NotificationStore{d},
		OperationStore:      OperationStore{d},
		OrderStore:          OrderStore{d},
		PaymentStore:        PaymentStore{d},
		PayoutStore:         PayoutStore{d},
		ProposalStore:       ProposalStore{d},
		ReconciliationStore: ReconciliationStore{d},
		RefundStore:         RefundStore{d},
		SellerStore:         SellerStore{d},
		SettlementStore:     SettlementStore{d},
		ShippingStore:       ShippingStore{d},
		StaffStore:          StaffStore{d},
		StatisticsStore:     StatisticsStore{d},
		VerificationStore:   VerificationStore{d},
		WebhookStore:        WebhookStore{d},
	}
}

// AccessStore keeps the log of who has read personal data.
type AccessStore struct{ *DB }

// AccountStore keeps what all accounts have: addresses of mail, sessions and second factors.
type AccountStore struct{ *DB }

// AuditStore keeps the audit log.
type AuditStore struct{ *DB }

// BankAccountStore keeps the bank accounts to which sellers are paid.
type BankAccountStore struct{ *DB }

// BatchStore keeps staff's operations on many workflows.
type BatchStore struct{ *DB }

// CartStore keeps carts.
type CartStore struct{ *DB }

// CatalogueStore keeps categories, products and stock.
type CatalogueStore struct{ *DB }

// DisputeStore keeps disputes about money that went back at a provider.
type DisputeStore struct{ *DB }

// ImageStore keeps the pictures of products.
type ImageStore struct{ *DB }

// LedgerStore keeps the ledger and adjustments of it.
type LedgerStore struct{ *DB }

// MailStore keeps mails to the holders of accounts.
type MailStore struct{ *DB }

// NotificationStore keeps the inboxes of buyers and subscriptions to restocks.
type NotificationStore struct{ *DB }

// OperationStore keeps alerts, waiting rows, follow-ups, partitions and retention.
type OperationStore struct{ *DB }

// OrderStore keeps checkouts and orders.
type OrderStore struct{ *DB }

// PaymentStore keeps payments.
type PaymentStore struct{ *DB }

// PayoutStore keeps payouts of settlements.
type PayoutStore struct{ *DB }

// ProposalStore keeps changes that wait for a second person.
type ProposalStore struct{ *DB }

// ReconciliationStore keeps the comparison of the books with the providers' events and settlement files.
type ReconciliationStore struct{ *DB }

// RefundStore keeps refunds and their policy.
type RefundStore struct{ *DB }

// SettlementStore keeps settlements.
type SettlementStore struct{ *DB }

// ShippingStore keeps sellers' lines of orders, and their shipping.
type ShippingStore struct{ *DB }

// StaffStore keeps the accounts of staff.
type StaffStore struct{ *DB }

// StatisticsStore keeps dashboards, statistics and the close of business days.
type StatisticsStore struct{ *DB }

// VerificationStore keeps the verification of the books.
type VerificationStore struct{ *DB }

// WebhookStore keeps integrators' webhook endpoints and their messages.
type WebhookStore struct{ *DB }

// AddressStore keeps buyers' delivery addresses.
type AddressStore struct{ *DB }

// BuyerStore keeps the accounts of buyers.
type BuyerStore struct{ *DB }

// SellerStore keeps the accounts of sellers.
type SellerStore struct{ *DB }

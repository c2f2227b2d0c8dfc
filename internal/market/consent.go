package market

// LegalDocument is a document that users agree to when they open an account.
type LegalDocument string

// The documents.
const (
	DocumentTerms   LegalDocument = "TERMS"   // the terms of service
	DocumentPrivacy LegalDocument = "PRIVACY" // the privacy policy
)

// Consent is the agreement of a person to a version of a document.
type Consent struct {
	Document LegalDocument
	Version  string
}

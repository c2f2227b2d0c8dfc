package login

import "github.com/all-in-market/market/internal/market"

// Documents are the legal documents that people agree to when they sign up.
type Documents struct {
	Terms   Document `json:"terms"`
	Privacy Document `json:"privacy"`
	// Consent determines whether signups record a consent, and whether one without it is refused.
	Consent ConsentRule `json:"consent"`
}

// Document is the version of a document that is in force, and where it can be read; URL may be "".
type Document struct {
	Version string `json:"version"`
	URL     string `json:"url"`
}

// ConsentRule determines how signups handle consent.
type ConsentRule string

// The rules. Pages ask for consent unless the rule is ConsentOff.
const (
	ConsentRequired ConsentRule = "required" // signups without consent are refused
	ConsentOptional ConsentRule = "optional" // without: accepted, as clients of the original send none
	ConsentOff      ConsentRule = "off"      // none is recorded
)

// Agreement names the versions of the documents that a person has agreed to.
type Agreement struct {
	TermsVersion   string `json:"termsVersion" validate:"consentversion"`
	PrivacyVersion string `json:"privacyVersion" validate:"consentversion"`
}

// Asked reports whether signup forms ask for agreement to the documents.
func (d Documents) Asked() bool { return d.Consent == ConsentRequired || d.Consent == ConsentOptional }

// consents returns the consents of an agreement. It fails with CONSENT_REQUIRED for a document
// without consent, if asked reports that the form requested it or the rule requires it, and with
// CONSENT_OUTDATED for a version that is not in force.
func (d Documents) consents(a Agreement, asked bool) (given []market.Consent, err error) {
	if !d.Asked() {
		return nil, nil
	}
	for _, c := range []struct {
		document   market.LegalDocument
		given, now string
	}{
		{market.DocumentTerms, a.TermsVersion, d.Terms.Version},
		{market.DocumentPrivacy, a.PrivacyVersion, d.Privacy.Version},
	} {
		switch {
		case c.given == c.now:
			given = append(given, market.Consent{Document: c.document, Version: c.now})
		case c.given != "":
			return nil, market.Refuse(market.CodeConsentOutdated)
		case asked || d.Consent == ConsentRequired:
			return nil, market.Refuse(market.CodeConsentRequired)
		}
	}
	return given, nil
}

package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/payloads"
)

// What production insists on.
const (
	minSecret        = 32 // bytes of a key that signs tokens
	minSecretBits    = 96 // estimated entropy of such a key
	minShared        = 16 // bytes of a secret shared with another service
	minBcrypt        = bcrypt.DefaultCost
	minAdminPassword = 12
	maxAccess        = time.Hour
)

// published lists secrets and passwords from the project's own examples, and common defaults.
var published = []string{
	"a-secret-of-32-characters-or-more", "postgres", "redis", "password", "market", "admin", "secret", "changeme",
	"admin1234!", "buyer1234!", "seller1234!",
}

// insecurable names the settings whose weakness an operator may accept, in ALLOW_INSECURE: services
// that are reached over a private network.
var insecurable = []string{"DATABASE_URL", "DATABASE_READ_URL", "REDIS_URL"}

// production returns every setting that is unsafe outside of the local profile, each with what to do.
func (c Config) production() (problems []error) {
	if c.Local() {
		return nil
	}
	unless := func(safe bool, setting, problem string) {
		accepted := slices.Contains(insecurable, setting) && slices.Contains(c.AllowInsecure, setting)
		if !safe && !accepted {
			problems = append(problems, fmt.Errorf("configuration: %s %s", setting, problem))
		}
	}
	for _, name := range c.AllowInsecure {
		unless(slices.Contains(insecurable, name), "ALLOW_INSECURE",
			fmt.Sprintf("names %q; it may name %s", name, strings.Join(insecurable, ", ")))
	}
	for setting, secret := range map[string]string{"JWT_SECRET": c.JWTSecret,
		"JWT_PREVIOUS_SECRET": c.JWTPreviousSecret} {
		unless(secret == "" || !guessable(secret), setting, "can be guessed: use the output of openssl rand -hex 32")
	}
	_, err := c.Vault()
	unless(err == nil, "DATA_KEYS", "must be id:key, with the output of openssl rand -base64 32 as the key")
	unless(!slices.ContainsFunc(strings.Split(c.DataKeys, ","), textKey), "DATA_KEYS",
		"has a key that is text: use the output of openssl rand -base64 32")
	if c.TemporalPayloadKeys != "" {
		_, err := c.Payloads()
		unless(err == nil, "TEMPORAL_PAYLOAD_KEYS",
			"must be id:key, with the output of openssl rand -base64 32 as the key")
		keys := strings.Split(strings.TrimPrefix(c.TemporalPayloadKeys, payloads.Clear), ",")
		unless(!slices.ContainsFunc(keys, textKey), "TEMPORAL_PAYLOAD_KEYS",
			"has a key that is text: use the output of openssl rand -base64 32")
	}
	if c.SignupConsent != "off" {
		unless(scheme(c.TermsURL) == "https", "TERMS_URL",
			"must begin with https://: people agree to what is there; or set SIGNUP_CONSENT=off")
		unless(scheme(c.PrivacyURL) == "https", "PRIVACY_URL", "must begin with https://; or set SIGNUP_CONSENT=off")
	}
	unless(market.BizNumberKey(c.IssuerBizNumber) != "", "ISSUER_BIZ_NUMBER",
		"must be the business registration number that statements name, such as 123-45-67891")
	unless(c.NotificationSecret == "" || len(c.NotificationSecret) >= minShared, "NOTIFICATION_SECRET",
		fmt.Sprintf("must have at least %d characters", minShared))
	for _, s := range c.PortOneWebhookSecrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		unless(err == nil && len(key) >= minShared, "PORTONE_WEBHOOK_SECRETS",
			fmt.Sprintf("must be base64 of at least %d bytes, as PortOne's console shows them", minShared))
	}
	unless(c.FactorCompulsory(), "STAFF_SECOND_FACTOR", "must be required: staff decides about money")
	unless(c.BcryptCost >= minBcrypt, "BCRYPT_COST", fmt.Sprintf("must be at least %d", minBcrypt))
	unless(c.AccessLifetime > 0 && c.AccessLifetime <= maxAccess, "ACCESS_TOKEN_LIFETIME", "must be at most 1h")
	if c.AdminPassword != "" {
		if err := c.CheckAdminPassword(); err != nil {
			problems = append(problems, err)
		}
	}
	unless(c.GatewayURL == "", "GATEWAY_URL", "is for tests: the payment method MOCK moves no money")
	unless(!c.PortOneTestChannels, "PORTONE_TEST_CHANNELS", "is for tests: test channels move no money")
	for setting, address := range map[string]string{
		"PORTONE_URL": c.PortOneURL, "BANK_URL": c.BankURL, "NOTIFICATION_URL": c.NotificationURL, "PAGES_URL": c.PagesURL,
		"CONSOLE_URL": c.ConsoleURL, "IMAGES_PUBLIC_URL": c.ImagesPublicURL,
	} {
		unless(address == "" || scheme(address) == "https", setting, "must begin with https://")
	}
	unless(c.PagesURL != "" || c.ImagesPublicURL != "", "PAGES_URL",
		"is required unless IMAGES_PUBLIC_URL is set: answers have the absolute addresses of images")
	for setting, address := range map[string]string{
		"DATABASE_URL": c.DatabaseURL, "DATABASE_READ_URL": c.DatabaseReadURL,
	} {
		unless(address == "" || verifiesTLS(address), setting,
			"must have sslmode=verify-full or verify-ca, or stand in ALLOW_INSECURE")
		unless(!publishedPassword(address), setting, "has a password of the examples: choose another")
	}
	unless(scheme(c.RedisURL) == "rediss", "REDIS_URL", "must begin with rediss://, or stand in ALLOW_INSECURE")
	unless(!publishedPassword(c.RedisURL), "REDIS_URL", "has a password of the examples: choose another")
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return problems
}

// CheckAdminPassword fails if the password of the first admin is too short or too long, or, outside of
// the local profile, if it is one of the examples'.
func (c Config) CheckAdminPassword() error {
	shortest := minAdminPassword
	if c.Local() {
		shortest = market.MinPassword
	}
	if n := len(c.AdminPassword); n < shortest || n > market.MaxPassword {
		return fmt.Errorf("configuration: ADMIN_PASSWORD must have %d to %d characters", shortest, market.MaxPassword)
	}
	if !c.Local() && slices.Contains(published, c.AdminPassword) {
		return errors.New("configuration: ADMIN_PASSWORD is published in the examples: choose another")
	}
	return nil
}

// words are common parts of weak secrets.
var words = []string{
	"secret", "password", "changeme", "change-me", "market", "production", "example", "admin", "default",
}

// guessable reports whether a secret is published, has a word in it, or has too little entropy in its bytes
// or in the steps from each to the next.
func guessable(secret string) bool {
	lower := strings.ToLower(secret)
	if slices.Contains(published, secret) ||
		slices.ContainsFunc(words, func(word string) bool { return strings.Contains(lower, word) }) {
		return true
	}
	steps := make([]byte, len(secret))
	for i := 1; i < len(secret); i++ {
		steps[i] = secret[i] - secret[i-1]
	}
	return min(entropy(secret), entropy(string(steps))) < minSecretBits
}

// textKey reports whether a master key, in the form id:key, is readable text. Random bytes never are.
func textKey(key string) bool {
	_, encoded, _ := strings.Cut(key, ":")
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	return err == nil && !slices.ContainsFunc(decoded, func(b byte) bool { return b < ' ' || b > '~' })
}

// entropy estimates the bits in a secret from how often each byte occurs in it.
func entropy(secret string) float64 {
	count := map[byte]float64{}
	for i := range len(secret) {
		count[secret[i]]++
	}
	bits, length := 0.0, float64(len(secret))
	for _, n := range count {
		bits -= n * math.Log2(n/length)
	}
	return bits
}

func scheme(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme
}

// verifiesTLS reports whether connections to a database are encrypted and its certificate is checked.
func verifiesTLS(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	mode := u.Query().Get("sslmode")
	return mode == "verify-full" || mode == "verify-ca"
}

func publishedPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return false
	}
	password, _ := u.User.Password()
	return slices.Contains(published, password)
}

// CheckServing fails with everything that is missing or unsafe for a process that serves. Nothing that
// signs tokens or moves money has a default outside of the local profile.
func (c Config) CheckServing() error {
	problems := c.production()
	if len(c.JWTSecret) < minSecret {
		problems = append(problems,
			fmt.Errorf("configuration: JWT_SECRET must have at least %d characters: openssl rand -hex 32", minSecret))
	}
	if err := c.checkPortOne(); err != nil {
		problems = append(problems, err)
	}
	if c.BankURL == "" && !c.Local() {
		problems = append(problems, errors.New(
			"configuration: BANK_URL, the address of the bank that pays sellers, is required outside the local profile"))
	}
	for name, value := range map[string]string{
		"PORTONE_URL": c.PortOneURL, "GATEWAY_URL": c.GatewayURL, "BANK_URL": c.BankURL, "NOTIFICATION_URL": c.NotificationURL,
	} {
		if _, err := url.Parse(value); err != nil {
			problems = append(problems, fmt.Errorf("configuration: %s is not a URL", name))
		}
	}
	return errors.Join(problems...)
}

// Package config loads the configuration of the marketplace from the environment into one struct.
// docs/operations.md lists the variables.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/payloads"
	"github.com/all-in-market/market/internal/vault"
)

// Config is everything that can be set. A field tagged secret is masked when printed.
type Config struct {
	Profile string `env:"MARKET_PROFILE" envDefault:"production"` // "local" relaxes production's requirements
	// AllowInsecure names settings whose connections production accepts without TLS; see production.go.
	AllowInsecure []string `env:"ALLOW_INSECURE"`

	// StaffSecondFactor is required, or optional in the local profile, where that is the default.
	StaffSecondFactor string `env:"STAFF_SECOND_FACTOR"`

	DatabaseURL      string `env:"DATABASE_URL,required" secret:"true"`
	DatabaseReadURL  string `env:"DATABASE_READ_URL" secret:"true"` // of a replica, for lists; none: DatabaseURL
	DatabaseMaxConns int32  `env:"DATABASE_MAX_CONNS" envDefault:"32"`
	RedisURL         string `env:"REDIS_URL,required" secret:"true"`

	TemporalAddress   string `env:"TEMPORAL_ADDRESS,required"`
	TemporalNamespace string `env:"TEMPORAL_NAMESPACE" envDefault:"default"`
	WorkerBuildID     string `env:"WORKER_BUILD_ID"` // of workers that `market promote` makes current, if any
	// WorkerHeldChanges are ids of workflow changes that this build's workers do not use yet, so
	// that open runs can go back to the previous build; CHANGELOG.md lists them.
	WorkerHeldChanges []string `env:"WORKER_HELD_CHANGES"`
	TemporalUI        string   `env:"TEMPORAL_UI"` // where the console's links to workflows lead, with the namespace

	// The connection to Temporal. The files of key and certificate are read again when they change.
	TemporalAPIKey        string `env:"TEMPORAL_API_KEY" secret:"true"`
	TemporalAPIKeyFile    string `env:"TEMPORAL_API_KEY_FILE"`
	TemporalTLS           bool   `env:"TEMPORAL_TLS"`
	TemporalTLSCert       string `env:"TEMPORAL_TLS_CLIENT_CERT_PATH"` // for mutual TLS
	TemporalTLSKey        string `env:"TEMPORAL_TLS_CLIENT_KEY_PATH"`
	TemporalTLSCA         string `env:"TEMPORAL_TLS_SERVER_CA_CERT_PATH"` // authorities; none: the system's
	TemporalTLSServerName string `env:"TEMPORAL_TLS_SERVER_NAME"`         // of the certificate, if not the address's
	// TemporalPayloadKeys are the keys of what histories keep; none: it is not encrypted. See payloads.Parse.
	TemporalPayloadKeys string `env:"TEMPORAL_PAYLOAD_KEYS" secret:"true"`

	// OTLPEndpoint is the address of an OpenTelemetry collector for traces over HTTP; without one,
	// nothing is traced.
	OTLPEndpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`

	APIAddr       string `env:"API_ADDR" envDefault:":8080"`
	AdminAddr     string `env:"ADMIN_ADDR" envDefault:"127.0.0.1:8081"`
	MetricsAddr   string `env:"METRICS_ADDR" envDefault:"127.0.0.1:9090"`
	Pprof         bool   `env:"PPROF"` // profiles at METRICS_ADDR/debug/pprof
	SimulatorAddr string `env:"SIMULATOR_ADDR" envDefault:"127.0.0.1:8090"`

	// Payments in the browser go through PortOne. Channels are the keys of its console, by
	// method: CARD=channel-key-1,KAKAO=channel-key-2. There may be two webhook secrets while
	// one takes over from the other.
	PortOneURL            string            `env:"PORTONE_URL" envDefault:"https://api.portone.io"`
	PortOneStoreID        string            `env:"PORTONE_STORE_ID"`
	PortOneAPISecret      string            `env:"PORTONE_API_SECRET" secret:"true"`
	PortOneWebhookSecrets []string          `env:"PORTONE_WEBHOOK_SECRETS" secret:"true"`
	PortOneChannels       map[string]string `env:"PORTONE_CHANNELS" envKeyValSeparator:"="`
	PortOneTestChannels   bool              `env:"PORTONE_TEST_CHANNELS"` // they move no real money
	PortOnePerSecond      float64           `env:"PORTONE_PER_SECOND" envDefault:"20"`

	GatewayURL       string        `env:"GATEWAY_URL"` // of the method MOCK; the local profile simulates one
	BankURL          string        `env:"BANK_URL"`    // the bank that pays sellers; the local profile simulates one
	PayoutsPerSecond float64       `env:"PAYOUTS_PER_SECOND" envDefault:"20"`
	PayoutPause      time.Duration `env:"PAYOUT_PAUSE" envDefault:"24h"` // after a seller's bank account has changed

	ImagesURL       string `env:"IMAGES_URL"`        // store of product images; see images.Open
	ImagesPublicURL string `env:"IMAGES_PUBLIC_URL"` // their public address, such as a CDN's

	ImageMemoryMB    int64 `env:"IMAGE_MEMORY_MB" envDefault:"216"`  // that decoding uploaded images may take together
	UploadsPerSeller int64 `env:"UPLOADS_PER_SELLER" envDefault:"2"` // concurrently; see uploads.Limits
	UploadsPerMinute int   `env:"UPLOADS_PER_MINUTE" envDefault:"60"`

	// receiver of restock and order notifications; without one, buyers' inboxes receive them
	NotificationURL      string `env:"NOTIFICATION_URL"`
	NotificationClientID string `env:"NOTIFICATION_CLIENT_ID"`
	NotificationSecret   string `env:"NOTIFICATION_SECRET" secret:"true"`

	SMTPURL  string `env:"SMTP_URL" secret:"true"` // the server that sends mails; none: no mail is sent
	MailFrom string `env:"MAIL_FROM" envDefault:"All-In-Market <no-reply@localhost>"`
	// The base addresses of the API's pages (/shop, /seller-center) and of the console, for links in mails and for
	// images in answers.
	PagesURL   string `env:"PAGES_URL"`
	ConsoleURL string `env:"CONSOLE_URL"`

	JWTSecret string `env:"JWT_SECRET" secret:"true"`
	// still read, while tokens that it has signed live
	JWTPreviousSecret string `env:"JWT_PREVIOUS_SECRET" secret:"true"`
	// master keys of encrypted personal data; see vault.Parse
	DataKeys string `env:"DATA_KEYS" secret:"true"`

	// the documents that users agree to when they sign up, and the rule of consent: required,
	// optional or off; see login.ConsentRule
	SignupConsent  string `env:"SIGNUP_CONSENT" envDefault:"optional"`
	TermsVersion   string `env:"TERMS_VERSION" envDefault:"1"`
	TermsURL       string `env:"TERMS_URL"`
	PrivacyVersion string `env:"PRIVACY_VERSION" envDefault:"1"`
	PrivacyURL     string `env:"PRIVACY_URL"`

	// the business that issues statements to sellers
	IssuerName           string `env:"ISSUER_NAME" envDefault:"All-In-Market"`
	IssuerBizNumber      string `env:"ISSUER_BIZ_NUMBER"`
	IssuerRepresentative string `env:"ISSUER_REPRESENTATIVE"`
	IssuerAddress        string `env:"ISSUER_ADDRESS"`

	AccessLifetime time.Duration `env:"ACCESS_TOKEN_LIFETIME" envDefault:"1h"`
	BcryptCost     int           `env:"BCRYPT_COST" envDefault:"10"`
	TrustedProxies int           `env:"TRUSTED_PROXIES"` // how many proxies of ours write X-Forwarded-For or Forwarded
	AdminEmail     string        `env:"ADMIN_EMAIL"`     // the first admin, created by `market migrate`
	AdminPassword  string        `env:"ADMIN_PASSWORD" secret:"true"`

	// how long answers are kept for repeats of their requests
	IdempotencyRetention time.Duration `env:"IDEMPOTENCY_RETENTION" envDefault:"24h"`
	RequestTimeout       time.Duration `env:"REQUEST_TIMEOUT" envDefault:"30s"`
	PaymentWait          time.Duration `env:"PAYMENT_WAIT" envDefault:"20s"`
	// DecisionWait is how long an admin waits for the effect of a decision.
	DecisionWait time.Duration `env:"DECISION_WAIT" envDefault:"5s"`
	// The bounds on the connections of a listener: of all, and of an IPv4 address or an IPv6 network of
	// 64 bits. The second is not applied behind TrustedProxies.
	MaxConnections           int `env:"MAX_CONNECTIONS" envDefault:"4096"`
	MaxConnectionsPerAddress int `env:"MAX_CONNECTIONS_PER_ADDRESS" envDefault:"512"`

	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"25s"`
	LogLevel        slog.Level    `env:"LOG_LEVEL" envDefault:"INFO"`
}

// Issuer returns the business that issues statements.
func (c Config) Issuer() market.Business {
	return market.Business{
		Name: c.IssuerName, BizNumber: c.IssuerBizNumber, Representative: c.IssuerRepresentative,
		Address: c.IssuerAddress,
	}
}

// Load reads the environment. Its error names every variable that is missing or wrong.
func Load() (Config, error) {
	var c Config
	if err := env.Parse(&c); err != nil {
		var all env.AggregateError
		if !errors.As(err, &all) {
			return c, err
		}
		problems := make([]string, len(all.Errors))
		for i, e := range all.Errors {
			problems[i] = e.Error()
		}
		return c, errors.New("configuration: " + strings.Join(problems, "; "))
	}
	return c, c.check()
}

func (c Config) check() error {
	switch {
	case c.Profile != "local" && c.Profile != "production":
		return fmt.Errorf("configuration: MARKET_PROFILE is %q; use local or production", c.Profile)
	case c.StaffSecondFactor != "" && c.StaffSecondFactor != "required" && c.StaffSecondFactor != "optional":
		return fmt.Errorf("configuration: STAFF_SECOND_FACTOR is %q; use required or optional", c.StaffSecondFactor)
	case c.TemporalAPIKey != "" && c.TemporalAPIKeyFile != "":
		return errors.New("configuration: set TEMPORAL_API_KEY or TEMPORAL_API_KEY_FILE, not both")
	case (c.TemporalTLSCert == "") != (c.TemporalTLSKey == ""):
		return errors.New("configuration: TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH need each other")
	case c.NotificationURL != "" && (c.NotificationClientID == "" || c.NotificationSecret == ""):
		return errors.New(
			"configuration: NOTIFICATION_URL needs NOTIFICATION_CLIENT_ID and NOTIFICATION_SECRET, which its receiver knows")
	case c.IdempotencyRetention < c.RequestTimeout:
		return errors.New(
			"configuration: IDEMPOTENCY_RETENTION must be at least REQUEST_TIMEOUT: a repeat of a running request must find it")
	case c.ImagesPublicURL != "" && !absolute(c.ImagesPublicURL):
		return errors.New("configuration: IMAGES_PUBLIC_URL must be an address such as https://cdn.example.com")
	case c.PagesURL != "" && !absolute(c.PagesURL):
		return errors.New("configuration: PAGES_URL must be an address such as https://market.example.com")
	case c.ImageMemoryMB < 64 || c.UploadsPerSeller < 1 || c.UploadsPerMinute < 1:
		return errors.New(
			"configuration: IMAGE_MEMORY_MB must be at least 64, UPLOADS_PER_SELLER and UPLOADS_PER_MINUTE at least 1")
	case c.SignupConsent != "required" && c.SignupConsent != "optional" && c.SignupConsent != "off":
		return fmt.Errorf("configuration: SIGNUP_CONSENT is %q; use required, optional or off", c.SignupConsent)
	case c.TermsVersion == "" || len(c.TermsVersion) > market.MaxConsentVersion ||
		c.PrivacyVersion == "" || len(c.PrivacyVersion) > market.MaxConsentVersion:
		return fmt.Errorf("configuration: TERMS_VERSION and PRIVACY_VERSION must have 1 to %d characters",
			market.MaxConsentVersion)
	case c.MaxConnections < 1 || c.MaxConnectionsPerAddress < 1:
		return errors.New("configuration: MAX_CONNECTIONS and MAX_CONNECTIONS_PER_ADDRESS must be at least 1")
	case c.PaymentWait >= c.RequestTimeout:
		return errors.New("configuration: PAYMENT_WAIT must be shorter than REQUEST_TIMEOUT")
	case c.DecisionWait >= c.RequestTimeout:
		return errors.New("configuration: DECISION_WAIT must be shorter than REQUEST_TIMEOUT")
	}
	return nil
}

// absolute reports whether an address is one of HTTP with a host.
func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery+u.Fragment == ""
}

// Site returns the public base address of the API. In the local profile it has a default.
func (c Config) Site() string {
	host, port, err := net.SplitHostPort(c.APIAddr)
	if c.PagesURL != "" || !c.Local() || err != nil {
		return c.PagesURL
	}
	return "http://" + net.JoinHostPort(cmp.Or(host, "localhost"), port)
}

// checkPortOne fails when something is missing for payments in the browser, or when there is
// no way to pay at all.
func (c Config) checkPortOne() error {
	switch {
	case c.PortOneAPISecret == "" && !c.Local():
		return errors.New("configuration: PORTONE_API_SECRET is required outside the local profile: buyers could not pay")
	case c.PortOneAPISecret == "":
		return nil
	case c.PortOneStoreID == "":
		return errors.New("configuration: PORTONE_API_SECRET needs PORTONE_STORE_ID, which PortOne's console shows")
	case len(c.PortOneWebhookSecrets) == 0:
		return errors.New("configuration: PORTONE_API_SECRET needs PORTONE_WEBHOOK_SECRETS: without webhooks, payments of " +
			"buyers who close the window would be noticed late")
	case len(c.PortOneChannels) == 0:
		return errors.New("configuration: PORTONE_API_SECRET needs PORTONE_CHANNELS, such as CARD=channel-key-1")
	}
	return nil
}

// PaymentGateway returns the address of the gateway of the method MOCK: in the local profile the
// simulator's by default; "" when there is none.
func (c Config) PaymentGateway() string { return c.orSimulator(c.GatewayURL) }

// Bank returns the address of the bank that pays sellers, likewise.
func (c Config) Bank() string { return c.orSimulator(c.BankURL) }

func (c Config) orSimulator(address string) string {
	if address == "" && c.Local() {
		return "http://" + c.SimulatorAddr
	}
	return address
}

// Simulator returns the address of the simulated gateway and bank; "" when both are real.
func (c Config) Simulator() string {
	if c.Local() && (c.GatewayURL == "" || c.BankURL == "") {
		return "http://" + c.SimulatorAddr
	}
	return ""
}

// TemporalPages returns the base address of Temporal's web pages, or "" if it is not configured.
func (c Config) TemporalPages() string {
	if c.TemporalUI == "" && c.Local() {
		return "http://127.0.0.1:8233/namespaces/" + c.TemporalNamespace
	}
	return c.TemporalUI
}

// FactorCompulsory reports whether members of staff must use a second factor.
func (c Config) FactorCompulsory() bool {
	return c.StaffSecondFactor == "required" || (c.StaffSecondFactor == "" && !c.Local())
}

// Local reports whether this is the local profile.
func (c Config) Local() bool { return c.Profile == "local" }

// Vault returns the vault of DATA_KEYS. In the local profile it defaults to one with a published
// key.
func (c Config) Vault() (*vault.Vault, error) {
	if c.DataKeys == "" && c.Local() {
		return vault.Local(), nil
	}
	v, err := vault.Parse(c.DataKeys)
	if err != nil {
		return nil, fmt.Errorf("configuration: DATA_KEYS: %w", err)
	}
	return v, nil
}

// Payloads returns the codec of TEMPORAL_PAYLOAD_KEYS, or nil without keys.
func (c Config) Payloads() (*payloads.Codec, error) {
	if c.TemporalPayloadKeys == "" {
		return nil, nil
	}
	codec, err := payloads.Parse(c.TemporalPayloadKeys)
	if err != nil {
		return nil, fmt.Errorf("configuration: TEMPORAL_PAYLOAD_KEYS: %w", err)
	}
	return codec, nil
}

// LogValue prints the configuration with its secrets masked.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
		value := fmt.Sprint(v.Field(i).Interface())
		if field.Tag.Get("secret") != "" && value != "" {
			value = "****"
		}
		attrs = append(attrs, slog.String(name, value))
	}
	return slog.GroupValue(attrs...)
}

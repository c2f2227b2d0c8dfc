package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/internal/config"
)

// TemporalOptions returns the options of a client of the configured Temporal server.
func TemporalOptions(cfg config.Config) (client.Options, error) {
	opt := client.Options{HostPort: cfg.TemporalAddress, Namespace: cfg.TemporalNamespace}
	// A request is two or three kilobytes: compressing it takes both sides more time than sending it.
	opt.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	if cfg.TemporalAPIKey != "" {
		opt.Credentials = client.NewAPIKeyStaticCredentials(cfg.TemporalAPIKey)
	}
	if cfg.TemporalAPIKeyFile != "" {
		read := func(context.Context) (string, error) { return readAPIKey(cfg.TemporalAPIKeyFile) }
		if _, err := read(context.Background()); err != nil {
			return opt, err
		}
		opt.Credentials = client.NewAPIKeyDynamicCredentials(read) // which reads it for each call
	}
	codec, err := cfg.Payloads()
	if err != nil {
		return opt, err
	}
	if codec != nil {
		opt.DataConverter, opt.FailureConverter = codec.DataConverter(), codec.FailureConverter()
	}
	opt.ConnectionOptions.TLS, err = temporalTLS(cfg)
	return opt, err
}

// temporalTLS returns the TLS configuration of connections to Temporal, or nil without TLS. An API key is never sent
// without.
func temporalTLS(cfg config.Config) (*tls.Config, error) {
	files := cfg.TemporalTLSCert + cfg.TemporalTLSKey + cfg.TemporalTLSCA
	if !cfg.TemporalTLS && cmp.Or(cfg.TemporalAPIKey, cfg.TemporalAPIKeyFile, files, cfg.TemporalTLSServerName) == "" {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: cfg.TemporalTLSServerName}
	if cfg.TemporalTLSCA != "" {
		authorities, err := os.ReadFile(cfg.TemporalTLSCA)
		if err != nil {
			return nil, fmt.Errorf("TEMPORAL_TLS_SERVER_CA_CERT_PATH: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(authorities) {
			return nil, fmt.Errorf("TEMPORAL_TLS_SERVER_CA_CERT_PATH: no certificate in %s", cfg.TemporalTLSCA)
		}
	}
	if cfg.TemporalTLSCert+cfg.TemporalTLSKey != "" {
		// Each handshake reads the files, so that connections made after they were replaced use the new certificate. A
		// handshake between the replacement of one and of the other fails and is tried again.
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(cfg.TemporalTLSCert, cfg.TemporalTLSKey)
			if err != nil {
				return nil, fmt.Errorf("TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH: %w", err)
			}
			return &pair, nil
		}
		if _, err := t.GetClientCertificate(nil); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func readAPIKey(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("TEMPORAL_API_KEY_FILE: %w", err)
	}
	key := strings.TrimSpace(string(content))
	if key == "" {
		return "", fmt.Errorf("TEMPORAL_API_KEY_FILE: %s is empty", file)
	}
	return key, nil
}

// WithTemporal calls f with a client of the configured Temporal server.
func WithTemporal(cfg config.Config, f func(client.Client) error) error {
	options, err := TemporalOptions(cfg)
	if err != nil {
		return err
	}
	c, err := client.NewLazyClient(options)
	if err != nil {
		return err
	}
	defer c.Close()
	return f(c)
}

// findNamespace fails when Temporal does not answer, or has no such namespace.
func findNamespace(ctx context.Context, c client.Client, namespace string) error {
	_, err := c.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	return err
}

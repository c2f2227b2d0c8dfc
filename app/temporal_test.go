package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/testrig"
)

func TestTemporalOptions_Credentials_AreSentOverTLSOnly(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("no key"), 0o600))
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, []byte("\n"), 0o600))

	opt, err := TemporalOptions(config.Config{TemporalAddress: "a:1", TemporalNamespace: "n"})
	require.NoError(t, err)
	require.Nil(t, opt.ConnectionOptions.TLS)
	require.Nil(t, opt.Credentials)
	for _, c := range []config.Config{{TemporalAPIKey: "key"}, {TemporalAPIKeyFile: file}} {
		opt, err = TemporalOptions(c)
		require.NoError(t, err)
		require.NotNil(t, opt.ConnectionOptions.TLS)
		require.NotNil(t, opt.Credentials)
	}
	for problem, c := range map[string]config.Config{
		"TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH": {TemporalTLSCert: file, TemporalTLSKey: file},
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH: open":                         {TemporalTLSCA: file + "1"},
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH: no certificate":               {TemporalTLSCA: file},
		"TEMPORAL_API_KEY_FILE: open":                                    {TemporalAPIKeyFile: file + "1"},
		"TEMPORAL_API_KEY_FILE: " + empty + " is empty":                  {TemporalAPIKeyFile: empty},
	} {
		_, err = TemporalOptions(c)
		require.ErrorContains(t, err, problem)
	}
}

// authority signs the certificates of a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{certificate: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	var err error
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a.pem, _ = a.sign(t, a.certificate, a.key)
	return a
}

func (a *authority) sign(t *testing.T, of *x509.Certificate, key *ecdsa.PrivateKey) (certificate, private []byte) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, of, a.certificate, key.Public(), a.key)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// issue returns a certificate of a host or a client, and its key.
func (a *authority) issue(t *testing.T, name string) (certificate, private []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: a.certificate.NotBefore, NotAfter: a.certificate.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, key)
}

// doorman is a Temporal frontend that names its callers' credentials.
type doorman struct {
	workflowservice.UnimplementedWorkflowServiceServer
	callers chan string
}

// GetSystemInfo implements workflowservice.WorkflowServiceServer.
func (doorman) GetSystemInfo(
	context.Context, *workflowservice.GetSystemInfoRequest,
) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

// DescribeNamespace implements workflowservice.WorkflowServiceServer.
func (d doorman) DescribeNamespace(
	ctx context.Context, _ *workflowservice.DescribeNamespaceRequest,
) (*workflowservice.DescribeNamespaceResponse, error) {
	p, _ := peer.FromContext(ctx)
	headers, _ := metadata.FromIncomingContext(ctx)
	caller := p.AuthInfo.(credentials.TLSInfo).State.PeerCertificates[0].Subject.CommonName
	for _, key := range headers.Get("authorization") {
		caller += ", " + key
	}
	d.callers <- caller
	return &workflowservice.DescribeNamespaceResponse{}, nil
}

// The next call sends the new API key, and the next
// connection the new certificate.
func TestTemporalOptions_CredentialsAreReplaced_NewOnesAreUsed(t *testing.T) {
	t.Parallel()
	dir, signer := t.TempDir(), newAuthority(t)
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, content []byte) { // as a whole
		require.NoError(t, os.WriteFile(path("new"), content, 0o600))
		require.NoError(t, os.Rename(path("new"), path(name)))
	}
	replace := func(name, key string) {
		certificate, private := signer.issue(t, name)
		write("tls.crt", certificate)
		write("tls.key", private)
		write("api-key", []byte(key+"\n"))
	}
	replace("first", "one")
	write("ca.crt", signer.pem)

	const host = "temporal.example"
	pair, err := tls.X509KeyPair(signer.issue(t, host))
	require.NoError(t, err)
	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(signer.pem))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientCAs: trusted,
		ClientAuth: tls.RequireAndVerifyClientCert,
	})))
	frontend := doorman{callers: make(chan string, 1)}
	workflowservice.RegisterWorkflowServiceServer(server, frontend)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	proxy := testrig.NewProxy(t, l.Addr().String())
	cfg := config.Config{
		TemporalAddress: proxy.Addr(), TemporalNamespace: "n", TemporalTLSCA: path("ca.crt"),
		TemporalTLSServerName: host, TemporalTLSCert: path("tls.crt"), TemporalTLSKey: path("tls.key"),
		TemporalAPIKeyFile: path("api-key"),
	}
	opt, err := TemporalOptions(cfg)
	require.NoError(t, err)
	c, err := client.NewLazyClient(opt)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	call := func(timeout time.Duration) (caller string, err error) {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		if err := findNamespace(ctx, c, "n"); err != nil {
			return "", err
		}
		return <-frontend.callers, nil
	}

	caller, err := call(10 * time.Second)
	require.NoError(t, err)
	require.Equal(t, "first, Bearer one", caller)
	replace("second", "two")
	caller, err = call(10 * time.Second)
	require.NoError(t, err)
	require.Equal(t, "first, Bearer two", caller, "the connection stays")
	proxy.Cut()
	proxy.Mend()
	testrig.Eventually(t, func() bool {
		caller, err = call(time.Second)
		return err == nil
	}, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, "second, Bearer two", caller)

	cfg.TemporalTLSServerName = ""
	opt, err = TemporalOptions(cfg)
	require.NoError(t, err)
	c, err = client.NewLazyClient(opt)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = call(3 * time.Second)
	require.ErrorContains(t, err, "certificate", "the address has another name than the server")
}

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"time"
)

// certificates are the files of a private authority, of what it has signed for the servers of
// this machine, and for their clients.
type certificates struct {
	dir               string // contains only the authority's certificate, as SSL_CERT_DIR requires
	authority         string
	server, serverKey string // for the eyes of the user that PostgreSQL and Redis run as
	client, clientKey string
}

// makeCertificates makes them anew; a stack with TLS is a throw-away one.
func makeCertificates(st *state) (*certificates, error) {
	c := &certificates{dir: st.path("authority"), authority: st.path("authority", "authority.pem")}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the stack's authority"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, key.Public(), key)
	if err != nil {
		return nil, err
	}
	err = errors.Join(os.MkdirAll(c.dir, 0o711), os.WriteFile(c.authority, encodePEM("CERTIFICATE", der), 0o644))
	if err != nil {
		return nil, err
	}
	sign := func(serial int64, name string, uses ...x509.ExtKeyUsage) (cert, private string, err error) {
		leaf := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: uses,
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, // and no name
		}
		leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return "", "", err
		}
		der, err := x509.CreateCertificate(rand.Reader, leaf, authority, leafKey.Public(), key)
		if err != nil {
			return "", "", err
		}
		private509, err := x509.MarshalPKCS8PrivateKey(leafKey)
		if err != nil {
			return "", "", err
		}
		cert, private = st.path("certificates", name+".pem"), st.path("certificates", name+".key")
		return cert, private, errors.Join(
			st.ownedFile(st.path("certificates"), name+".pem", string(encodePEM("CERTIFICATE", der))),
			st.ownedFile(st.path("certificates"), name+".key", string(encodePEM("PRIVATE KEY", private509))))
	}
	// The parts of Temporal's server are clients of each other.
	both := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	if c.server, c.serverKey, err = sign(2, "server", both...); err != nil {
		return nil, err
	}
	if c.client, c.clientKey, err = sign(3, "client", x509.ExtKeyUsageClientAuth); err != nil {
		return nil, err
	}
	return c, nil
}

// asClient returns the TLS configuration of a client of the stack's Temporal server; nil without
// TLS.
func (c *certificates) asClient() (*tls.Config, error) {
	if c == nil {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.client, c.clientKey)
	if err != nil {
		return nil, err
	}
	trusted, err := os.ReadFile(c.authority)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(trusted)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, Certificates: []tls.Certificate{pair}}, nil
}

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

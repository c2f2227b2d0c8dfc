package e2e

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/config"
)

// The roles run apart, and every connection to PostgreSQL, Redis and Temporal is encrypted. Servers
// are authenticated by their names and their authority, clients by password or certificate. A
// missing one of these is refused with an error that names it.
func TestTLS_EachConnection_IsVerified(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEMPORAL_TLS") == "" {
		t.Skip("it needs a stack with TLS: `make test` runs it in one of its own")
	}
	ctx := context.Background()
	r := newRig(t)
	api := r.spawn(t, app.Roles{API: true}, "")
	office := r.spawn(t, app.Roles{Admin: true}, "")
	r.spawn(t, app.Roles{Worker: true}, "")
	r.api, r.admin = "http://"+api.addrs["api"], "http://"+office.addrs["admin"]
	product := r.product(t, r.seller(t).id, 10_000_00, 100).ID
	refund, refunded := r.refundToDecide(t, product, "")
	require.True(t, approve(t, r.staff(t), refund).Success)
	r.settleDown(t)
	require.Equal(t, 1, r.cancellations(t, refunded))
	r.verify(t)
	const connections = `SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity a USING (pid)
		WHERE a.datname = current_database() AND ssl = $1`
	require.Zero(t, r.count(t, connections, false))
	require.GreaterOrEqual(t, r.count(t, connections, true), 3)

	problems := func(change func(*config.Config)) map[string]string {
		cfg := r.cfg
		change(&cfg)
		found := map[string]string{}
		for _, c := range app.CheckConfig(ctx, cfg) {
			if c.Problem != nil {
				found[c.Name] = c.Problem.Error()
			}
		}
		return found
	}
	require.Empty(t, problems(func(*config.Config) {}))
	changed := func(address string, change func(*url.URL, url.Values)) string {
		u, err := url.Parse(address)
		require.NoError(t, err)
		query := u.Query()
		change(u, query)
		u.RawQuery = query.Encode()
		return u.String()
	}
	stranger := t.TempDir() + "/stranger.pem"
	require.NoError(t, os.WriteFile(stranger, []byte(strangersAuthority), 0o600))
	for _, c := range []struct {
		what, service, says string
		change              func(*config.Config)
	}{
		{"a connection in the clear", "PostgreSQL", "no encryption", func(c *config.Config) {
			c.DatabaseURL = changed(c.DatabaseURL, func(_ *url.URL, q url.Values) {
				q.Set("sslmode", "disable")
				q.Del("sslrootcert")
			})
		}},
		{"an authority that has not signed", "PostgreSQL", "certificate", func(c *config.Config) {
			c.DatabaseURL = changed(c.DatabaseURL, func(_ *url.URL, q url.Values) { q.Set("sslrootcert", stranger) })
		}},
		{"a name that is not the server's", "PostgreSQL", "localhost", func(c *config.Config) {
			c.DatabaseURL = changed(c.DatabaseURL, func(u *url.URL, _ url.Values) { u.Host = "localhost:" + u.Port() })
		}},
		{"a connection in the clear", "Redis", "", func(c *config.Config) {
			c.RedisURL = strings.Replace(c.RedisURL, "rediss://", "redis://", 1)
		}},
		{"no password", "Redis", "NOAUTH", func(c *config.Config) {
			c.RedisURL = changed(c.RedisURL, func(u *url.URL, _ url.Values) { u.User = nil })
		}},
		{"a connection in the clear", "Temporal", "", func(c *config.Config) {
			c.TemporalTLS, c.TemporalTLSCert, c.TemporalTLSKey = false, "", ""
		}},
		{"no certificate of the client", "Temporal", "", func(c *config.Config) {
			c.TemporalTLSCert, c.TemporalTLSKey = "", ""
		}},
	} {
		found := problems(c.change)
		require.Len(t, found, 1, "%s: %s", c.service, c.what)
		require.Contains(t, found[c.service], c.says, c.what)
	}
}

// strangersAuthority has signed nothing here.
const strangersAuthority = `-----BEGIN CERTIFICATE-----
MIIBgjCCASegAwIBAgIUDeew7zIb1kgIErfwtHICnhhYakUwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKYSBzdHJhbmdlcjAgFw0yNjExMjgwMjM2MjRaGA8yMTI2MTEw
NDAyMzYyNFowFTETMBEGA1UEAwwKYSBzdHJhbmdlcjBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABAZapWByJVpDvCNxNZ6bkDQWA/TV8jssB4qdvp8g2WWdytxm4+y0
I8o2SefO6nPBy2KlXbiZiGhKsJTKUAc6gbajUzBRMB0GA1UdDgQWBBS7qoW76TNV
WWWwStpyvn8XHquBGTAfBgNVHSMEGDAWgBS7qoW76TNVWWWwStpyvn8XHquBGTAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDGrw06ycsOTLrtLEvW
1TVCQ3XHTDI65EjKkrCjyJDpHwIhAJwb+aFAa+yDVgcW5VnL/PkMX2AnBIoeb/bG
lv0y3Zc/
-----END CERTIFICATE-----
`

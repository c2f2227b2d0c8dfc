package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/all-in-market/market"

// It holds the imports of packages and of their tests against the
// architecture: who may use whom, and what workflows must never touch.
func TestImports_EachPackage_ArePermitted(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{
		"": {"app/commands"},
		"app/commands": {
			"app", "internal/auth", "internal/config", "internal/engine", "internal/gateway", "internal/housekeeping",
			"internal/images", "internal/market", "internal/seed", "internal/simclient", "internal/store", "internal/telemetry", "internal/verify",
			"internal/verify/rules", "migrations", "worker",
		},
		"api": {
			"internal/auth", "internal/bulk", "internal/cache", "internal/csvfile", "internal/gateway",
			"internal/gateway/portone", "internal/images", "internal/integrators", "internal/login", "internal/market",
			"internal/notices", "internal/reports", "internal/store", "internal/storefront", "internal/uploads",
			"internal/web",
		},
		"admin": {
			"internal/backoffice", "internal/cache", "internal/integrators", "internal/login", "internal/market",
			"internal/reconcile", "internal/reports", "internal/store", "internal/web",
		},
		"console": {
			"internal/backoffice", "internal/login", "internal/market", "internal/pages", "internal/reports", "internal/store", "internal/web",
		},
		"sellerweb": {
			"internal/bulk", "internal/cache", "internal/csvfile", "internal/images", "internal/integrators", "internal/login",
			"internal/market", "internal/pages", "internal/reports", "internal/store", "internal/storefront",
			"internal/uploads", "internal/web",
		},
		"internal/bulk":    {"internal/cache", "internal/csvfile", "internal/market", "internal/store", "internal/web"},
		"internal/uploads": {"internal/images", "internal/market", "internal/store", "internal/web"},
		"shop": {
			"internal/cache", "internal/images", "internal/live", "internal/login", "internal/market", "internal/pages",
			"internal/store", "internal/storefront", "internal/web",
		},
		"internal/storefront": {"internal/engine", "internal/gateway", "internal/market", "internal/store", "workflows"},
		"internal/pages":      {"internal/auth", "internal/login", "internal/market", "internal/notices", "internal/web"},
		"internal/backoffice": {
			"internal/auth", "internal/cache", "internal/engine", "internal/market", "internal/store", "workflows",
		},
		"internal/engine": {"activities", "internal/auth", "internal/market", "workflows"},
		"worker":          {"activities", "internal/market", "workflows"},
		"workflows":       {"activities", "internal/auth", "internal/market"},
		"activities": {
			"internal/auth", "internal/bank", "internal/cache", "internal/gateway", "internal/mail", "internal/market",
			"internal/notify", "internal/reconcile", "internal/store", "internal/verify", "internal/webhooks",
		},
		"migrations":                {"internal/market"},
		"internal/market":           {},
		"internal/store":            {"internal/market", "internal/store/db", "internal/vault", "internal/verify/rules"},
		"internal/vault":            {},
		"internal/store/db":         {"internal/market"},
		"internal/gateway":          {"internal/market"},
		"internal/gateway/portone":  {"internal/gateway", "internal/market", "internal/standardwebhooks"},
		"internal/bank":             {"internal/market"},
		"internal/simclient":        {"internal/bank", "internal/gateway", "internal/market"},
		"internal/simulator":        {"internal/bank", "internal/gateway", "internal/market", "internal/simclient"},
		"internal/notify":           {},
		"internal/mail":             {"internal/market", "internal/notices"},
		"internal/notices":          {"internal/market"},
		"internal/standardwebhooks": {},
		"internal/webhooks":         {"internal/standardwebhooks"},
		"internal/integrators": {
			"internal/auth", "internal/market", "internal/standardwebhooks", "internal/store", "internal/web",
			"internal/webhooks",
		},
		"internal/verify": {
			"internal/bank", "internal/gateway", "internal/market", "internal/store", "internal/verify/rules",
		},
		"internal/verify/rules":    {},
		"internal/csvfile":         {"internal/market"},
		"internal/reconcile":       {"internal/csvfile", "internal/market", "internal/store"},
		"internal/images":          {"internal/market"},
		"internal/cache":           {"internal/market"},
		"internal/auth":            {"internal/market"},
		"internal/reports":         {"internal/market", "internal/store", "internal/web"},
		"internal/web":             {"internal/auth", "internal/market", "internal/store"},
		"internal/login":           {"internal/auth", "internal/cache", "internal/market", "internal/store", "internal/web"},
		"internal/login/logintest": {"internal/auth", "internal/login", "internal/market", "internal/testrig"},
		"internal/config":          {"internal/market", "internal/payloads", "internal/vault"},
		"internal/payloads":        {"internal/vault"},
		"internal/listener":        {},
		"internal/live":            {"internal/market"},
		"internal/telemetry":       {},
		"internal/seed": {
			"internal/auth", "internal/images", "internal/market", "internal/simulator", "internal/store",
		},
		"internal/housekeeping": {
			"internal/auth", "internal/cache", "internal/engine", "internal/images", "internal/market", "internal/store", "workflows",
		},
		"app": {
			"activities", "admin", "api", "console", "internal/auth", "internal/backoffice", "internal/cache", "internal/config",
			"internal/engine", "internal/gateway", "internal/gateway/portone", "internal/housekeeping", "internal/images", "internal/login",
			"internal/mail", "internal/market", "internal/notify", "internal/pages", "internal/payloads", "internal/simclient", "internal/simulator", "internal/store",
			"internal/integrators", "internal/listener", "internal/live", "internal/storefront", "internal/telemetry", "internal/uploads",
			"internal/web", "internal/webhooks", "sellerweb", "shop",
			"worker", "workflows",
		},
		"internal/testrig":                    {"internal/market", "internal/store", "internal/vault", "migrations"},
		"internal/testrig/browser":            {},
		"internal/testrig/fakestore":          {"internal/market", "internal/store"},
		"internal/testrig/fakestore/generate": {"internal/store"},
		"internal/archtest":                   nil, // reads the source files only
		"internal/e2e":                        nil, // tests from outside and inside
		"deploy/chaos":                        nil, // likewise
		"deploy/hostile":                      {"internal/auth", "internal/market", "internal/store", "internal/vault"},
		"deploy/upgrade":                      {},
		"deploy/bench":                        nil, // measures from outside and inside
		"deploy/stack":                        {"workflows"},
		"deploy/suite":                        {},

		// It is PortOne's side, and shares nothing with ours.
		"deploy/portone":            {"deploy/portone/portonesim"},
		"deploy/portone/portonesim": {},
	}
	// What tests beside the code may use more than the code: what stands below it.
	allowedInTests := map[string][]string{
		"app":                      {"deploy/portone/portonesim"},
		"internal/gateway/portone": {"deploy/portone/portonesim"},
		"internal/verify":          {"deploy/portone/portonesim", "internal/gateway/portone"},

		"app/commands": {"internal/payloads", "internal/simulator", "internal/vault", "workflows"},
		"admin": {
			"internal/auth", "internal/engine", "internal/login/logintest", "internal/webhooks", "workflows",
		},
		"api":              {"activities", "internal/login/logintest", "internal/webhooks", "workflows"},
		"console":          {"internal/auth", "internal/cache", "internal/engine", "internal/login/logintest", "workflows"},
		"sellerweb":        {"internal/auth", "internal/login/logintest", "internal/webhooks"},
		"shop":             {"activities", "internal/gateway", "internal/login/logintest", "workflows"},
		"internal/login":   {"internal/login/logintest"},
		"internal/pages":   {"internal/login/logintest"},
		"internal/uploads": {"internal/auth"},

		"internal/storefront": {"activities"},

		"worker":     {"internal/engine"},
		"activities": {"internal/standardwebhooks"},

		"migrations":      {"internal/market"},
		"internal/engine": {"internal/market", "internal/payloads", "internal/vault"},
		"workflows":       {"internal/bank", "internal/cache", "internal/payloads", "internal/store", "internal/vault"},
	}
	forbiddenToWorkflows := []string{
		"net/http", "os", "math/rand", "math/rand/v2", "github.com/jackc/pgx/v5", "github.com/redis/go-redis/v9",
		"database/sql",
	}

	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"/...").Output()
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string

			TestImports, XTestImports []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		may, known := allowed[name]
		require.True(t, known, "package %s has no place in the architecture yet: give it one here", name)
		for _, imported := range p.Imports {
			if name == "workflows" {
				require.NotContains(t, forbiddenToWorkflows, imported, "workflows must stay deterministic")
			}
			if name == "internal/market" {
				require.True(t, !strings.Contains(imported, ".") || slices.Contains(
					[]string{"golang.org/x/net/idna", "golang.org/x/text/unicode/norm"}, imported),
					"the language imports the standard library only, and the rules of domain names and of text: %s", imported)
			}
			if own, ok := strings.CutPrefix(imported, module+"/"); ok && may != nil {
				require.True(t, slices.Contains(may, own), "%s must not import %s", name, own)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			own, ok := strings.CutPrefix(imported, module+"/")
			if !ok || may == nil || own == name || own == "internal/testrig" ||
				strings.HasPrefix(own, "internal/testrig/") {
				continue
			}
			require.True(t, slices.Contains(may, own) || slices.Contains(allowedInTests[name], own),
				"tests of %s must not import %s", name, own)
		}
	}
}

// It compares docs/licenses.csv with the linked modules.
func TestLicenses_EachModule_IsListed(t *testing.T) {
	t.Parallel()
	listed, err := os.ReadFile("../../docs/licenses.csv")
	require.NoError(t, err)
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", module).Output()
	require.NoError(t, err)
	for dependency := range strings.FieldsSeq(string(out)) {
		require.Contains(t, string(listed), dependency, "run `make licenses`")
	}
	for _, forbidden := range []string{"AGPL", "GPL-", "SSPL", "BUSL"} {
		require.NotContains(t, string(listed), forbidden)
	}
}

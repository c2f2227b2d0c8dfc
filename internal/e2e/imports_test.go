package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/all-in-market/market"

// TestImportsPointOneWay holds the packages' own imports against the
// architecture: who may use whom, and what workflows must never touch.
func TestImportsPointOneWay(t *testing.T) {
	allowed := map[string][]string{
		"": {
			"internal/app", "internal/auth", "internal/config", "internal/seed", "internal/simclient", "internal/store",
			"internal/telemetry", "internal/verify", "migrations", "worker",
		},
		"api": {
			"internal/auth", "internal/cache", "internal/images", "internal/login", "internal/market", "internal/store",
			"internal/web", "workflows",
		},
		"admin": {
			"internal/backoffice", "internal/cache", "internal/login", "internal/market", "internal/store", "internal/web",
		},
		"internal/backoffice": {"internal/auth", "internal/cache", "internal/market", "internal/store", "workflows"},
		"worker":              {"activities", "internal/market", "workflows"},
		"workflows":           {"activities", "internal/market"},
		"activities": {
			"internal/auth", "internal/bank", "internal/cache", "internal/gateway", "internal/mail", "internal/market",
			"internal/notify", "internal/store", "internal/verify",
		},
		"migrations":            {},
		"internal/market":       {},
		"internal/store":        {"internal/market", "internal/store/db"},
		"internal/store/db":     {"internal/market"},
		"internal/gateway":      {"internal/market"},
		"internal/bank":         {"internal/market"},
		"internal/simclient":    {"internal/bank", "internal/gateway", "internal/market"},
		"internal/simulator":    {"internal/bank", "internal/gateway", "internal/market", "internal/simclient"},
		"internal/notify":       {},
		"internal/mail":         {"internal/market"},
		"internal/verify":       {"internal/bank", "internal/gateway", "internal/market", "internal/store"},
		"internal/images":       {},
		"internal/cache":        {"internal/market"},
		"internal/auth":         {"internal/market"},
		"internal/web":          {"internal/auth", "internal/market", "internal/store"},
		"internal/login":        {"internal/auth", "internal/market", "internal/store", "internal/web"},
		"internal/config":       {},
		"internal/telemetry":    {},
		"internal/seed":         {"internal/auth", "internal/market", "internal/simulator", "internal/store"},
		"internal/housekeeping": {"internal/cache", "internal/images", "internal/market", "internal/store", "workflows"},
		"internal/app": {
			"activities", "admin", "api", "internal/auth", "internal/backoffice", "internal/cache", "internal/config",
			"internal/housekeeping", "internal/images", "internal/login", "internal/mail", "internal/notify",
			"internal/simclient", "internal/simulator", "internal/store", "internal/telemetry", "internal/web", "worker",
			"workflows",
		},
		"internal/testrig": {"internal/store", "migrations"},
		"internal/e2e":     {},
		"deploy/chaos":     nil, // likewise
		"deploy/bench":     nil, // measures from outside and inside
	}
	forbiddenToWorkflows := []string{
		"net/http", "os", "math/rand", "math/rand/v2", "github.com/jackc/pgx/v5", "github.com/redis/go-redis/v9",
		"database/sql",
	}

	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
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
				require.NotContains(t, imported, ".", "the language imports the standard library only")
			}
			if own, ok := strings.CutPrefix(imported, module+"/"); ok && may != nil {
				require.True(t, slices.Contains(may, own), "%s must not import %s", name, own)
			}
		}
	}
}

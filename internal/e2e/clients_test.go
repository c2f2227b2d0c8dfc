package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clientDir returns a copy of a folder of deploy/clients, in which a client can be generated.
func clientDir(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	source := os.DirFS(filepath.Join("../../deploy/clients", name))
	files, err := fs.ReadDir(source, ".")
	require.NoError(t, err)
	for _, f := range files {
		if !f.Type().IsRegular() {
			continue
		}
		content, err := fs.ReadFile(source, f.Name())
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, f.Name()), content, 0o600))
	}
	return dir
}

// runIn runs a command in a folder and returns its output.
func runIn(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath -mod=mod", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			out = append(out, exit.Stderr...)
		}
		require.NoError(t, err, "%s %v: %s", name, args, out)
	}
	return out
}

// buys runs a program that buys two pieces of a product and prints the order, and compares the order with the books.
func (r *rig) buys(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	p := r.product(t, r.seller(t).id, 12_345_00, 10)
	out := runIn(t, dir, program, append(args, "-api", r.api, "-email", fmt.Sprintf("client%d@example.com", p.ID),
		"-product", fmt.Sprint(p.ID))...)
	var order struct {
		OrderID     int64
		Status      string
		TotalAmount float64
	}
	require.NoError(t, json.Unmarshal(out, &order), "%s", out)
	require.Equal(t, "PAID", order.Status)
	require.Equal(t, 24_690.0, order.TotalAmount)
	require.Equal(t, "PAID", r.text(t, "SELECT status FROM orders WHERE id = $1", order.OrderID))
	require.EqualValues(t, 8, r.stock(t, p.ID))
}

// It generates a client with oapi-codegen, compiles it and buys with it.
func TestClients_Go_Purchase(t *testing.T) {
	t.Parallel()
	document, err := filepath.Abs("../../api/openapi.yaml")
	require.NoError(t, err)
	dir := clientDir(t, ".")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "market"), 0o700))
	runIn(t, dir, "go", "tool", "oapi-codegen", "-config", "oapi-codegen.yaml", "-o", "market/client.go", document)
	runIn(t, dir, "go", "build", "-o", "buy", ".")
	start(t).buys(t, dir, "./buy")
}

// It generates types with openapi-typescript, compiles a program
// against them and buys with it.
func TestClients_TypeScript_Purchase(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("not checked: there is no %s on this machine", program)
		}
	}
	document, err := filepath.Abs("../../api/openapi.yaml")
	require.NoError(t, err)
	dir := clientDir(t, "typescript")
	runIn(t, dir, "npm", "ci", "--no-audit", "--no-fund", "--prefer-offline")
	runIn(t, dir, "npx", "openapi-typescript", document, "-o", "market.d.ts")
	runIn(t, dir, "npx", "tsc")
	start(t).buys(t, dir, "node", "out/purchase.js")
}

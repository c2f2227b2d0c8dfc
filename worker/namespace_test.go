package worker

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"

	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// changesOfNamespaces are the calls that Temporal Cloud, or an authorizer, keeps from applications.
var changesOfNamespaces = []string{
	"RegisterNamespace", "UpdateNamespace", "ListSearchAttributes", "AddSearchAttributes",
}

// dialNamespace returns a client of a namespace that may not exist.
func dialNamespace(t *testing.T, address, namespace string) client.Client {
	t.Helper()
	c, err := client.NewLazyClient(client.Options{HostPort: address, Namespace: namespace})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func newNamespace(t *testing.T) string {
	t.Helper()
	return strings.ToLower("worker-" + rand.Text())
}

func TestEnsureNamespace_Twice_ChangesNothing(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t)
	c := dialNamespace(t, testrig.Env(t, "TEMPORAL_ADDRESS"), namespace)
	for range 2 {
		require.NoError(t, EnsureNamespace(t.Context(), c, namespace))
		require.NoError(t, usable(t.Context(), c, namespace, workflows.SearchAttributes()...))
	}
}

// It stands a frontend before Temporal that refuses what changes
// namespaces. A complete namespace suffices; what an incomplete one lacks is listed with commands that create it.
func TestEnsureNamespace_MayNotChangeIt_WorksWithWhatIsThere(t *testing.T) {
	t.Parallel()
	server := testrig.Env(t, "TEMPORAL_ADDRESS")
	all := workflows.SearchAttributes()
	for name, c := range map[string]struct {
		code    codes.Code
		refused []string // besides changesOfNamespaces
		allowed []string // of these
	}{
		"Denied":             {code: codes.PermissionDenied},
		"NotOffered":         {code: codes.Unimplemented},
		"MayNotLookEither":   {code: codes.PermissionDenied, refused: []string{"DescribeNamespace"}},
		"MayListAttributes":  {code: codes.PermissionDenied, allowed: []string{"ListSearchAttributes"}},
		"MayNotRegisterOnly": {code: codes.PermissionDenied, allowed: []string{"ListSearchAttributes", "AddSearchAttributes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frontend := testrig.NewFrontend(t, c.code, func(method string) bool {
				return slices.Contains(c.allowed, method) ||
					!slices.Contains(slices.Concat(changesOfNamespaces, c.refused), method)
			})
			ensure := func(t *testing.T, namespace string) error {
				t.Helper()
				ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second) // longer than the server caches names
				defer cancel()
				return EnsureNamespace(ctx, dialNamespace(t, frontend.Addr(), namespace), namespace)
			}
			lacks := func(t *testing.T, err error, unregistered bool, attributes ...string) {
				t.Helper()
				var missing *MissingError
				require.ErrorAs(t, err, &missing)
				require.Equal(t, unregistered, missing.Unregistered)
				require.ElementsMatch(t, attributes, missing.SearchAttributes)
				require.Equal(t, unregistered,
					strings.Contains(err.Error(), "temporal operator namespace create --namespace "+missing.Namespace))
				for _, name := range all {
					for _, command := range []string{
						"search attribute %s of type Keyword\n", "--name %s --type Keyword", "--search-attribute %s=Keyword",
						`resource "temporalcloud_namespace_search_attribute" "%s"`,
					} {
						command = fmt.Sprintf(command, name)
						require.Equal(t, slices.Contains(attributes, name), strings.Contains(err.Error(), command),
							command)
					}
				}
			}
			lacks(t, ensure(t, newNamespace(t)), true, all...)

			complete := newNamespace(t)
			require.NoError(t, EnsureNamespace(t.Context(), dialNamespace(t, server, complete), complete))
			require.NoError(t, ensure(t, complete))

			incomplete := newNamespace(t)
			owner := dialNamespace(t, server, incomplete)
			require.NoError(t, ensureRegistered(t.Context(), owner, incomplete))
			testrig.Eventually(t, func() bool {
				_, err := owner.OperatorService().AddSearchAttributes(t.Context(),
					&operatorservice.AddSearchAttributesRequest{
						Namespace:        incomplete,
						SearchAttributes: map[string]enums.IndexedValueType{all[0]: enums.INDEXED_VALUE_TYPE_KEYWORD},
					})
				return err == nil
			}, 30*time.Second, 100*time.Millisecond)
			testrig.Eventually(t, func() bool {
				return usable(t.Context(), owner, incomplete, all[0]) == nil
			}, 30*time.Second,
				100*time.Millisecond)
			err := ensure(t, incomplete)
			if slices.Contains(c.allowed, "AddSearchAttributes") {
				require.NoError(t, err)
				return
			}
			lacks(t, err, false, all[1:]...)
		})
	}
}

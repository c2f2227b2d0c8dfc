package shop

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig/browser"
)

// Each form of each page is shown again when a field is refused, with the field marked and what was typed.
func TestForms_EachInvalidField_IsMarkedAndTheRestKept(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	paths := slices.DeleteFunc(browser.Paths(t, s.router, http.MethodGet, "5"), func(path string) bool {
		return strings.HasSuffix(path, "/events") // a stream
	})
	paths = append(paths, base+"/checkout?item=11", base+"/addresses/5?item=11")
	require.Equal(t, []string{
		base + "/addresses", base + "/addresses/5", base + "/cart", base + "/cart/5", base + "/checkout",
		base + "/forgot",
		base + "/orders/70/refund", base + "/profile", base + "/profile/notifications", base + "/profile/withdrawal",
		base + "/reset-password", base + "/signup", base + "/verify",
	}, s.RefuseEachField(t, paths...))
}

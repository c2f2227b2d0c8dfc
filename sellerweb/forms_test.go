package sellerweb

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig/browser"
)

// Each form of each page is shown again when a field is refused, with the field marked and what was typed.
func TestForms_EachInvalidField_IsMarkedAndTheRestKept(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	require.Equal(t, []string{
		base + "/forgot", base + "/offers/edits", base + "/orders/4/cancel", base + "/orders/4/parcels",
		base + "/orders/4/parcels/3", base + "/products",
		base + "/products/5", base + "/profile",
		base + "/profile/notifications", base + "/profile/withdrawal", base + "/reset-password", base + "/signup",
		base + "/verify", base + "/webhooks", base + "/webhooks/5",
	}, s.RefuseEachField(t, browser.Paths(t, s.router, http.MethodGet, "5")...))
}

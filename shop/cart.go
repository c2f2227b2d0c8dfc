package shop

import (
	"crypto/rand"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// cartRows is how many products one order of the shop may hold.
const cartRows = 50

// maxPieces is how many pieces of a product a cart may hold.
const maxPieces = 100_000

func (s *Server) showCart(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.Store.Cart(r.Context(), web.Buyer(r), market.PageRequest{Size: cartRows})
	if err != nil {
		return err
	}
	addresses, err := s.Store.Addresses(r.Context(), web.Buyer(r))
	if err != nil {
		return err
	}
	// The key makes one order of a form, however often it is sent.
	pages.Show(w, r, http.StatusOK, cartPage(s.site.Frame(r, "장바구니", "Cart"), cart.Items.Content, addresses, rand.Text()))
	return nil
}

// total is what the items of a cart come to.
func total(items []market.CartItem) (sum market.Money) {
	for _, i := range items {
		sum += i.ProductPrice * market.Money(i.Quantity)
	}
	return sum
}

// changeCart adds pieces of a product to the cart, or sets how many it holds; none takes the
// product out.
func (s *Server) changeCart(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	pieces, err := field(r, "quantity")
	if err != nil || pieces < 0 || pieces > maxPieces {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "quantity")
	}
	ctx, buyer, page := r.Context(), web.Buyer(r), market.PageRequest{Size: 1}
	notice := ""
	switch {
	case pieces == 0:
		_, err = s.Store.RemoveFromCart(ctx, buyer, id, page)
	case r.PostForm.Has("add"):
		_, err = s.Store.AddToCart(ctx, buyer, id, int32(pieces), page)
		notice = noticeAdded
	default:
		_, err = s.Store.SetCartQuantity(ctx, buyer, id, int32(pieces), page)
	}
	if err != nil {
		return err
	}
	s.site.Back(w, r, "/cart", notice)
	return nil
}

// address is where parcels go.
type address struct {
	Recipient string `json:"recipient" validate:"required,max=50"`
	Phone     string `json:"phone" validate:"required,max=20"`
	Detail    string `json:"detail" validate:"required,max=100"`
}

func (s *Server) addAddress(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in address
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if _, err := s.Store.CreateAddress(r.Context(), web.Buyer(r), in.Recipient, in.Phone, in.Detail); err != nil {
		return err
	}
	s.site.Back(w, r, "/cart", "")
	return nil
}

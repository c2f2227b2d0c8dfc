package shop

import (
	"crypto/rand"
	"fmt"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) showCart(w http.ResponseWriter, r *http.Request) error {
	items, err := s.cart(r)
	if err != nil {
		return err
	}
	addresses, err := s.Store.Addresses(r.Context(), web.Buyer(r))
	if err != nil {
		return err
	}
	// The key makes one order of a form, however often it is sent.
	pages.Show(w, r, http.StatusOK, cartPage(s.site.Frame(r, textCart), items, addresses, rand.Text()))
	return nil
}

// cart returns all items of the buyer's cart.
func (s *Server) cart(r *http.Request) (items []market.CartItem, err error) {
	for page := (market.PageRequest{Size: market.MaxOrderLines}); ; page.Page++ {
		cart, err := s.Store.Cart(r.Context(), web.Buyer(r), page)
		if err != nil {
			return nil, err
		}
		if items = append(items, cart.Items.Content...); len(cart.Items.Content) < page.Size {
			return items, nil
		}
	}
}

// orderable returns the items of a cart that one order can hold now.
func orderable(items []market.CartItem) (can []market.CartItem) {
	for _, i := range items {
		if i.Orderable && len(can) < market.MaxOrderLines {
			can = append(can, i)
		}
	}
	return can
}

// whyNot returns the reason why an item cannot be ordered.
func whyNot(f pages.Frame, i market.CartItem) string {
	switch *i.Reason {
	case market.CartOutOfStock:
		if i.Available == 0 {
			return f.T(textSoldOut)
		}
		return fmt.Sprintf(f.T(textQuantityLeft), i.Available)
	case market.CartProductDeleted, market.CartProductBlocked, market.CartProductHidden:
	}
	return f.T(textNoLongerOnSale)
}

// total returns the total of cart items.
func total(items []market.CartItem) (sum market.Money) {
	for _, i := range items {
		sum += i.ProductPrice * market.Money(i.Quantity)
	}
	return sum
}

// quantityForm is a submitted form of how many pieces of a product the cart has, or gets more. 0 removes the product.
type quantityForm struct {
	Quantity *int32 `json:"quantity" validate:"required,cartpieces"`
	Add      bool   `json:"add"`
}

// showQuantity shows the page of such a form: of the product that is added, or of the cart.
func (s *Server) showQuantity(w http.ResponseWriter, r *http.Request) error {
	if r.PostForm.Has("add") {
		return s.showProduct(w, r)
	}
	return s.showCart(w, r)
}

// changeCart adds pieces of a product to the cart, or sets how many it holds; none takes the
// product out.
func (s *Server) changeCart(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	var in quantityForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	ctx, buyer, page := r.Context(), web.Buyer(r), market.PageRequest{Size: 1}
	notice := ""
	switch {
	case *in.Quantity == 0:
		_, err = s.Store.RemoveFromCart(ctx, buyer, id, page)
	case in.Add:
		_, err = s.Store.AddToCart(ctx, buyer, id, *in.Quantity, page)
		notice = noticeAdded
	default:
		_, err = s.Store.SetCartQuantity(ctx, buyer, id, *in.Quantity, page)
	}
	if err != nil {
		return err
	}
	s.site.Back(w, r, "/cart", notice)
	return nil
}

// address is a delivery address.
type address struct {
	Recipient string `json:"recipient" validate:"required,personname"`
	Phone     string `json:"phone" validate:"required,phonenumber"`
	Detail    string `json:"detail" validate:"required,addressdetail"`

	DeliveryNote string `json:"deliveryNote" validate:"deliverynote"`
}

func (s *Server) addAddress(w http.ResponseWriter, r *http.Request) error {
	var in address
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if _, err := s.Store.CreateAddress(r.Context(), web.Buyer(r), in.Recipient, in.Phone, in.Detail,
		in.DeliveryNote); err != nil {
		return err
	}
	s.site.Back(w, r, "/cart", "")
	return nil
}

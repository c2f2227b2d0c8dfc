package shop

import (
	"crypto/rand"
	"net/http"
	"slices"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/web"
)

// checkoutPath returns the path of the checkout of some items of the cart, below the site's base.
func checkoutPath(items []int64) string { return "/checkout?" + chosenItems{Items: items}.query() }

// checkout holds the contents of the checkout page: items, amounts, addresses and payment methods.
type checkout struct {
	cartView

	items     []int64 // of the cart
	addresses []market.Address
	address   int64 // the chosen one
	methods   []market.OfferedMethod
	method    market.PaymentMethod // the chosen one
	key       string               // makes one order of the form, however often it is sent
}

// showCheckout shows the checkout of the items in its address. It leads to the cart when they cannot be ordered as they
// are, and to the address book when that is empty.
func (s *Server) showCheckout(w http.ResponseWriter, r *http.Request) error {
	in, err := checkoutOf(r)
	if err != nil {
		return err
	}
	items, err := s.cart(r)
	if err != nil {
		return err
	}
	items = slices.DeleteFunc(items, func(i market.CartItem) bool {
		return !i.Orderable || !slices.Contains(in.Items, i.ID)
	})
	if len(items) < len(in.Items) {
		s.site.Back(w, r, "/cart", noticeCheckItems)
		return nil
	}
	c := checkout{
		cartView: viewCart(items, in.Items), items: in.Items, methods: s.Storefront.Gateways.Offered(),
		key: rand.Text(),
	}
	if c.excess {
		return market.Refuse(market.CodeAmountOutOfRange)
	}
	if c.pictures, err = s.picturesOf(r, items); err != nil {
		return err
	}
	if c.addresses, err = s.Store.Addresses(r.Context(), web.Buyer(r)); err != nil {
		return err
	}
	if len(c.addresses) == 0 {
		http.Redirect(w, r, base+addressesPath(in.Items), http.StatusSeeOther)
		return nil
	}
	c.address = c.addresses[0].ID
	for _, a := range c.addresses {
		if a.ID == in.Address || a.IsDefault && in.Address == 0 {
			c.address = a.ID
		}
	}
	if usable := slices.IndexFunc(c.methods, func(m market.OfferedMethod) bool { return m.Available }); usable >= 0 {
		c.method = c.methods[usable].Method
	}
	pages.Show(w, r, http.StatusOK, checkoutPage(s.site.Frame(r, textCheckout), c))
	return nil
}

// checkoutQuery is the query of a checkout: the items of the cart, and the address that is chosen at first.
type checkoutQuery struct {
	chosenItems

	Address int64 `json:"address"`
}

// checkoutOf returns the query of a request. It fails with INVALID_ORDER_CART_ITEMS for items that are not one to
// MaxOrderLines.
func checkoutOf(r *http.Request) (in checkoutQuery, err error) {
	err = web.DecodeForm(r.URL.Query(), &in)
	if len(in.Items) == 0 || len(in.Items) > market.MaxOrderLines || web.FieldOf(err) == "item" {
		return in, market.Refuse(market.CodeInvalidOrderCartItems)
	}
	return in, err
}

// checkoutForm is the submitted form of a checkout. Its button has the total that the buyer has seen.
type checkoutForm struct {
	Address int64                `json:"address" validate:"required"`
	Method  market.PaymentMethod `json:"method" validate:"required,enum"`
	Total   *market.Money        `json:"total" validate:"required"`
	keyForm
}

// checkOut places an order of the items in the form's address, and begins its payment.
func (s *Server) checkOut(w http.ResponseWriter, r *http.Request) error {
	query, err := checkoutOf(r)
	if err != nil {
		return err
	}
	var in checkoutForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if err := s.Storefront.CheckMethod(in.Method); *in.Total > 0 && err != nil {
		return about("method", err)
	}
	order, err := s.Storefront.Order(r.Context(), web.Buyer(r), in.hashed(), storefront.OrderRequest{
		CartItemIDs: query.Items, AddressID: in.Address, ExpectedTotal: in.Total,
	})
	if err != nil {
		return err
	}
	if err := s.payOrder(w, r, order.ID, in.Method); err != nil {
		web.Explain(w, r, err) // for the log: the order stands, and its page offers to pay it
		s.site.Back(w, r, orderPath(order.ID), noticeNotPaid)
	}
	return nil
}

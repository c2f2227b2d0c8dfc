package shop

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// sellerCart is the part of a cart, or of a checkout, that one seller offers.
type sellerCart struct {
	store string
	items []market.CartItem
	net   market.Money // of the chosen items
}

// cartView is a cart as its page shows it. Its amounts are those that an order of the chosen items would have.
type cartView struct {
	sellers []sellerCart
	chosen  map[int64]bool // by the ids of items
	nets    map[int64]market.Money
	total   market.Money
	excess  bool // the chosen items come to more than an order may

	pictures map[int64]pages.Picture // by the ids of products
}

// viewCart returns the view of items; chosen are the ids of those that would be ordered.
func viewCart(items []market.CartItem, chosen []int64) cartView {
	v := cartView{chosen: map[int64]bool{}, nets: map[int64]market.Money{}}
	var lines []market.PricedLine
	var ordered []market.CartItem
	for _, i := range items {
		if slices.Contains(chosen, i.ID) && i.Orderable {
			v.chosen[i.ID] = true
			ordered = append(ordered, i)
			lines = append(lines,
				market.PricedLine{SellerID: i.SellerID, UnitPrice: i.ProductPrice, Quantity: i.Quantity})
		}
	}
	priced, err := market.PriceOrder(lines, market.CurrentTerms())
	v.excess = err != nil
	v.total = priced.Total
	for i, line := range priced.Lines {
		v.nets[ordered[i].ID] = line.Net
	}
	nets := map[int64]market.Money{}
	for _, s := range priced.Sellers {
		nets[s.SellerID] = s.Net
	}
	var sellers []int64
	for _, i := range items {
		of := slices.Index(sellers, i.SellerID)
		if of < 0 {
			of, sellers = len(sellers), append(sellers, i.SellerID)
			v.sellers = append(v.sellers, sellerCart{store: i.StoreName, net: nets[i.SellerID]})
		}
		v.sellers[of].items = append(v.sellers[of].items, i)
	}
	return v
}

// chosenItems are the items of a cart in an address. Selected reports that it names them all, even none.
type chosenItems struct {
	Items    []int64 `json:"item"`
	Selected bool    `json:"selected"`
}

// query returns the query of an address that has the items.
func (c chosenItems) query() string {
	q := url.Values{}
	for _, id := range c.Items {
		q.Add("item", strconv.FormatInt(id, 10))
	}
	if c.Selected {
		q.Set("selected", "1")
	}
	return q.Encode()
}

// showCart shows the cart. At first, the items that one order can hold are chosen.
func (s *Server) showCart(w http.ResponseWriter, r *http.Request) error {
	var in chosenItems
	if err := web.DecodeForm(r.URL.Query(), &in); err != nil {
		return err
	}
	items, err := s.cart(r)
	if err != nil {
		return err
	}
	if !in.Selected {
		in.Items = nil
		for _, i := range items {
			if i.Orderable && len(in.Items) < market.MaxOrderLines {
				in.Items = append(in.Items, i.ID)
			}
		}
	}
	v := viewCart(items, in.Items)
	if v.pictures, err = s.picturesOf(r, items); err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, cartPage(s.site.Scripted(w, r, textCart, "", "htmx.min.js"), v))
	return nil
}

// picturesOf returns the pictures of the items of a cart, by the ids of their products.
func (s *Server) picturesOf(r *http.Request, items []market.CartItem) (map[int64]pages.Picture, error) {
	products := make([]int64, len(items))
	for n, i := range items {
		products[n] = i.ProductID
	}
	return s.pictures(r.Context(), s.Store, products)
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

// whyNot returns the reason why an item cannot be ordered.
func whyNot(f pages.Frame, i market.CartItem) string {
	switch *i.Reason {
	case market.CartOutOfStock:
		if i.Available == 0 {
			return f.T(pages.TextSoldOut)
		}
		return fmt.Sprintf(f.T(pages.TextQuantityLeft), i.Available)
	case market.CartProductDeleted, market.CartProductBlocked, market.CartProductHidden:
	}
	return f.T(textNoLongerOnSale)
}

// changeable reports whether the quantity of an item can be changed.
func changeable(i market.CartItem) bool {
	return i.Orderable || *i.Reason == market.CartOutOfStock
}

// quantityField returns the name of the field of a product's quantity.
func quantityField(productID int64) string {
	return "quantity[" + strconv.FormatInt(productID, 10) + "]"
}

// cartForm is the submitted form of the cart. Its buttons name a product that gets one piece more or less, or that is
// removed; or they order the chosen items.
type cartForm struct {
	chosenItems

	Quantities map[int64]int64 `json:"quantity"`
	More       int64           `json:"more"`
	Less       int64           `json:"less"`
	Remove     int64           `json:"remove"`
	Order      bool            `json:"order"`
}

// quantity returns how many pieces of an item the form asks for.
func (c cartForm) quantity(i market.CartItem) int64 {
	n, typed := c.Quantities[i.ProductID]
	if !typed {
		n = int64(i.Quantity)
	}
	switch i.ProductID {
	case c.More:
		n++
	case c.Less:
		n = max(n-1, 1)
	}
	return n
}

// changeCart sets the quantities in the cart, and leads to it, or to the checkout of the chosen items.
func (s *Server) changeCart(w http.ResponseWriter, r *http.Request) error {
	var in cartForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	items, err := s.cart(r)
	if err != nil {
		return err
	}
	for _, i := range items {
		if err := s.changeItem(r, in, i); err != nil {
			return err
		}
	}
	in.Selected = true
	switch {
	case !in.Order:
		http.Redirect(w, r, base+"/cart?"+in.query(), http.StatusSeeOther)
	case len(in.Items) == 0:
		s.site.Back(w, r, "/cart", noticeNothingChosen)
	default:
		http.Redirect(w, r, base+checkoutPath(in.Items), http.StatusSeeOther)
	}
	return nil
}

// changeItem sets the quantity of one item, or removes it.
func (s *Server) changeItem(r *http.Request, in cartForm, i market.CartItem) (err error) {
	ctx, buyer, page := r.Context(), web.Buyer(r), market.PageRequest{Size: 1}
	if in.Remove == i.ProductID {
		_, err = s.Store.RemoveFromCart(ctx, buyer, i.ProductID, page)
		return err
	}
	field := quantityField(i.ProductID)
	if values, shown := r.PostForm[field]; shown && values[0] == "" {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, field)
	}
	n := in.quantity(i)
	if n < 1 || n > market.MaxPieces {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, field)
	}
	if n == int64(i.Quantity) || !changeable(i) {
		return nil
	}
	_, err = s.Store.SetCartQuantity(ctx, buyer, i.ProductID, int32(n), page)
	var refused *market.Error
	if errors.As(err, &refused) && refused.Code == market.CodeProductOutOfStock {
		return refused.About(field)
	}
	return err
}

// pieces is the submitted form of a product's page: how many pieces go into the cart. Buy leads to the checkout of this
// product, with as many pieces as the form has.
type pieces struct {
	Quantity *int32 `json:"quantity" validate:"required,cartpieces"`
	Buy      bool   `json:"buy"`
}

// addToCart puts pieces of a product into the cart.
func (s *Server) addToCart(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	var in pieces
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if *in.Quantity == 0 {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "quantity")
	}
	if in.Buy {
		return s.buyNow(w, r, id, *in.Quantity)
	}
	_, err = s.Store.AddToCart(r.Context(), web.Buyer(r), id, *in.Quantity, market.PageRequest{Size: 1})
	if err != nil {
		return err
	}
	s.site.Back(w, r, productPath(id), noticeAdded)
	return nil
}

// buyNow has the cart hold so many pieces of a product, and leads to their checkout.
func (s *Server) buyNow(w http.ResponseWriter, r *http.Request, productID int64, quantity int32) error {
	ctx, buyer, page := r.Context(), web.Buyer(r), market.PageRequest{Size: 1}
	before, err := s.cartItem(r, productID)
	if err != nil {
		return err
	}
	if before.ID != 0 {
		_, err = s.Store.SetCartQuantity(ctx, buyer, productID, quantity, page)
	} else {
		_, err = s.Store.AddToCart(ctx, buyer, productID, quantity, page)
	}
	if err != nil {
		return err
	}
	item, err := s.cartItem(r, productID)
	if err != nil {
		return err
	}
	http.Redirect(w, r, base+checkoutPath([]int64{item.ID}), http.StatusSeeOther)
	return nil
}

// cartItem returns the item of a product in the cart; its id is 0 for none.
func (s *Server) cartItem(r *http.Request, productID int64) (market.CartItem, error) {
	items, err := s.cart(r)
	if err != nil {
		return market.CartItem{}, err
	}
	of := slices.IndexFunc(items, func(i market.CartItem) bool { return i.ProductID == productID })
	if of < 0 {
		return market.CartItem{}, nil
	}
	return items[of], nil
}

package shop

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// addressesPath returns the path of the address book, below the site's base. items are those of a checkout that it
// leads back to; none outside of one.
func addressesPath(items []int64) string {
	path := "/addresses"
	if query := (chosenItems{Items: items}).query(); query != "" {
		path += "?" + query
	}
	return path
}

// addressPath returns the path of an address, below the site's base.
func addressPath(id int64, action string, items []int64) string {
	path := "/addresses/" + strconv.FormatInt(id, 10) + action
	if query := (chosenItems{Items: items}).query(); query != "" {
		path += "?" + query
	}
	return path
}

// address is the form of an address.
type address struct {
	market.AddressInput
	IsDefault bool `json:"isDefault"`
}

func (s *Server) listAddresses(w http.ResponseWriter, r *http.Request) error {
	in, err := itemsOf(r)
	if err != nil {
		return err
	}
	addresses, err := s.Store.Addresses(r.Context(), web.Buyer(r))
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, addressesPage(s.site.Frame(r, textAddresses), addresses, in))
	return nil
}

// itemsOf returns the items of the checkout that a page of the address book leads back to.
func itemsOf(r *http.Request) ([]int64, error) {
	var in chosenItems
	err := web.DecodeForm(r.URL.Query(), &in)
	return in.Items, err
}

func (s *Server) addAddress(w http.ResponseWriter, r *http.Request) error {
	var in address
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	added, err := s.Store.CreateAddress(r.Context(), web.Buyer(r), in.AddressInput)
	if err != nil {
		return err
	}
	if in.IsDefault && !added.IsDefault {
		if _, err := s.Store.UpdateAddress(r.Context(), web.Buyer(r), added.ID,
			market.AddressChange{IsDefault: &in.IsDefault}); err != nil {
			return err
		}
	}
	return s.afterAddress(w, r, added.ID)
}

func (s *Server) showAddress(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "addressId")
	if err != nil {
		return err
	}
	items, err := itemsOf(r)
	if err != nil {
		return err
	}
	addresses, err := s.Store.Addresses(r.Context(), web.Buyer(r))
	if err != nil {
		return err
	}
	of := slices.IndexFunc(addresses, func(a market.Address) bool { return a.ID == id })
	if of < 0 {
		return market.Refuse(market.CodeAddressNotFound)
	}
	pages.Show(w, r, http.StatusOK, addressPage(s.site.Frame(r, textEditAddress), addresses[of], items))
	return nil
}

func (s *Server) changeAddress(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "addressId")
	if err != nil {
		return err
	}
	var in address
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	change := in.Change()
	if in.IsDefault { // the default moves to another address, and is not removed
		change.IsDefault = &in.IsDefault
	}
	if _, err := s.Store.UpdateAddress(r.Context(), web.Buyer(r), id, change); err != nil {
		return err
	}
	return s.afterAddress(w, r, id)
}

func (s *Server) deleteAddress(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "addressId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	if _, err := s.Store.DeleteAddress(r.Context(), web.Buyer(r), id); err != nil {
		return err
	}
	return s.afterAddress(w, r, 0)
}

// afterAddress leads to the checkout that the form came from, with the address chosen, else to the address book.
func (s *Server) afterAddress(w http.ResponseWriter, r *http.Request, id int64) error {
	items, err := itemsOf(r)
	if err != nil {
		return err
	}
	path := addressesPath(nil)
	if len(items) > 0 {
		path = checkoutPath(items)
		if id != 0 {
			path += "&address=" + strconv.FormatInt(id, 10)
		}
	}
	http.Redirect(w, r, base+path, http.StatusSeeOther)
	return nil
}

// about returns an error of a form with the field that it is about.
func about(field string, err error) error {
	var refused *market.Error
	if errors.As(err, &refused) {
		return refused.About(field)
	}
	return err
}

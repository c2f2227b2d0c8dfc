// Package shop contains the pages of buyers, which the API's server shows under /shop.
package shop

import (
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/live"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/web"
)

// Server shows pages to buyers.
type Server struct {
	Store      Store
	Replica    Lists // for lists that may lag behind: a replica, or Store
	Cache      *cache.Reads
	Images     *images.Store
	Storefront *storefront.Service
	Live       *live.Orders
	SDK        string          // the address of the payment provider's script, with which buyers pay in the browser
	Operator   market.Business // of the marketplace

	site *pages.Site
}

const base = "/shop"

// Routes adds the shop's pages to the router of the API, for buyers who log in with accounts.
func (s *Server) Routes(router *mux.Router, accounts *login.Auth) {
	s.site = &pages.Site{
		Accounts: &login.Accounts{
			Auth: accounts, Role: market.RoleBuyer, Credentials: s.Store.BuyerCredentials, Check: s.Store.CheckBuyer,
		},
		ID: "shop", Base: base, Images: s.Images.Origin(), Cookie: "shop", Notice: notice,
		NoticeKind: noticeKind, Open: true, SignUp: true, Operator: s.Operator,
		Search: &pages.Link{Path: "/", Name: textSearchProducts},
		Tabs: []pages.Tab{
			{Path: "/", Name: pages.TextProducts}, {Path: "/cart", Name: textCart},
			{Path: "/orders", Name: pages.TextOrders}, pages.InboxTab,
			{Path: pages.ProfilePath, Name: pages.TextProfile},
		}, Inbox: s.Store, Reader: pages.Unread(s.Store), Withdraw: accounts.WithdrawBuyer, Lost: lost,
		NoticeLinks: map[string]pages.Link{noticeAdded: {Path: "/cart", Name: textGoToCart}},
	}
	router.Handle("/", http.RedirectHandler(base+"/", http.StatusSeeOther)).Methods(http.MethodGet)
	s.site.ServeUnknown(router, "/")
	router.Handle(base, http.RedirectHandler(base+"/", http.StatusSeeOther)).Methods(http.MethodGet)
	everybody := s.site.Everybody(router)
	everybody(http.MethodGet, "/", s.listProducts)
	everybody(http.MethodGet, "/products/{productId}", s.showProduct)
	everybody(http.MethodGet, "/signup", s.showSignUp)
	everybody(http.MethodPost, "/signup", s.site.Submit(s.showSignUp, s.signUp))
	buyers := s.site.Router(router)
	buyers(http.MethodPost, "/products/{productId}/restock", s.subscribe)
	buyers(http.MethodGet, "/cart", s.showCart)
	buyers(http.MethodPost, "/cart", s.site.Submit(s.showCart, s.changeCart))
	buyers(http.MethodPost, "/cart/{productId}", s.site.Submit(s.showProduct, s.addToCart))
	buyers(http.MethodGet, "/checkout", s.showCheckout)
	buyers(http.MethodPost, "/checkout", s.site.Submit(s.showCheckout, s.checkOut))
	buyers(http.MethodGet, "/addresses", s.listAddresses)
	buyers(http.MethodPost, "/addresses", s.site.Submit(s.listAddresses, s.addAddress))
	buyers(http.MethodGet, "/addresses/{addressId}", s.showAddress)
	buyers(http.MethodPost, "/addresses/{addressId}", s.site.Submit(s.showAddress, s.changeAddress))
	buyers(http.MethodPost, "/addresses/{addressId}/delete", s.deleteAddress)
	buyers(http.MethodGet, "/orders", s.listOrders)
	buyers(http.MethodGet, "/orders/{orderId}", s.showOrder)
	buyers(http.MethodGet, "/orders/{orderId}/events", s.followOrder)
	buyers(http.MethodPost, "/orders/{orderId}/pay", s.pay)
	buyers(http.MethodGet, "/orders/{orderId}/paid", s.returnFromPayment)
	buyers(http.MethodPost, "/orders/{orderId}/cancel", s.cancelOrder)
	buyers(http.MethodPost, "/orders/{orderId}/items/{orderItemId}/confirm", s.confirmItem)
	buyers(http.MethodGet, "/orders/{orderId}/refund", s.showRefundForm)
	buyers(http.MethodPost, "/orders/{orderId}/refund", s.site.Submit(s.showRefundForm, s.requestRefund))
	buyers(http.MethodGet, pages.ProfilePath, s.showProfile)
	buyers(http.MethodPost, pages.ProfilePath, s.site.Submit(s.showProfile, s.saveProfile))
	buyers(http.MethodPost, pages.PreferencesPath, s.site.Submit(s.showProfile, s.site.SavePreferences))
}

func (s *Server) showSignUp(w http.ResponseWriter, r *http.Request) error {
	f := s.site.Frame(r, pages.TextSignUp)
	pages.Show(w, r, http.StatusOK, signUpPage(f, s.site.SignUpAddress(r), s.site.Accounts.Documents))
	return nil
}

func (s *Server) signUp(w http.ResponseWriter, r *http.Request) error {
	var in login.BuyerSignUp
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if err := s.site.Accounts.SignUpBuyer(r, in, true); err != nil {
		return err
	}
	if web.Caller(r).ID != 0 { // the session of another account stays
		s.site.Back(w, r, "/login", noticeSignedUp)
		return nil
	}
	return s.site.LogInNew(w, r, in.Email, in.Password, noticeSignedUp)
}

// The notices of the outcome of a form.
const (
	noticeSignedUp   = "signed-up"
	noticeAdded      = "added"
	noticeSubscribed = "subscribed"
	noticePaid       = "paid"
	noticeDeclined   = "declined"
	noticeUnderWay   = "under-way"
	noticeNotPaid    = "not-paid"
	noticeCancelled  = "cancelled"
	noticeCancelling = "cancelling"
	noticeRefund     = "refund"
	noticeConfirmed  = "confirmed"

	noticeNothingChosen = "nothing-chosen"
	noticeCheckItems    = "check-items"
	noticeUnsubscribed  = "unsubscribed"
)

func notice(f pages.Frame, name string, _ []int64) string {
	switch name {
	case noticeSignedUp:
		if f.Accounts.MailsSent {
			return f.T(textAccountCreatedConfirmEmail)
		}
		return f.T(textAccountCreated)
	case noticeAdded:
		return f.T(textAddedToCart)
	case noticeSubscribed:
		return f.T(textRestockAlertSaved)
	case noticeUnsubscribed:
		return f.T(textRestockAlertCancelled)
	case noticeNothingChosen:
		return f.T(textChooseItems)
	case noticeCheckItems:
		return f.T(textCheckItems)
	case noticePaid:
		return f.T(textPaymentCompleted)
	case noticeDeclined:
		return f.T(textPaymentNotApproved)
	case noticeUnderWay:
		return f.T(textPaymentBeingProcessed)
	case noticeNotPaid:
		return f.T(textOrderNotPaidYet)
	case noticeCancelled:
		return f.T(textOrderCancelled)
	case noticeCancelling:
		return f.T(textOrderBeingCancelled)
	case noticeConfirmed:
		return f.T(textPurchaseConfirmed)
	case noticeRefund:
		return f.T(textRefundRequested)
	}
	return ""
}

// noticeKind returns the kind of a notice.
func noticeKind(name string, _ []int64) pages.NoticeKind {
	switch name {
	case noticeDeclined:
		return pages.NoticeFailed
	case noticeNotPaid, noticeNothingChosen, noticeCheckItems:
		return pages.NoticeWarning
	case noticeUnderWay, noticeCancelling:
		return pages.NoticeInfo
	}
	return pages.NoticeSuccess
}

// orderPath returns the path of an order's page, below the site's base.
func orderPath(id int64) string { return "/orders/" + strconv.FormatInt(id, 10) }

package console

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// listStaff shows the accounts of staff.
func (s *Server) listStaff(w http.ResponseWriter, r *http.Request) error {
	return s.showStaff(w, r, http.StatusOK, newStaff{}, "")
}

// newStaff is the form of an invitation.
type newStaff struct {
	Email market.Email     `json:"email" validate:"required,emailaddress"`
	Name  string           `json:"name" validate:"required,personname"`
	Role  market.StaffRole `json:"role" validate:"required,enum"`
}

// showStaff shows the accounts of staff and the form of an invitation, with its problem.
func (s *Server) showStaff(w http.ResponseWriter, r *http.Request, status int, in newStaff, problem string) error {
	members, err := pages.Read(r, s.store.StaffMembers, market.StaffActive)
	if err != nil {
		return err
	}
	pages.Show(w, r, status, staffPage(s.site.Frame(r, textStaff), members, in, problem))
	return nil
}

// inviteStaff creates an account of staff, whose holder is mailed a token for choosing a password.
func (s *Server) inviteStaff(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in newStaff
	err := web.DecodeForm(r.PostForm, &in)
	if err == nil && !s.site.Accounts.MailsSent {
		err = market.Refuse(market.CodeMailUnavailable)
	}
	var waits *market.Proposal
	if err == nil {
		_, waits, err = s.store.InviteStaff(r.Context(), web.Caller(r).ID, in.Email, in.Name, in.Role)
	}
	if err != nil {
		status, message := web.Explain(w, r, err)
		if status >= http.StatusInternalServerError && market.CodeOf(err) != market.CodeMailUnavailable {
			return err
		}
		return s.showStaff(w, r, status, in, message)
	}
	s.backToStaff(w, r, noticeInvited, waits)
	return nil
}

// changeStaff changes the role of a member of staff, or its access.
func (s *Server) changeStaff(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "staffId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	ctx, caller := r.Context(), web.Caller(r).ID
	var waits *market.Proposal
	changes := map[string]func() (market.StaffMember, error){
		"disable": func() (market.StaffMember, error) { return s.backOffice.DisableStaff(ctx, caller, id) },
		"enable":  func() (market.StaffMember, error) { return s.store.EnableStaff(ctx, id) },
		"reset":   func() (market.StaffMember, error) { return s.backOffice.ResetStaff(ctx, caller, id) },
		"role": func() (m market.StaffMember, err error) {
			m, waits, err = s.setStaffRole(ctx, caller, id, r.PostForm.Get("role"))
			return m, err
		},
	}
	change, ok := changes[r.PostForm.Get("do")]
	if !ok {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "do")
	}
	if _, err := change(); err != nil {
		return err
	}
	s.backToStaff(w, r, noticeStaff, waits)
	return nil
}

// backToStaff leads back to the list, with a notice of what was done or of what waits for a second
// person.
func (s *Server) backToStaff(w http.ResponseWriter, r *http.Request, done string, waits *market.Proposal) {
	if waits != nil {
		done = noticeWaits
	}
	s.site.Back(w, r, "/staff", done)
}

func (s *Server) setStaffRole(
	ctx context.Context, adminID, id int64, role string,
) (market.StaffMember, *market.Proposal, error) {
	to := market.StaffRole(role)
	if !to.Valid() {
		return market.StaffMember{}, nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "role")
	}
	return s.store.SetStaffRole(ctx, adminID, id, to)
}

// showAccount shows the reader's own account.
func (s *Server) showAccount(w http.ResponseWriter, r *http.Request) error {
	return s.showOwnAccount(w, r, http.StatusOK, nil, "")
}

// showOwnAccount shows the reader's own account, with a second factor that is to be confirmed, nil for
// none, and with what was wrong with a form.
func (s *Server) showOwnAccount(
	w http.ResponseWriter, r *http.Request, status int, key *otp.Key, problem string,
) error {
	m, err := s.store.Staff(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	offer := offeredFactor{}
	if key != nil {
		if offer, err = offered(key); err != nil {
			return err
		}
	}
	f := s.site.Frame(r, textMyAccount)
	pages.Show(w, r, status, accountPage(f, m, web.Caller(r).Enrolling, offer, problem))
	return nil
}

// changeFactor sets up the reader's second factor in two steps, a secret and a code that confirms it,
// or removes it.
func (s *Server) changeFactor(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	accounts, code := s.site.Accounts, r.PostForm.Get("otp")
	var key *otp.Key
	var err error
	switch r.PostForm.Get("do") {
	case "offer":
		if key, err = accounts.OfferFactor(r, r.PostForm.Get("currentPassword")); err == nil {
			return s.showOwnAccount(w, r, http.StatusOK, key, "")
		}
	case "activate":
		if err = accounts.ActivateFactor(r, code); err != nil {
			key, _ = otp.NewKeyFromURL(r.PostForm.Get("url")) // shown again, so that the code can be typed again
		}
	case "remove":
		err = accounts.RemoveFactor(r, r.PostForm.Get("currentPassword"), code)
	default:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "do")
	}
	if err != nil {
		status, message := web.Explain(w, r, err)
		if status >= http.StatusInternalServerError {
			return err
		}
		return s.showOwnAccount(w, r, status, key, message)
	}
	s.site.Back(w, r, pages.FactorPath, noticeFactor)
	return nil
}

// offeredFactor is a secret for an authenticator app; its zero value is none.
type offeredFactor struct {
	secret, url string
	size        int    // of the QR code, in modules
	path        string // its dark modules, as an SVG path
}

func offered(key *otp.Key) (o offeredFactor, err error) {
	code, err := qr.Encode(key.URL(), qr.M, qr.Auto)
	if err != nil { // it is too long for one
		return o, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "url")
	}
	o = offeredFactor{secret: key.Secret(), url: key.URL(), size: code.Bounds().Dx()}
	var path strings.Builder
	for y := range o.size {
		for x := range o.size {
			if red, _, _, _ := code.At(x, y).RGBA(); red == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	o.path = path.String()
	return o, nil
}

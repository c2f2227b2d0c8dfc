package console

import (
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
	members, err := pages.Read(r, s.store.StaffMembers, market.StaffActive)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, staffPage(s.site.Frame(r, textStaff), members))
	return nil
}

// newStaff is the form of an invitation.
type newStaff struct {
	Email market.Email     `json:"email" validate:"required,emailaddress"`
	Name  string           `json:"name" validate:"required,personname"`
	Role  market.StaffRole `json:"role" validate:"required,enum"`
}

// inviteStaff creates an account of staff, whose holder is mailed a token for choosing a password.
func (s *Server) inviteStaff(w http.ResponseWriter, r *http.Request) error {
	var in newStaff
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if !s.site.Accounts.MailsSent {
		return market.Refuse(market.CodeMailUnavailable)
	}
	_, waits, err := s.store.InviteStaff(r.Context(), web.Caller(r).ID, in.Email, in.Name, in.Role)
	if err != nil {
		return err
	}
	s.backToStaff(w, r, noticeInvited, waits)
	return nil
}

// staffForm is a submitted form that changes a member of staff.
type staffForm struct {
	Do   string           `json:"do" validate:"required,oneof=disable enable reset role"`
	Role market.StaffRole `json:"role" validate:"required_if=Do role,omitempty,enum"`
}

// changeStaff changes the role of a member of staff, or its access.
func (s *Server) changeStaff(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "staffId")
	if err != nil {
		return err
	}
	var in staffForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	ctx, caller := r.Context(), web.Caller(r).ID
	var waits *market.Proposal
	switch in.Do {
	case "disable":
		_, err = s.backOffice.DisableStaff(ctx, caller, id)
	case "enable":
		_, err = s.store.EnableStaff(ctx, id)
	case "reset":
		_, err = s.backOffice.ResetStaff(ctx, caller, id)
	case "role":
		_, waits, err = s.store.SetStaffRole(ctx, caller, id, in.Role)
	}
	if err != nil {
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

// passwordForm and codeForm are the fields of the forms of the second factor.
type (
	passwordForm struct {
		CurrentPassword string `json:"currentPassword" validate:"required,currentpassword"`
	}
	codeForm struct {
		OTP string `json:"otp" validate:"required,onetimepassword"`
	}
)

// showAccount shows the reader's own account, also for the form of a second factor that is to be confirmed.
func (s *Server) showAccount(w http.ResponseWriter, r *http.Request) error {
	key, err := otp.NewKeyFromURL(r.PostForm.Get("url"))
	if err != nil || r.PostForm.Get("url") == "" {
		key = nil
	}
	return s.showOwnAccount(w, r, key)
}

// showOwnAccount shows the reader's own account, with a second factor that is to be confirmed, nil for
// none.
func (s *Server) showOwnAccount(w http.ResponseWriter, r *http.Request, key *otp.Key) error {
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
	pages.Show(w, r, http.StatusOK, accountPage(f, m, web.Caller(r).Enrolling, offer))
	return nil
}

// changeFactor sets up the reader's second factor in two steps, a secret and a code that confirms it,
// or removes it.
func (s *Server) changeFactor(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Do string `json:"do" validate:"required,oneof=offer activate remove"`
	}
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	accounts := s.site.Accounts
	switch in.Do {
	case "offer":
		var in passwordForm
		if err := web.DecodeForm(r.PostForm, &in); err != nil {
			return err
		}
		key, err := accounts.OfferFactor(r, in.CurrentPassword)
		if err != nil {
			return err
		}
		return s.showOwnAccount(w, r, key)
	case "activate":
		var in codeForm
		if err := web.DecodeForm(r.PostForm, &in); err != nil {
			return err
		}
		if err := accounts.ActivateFactor(r, in.OTP); err != nil {
			return err
		}
	case "remove":
		var in struct {
			passwordForm
			codeForm
		}
		if err := web.DecodeForm(r.PostForm, &in); err != nil {
			return err
		}
		if err := accounts.RemoveFactor(r, in.CurrentPassword, in.OTP); err != nil {
			return err
		}
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

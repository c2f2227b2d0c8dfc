package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/web"
)

type newPassword struct {
	CurrentPassword string `json:"currentPassword" validate:"required,currentpassword"`
	Password        string `json:"password" validate:"required,newpassword"`
}

// changePassword changes the caller's own password, and ends its other sessions.
func (s *Server) changePassword(w http.ResponseWriter, r *http.Request) error {
	var in newPassword
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	if err := s.Auth.Confirm(r, in.CurrentPassword, s.Store.AdminSecret); err != nil {
		return err
	}
	hash, err := s.Auth.Passwords.Hash(r.Context(), in.Password)
	if err != nil {
		return err
	}
	caller := web.Caller(r)
	if err := s.Store.SetAdminPassword(r.Context(), caller.ID, hash, caller.Family); err != nil {
		return err
	}
	if err := s.Auth.SecretsChanged(r, "CREDENTIALS_CHANGED"); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

package admin

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// getMe answers with the caller's own account and what its role may do.
func (s *Server) getMe(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Store.Staff(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	var may []market.Permission
	for _, p := range market.Permissions() {
		if m.Role.May(p) {
			may = append(may, p)
		}
	}
	return web.Respond(w, r, web.ReadSuccess, struct {
		market.StaffMember
		Permissions []market.Permission `json:"permissions"`
	}{m, may})
}

type newStaff struct {
	Email market.Email     `json:"email" validate:"required,emailaddress"`
	Name  string           `json:"name" validate:"required,personname"`
	Role  market.StaffRole `json:"role" validate:"required,enum"`
}

// inviteStaff creates an account of staff, whose holder is mailed a token for choosing a password.
func (s *Server) inviteStaff(w http.ResponseWriter, r *http.Request) error {
	var in newStaff
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	if !s.Auth.MailsSent {
		return market.Refuse(market.CodeMailUnavailable)
	}
	m, p, err := s.Store.InviteStaff(r.Context(), web.Caller(r).ID, in.Email, in.Name, in.Role)
	if err != nil {
		return err
	}
	return respondOrPropose(w, r, web.CreateSuccess, m, p)
}

type staffRole struct {
	Role market.StaffRole `json:"role" validate:"required,enum"`
}

func (s *Server) setStaffRole(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "staffId")
	if err != nil {
		return err
	}
	var in staffRole
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	m, p, err := s.Store.SetStaffRole(r.Context(), web.Caller(r).ID, id, in.Role)
	if err != nil {
		return err
	}
	return respondOrPropose(w, r, web.UpdateSuccess, m, p)
}

// endStaff makes a handler of what ends the access of another member of staff.
func endStaff(do func(ctx context.Context, adminID, id int64) (market.StaffMember, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return measure("staffId", func(ctx context.Context, id int64) (market.StaffMember, error) {
			return do(ctx, web.Caller(r).ID, id)
		}, nil)(w, r)
	}
}

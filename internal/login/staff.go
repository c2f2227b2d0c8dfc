package login

import (
	"context"
	"fmt"
	"net/http"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// AdmitStaff returns an authenticated admin with the account's current role and second factor, so
// that a change of either applies from the next request. It fails with TOKEN_INVALID for a disabled
// account, with ADMIN_NOT_FOUND, or with ADMIN_ALREADY_DELETED.
func (a *Auth) AdmitStaff(ctx context.Context, p auth.Principal) (auth.Principal, error) {
	m, err := a.Store.Staff(ctx, p.ID)
	switch {
	case err != nil:
		return p, err
	case m.Status == market.StaffDisabled:
		return p, market.Refuse(market.CodeTokenInvalid)
	}
	p.Name, p.Staff, p.SecondFactor = m.Name, m.Role, m.SecondFactor
	p.Enrolling = a.FactorCompulsory && !m.SecondFactor
	return p, nil
}

// RequireStaff is router middleware behind Authenticate that admits members of staff.
func (a *Auth) RequireStaff(next http.Handler) http.Handler {
	return web.Require(market.RoleAdmin)(web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		p, err := a.AdmitStaff(r.Context(), web.Caller(r))
		if err != nil {
			return err
		}
		next.ServeHTTP(w, web.WithCaller(r, p))
		return nil
	}))
}

// Guarded is the handler of a route for those members of staff who have a permission.
type Guarded struct {
	Permission market.Permission
	http.Handler
}

// Guard returns the handler of a route of staff. wrap makes it an HTTP handler that answers with its
// errors. It panics if the route names no permission.
func (a *Auth) Guard(p market.Permission, h web.Handler, wrap func(web.Handler) http.Handler) Guarded {
	if !p.Valid() {
		panic(fmt.Sprintf("a route of staff names the permission %q, which does not exist", p))
	}
	return Guarded{Permission: p, Handler: wrap(func(w http.ResponseWriter, r *http.Request) error {
		if err := a.Permit(r, p); err != nil {
			return err
		}
		return h(w, r)
	})}
}

// Permit fails if the caller, a member of staff, must not make a request that requires a
// permission: with SECOND_FACTOR_REQUIRED until a compulsory second factor is set up, with
// FORBIDDEN, or with SECOND_FACTOR_STALE if the second factor was given too long ago for a change
// by this permission. Accounts without a second factor, which exist in the local profile only, need
// none.
func (a *Auth) Permit(r *http.Request, p market.Permission) error {
	caller := web.Caller(r)
	switch {
	case caller.Enrolling && p != market.PermissionSession:
		return market.Refuse(market.CodeSecondFactorRequired)
	case !caller.May(p):
		return market.RefuseWith(market.CodeForbidden, market.DetailStaffRole)
	case !p.Fresh() || r.Method == http.MethodGet || !caller.SecondFactor:
		return nil
	}
	fresh, err := a.Sessions.FactorFresh(r.Context(), caller)
	if err == nil && !fresh {
		err = market.Refuse(market.CodeSecondFactorStale)
	}
	return err
}

// GiveFactor checks a one-time password of the caller, and lets the caller's session decide about
// money and access for market.FactorFreshness. It fails with OTP_REQUIRED, OTP_WRONG or
// OTP_RATE_LIMITED, or with DATA_CONFLICT if the caller uses no second factor.
func (a *Auth) GiveFactor(r *http.Request, code string) error {
	caller := web.Caller(r)
	used, err := a.checkOTP(r, caller.ID, code)
	switch {
	case market.CodeOf(err) == market.CodeOTPWrong:
		web.NoteSecurity(r, "SECOND_FACTOR_WRONG", caller.Role, caller.ID)
		return err
	case err != nil:
		return err
	case !used:
		return market.Refuse(market.CodeDataConflict)
	}
	return a.Sessions.GiveFactor(r.Context(), caller.Family)
}

type otpConfirmation struct {
	OTP string `json:"otp" validate:"required,onetimepassword"`
}

// ConfirmOTP is GiveFactor for API clients.
func (a *Accounts) ConfirmOTP(w http.ResponseWriter, r *http.Request) error {
	var in otpConfirmation
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	if err := a.GiveFactor(r, in.OTP); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

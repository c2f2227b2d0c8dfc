package backoffice

import (
	"context"

	"github.com/all-in-market/market/internal/market"
)

// DisableStaff ends the access of a member of staff at once. It fails with ADMIN_NOT_FOUND or
// LAST_OWNER, with DATA_CONFLICT for the admin's own account, or with REDIS_UNAVAILABLE: the same
// call again then ends the sessions.
func (o *Office) DisableStaff(ctx context.Context, adminID, id int64) (market.StaffMember, error) {
	return o.endStaff(ctx, adminID, id, o.Store.DisableStaff)
}

// ResetStaff removes the second factor of a member of staff and ends the member's sessions. It fails as
// DisableStaff does: an admin's own second factor is changed with the password.
func (o *Office) ResetStaff(ctx context.Context, adminID, id int64) (market.StaffMember, error) {
	return o.endStaff(ctx, adminID, id, o.Store.ResetStaff)
}

func (o *Office) endStaff(
	ctx context.Context, adminID, id int64, end func(ctx context.Context, id int64) (market.StaffMember, error),
) (m market.StaffMember, err error) {
	if adminID == id {
		return m, market.RefuseWith(market.CodeDataConflict, market.DetailStaffSelf)
	}
	if m, err = end(ctx, id); err != nil {
		return m, err
	}
	return m, o.Sessions.EndAccount(ctx, market.RoleAdmin, id)
}

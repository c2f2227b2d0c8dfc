package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// owners creates owners who can log in, and returns their ids.
func owners(t *testing.T, s *store.Store, n int) (ids []int64) {
	t.Helper()
	for i := range n {
		email := market.Email(fmt.Sprintf("owner%d@example.com", i))
		_, err := s.CreateAdmin(t.Context(), email, "hash", "Owner")
		require.NoError(t, err)
		m, err := s.StaffByEmail(t.Context(), email)
		require.NoError(t, err)
		ids = append(ids, m.ID)
	}
	return ids
}

func TestStaff_LastOwner_Remains(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	id := owners(t, s, 1)[0]
	_, _, err := s.InviteStaff(ctx, 0, "invited@example.com", "Invited", market.StaffOwner)
	require.NoError(t, err, "an owner who has no password yet does not count")
	_, _, err = s.SetStaffRole(ctx, 0, id, market.StaffAuditor)
	refused(t, market.CodeLastOwner, err)
	_, err = s.DisableStaff(ctx, id)
	refused(t, market.CodeLastOwner, err)
	_, err = s.Pool().Exec(ctx, "UPDATE admins SET deleted_at = now() WHERE id = $1", id)
	require.ErrorContains(t, err, "last owner")
	_, err = s.Pool().Exec(ctx, "DELETE FROM admins WHERE id = $1", id)
	require.ErrorContains(t, err, "last owner")
	m, err := s.Staff(ctx, id)
	require.NoError(t, err)
	require.Equal(t, market.StaffOwner, m.Role)
}

// Owners disable and demote each other at the same time: one is left each time.
func TestStaff_OwnersEndEachOther_OneRemains(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	ids := owners(t, s, 6)
	for range 20 {
		var group errgroup.Group
		for i, id := range ids {
			group.Go(func() (err error) {
				if i%2 == 0 {
					_, err = s.DisableStaff(ctx, id)
				} else {
					_, _, err = s.SetStaffRole(ctx, 0, id, market.StaffSupport)
				}
				var refusal *market.Error
				if errors.As(err, &refusal) && refusal.Code == market.CodeLastOwner {
					return nil
				}
				return err
			})
		}
		require.NoError(t, group.Wait())
		var left int
		require.NoError(t, s.Pool().QueryRow(ctx,
			"SELECT count(*) FROM admins WHERE role = 'OWNER' AND disabled_at IS NULL").Scan(&left))
		require.Equal(t, 1, left)
		for _, id := range ids {
			_, err := s.EnableStaff(ctx, id)
			require.NoError(t, err)
			_, _, err = s.SetStaffRole(ctx, 0, id, market.StaffOwner)
			require.NoError(t, err)
		}
	}
}

func TestStaff_Disabled_HasNoAccessUntilEnabled(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	id := owners(t, s, 2)[1]
	require.NoError(t, s.RequestPasswordReset(ctx, market.RoleAdmin, "owner1@example.com"))
	var mail int64
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT max(id) FROM mails").Scan(&mail))
	_, sent, err := s.MailToSend(ctx, mail)
	require.NoError(t, err)
	require.True(t, sent)

	m, err := s.DisableStaff(ctx, id)
	require.NoError(t, err)
	require.Equal(t, market.StaffDisabled, m.Status)
	refused(t, market.CodeTokenInvalid, s.CheckAdmin(ctx, id))
	c, err := s.AdminCredentials(ctx, "owner1@example.com")
	require.NoError(t, err)
	require.False(t, c.Active)
	_, _, err = s.ResetPassword(ctx, market.MailPasswordReset, market.RoleAdmin, mail, "new")
	refused(t, market.CodeTokenInvalid, err)
	require.NoError(t, s.RequestPasswordReset(ctx, market.RoleAdmin, "owner1@example.com"))
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT max(id) FROM mails").Scan(&mail))
	_, sent, err = s.MailToSend(ctx, mail)
	require.NoError(t, err)
	require.False(t, sent, "nothing is sent to a disabled account")
	end, err := s.SessionEnd(ctx, market.RoleAdmin, id)
	require.NoError(t, err)
	require.False(t, end.All.IsZero())

	m, err = s.EnableStaff(ctx, id)
	require.NoError(t, err)
	require.Equal(t, market.StaffActive, m.Status)
	require.NoError(t, s.CheckAdmin(ctx, id))
	for _, action := range []string{"ADMIN_DISABLED", "ADMIN_ENABLED"} {
		var n int
		require.NoError(t, s.Pool().QueryRow(ctx,
			"SELECT count(*) FROM audit_log WHERE action = $1 AND subject_id = $2", action, id).Scan(&n))
		require.Equal(t, 1, n, action)
	}
}

func TestInviteStaff_Token_SetsThePasswordOnce(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	owners(t, s, 1)
	m, _, err := s.InviteStaff(ctx, 0, "new@example.com", "New", market.StaffFinance)
	require.NoError(t, err)
	require.Equal(t, market.StaffInvited, m.Status)
	_, _, err = s.InviteStaff(ctx, 0, "new@example.com", "New", market.StaffFinance)
	refused(t, market.CodeEmailAlreadyExists, err)
	var mail int64
	require.NoError(t, s.Pool().QueryRow(ctx,
		"SELECT id FROM mails WHERE kind = 'STAFF_INVITATION' AND account_id = $1", m.ID).Scan(&mail))
	_, _, err = s.ResetPassword(ctx, market.MailPasswordReset, market.RoleAdmin, mail, "hash")
	refused(t, market.CodeTokenInvalid, err)
	id, _, err := s.ResetPassword(ctx, market.MailStaffInvitation, market.RoleAdmin, mail, "hash")
	require.NoError(t, err)
	require.Equal(t, m.ID, id)
	_, _, err = s.ResetPassword(ctx, market.MailStaffInvitation, market.RoleAdmin, mail, "hash")
	refused(t, market.CodeTokenInvalid, err)

	for status, want := range map[market.StaffStatus]int{
		market.StaffActive: 2, market.StaffInvited: 0, market.StaffDisabled: 0,
	} {
		p, err := s.StaffMembers(ctx, &status, market.PageRequest{Size: 10})
		require.NoError(t, err)
		require.Len(t, p.Content, want, status)
	}
	all, err := s.StaffMembers(ctx, nil, market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, all.Content, 2)
}

package store_test

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

var fourEyesPolicy = market.RefundPolicy{
	RemindAfterHours: 1, EscalateAfterHours: 2, FourEyes: true, ShippingBorneBy: market.ShippingPolicy{
		ChangeOfMind: market.PartyBuyer, WrongItem: market.PartySeller, Damaged: market.PartySeller,
	},
}

// fourEyes is a shop whose policy asks for two-person approval, with the owners who can give them.
func fourEyes(t *testing.T) (s *testrig.Shop, ids []int64) {
	t.Helper()
	s = testrig.NewShop(t, 1, nil)
	ids = owners(t, s.Store, 1)
	_, _, err := s.SetRefundPolicy(t.Context(), ids[0], fourEyesPolicy)
	refused(t, market.CodeDataConflict, err) // one owner could change nothing any more
	_, err = s.CreateAdmin(t.Context(), "second@example.com", "hash", "Owner")
	require.NoError(t, err)
	second, err := s.StaffByEmail(t.Context(), "second@example.com")
	require.NoError(t, err)
	_, waits, err := s.SetRefundPolicy(t.Context(), ids[0], fourEyesPolicy)
	require.NoError(t, err)
	require.Nil(t, waits)
	return s, append(ids, second.ID)
}

func approval(p *market.Proposal, adminID int64) store.ProposalDecision {
	return store.ProposalDecision{ProposalID: p.ID, AdminID: adminID, Approve: true, PayoutPause: time.Hour}
}

func TestProposals_FourEyes_AreTurnedOffByTwo(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	off := fourEyesPolicy
	off.FourEyes = false
	_, waits, err := s.SetRefundPolicy(ctx, ids[0], off)
	require.NoError(t, err)
	require.Equal(t, market.ProposalPending, waits.Status)
	current, err := s.RefundPolicy(ctx)
	require.NoError(t, err)
	require.True(t, current.FourEyes, "nothing changes until it is decided")
	_, err = s.DecideProposal(ctx, approval(waits, ids[0]))
	refused(t, market.CodeProposalNeedsAnotherAdmin, err)
	_, err = s.Pool().Exec(ctx, "UPDATE proposals SET status = 'APPROVED', decided_by = $2, ended_at = now() WHERE id = $1",
		waits.ID, ids[0])
	require.ErrorContains(t, err, "proposals_two_people")
	_, err = s.Pool().Exec(ctx, `INSERT INTO refund_policies (auto_approve_below, remind_after_hours, escalate_after_hours,
		change_of_mind_by, wrong_item_by, damaged_by) VALUES (0, 1, 2, 'BUYER', 'SELLER', 'SELLER')`)
	require.ErrorContains(t, err, "four eyes", "another program cannot, either")

	decided, err := s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	require.Equal(t, market.ProposalApproved, decided.Status)
	current, err = s.RefundPolicy(ctx)
	require.NoError(t, err)
	require.False(t, current.FourEyes)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	refused(t, market.CodeProposalNotPending, err)
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM audit_log WHERE action LIKE 'PROPOSAL_%' AND subject_id = $1",
		waits.ID))
}

// What another program does to the policy with its triggers off is a finding.
func TestVerify_PolicyChangedByOne_IsAFinding(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	_, waits, err := s.SetRefundPolicy(ctx, ids[0], fourEyesPolicy)
	require.NoError(t, err)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	s.Verified(t)
	for statement, want := range map[string]string{
		`INSERT INTO refund_policies (auto_approve_below, remind_after_hours, escalate_after_hours, change_of_mind_by,
			wrong_item_by, damaged_by) VALUES (0, 1, 2, 'BUYER', 'SELLER', 'SELLER')`: "needs an approved proposal",
		"UPDATE refund_policies SET proposal_id = NULL": "no refund policy is of it",
	} {
		tx, err := s.Pool().Begin(ctx)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, "ALTER TABLE refund_policies DISABLE TRIGGER refund_policies_four_eyes")
		require.NoError(t, err)
		_, err = tx.Exec(ctx, statement)
		require.NoError(t, err)
		require.NoError(t, tx.Commit(ctx))
		findings, err := s.Verify(ctx, func(string) {})
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(findings), want)
	}
}

func TestProposals_Staff_WaitForASecondOwner(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	_, waits, err := s.InviteStaff(ctx, ids[0], "new@example.com", "New", market.StaffFinance)
	require.NoError(t, err)
	require.Zero(t, s.Number(t, "SELECT count(*) FROM admins WHERE email = 'new@example.com'"))
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	m, err := s.StaffByEmail(ctx, "new@example.com")
	require.NoError(t, err)
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM mails WHERE kind = 'STAFF_INVITATION' AND account_id = $1", m.ID))

	unchanged, waits, err := s.SetStaffRole(ctx, ids[0], m.ID, market.StaffOwner)
	require.NoError(t, err)
	require.Equal(t, market.StaffFinance, unchanged.Role)
	_, _, err = s.SetStaffRole(ctx, ids[1], m.ID, market.StaffAuditor)
	refused(t, market.CodeDataConflict, err)
	var waiting *market.Error
	require.ErrorAs(t, err, &waiting)
	require.Equal(t, market.DetailProposalWaits, waiting.Detail)
	_, again, err := s.SetStaffRole(ctx, ids[0], m.ID, market.StaffSupport)
	require.NoError(t, err, "the same owner replaces a proposal")
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	refused(t, market.CodeProposalNotPending, err)
	_, err = s.DecideProposal(ctx, store.ProposalDecision{ProposalID: again.ID, AdminID: ids[1], Reason: "no"})
	require.NoError(t, err)
	_, again, err = s.SetStaffRole(ctx, ids[0], m.ID, market.StaffSupport)
	require.NoError(t, err)
	_, err = s.DecideProposal(ctx, approval(again, ids[1]))
	require.NoError(t, err)
	m, err = s.Staff(ctx, m.ID)
	require.NoError(t, err)
	require.Equal(t, market.StaffSupport, m.Role)

	_, waits, err = s.SetStaffRole(ctx, ids[0], m.ID, market.StaffOwner)
	require.NoError(t, err)
	_, err = s.DisableStaff(ctx, ids[0])
	require.NoError(t, err)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	refused(t, market.CodeProposalNotPending, err)
	operated, waits, err := s.SetStaffRole(ctx, 0, m.ID, market.StaffOwner)
	require.NoError(t, err)
	require.Nil(t, waits, "an operator needs no second person")
	require.Equal(t, market.StaffOwner, operated.Role)
}

func TestProposals_PayoutAccount_PaysToTheOldOneUntilApproved(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx, seller := t.Context(), s.SellerIDs[0]
	account := func() string {
		a, err := s.SellerAccount(ctx, seller)
		require.NoError(t, err)
		return a.BankAccountEnd
	}
	before := account()
	_, _, err := s.UpdateSeller(ctx, seller, store.ProfileChange{
		BankAccount: pointer("99-12345678"), Name: pointer("renamed"), PayoutPause: time.Hour,
	})
	require.NoError(t, err)
	require.Equal(t, before, account())
	shown, err := s.SellerAccount(ctx, seller)
	require.NoError(t, err)
	require.True(t, shown.BankAccountPending)
	require.Equal(t, "renamed", shown.Name, "the rest counts at once")
	require.Nil(t, shown.PayoutsPausedUntil)
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM mails WHERE kind = 'BANK_ACCOUNT_REQUESTED'"))
	pending := market.ProposalPending
	list, err := s.Proposals(ctx, &pending, market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, list.Content, 1)
	waits := list.Content[0]
	require.JSONEq(t, `{"bankCode": "KOOKMIN", "bankAccountEnd": "5678"}`, string(waits.Change))
	var old market.PayoutAccountBefore
	require.NoError(t, json.Unmarshal(waits.Before, &old))
	require.Equal(t, before, old.BankAccountEnd)
	require.Equal(t, shown.BankCode, old.BankCode)
	require.Equal(t, s.Number(t, "SELECT extract(epoch FROM coalesce(bank_account_changed_at, created_at))::int FROM sellers"),
		int(time.Time(old.ChangedAt).Round(time.Second).Unix()))
	require.Equal(t, shown.StoreName, *waits.SubjectName)
	require.Equal(t, shown.Email, waits.ProposerEmail)
	require.Equal(t, shown.Name, waits.ProposerName)
	require.Nil(t, waits.DeciderName)
	_, err = s.DecideProposal(ctx, approval(&list.Content[0], ids[0]))
	require.NoError(t, err, "the seller is the first person")
	require.Equal(t, "5678", account())
	shown, err = s.SellerAccount(ctx, seller)
	require.NoError(t, err)
	require.False(t, shown.BankAccountPending)
	require.NotNil(t, shown.PayoutsPausedUntil, "its owner is notified and can object")
	require.Zero(t, s.Number(t, "SELECT count(*) FROM proposals WHERE bank_account IS NOT NULL"))
}

func TestProposals_ProposerLosesThePermission_AreNotApplied(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	limits, err := s.UnpaidLimits(ctx)
	require.NoError(t, err)
	limits.Verified.Orders++
	_, waits, err := s.SetUnpaidLimits(ctx, ids[0], limits)
	require.NoError(t, err)
	require.NotNil(t, waits)

	// Of a version that did not withdraw it with the change of role.
	_, err = s.Pool().Exec(ctx, "UPDATE admins SET role = 'AUDITOR' WHERE id = $1", ids[0])
	require.NoError(t, err)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	refused(t, market.CodeProposalNotPermitted, err)
	_, err = s.Pool().Exec(ctx, "UPDATE admins SET role = 'OWNER' WHERE id = $1", ids[0])
	require.NoError(t, err)

	_, role, err := s.SetStaffRole(ctx, ids[1], ids[0], market.StaffFinance)
	require.NoError(t, err)
	require.NotNil(t, role)
	third := s.Number(t, "INSERT INTO admins (email, password, name, role) VALUES ('third@example.com', 'x', 'x', 'OWNER') RETURNING id")
	_, err = s.DecideProposal(ctx, approval(role, int64(third)))
	require.NoError(t, err)
	ended, err := s.Proposal(ctx, waits.ID)
	require.NoError(t, err)
	require.Equal(t, market.ProposalWithdrawn, ended.Status)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	refused(t, market.CodeProposalNotPending, err)
	now, err := s.UnpaidLimits(ctx)
	require.NoError(t, err)
	require.Equal(t, limits.Verified.Orders-1, now.Verified.Orders)
}

func TestUpdateSeller_BankAlone_KeepsTheAccountNumber(t *testing.T) {
	t.Parallel()
	for name, waits := range map[string]bool{"at once": false, "four eyes": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ids := testrig.NewShop(t, 1, nil), []int64(nil)
			if waits {
				s, ids = fourEyes(t)
			}
			ctx, seller := t.Context(), s.SellerIDs[0]
			account := func() (bank, end string) {
				a, err := s.SellerAccount(ctx, seller)
				require.NoError(t, err)
				return a.BankCode, a.BankAccountEnd
			}
			_, before := account()
			change := func(bank string) bool {
				_, waits, err := s.UpdateSeller(ctx, seller,
					store.ProfileChange{BankCode: &bank, PayoutPause: time.Hour})
				require.NoError(t, err)
				return waits
			}
			require.False(t, change("KOOKMIN"))
			require.Zero(t, s.Number(t, "SELECT count(*) FROM mails WHERE kind <> 'NOTIFICATION'"), "nothing changes")
			require.Equal(t, waits, change("TOSS"))
			if waits {
				bank, _ := account()
				require.Equal(t, "KOOKMIN", bank)
				p, err := s.Proposal(ctx, int64(s.Number(t, "SELECT max(id) FROM proposals")))
				require.NoError(t, err)
				_, err = s.DecideProposal(ctx, approval(&p, ids[0]))
				require.NoError(t, err)
			}
			bank, end := account()
			require.Equal(t, []string{"TOSS", before}, []string{bank, end})
			require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM mails WHERE kind = 'BANK_ACCOUNT_CHANGED'"))
			require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM sellers WHERE payouts_paused_until > now()"))
			broken, err := s.BrokenBankAccounts(ctx)
			require.NoError(t, err)
			require.Empty(t, broken)
		})
	}
}

// A proposal of the version before has no bank: the seller's stays.
func TestDecideProposal_PayoutAccountWithoutABank_KeepsTheBank(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx, seller := t.Context(), s.SellerIDs[0]
	_, waits, err := s.UpdateSeller(ctx, seller, store.ProfileChange{BankAccount: pointer("99-12345678")})
	require.NoError(t, err)
	require.True(t, waits)
	_, err = s.Pool().Exec(ctx, `ALTER TABLE proposals DISABLE TRIGGER proposals_guard;
		UPDATE proposals SET change = change - 'bankCode'`)
	require.NoError(t, err)
	p, err := s.Proposal(ctx, int64(s.Number(t, "SELECT max(id) FROM proposals")))
	require.NoError(t, err)
	require.JSONEq(t, `{"bankAccountEnd": "5678"}`, string(p.Change))
	_, err = s.DecideProposal(ctx, approval(&p, ids[0]))
	require.NoError(t, err)
	a, err := s.SellerAccount(ctx, seller)
	require.NoError(t, err)
	require.Equal(t, []string{"KOOKMIN", "5678"}, []string{a.BankCode, a.BankAccountEnd})
}

func TestProposals_PayoutAccountRefused_SellerIsNotifiedWithTheReason(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx, seller := t.Context(), s.SellerIDs[0]
	propose := func(number string) (p market.Proposal) {
		_, waits, err := s.UpdateSeller(ctx, seller, store.ProfileChange{BankAccount: &number, PayoutPause: time.Hour})
		require.NoError(t, err)
		require.True(t, waits)
		p, err = s.Proposal(ctx, int64(s.Number(t, "SELECT max(id) FROM proposals")))
		require.NoError(t, err)
		return p
	}
	refusal := func() *market.RefusedAccount {
		a, err := s.SellerAccount(ctx, seller)
		require.NoError(t, err)
		return a.BankAccountRefused
	}
	sent := func() store.Mail {
		m, ok, err := s.MailToSend(ctx, int64(s.Number(t, "SELECT max(subject_id) FROM follow_ups WHERE kind = 'MAIL'")))
		require.NoError(t, err)
		require.True(t, ok)
		return m
	}
	p := propose("99-12345678")
	require.Nil(t, refusal())
	decided, err := s.DecideProposal(ctx, store.ProposalDecision{
		ProposalID: p.ID, AdminID: ids[0], Reason: "other holder",
	})
	require.NoError(t, err)
	require.NotNil(t, decided.DeciderName)
	require.Equal(t, market.MailBankAccountRejected, sent().Kind)
	require.Equal(t, "other holder", sent().Reason)
	require.Equal(t, p.ProposerEmail, sent().Recipient)
	at := refusal()
	require.Equal(t, market.ProposalRejected, at.Status)
	require.Equal(t, "other holder", *at.Reason)
	require.Equal(t, []string{"KOOKMIN", "5678"}, []string{at.BankCode, at.BankAccountEnd})

	propose("99-87654321")
	require.Nil(t, refusal(), "another one waits")
	n, err := s.At(time.Now().Add(market.ProposalLifetime + time.Second)).ExpireProposals(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, market.MailBankAccountExpired, sent().Kind)
	require.Empty(t, sent().Reason)
	require.Equal(t, market.ProposalExpired, refusal().Status)
	require.Nil(t, refusal().Reason)

	p = propose("99-11112222")
	_, err = s.DecideProposal(ctx, approval(&p, ids[0]))
	require.NoError(t, err)
	require.Nil(t, refusal(), "the next change ends it")
}

// The values before, the people, and the proposal that
// replaced one.
func TestProposals_Listed_NameTheirPeopleAndWhatTheyReplace(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	changed := fourEyesPolicy
	changed.RemindAfterHours = 7
	changed.EscalateAfterHours = 9
	_, first, err := s.SetRefundPolicy(ctx, ids[0], changed)
	require.NoError(t, err)
	require.JSONEq(t, `{"autoApproveBelow": 0, "secondApprovalFrom": null, "remindAfterHours": 1, "escalateAfterHours": 2,
		"shippingBorneBy": {"CHANGE_OF_MIND": "BUYER", "WRONG_ITEM": "SELLER", "DAMAGED": "SELLER"}, "fourEyes": true}`,
		string(first.Before))
	require.Nil(t, first.ReplacedBy)
	_, second, err := s.SetRefundPolicy(ctx, ids[0], changed)
	require.NoError(t, err)
	replaced, err := s.Proposal(ctx, first.ID)
	require.NoError(t, err)
	require.Equal(t, market.ProposalWithdrawn, replaced.Status)
	require.Equal(t, second.ID, *replaced.ReplacedBy)
	_, err = s.WithdrawProposal(ctx, 1_000_000, ids[0])
	refused(t, market.CodeProposalNotFound, err)
	withdrawn, err := s.WithdrawProposal(ctx, second.ID, ids[0])
	require.NoError(t, err)
	require.Nil(t, withdrawn.ReplacedBy)
	_, third, err := s.SetRefundPolicy(ctx, ids[0], changed)
	require.NoError(t, err)
	decided, err := s.DecideProposal(ctx, approval(third, ids[1]))
	require.NoError(t, err)
	require.EqualValues(t, "second@example.com", *decided.DeciderEmail)
	require.Equal(t, "Owner", *decided.DeciderName)
	proposer, err := s.Staff(ctx, ids[0])
	require.NoError(t, err)
	require.Equal(t, proposer.Email, decided.ProposerEmail)
	list, err := s.Proposals(ctx, nil, market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, list.Content, 3)
	require.Equal(t, decided, list.Content[0], "a list shows what a decision returns")

	_, role, err := s.SetStaffRole(ctx, ids[0], ids[1], market.StaffFinance)
	require.NoError(t, err)
	require.JSONEq(t, `{"role": "OWNER"}`, string(role.Before))
	require.Equal(t, "Owner", *role.SubjectName)
}

// Of the kinds of the role, those that wait and that others made.
func TestStaffTasks_Proposals_AreThoseTheReaderMayDecide(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	_, _, err := s.SetRefundPolicy(ctx, ids[0], fourEyesPolicy)
	require.NoError(t, err)
	_, _, err = s.UpdateSeller(ctx, s.SellerIDs[0], store.ProfileChange{BankAccount: pointer("99-12345678")})
	require.NoError(t, err)
	for _, c := range []struct {
		adminID int64
		role    market.StaffRole
		want    int64
	}{
		{ids[0], market.StaffOwner, 1}, {ids[1], market.StaffOwner, 2}, {99, market.StaffFinance, 1},
		{99, market.StaffAuditor, 0}, {99, market.StaffSupport, 0},
	} {
		tasks, err := s.StaffTasks(ctx, c.adminID, c.role)
		require.NoError(t, err)
		require.Equal(t, c.want, tasks.Proposals, "%d as %s", c.adminID, c.role)
	}
	tasks, err := s.At(time.Now().Add(market.ProposalLifetime+time.Second)).StaffTasks(ctx, ids[1], market.StaffOwner)
	require.NoError(t, err)
	require.Zero(t, tasks.Proposals, "an expired one needs no decision")
}

// An account that waits is an older wish once the seller's
// password was reset, the seller may not sell, or another account counts.
func TestProposals_PayoutAccount_EndsWithWhatItDependsOn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, s *testrig.Shop, ids []int64){
		"password reset": func(t *testing.T, s *testrig.Shop, _ []int64) {
			t.Helper()
			ctx := t.Context()
			require.NoError(t, s.RequestPasswordReset(ctx, market.RoleSeller, "s0@example.com"))
			mail := int64(s.Number(t, "SELECT max(id) FROM mails"))
			_, sent, err := s.MailToSend(ctx, mail)
			require.NoError(t, err)
			require.True(t, sent)
			_, _, err = s.ResetPassword(ctx, market.MailPasswordReset, market.RoleSeller, mail, "new")
			require.NoError(t, err)
		},
		"seller rejected": func(t *testing.T, s *testrig.Shop, _ []int64) {
			t.Helper()
			_, err := s.SetSellerStatus(t.Context(), s.SellerIDs[0], market.SellerRejected, false, "")
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ids := fourEyes(t)
			_, _, err := s.UpdateSeller(t.Context(), s.SellerIDs[0],
				store.ProfileChange{BankAccount: pointer("99-12345678")})
			require.NoError(t, err)
			waits := int64(s.Number(t, "SELECT id FROM proposals WHERE status = 'PENDING'"))
			end(t, s, ids)
			_, err = s.DecideProposal(t.Context(), approval(&market.Proposal{ID: waits}, ids[0]))
			refused(t, market.CodeProposalNotPending, err)
		})
	}
}

func TestProposals_SellerWithdraws_NothingOfTheAccountIsLeft(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx, seller := t.Context(), s.SellerIDs[0]
	for range 2 { // the second replaces the first
		_, _, err := s.UpdateSeller(ctx, seller, store.ProfileChange{BankAccount: pointer("99-12345678")})
		require.NoError(t, err)
	}
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM proposals WHERE status = 'PENDING'"))
	waits := int64(s.Number(t, "SELECT id FROM proposals WHERE status = 'PENDING'"))
	require.NoError(t, s.WithdrawSeller(ctx, seller))
	require.Zero(t, s.Number(t, "SELECT count(*) FROM proposals p WHERE p::text LIKE '%5678%' OR p.before IS NOT NULL OR p.status = 'PENDING'"))
	_, err := s.DecideProposal(ctx, approval(&market.Proposal{ID: waits}, ids[0]))
	refused(t, market.CodeProposalNotPending, err)
}

func TestProposals_OneThatCannotExpire_HoldsUpNoOther(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	_, stuck, err := s.SetRefundPolicy(ctx, ids[0], fourEyesPolicy)
	require.NoError(t, err)
	limits, err := s.UnpaidLimits(ctx)
	require.NoError(t, err)
	limits.Verified.Orders++
	_, other, err := s.SetUnpaidLimits(ctx, ids[0], limits)
	require.NoError(t, err)
	_, err = s.Pool().Exec(ctx, fmt.Sprintf(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''refused''; END';
		CREATE TRIGGER refuse BEFORE UPDATE ON proposals FOR EACH ROW WHEN (OLD.id = %d) EXECUTE FUNCTION refuse()`, stuck.ID))
	require.NoError(t, err)
	n, err := s.At(time.Now().Add(market.ProposalLifetime + time.Second)).ExpireProposals(ctx)
	require.ErrorContains(t, err, fmt.Sprintf("expire proposal %d", stuck.ID))
	require.Equal(t, 1, n)
	p, err := s.Proposal(ctx, other.ID)
	require.NoError(t, err)
	require.Equal(t, market.ProposalExpired, p.Status)
}

func TestProposals_NotDecided_Expire(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	_, waits, err := s.SetRefundPolicy(ctx, ids[0], fourEyesPolicy)
	require.NoError(t, err)
	n, err := s.ExpireProposals(ctx)
	require.NoError(t, err)
	require.Zero(t, n)
	later := s.At(time.Now().Add(market.ProposalLifetime + time.Second))
	_, err = later.DecideProposal(ctx, approval(waits, ids[1]))
	refused(t, market.CodeProposalNotPending, err)
	n, err = later.ExpireProposals(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	p, err := s.Proposal(ctx, waits.ID)
	require.NoError(t, err)
	require.Equal(t, market.ProposalExpired, p.Status)
	_, waits, err = s.SetRefundPolicy(ctx, ids[0], fourEyesPolicy)
	require.NoError(t, err)
	_, err = s.WithdrawProposal(ctx, waits.ID, ids[1])
	refused(t, market.CodeProposalNotPending, err)
	p, err = s.WithdrawProposal(ctx, waits.ID, ids[0])
	require.NoError(t, err)
	require.Equal(t, market.ProposalWithdrawn, p.Status)
}

// Two people decide the same proposal at the same time: one decision counts.
func TestProposals_DecidedTwiceAtOnce_CountOnce(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	third, err := s.CreateAdmin(ctx, "third@example.com", "hash", "Owner")
	require.NoError(t, err)
	require.True(t, third)
	m, err := s.StaffByEmail(ctx, "third@example.com")
	require.NoError(t, err)
	for range 10 {
		_, waits, err := s.SetRefundPolicy(ctx, ids[0], fourEyesPolicy)
		require.NoError(t, err)
		before := s.Number(t, "SELECT count(*) FROM refund_policies")
		var counted atomic.Int64
		var group errgroup.Group
		for _, id := range []int64{ids[1], m.ID, ids[1], m.ID} {
			group.Go(func() error {
				_, err := s.DecideProposal(ctx, approval(waits, id))
				if err == nil {
					counted.Add(1)
				} else if market.CodeOf(err) != market.CodeProposalNotPending {
					return err
				}
				return nil
			})
		}
		require.NoError(t, group.Wait())
		require.EqualValues(t, 1, counted.Load())
		require.Equal(t, before+1, s.Number(t, "SELECT count(*) FROM refund_policies"))
	}
}

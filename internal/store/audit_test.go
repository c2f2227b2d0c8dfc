package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

var admin = market.Actor{Role: market.RoleAdmin, ID: 7, Address: "203.0.113.9", RequestID: "it's one"}

// newest is the newest entry of the audit log with an action.
func newest(t *testing.T, s *store.Store, action string) market.AuditEntry {
	t.Helper()
	page, err := s.AuditLog(t.Context(), market.AuditFilter{Action: action}, market.PageRequest{Size: 1})
	require.NoError(t, err)
	require.NotEmpty(t, page.Content, action)
	return page.Content[0]
}

func TestAuditLog_Change_HasActorAndValues(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	ctx := market.WithActor(t.Context(), admin)
	seller := s.SellerIDs[0]
	_, err := s.SetSellerStatus(ctx, seller, market.SellerSuspended, true, "")
	require.NoError(t, err)
	e := newest(t, s.Store, "SELLER_SUSPENDED")
	require.Equal(t, market.RoleAdmin, e.Actor)
	require.EqualValues(t, 7, *e.ActorID)
	require.Equal(t, "203.0.113.9", *e.Address)
	require.Equal(t, "it's one", *e.RequestID)
	require.Equal(t, seller, *e.SubjectID)
	require.JSONEq(t, `{"status": "APPROVED", "payouts_held": false}`, string(e.Before))
	require.JSONEq(t, `{"status": "SUSPENDED", "payouts_held": true}`, string(e.After))

	before := s.Number(t, "SELECT count(*) FROM audit_log")
	_, err = s.SetSellerStatus(ctx, seller, market.SellerSuspended, true, "")
	require.NoError(t, err)
	require.Equal(t, before, s.Number(t, "SELECT count(*) FROM audit_log"), "nothing has changed")

	_, err = s.SetSellerStatus(t.Context(), seller, market.SellerApproved, false, "")
	require.NoError(t, err)
	e = newest(t, s.Store, "SELLER_APPROVED")
	require.Equal(t, market.RoleSystem, e.Actor, "an actor's name does not outlive its transaction")
	require.Nil(t, e.ActorID)
}

func TestAuditLog_SecretsAndPersonalData_AreLeftOut(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	secret, mail := "110-999-000111", market.Email("somebody-new@example.com")
	_, _, err := s.UpdateSeller(t.Context(), s.SellerIDs[0],
		store.ProfileChange{BankAccount: &secret, Email: &mail, PasswordHash: &secret, Phone: &secret})
	require.NoError(t, err)
	e := newest(t, s.Store, "SELLER_CHANGED")
	require.JSONEq(t, `{"email": "changed", "password": "changed"}`, string(e.After))
	require.Equal(t, 1, s.Number(t, `SELECT count(*) FROM audit_log WHERE action = 'SELLER_CHANGED'
		AND after = '{"bank_account_changed_at": "changed"}'`))
	require.Nil(t, e.Before)
	_, err = s.UpdateBuyer(t.Context(), s.BuyerID, store.ProfileChange{Email: &mail, PasswordHash: &secret})
	require.NoError(t, err)
	require.Zero(t, s.Number(t, "SELECT count(*) FROM audit_log a WHERE a::text LIKE '%' || $1 || '%' OR a::text LIKE '%' || $2 || '%'",
		secret, mail))
}

func TestAuditLog_Money_IsRecorded(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	order := s.Sell(t, "one", s.ProductIDs[0])
	s.Refund(t, "back", order, 0)
	e := newest(t, s.Store, "PAYMENT_SUCCESS")
	require.Equal(t, fmt.Sprintf("payment/%d", order), *e.WorkflowID)
	require.JSONEq(t, `{"status": "PENDING"}`, string(e.Before))
	require.JSONEq(t, `{"status": "SUCCESS", "amount": 1007.00, "method": "MOCK"}`, string(e.After))
	e = newest(t, s.Store, "REFUND_SUCCESS")
	require.Equal(t, fmt.Sprintf("refund/%d", *e.SubjectID), *e.WorkflowID)
	require.Equal(t, market.RoleSystem, e.Actor)
	newest(t, s.Store, "REFUND_DECISION_CREATED")
	newest(t, s.Store, "REFUND_PENDING")
}

func TestAuditChain_Concurrent_HoldsEachEntryOnce(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 25 {
				if err := s.NoteAction(t.Context(),
					market.Action{Name: "TRIED", SubjectID: int64(w*100 + i)}); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 10 {
				if err := s.ExtendAuditChain(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.NoError(t, s.ExtendAuditChain(t.Context()))
	entries := s.Number(t, "SELECT count(*) FROM audit_log")
	require.Greater(t, entries, 100)
	require.Equal(t, entries, s.Number(t, "SELECT count(*) FROM audit_chain"))
	require.Equal(t, entries, s.Number(t, "SELECT max(position) FROM audit_chain"))
	require.Zero(t, s.Number(t, "SELECT count(*) FROM audit_unchained"))
	s.Verified(t)
	position, hash, err := s.AuditHead(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, entries, position)
	require.Len(t, hash, 64)

	page, err := s.AuditLog(t.Context(), market.AuditFilter{}, market.PageRequest{Size: 1})
	require.NoError(t, err)
	require.NotNil(t, page.Content[0].Hash)
	var downloaded []int64
	require.NoError(t, s.EachAuditEntry(t.Context(), market.AuditFilter{Action: "TRIED"},
		func(e market.AuditEntry) error { downloaded = append(downloaded, e.ID); return nil }))
	require.Len(t, downloaded, 100)
	require.IsIncreasing(t, downloaded)
}

// Verification detects changes of the audit log made without triggers: any value of any entry, a
// missing entry or place, or an inserted one. A copy of the chain's head reveals that the newest
// entries are missing.
func TestVerify_AuditLogChanged_IsFound(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	s.Sell(t, "one", s.ProductIDs[0])
	_, err := s.SetSellerStatus(market.WithActor(t.Context(), admin), s.SellerIDs[0], market.SellerSuspended, true, "")
	require.NoError(t, err)
	require.NoError(t, s.ExtendAuditChain(t.Context()))
	s.Verified(t)

	conn, err := pgx.Connect(t.Context(), s.Pool().Config().ConnString())
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "SET session_replication_role = replica")
	require.NoError(t, err)
	for _, table := range []string{"audit_log", "audit_chain"} {
		_, err := conn.Exec(t.Context(), fmt.Sprintf("CREATE TEMP TABLE kept_%[1]s AS TABLE %[1]s", table))
		require.NoError(t, err)
	}
	victim := *newest(t, s.Store, "PAYMENT_SUCCESS").Position
	const entry = "WHERE id = (SELECT entry_id FROM audit_chain WHERE position = $1)"
	for what, change := range map[string]string{
		"time":          "UPDATE audit_log SET at = at + interval '1 microsecond' " + entry,
		"actor":         "UPDATE audit_log SET actor = 'BUYER' " + entry,
		"actor's id":    "UPDATE audit_log SET actor_id = 8 " + entry,
		"address":       "UPDATE audit_log SET address = '203.0.113.8' " + entry,
		"database user": "UPDATE audit_log SET database_user = 'x' " + entry,
		"action":        "UPDATE audit_log SET action = 'SELLER_APPROVED' " + entry,
		"subject":       "UPDATE audit_log SET subject = 'BUYER' " + entry,
		"subject's id":  "UPDATE audit_log SET subject_id = 99 " + entry,
		"before":        "UPDATE audit_log SET before = NULL " + entry,
		"after":         `UPDATE audit_log SET after = '{"status": "APPROVED"}' ` + entry,
		"request":       "UPDATE audit_log SET request_id = 'x' " + entry,
		"workflow":      "UPDATE audit_log SET workflow_id = 'x' " + entry,
		"an entry gone": "DELETE FROM audit_log " + entry,
		"both gone":     "WITH c AS (DELETE FROM audit_chain WHERE position = $1 RETURNING entry_id) DELETE FROM audit_log WHERE id = (SELECT entry_id FROM c)",
		"a place gone":  "DELETE FROM audit_chain WHERE position = $1",
		"a hash":        "UPDATE audit_chain SET hash = sha256(hash) WHERE position = $1",
		"one more":      "INSERT INTO audit_log (actor, action, after) SELECT 'SYSTEM', 'X', to_jsonb($1::bigint)",
	} {
		_, err := conn.Exec(t.Context(), change, victim)
		require.NoError(t, err, what)
		findings, err := s.Verify(t.Context(), func(string) {})
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(findings), "audit log", what)
		for _, table := range []string{"audit_log", "audit_chain"} {
			_, err := conn.Exec(t.Context(), fmt.Sprintf("DELETE FROM %[1]s; INSERT INTO %[1]s SELECT * FROM kept_%[1]s", table))
			require.NoError(t, err)
		}
		s.Verified(t)
	}
}

package store_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/verify/rules"
)

func TestVerifyRules_EachQuery_ReturnsOneText(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	conn, err := s.Pool().Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	for _, r := range rules.All() {
		prepared, err := conn.Conn().Prepare(t.Context(), "", r.Query)
		require.NoError(t, err, r.Name)
		require.Len(t, prepared.Fields, 1, r.Name)
		require.EqualValues(t, pgtype.TextOID, prepared.Fields[0].DataTypeOID, r.Name)
		require.Empty(t, prepared.ParamOIDs, r.Name)
	}
}

func TestAlertDetails_Finding_HasReasonAndActionOfItsRule(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	_, err := s.Pool().Exec(t.Context(), `INSERT INTO verifications (started_at, ended_at, findings, report)
		VALUES (now(), now(), 2, jsonb_build_array(
			jsonb_build_object('rule', $1::text, 'problem', 'row 1'),
			jsonb_build_object('rule', 'a rule of an older version', 'problem', 'row 2')))`,
		rules.Late.Name)
	require.NoError(t, err)
	details, err := s.AlertDetails(t.Context())
	require.NoError(t, err)
	require.Len(t, details, 2)
	for _, d := range details {
		require.Equal(t, string(market.AlertFinding), d.Kind)
		if d.Subject == rules.Late.Name {
			require.Equal(t, rules.Late.Reason, d.Reason)
			require.Equal(t, rules.Late.Action, d.Action)
		} else {
			require.Empty(t, d.Reason+d.Action)
		}
	}
}

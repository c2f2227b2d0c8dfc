-- name: ClaimSweep :one
-- Claims the sweep of a state. It returns no row while another claim is valid.
INSERT INTO stuck_row_sweeps AS s (state, claimed_until) VALUES (@state, now() + make_interval(secs => @lease_seconds))
ON CONFLICT (state) DO UPDATE SET claimed_until = EXCLUDED.claimed_until WHERE s.claimed_until <= now()
RETURNING s.position, s.claimed_until;

-- name: MoveSweep :exec
-- Changes nothing after another claim.
UPDATE stuck_row_sweeps SET position = @position,
    claimed_until = CASE WHEN @release::bool THEN now() ELSE claimed_until END
WHERE state = @state AND claimed_until = @claimed_until;

-- name: HoldSweeps :exec
INSERT INTO stuck_row_sweeps AS s (state, claimed_until)
SELECT x.state, now() + make_interval(secs => @lease_seconds) FROM unnest(@states::text[]) AS x (state)
ON CONFLICT (state) DO UPDATE SET claimed_until = EXCLUDED.claimed_until;

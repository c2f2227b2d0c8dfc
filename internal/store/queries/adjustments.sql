-- name: AddAdjustment :one
INSERT INTO adjustments (kind, debit_account, credit_account, amount, seller_id, reason, admin_id, approved_by,
    proposal_id, request_key, payout_attempt_id, break_id, business_day)
VALUES (@kind, @debit_account, @credit_account, @amount, @seller_id, @reason, @admin_id, @approved_by, @proposal_id,
    @request_key, @payout_attempt_id, @break_id, @business_day) RETURNING id;

-- name: DecidedAlone :one
-- Sums the adjustments and disputes that an admin has decided alone on a business day.
SELECT decided_alone(@admin_id::bigint, @day::date)::numeric AS amount;

-- name: AdjustmentByKey :one
SELECT * FROM adjustments WHERE admin_id = @admin_id::bigint AND request_key = @request_key::text;

-- name: AdjustmentProposalByKey :one
SELECT * FROM proposals WHERE kind = 'ADJUSTMENT' AND proposer = 'ADMIN' AND proposer_id = @admin_id::bigint
    AND change ->> 'key' = @request_key::text;

-- name: SellerIsKnown :one
-- Reports whether the seller exists or existed.
SELECT EXISTS (SELECT FROM sellers WHERE id = $1);

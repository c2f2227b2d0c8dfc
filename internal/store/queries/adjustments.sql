-- name: AddAdjustment :one
INSERT INTO adjustments (kind, debit_account, credit_account, amount, seller_id, reason, admin_id, approved_by, proposal_id, request_key, payout_attempt_id, break_id, business_day)
VALUES (@kind, @debit_account, @credit_account, @amount, @seller_id, @reason, @admin_id, @approved_by, @proposal_id, @request_key, @payout_attempt_id, @break_id, @business_day) RETURNING id;

-- name: AdjustedAlone :one
-- What an admin has posted on a business day without a second person.
SELECT coalesce(sum(amount), 0)::numeric AS amount FROM adjustments
WHERE admin_id = @admin_id::bigint AND business_day = @day::date AND proposal_id IS NULL AND kind <> 'MISPAID_PAYOUT';

-- name: AdjustmentByKey :one
SELECT * FROM adjustments WHERE admin_id = @admin_id::bigint AND request_key = @request_key::text;

-- name: AdjustmentProposalByKey :one
SELECT * FROM proposals WHERE kind = 'ADJUSTMENT' AND proposer = 'ADMIN' AND proposer_id = @admin_id::bigint AND change ->> 'key' = @request_key::text;

-- name: SellerIsKnown :one
-- Reports whether there is, or was, such a seller.
SELECT EXISTS (SELECT FROM sellers WHERE id = $1);

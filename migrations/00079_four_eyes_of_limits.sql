-- Limits of unpaid orders change like the refund policy: by an approved proposal, as long as the policy asks for
-- four eyes.

-- +goose Up
ALTER TABLE proposals
    DROP CONSTRAINT proposals_kind_check,
    ADD CONSTRAINT proposals_kind_check CHECK (kind IN ('REFUND_POLICY', 'UNPAID_LIMITS', 'STAFF_ACCOUNT', 'STAFF_ROLE', 'PAYOUT_ACCOUNT',
        'ADJUSTMENT', 'WITHDRAWN_ACCOUNT')) NOT VALID;
ALTER TABLE proposals VALIDATE CONSTRAINT proposals_kind_check;

ALTER TABLE unpaid_limits ADD COLUMN proposal_id bigint; -- the proposal that has changed them; null for a change by one person

-- +goose StatementBegin
CREATE FUNCTION check_four_eyes_of_limits() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('market four eyes'));
    IF (SELECT four_eyes FROM refund_policies ORDER BY id DESC LIMIT 1)
        AND NOT EXISTS (SELECT FROM proposals WHERE id = NEW.proposal_id AND kind = 'UNPAID_LIMITS' AND status = 'APPROVED'
            AND change -> 'verified' = jsonb_build_object('orders', NEW.orders, 'pieces', NEW.pieces, 'piecesOfProduct', NEW.pieces_of_product)
            AND change -> 'unverified' = jsonb_build_object('orders', NEW.unverified_orders, 'pieces', NEW.unverified_pieces,
                'piecesOfProduct', NEW.unverified_pieces_of_product))
        OR EXISTS (SELECT FROM unpaid_limits WHERE proposal_id = NEW.proposal_id) THEN
        RAISE EXCEPTION 'the refund policy asks for four eyes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'unpaid_limits_four_eyes';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER unpaid_limits_four_eyes BEFORE INSERT ON unpaid_limits FOR EACH ROW EXECUTE FUNCTION check_four_eyes_of_limits();

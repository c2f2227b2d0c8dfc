-- Refunds that somebody decides: of whole orders or of some pieces, as often as
-- pieces remain. How many pieces of a line are asked back (refund_claimed) and
-- have been paid back (refunded) is kept in the line, where a check bounds it.

-- +goose Up
ALTER TABLE order_items
    ADD COLUMN refund_claimed  int NOT NULL DEFAULT 0,
    ADD COLUMN refunded        int NOT NULL DEFAULT 0,
    ADD COLUMN carrier         varchar(50),
    ADD COLUMN tracking_number varchar(50),
    ADD COLUMN shipped_at      timestamptz,
    ADD COLUMN delivered_at    timestamptz,
    ADD CONSTRAINT order_items_refund_within_quantity CHECK (refund_claimed BETWEEN 0 AND quantity),
    ADD CONSTRAINT order_items_refunded_was_claimed CHECK (refunded BETWEEN 0 AND refund_claimed),
    ADD CONSTRAINT order_items_delivered_was_shipped CHECK (shipped_at IS NOT NULL OR delivered_at IS NULL);

ALTER TABLE refunds
    ADD COLUMN failure      varchar(50), -- why the last attempt to pay back failed
    ADD COLUMN restock      boolean NOT NULL DEFAULT false, -- shipped pieces go back on sale too
    ADD COLUMN reminded_at  timestamptz, -- an admin's decision is overdue
    ADD COLUMN escalated_at timestamptz,
    DROP CONSTRAINT refunds_reason_check,
    ADD CONSTRAINT refunds_reason_check CHECK (reason IN ('CHANGE_OF_MIND', 'WRONG_ITEM', 'DAMAGED', 'ADMIN_DECISION',
        'PAYMENT_AMOUNT_MISMATCH', 'ORDER_EXPIRED', 'PAYMENT_FAILED'));
CREATE INDEX refunds_buyer_created_at_idx ON refunds (buyer_id, created_at, id);
CREATE INDEX refunds_undecided_idx ON refunds (escalated_at) WHERE status IN ('PENDING', 'FAILED');

-- What a piece's commission comes to is known when the piece is paid back: the
-- line's frozen commission is reversed by the share of pieces that have gone
-- back, so that the last one takes the exact rest.
ALTER TABLE refund_items ALTER COLUMN commission DROP NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION refund_items_claim() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE order_items SET refund_claimed = refund_claimed + NEW.quantity WHERE id = NEW.order_item_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION refunds_settle_claims() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE order_items i
    SET refund_claimed = i.refund_claimed - CASE WHEN NEW.status = 'DENIED' THEN r.quantity ELSE 0 END,
        refunded = i.refunded + CASE WHEN NEW.status = 'SUCCESS' THEN r.quantity ELSE 0 END
    FROM refund_items r WHERE r.refund_id = NEW.id AND i.id = r.order_item_id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER refund_items_claim AFTER INSERT ON refund_items FOR EACH ROW EXECUTE FUNCTION refund_items_claim();
CREATE TRIGGER refunds_settle_claims AFTER UPDATE OF status ON refunds FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND NEW.status IN ('DENIED', 'SUCCESS')) EXECUTE FUNCTION refunds_settle_claims();

-- A request for a refund is named by its buyer and a key, and has its refund's
-- id before the refund is opened: the workflow's id is made of it.
CREATE TABLE refund_requests (
    buyer_id    bigint       NOT NULL REFERENCES buyers,
    request_key varchar(300) NOT NULL,
    refund_id   bigint       NOT NULL DEFAULT nextval('refunds_id_seq') CONSTRAINT refund_requests_refund_key UNIQUE,
    description varchar(255), -- the buyer's words stay out of workflow histories
    created_at  timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (buyer_id, request_key)
);

-- Every decision that came for a refund, who sent it, and whether it took effect.
CREATE TABLE refund_decisions (
    refund_id   bigint       NOT NULL REFERENCES refunds,
    decision_id varchar(300) NOT NULL,
    admin_id    bigint       REFERENCES admins, -- null: not sent through the admin API
    sent_by     varchar(255) NOT NULL,          -- the identity of the Temporal client that sent the signal
    approve     boolean      NOT NULL,
    reason      varchar(255),
    applied     boolean      NOT NULL,
    created_at  timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (refund_id, decision_id)
);
CREATE INDEX refund_decisions_admin_id_idx ON refund_decisions (admin_id);

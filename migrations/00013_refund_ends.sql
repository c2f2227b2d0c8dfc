-- A refund that the gateway refuses for good can be denied, or settled by hand.

-- +goose Up
ALTER TABLE refunds ADD COLUMN by_hand boolean NOT NULL DEFAULT false; -- paid back from our bank account, not through the gateway
DROP TRIGGER refunds_transition ON refunds;
CREATE TRIGGER refunds_transition BEFORE UPDATE OF status ON refunds FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION refuse_forbidden_transition('NONE>PENDING,PENDING>PROCESSING,PENDING>DENIED,PROCESSING>SUCCESS,PROCESSING>FAILED,FAILED>PENDING,FAILED>PROCESSING,FAILED>DENIED');
CREATE INDEX refunds_open_idx ON refunds (id) WHERE status IN ('PENDING', 'PROCESSING', 'FAILED');

-- The refund that a request has made wait for a decision again.
ALTER TABLE refund_requests ADD COLUMN revived_refund_id bigint REFERENCES refunds;
CREATE INDEX refund_requests_revived_idx ON refund_requests (revived_refund_id) WHERE revived_refund_id IS NOT NULL;

-- An order that costs nothing can be given back, too.
ALTER TABLE refunds DROP CONSTRAINT refunds_amount_check, ADD CONSTRAINT refunds_amount_check CHECK (amount >= 0);

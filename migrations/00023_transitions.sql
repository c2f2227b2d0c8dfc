-- The state machines are those of market/transitions.go: an open payment is not given
-- back, and a refund has no state NONE.

-- +goose Up
DROP TRIGGER payments_transition ON payments;
CREATE TRIGGER payments_transition BEFORE UPDATE OF status ON payments FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION refuse_forbidden_transition('PENDING>SUCCESS,PENDING>FAILED,SUCCESS>REFUNDED,FAILED>REFUNDED');
DROP TRIGGER refunds_transition ON refunds;
CREATE TRIGGER refunds_transition BEFORE UPDATE OF status ON refunds FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION refuse_forbidden_transition('PENDING>PROCESSING,PENDING>DENIED,PROCESSING>SUCCESS,PROCESSING>FAILED,FAILED>PENDING,FAILED>PROCESSING,FAILED>DENIED');
ALTER TABLE refunds DROP CONSTRAINT refunds_status_check,
    ADD CONSTRAINT refunds_status_check CHECK (status IN ('PENDING', 'PROCESSING', 'SUCCESS', 'FAILED', 'DENIED'));

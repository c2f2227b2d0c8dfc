-- The status of a paid order follows from its lines (market.PaidStatus): a line that is refunded no longer holds up
-- the others, so an order may leave states out.

-- +goose Up
CREATE OR REPLACE TRIGGER orders_transition BEFORE UPDATE OF status ON orders FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION refuse_forbidden_transition('CREATED>PAID,CREATED>FAILED,PAID>SHIPPED,PAID>DELIVERED,PAID>REFUNDED,SHIPPED>DELIVERED,SHIPPED>REFUNDED,DELIVERED>REFUNDED');

-- A seller's lines are looked for by the state of their order. The state stands in the line,
-- too, and in the seller's two indexes, so that such a list reads an index and no other table.

-- +goose Up
ALTER TABLE order_items ADD COLUMN order_status varchar(20) NOT NULL DEFAULT 'CREATED';
UPDATE order_items i SET order_status = o.status FROM orders o WHERE o.id = i.order_id AND o.status <> 'CREATED';
DROP INDEX order_items_seller_id_id_idx, order_items_seller_id_id_idx1, order_items_seller_id_created_at_id_idx;
CREATE INDEX order_items_seller_id_idx ON order_items (seller_id, id) INCLUDE (order_status, created_at);
CREATE INDEX order_items_seller_created_at_idx ON order_items (seller_id, created_at, id) INCLUDE (order_status);

-- Whoever moves an order moves its lines. A statement that has done so itself leaves nothing
-- to do.
-- +goose StatementBegin
CREATE FUNCTION orders_move_lines() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE order_items SET order_status = NEW.status WHERE order_id = NEW.id AND order_status <> NEW.status;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER orders_move_lines AFTER UPDATE OF status ON orders FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION orders_move_lines();

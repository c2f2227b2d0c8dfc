-- Lines lie in partitions by their id, and are looked for by their order: each look looked into every partition. An order
-- now says between which ids its lines are, so that what a purchase asks finds them in one. Orders from before name all
-- ids.

-- +goose Up
ALTER TABLE orders ADD COLUMN first_line bigint NOT NULL DEFAULT 0, ADD COLUMN last_line bigint NOT NULL DEFAULT 9223372036854775807;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION orders_move_lines() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE order_items SET order_status = NEW.status
    WHERE order_id = NEW.id AND id BETWEEN NEW.first_line AND NEW.last_line AND order_status <> NEW.status;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION refuse_unpaid_excess() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    buyer  bigint;
    most   record;
    held   int;
    total  bigint;
    of_one bigint;
BEGIN
    FOR buyer IN
        SELECT DISTINCT o.buyer_id FROM new_lines n JOIN orders o ON o.id = n.order_id WHERE o.status = 'CREATED' ORDER BY o.buyer_id
    LOOP
        -- The orders of one buyer are counted one after the other: each count sees what was counted before.
        PERFORM pg_advisory_xact_lock(hashtextextended('unpaid orders of buyer ' || buyer, 0));
        SELECT CASE WHEN verified THEN l.orders ELSE unverified_orders END AS orders,
               CASE WHEN verified THEN l.pieces ELSE unverified_pieces END AS pieces,
               CASE WHEN verified THEN pieces_of_product ELSE unverified_pieces_of_product END AS of_product
        INTO most
        FROM unpaid_limits l, (SELECT email_verified_at IS NOT NULL AS verified FROM buyers WHERE id = buyer) AS b
        ORDER BY l.id DESC LIMIT 1;

        SELECT count(*) INTO held FROM orders o WHERE o.buyer_id = buyer AND o.status = 'CREATED';
        IF held > most.orders THEN
            RAISE EXCEPTION 'buyer % has % unpaid orders of at most %', buyer, held, most.orders
                USING ERRCODE = 'check_violation', CONSTRAINT = 'unpaid_orders_limit';
        END IF;
        SELECT sum(p.pieces), max(p.pieces) FILTER (WHERE p.id IN (SELECT product_id FROM new_lines)) INTO total, of_one
        FROM (SELECT i.product_id AS id, sum(i.quantity) AS pieces
              FROM orders o JOIN order_items i ON i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line
              WHERE o.buyer_id = buyer AND o.status = 'CREATED' GROUP BY i.product_id) AS p;
        IF total > most.pieces OR of_one > most.of_product THEN
            RAISE EXCEPTION 'buyer % has % unpaid pieces of at most %, % of one product of at most %', buyer, total, most.pieces, of_one, most.of_product
                USING ERRCODE = 'check_violation', CONSTRAINT = 'unpaid_pieces_limit';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- The statement that pays an order writes its lines anyway.
CREATE OR REPLACE TRIGGER orders_move_lines AFTER UPDATE OF status ON orders FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND NEW.status <> 'PAID') EXECUTE FUNCTION orders_move_lines();

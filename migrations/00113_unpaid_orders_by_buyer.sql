-- The limits of unpaid orders read the orders of one buyer. An index whose first column is the status has a dead entry of
-- every order that was paid since the oldest snapshot, and the planner, whose statistics show few unpaid orders, chose it
-- all the same. The predicate is written so that no index on the status fits it, and the statements repeat it.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_unpaid_of_buyer_idx ON orders (buyer_id) WHERE (status = 'CREATED') IS TRUE;

-- +goose StatementBegin
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
        WITH placed AS MATERIALIZED (SELECT o.buyer_id, o.status FROM orders o WHERE o.id = ANY (ARRAY(SELECT order_id FROM new_lines)))
        SELECT DISTINCT p.buyer_id FROM placed p WHERE p.status = 'CREATED' ORDER BY p.buyer_id
    LOOP
        -- Counts of one buyer are serialised, so that each includes the orders counted before.
        PERFORM pg_advisory_xact_lock(hashtextextended('unpaid orders of buyer ' || buyer, 0));
        SELECT CASE WHEN verified THEN l.orders ELSE unverified_orders END AS orders,
               CASE WHEN verified THEN l.pieces ELSE unverified_pieces END AS pieces,
               CASE WHEN verified THEN pieces_of_product ELSE unverified_pieces_of_product END AS of_product
        INTO most
        FROM unpaid_limits l, (SELECT email_verified_at IS NOT NULL AS verified FROM buyers WHERE id = buyer) AS b
        ORDER BY l.id DESC LIMIT 1;

        SELECT count(*) INTO held FROM orders o WHERE o.buyer_id = buyer AND (o.status = 'CREATED') IS TRUE;
        IF held > most.orders THEN
            RAISE EXCEPTION 'buyer % has % unpaid orders of at most %', buyer, held, most.orders
                USING ERRCODE = 'check_violation', CONSTRAINT = 'unpaid_orders_limit';
        END IF;
        SELECT sum(p.pieces), max(p.pieces) FILTER (WHERE p.id IN (SELECT product_id FROM new_lines)) INTO total, of_one
        FROM (SELECT i.product_id AS id, sum(i.quantity) AS pieces
              FROM orders o JOIN order_items i ON i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line
              WHERE o.buyer_id = buyer AND (o.status = 'CREATED') IS TRUE GROUP BY i.product_id) AS p;
        IF total > most.pieces OR of_one > most.of_product THEN
            RAISE EXCEPTION 'buyer % has % unpaid pieces of at most %, % of one product of at most %', buyer, total, most.pieces, of_one, most.of_product
                USING ERRCODE = 'check_violation', CONSTRAINT = 'unpaid_pieces_limit';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

DROP INDEX CONCURRENTLY IF EXISTS orders_unpaid_idx;

-- Notices name orders by the numbers that pages show, and mails of notifications hold up no other follow-up.

-- +goose Up
-- A bulk follow-up waits for all others: the mails of a day's settlements are as many as there are sellers.
ALTER TABLE follow_ups ADD COLUMN IF NOT EXISTS bulk boolean NOT NULL DEFAULT false;

-- notify_account notifies an account of an event, once. An unverified address gets 50 mails a day: it may belong to
-- another person. Only triggers call it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION notify_account(of_role text, account bigint, of_kind text, of_topic text, of_event text,
    subject bigint, of_facts jsonb) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    holder record;
    noted  bigint;
BEGIN
    IF of_role = 'BUYER' THEN
        SELECT email, email_verified_at, muted_topics INTO holder FROM buyers WHERE id = account AND deleted_at IS NULL;
    ELSE
        SELECT email, email_verified_at, muted_topics INTO holder FROM sellers
        WHERE id = account AND deleted_at IS NULL;
    END IF;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO notifications (role, account_id, kind, topic, event, subject_id, facts)
    VALUES (of_role, account, of_kind, of_topic, of_event, subject, jsonb_strip_nulls(of_facts))
    ON CONFLICT DO NOTHING RETURNING id INTO noted;
    IF noted IS NULL OR of_topic = ANY (holder.muted_topics) THEN
        RETURN;
    END IF;
    IF holder.email_verified_at IS NULL THEN
        IF (SELECT count(*) FROM mails m WHERE m.account_id = account AND m.role = of_role AND m.used_at IS NULL
                AND m.created_at > now() - interval '1 day') >= 50 THEN
            RETURN;
        END IF;
    END IF;
    WITH mail AS (
        INSERT INTO mails (kind, role, recipient, account_id, notification_id)
        VALUES ('NOTIFICATION', of_role, holder.email, account, noted) RETURNING id
    )
    INSERT INTO follow_ups (kind, subject_id, bulk) SELECT 'MAIL', id, true FROM mail;
END
$$;
-- +goose StatementEnd

-- order_facts returns the id and the day of an order, which make its number.
CREATE OR REPLACE FUNCTION order_facts(order_id bigint, placed_at timestamptz) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('orderId', order_id, 'placedOn', (placed_at AT TIME ZONE 'Asia/Seoul')::date);

-- The buyer is notified of each state of an order, and its sellers when it is paid.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION notify_of_order() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    of_kind  text;
    of_topic text := 'ORDERS';
    of_event text := 'order/' || NEW.id || '/' || NEW.status;
    goods    record;
BEGIN
    of_kind := CASE NEW.status
        WHEN 'CREATED' THEN 'ORDER_PLACED' WHEN 'PAID' THEN 'ORDER_PAID' WHEN 'SHIPPED' THEN 'ORDER_SHIPPED'
        WHEN 'DELIVERED' THEN 'ORDER_DELIVERED'
        WHEN 'FAILED' THEN CASE coalesce(NEW.failure, 'EXPIRED') WHEN 'DECLINED' THEN 'PAYMENT_DECLINED'
            WHEN 'CANCELLED' THEN 'ORDER_CANCELLED' ELSE 'ORDER_EXPIRED' END END;
    IF of_kind IS NULL THEN
        RETURN NULL; -- REFUNDED: its refunds notify
    END IF;
    IF of_kind IN ('ORDER_PAID', 'PAYMENT_DECLINED') THEN
        of_topic := 'MONEY';
    END IF;
    SELECT (array_agg(i.product_name ORDER BY i.id))[1] AS product, count(*) - 1 AS more,
           max(i.carrier) AS carrier INTO goods
    FROM order_items i WHERE i.order_id = NEW.id AND i.id BETWEEN NEW.first_line AND NEW.last_line;
    PERFORM notify_account('BUYER', NEW.buyer_id, of_kind, of_topic, of_event, NEW.id,
        order_facts(NEW.id, NEW.created_at) || jsonb_build_object(
        'product', goods.product, 'more', goods.more, 'amount', NEW.total_amount,
        'carrier', goods.carrier, 'trackingNumber', NEW.tracking_number));
    IF NEW.status <> 'PAID' THEN
        RETURN NULL;
    END IF;
    FOR goods IN
        SELECT i.seller_id, (array_agg(i.product_name ORDER BY i.id))[1] AS product, count(*) - 1 AS more,
               sum(coalesce(i.net, i.unit_price * i.quantity)) AS amount
        FROM order_items i WHERE i.order_id = NEW.id AND i.id BETWEEN NEW.first_line AND NEW.last_line
        GROUP BY i.seller_id ORDER BY i.seller_id
    LOOP
        PERFORM notify_account('SELLER', goods.seller_id, 'NEW_ORDER', 'ORDERS', of_event, NEW.id,
            order_facts(NEW.id, NEW.created_at) || jsonb_build_object(
            'product', goods.product, 'more', goods.more, 'amount', goods.amount));
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- A line that was shipped is a part of its order if, when the transaction ends, the order is not shipped.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION notify_of_shipped_line() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    of_order record;
BEGIN
    SELECT o.buyer_id, o.created_at INTO of_order FROM orders o WHERE o.id = NEW.order_id AND o.status = 'PAID';
    IF FOUND THEN
        PERFORM notify_account('BUYER', of_order.buyer_id, 'ORDER_PART_SHIPPED', 'ORDERS',
            'line/' || NEW.id || '/SHIPPED', NEW.order_id,
            order_facts(NEW.order_id, of_order.created_at) || jsonb_build_object(
                'product', NEW.product_name, 'more', 0,
                'amount', coalesce(NEW.net, NEW.unit_price * NEW.quantity), 'carrier', NEW.carrier,
                'trackingNumber', NEW.tracking_number));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- The buyer is notified of each state of a refund, and the sellers of its lines until it is decided. A cancellation,
-- whose shipping costs no party bears, is not requested but done; the buyer of a reversal is notified when it is paid.
-- The reason of a denial is about the buyer: only the buyer gets it, so that it goes with the buyer's account.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION notify_of_refund() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    cancels  boolean := NEW.shipping_borne_by IS NULL;
    of_kind  text;
    of_topic text := 'REFUNDS';
    of_event text := 'refund/' || NEW.id || '/' || NEW.status;
    of_order record;
    goods    record;
BEGIN
    of_kind := CASE NEW.status
        WHEN 'PENDING' THEN CASE WHEN cancels THEN 'ORDER_CANCELLED' ELSE 'REFUND_REQUESTED' END
        WHEN 'PROCESSING' THEN CASE WHEN NOT cancels THEN 'REFUND_APPROVED' END
        WHEN 'DENIED' THEN 'REFUND_DENIED' WHEN 'FAILED' THEN 'REFUND_FAILED' WHEN 'SUCCESS' THEN 'REFUND_PAID' END;
    IF of_kind IS NULL OR is_reversal(NEW.reason) AND NEW.status NOT IN ('FAILED', 'SUCCESS') THEN
        RETURN NULL;
    END IF;
    IF NEW.status IN ('FAILED', 'SUCCESS') THEN
        of_topic := 'MONEY';
    ELSIF cancels THEN
        of_topic := 'ORDERS';
    END IF;
    IF NEW.status IN ('PENDING', 'FAILED') THEN -- a refund may have these states again
        of_event := of_event || '/' || NEW.version;
    END IF;
    SELECT o.id, o.created_at INTO of_order FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.id = NEW.payment_id;
    IF is_reversal(NEW.reason) THEN
        SELECT (array_agg(i.product_name ORDER BY i.id))[1] AS product, count(*) - 1 AS more INTO goods
        FROM orders o JOIN order_items i ON i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line
        WHERE o.id = of_order.id;
    ELSE
        SELECT (array_agg(i.product_name ORDER BY i.id))[1] AS product, count(*) - 1 AS more INTO goods
        FROM refund_items x JOIN order_items i ON i.id = x.order_item_id WHERE x.refund_id = NEW.id;
    END IF;
    PERFORM notify_account('BUYER', NEW.buyer_id, of_kind, of_topic, of_event, NEW.id,
        order_facts(of_order.id, of_order.created_at) || jsonb_build_object(
        'product', goods.product, 'more', goods.more, 'amount', NEW.amount,
        'reason', CASE WHEN NEW.status = 'DENIED' THEN NEW.denied_reason END));
    IF of_topic = 'MONEY' THEN
        RETURN NULL;
    END IF;
    FOR goods IN
        SELECT i.seller_id, (array_agg(i.product_name ORDER BY i.id))[1] AS product, count(*) - 1 AS more,
               sum(x.amount) AS amount
        FROM refund_items x JOIN order_items i ON i.id = x.order_item_id WHERE x.refund_id = NEW.id
        GROUP BY i.seller_id ORDER BY i.seller_id
    LOOP
        PERFORM notify_account('SELLER', goods.seller_id, of_kind, of_topic, of_event, NEW.id,
            order_facts(of_order.id, of_order.created_at) || jsonb_build_object(
            'product', goods.product, 'more', goods.more, 'amount', goods.amount));
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

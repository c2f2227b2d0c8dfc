-- What the public API may do to accounts in its database role, beyond the columns that their owners change:
-- give a seller another bank account, and erase an account whose owner leaves. It does so by these functions.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION change_bank_account(seller bigint, shown varchar, sealed bytea, paused_until timestamptz) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    IF (SELECT four_eyes FROM refund_policies ORDER BY id DESC LIMIT 1)
        AND NOT 'market_admin' = ANY (marketplace_roles()) THEN
        RAISE EXCEPTION 'the policy asks for four eyes: the bank account of seller % is changed by an approved proposal', seller
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- A pause of payouts is never shortened.
    UPDATE sellers s SET bank_account = shown, bank_account_sealed = sealed, bank_account_changed_at = now(), updated_at = now(),
        payouts_paused_until = greatest(s.payouts_paused_until, paused_until)
    WHERE s.id = seller AND s.deleted_at IS NULL AND sealed IS NOT NULL AND paused_until IS NOT NULL;
END
$$;

-- Erases what is personal of a buyer, and what staff has written about it. The row stays, since orders refer to it.
CREATE FUNCTION erase_buyer(buyer bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    DELETE FROM mails WHERE role = 'BUYER' AND account_id = buyer;
    DELETE FROM refund_decision_reasons r USING refunds f WHERE f.id = r.refund_id AND f.buyer_id = buyer;
    UPDATE refund_decisions d SET reason = NULL FROM refunds f WHERE f.id = d.refund_id AND f.buyer_id = buyer AND d.reason IS NOT NULL;
    UPDATE refunds SET description = NULL, denied_reason = CASE WHEN denied_reason IS NOT NULL THEN '-' END WHERE buyer_id = buyer;
    DELETE FROM audit_words w USING audit_log a WHERE a.id = w.entry_id AND (a.subject = 'BUYER' AND a.subject_id = buyer
        OR a.subject IN ('REFUND', 'REFUND_DECISION') AND a.subject_id IN (SELECT id FROM refunds WHERE buyer_id = buyer));
    UPDATE buyers SET email = 'withdrawn-' || buyer || '@withdrawn.invalid', pending_email = NULL, password = '', name = '-', phone = '-',
        locked_reason = CASE WHEN locked_at IS NOT NULL THEN '-' END, deleted_at = now(), updated_at = now()
    WHERE id = buyer;
    DELETE FROM audit_addresses r USING audit_log a WHERE a.id = r.entry_id AND a.actor = 'BUYER' AND a.actor_id = buyer;
$$;

-- Erases what is personal of a seller: also the account numbers of payouts that have ended, webhook endpoints with
-- their secrets, and what staff has written. The shop's name and business number stay: they are part of what was
-- sold and settled.
CREATE FUNCTION erase_seller(seller bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    DELETE FROM mails WHERE role = 'SELLER' AND account_id = seller;
    UPDATE payout_attempts a SET bank_account = '', bank_account_sealed = NULL FROM payouts p WHERE p.id = a.payout_id AND p.seller_id = seller;
    DELETE FROM payout_decision_reasons r USING payouts p WHERE p.id = r.payout_id AND p.seller_id = seller;
    UPDATE payout_decisions d SET reason = NULL FROM payouts p WHERE p.id = d.payout_id AND p.seller_id = seller AND d.reason IS NOT NULL;
    UPDATE products SET blocked_reason = '-' WHERE seller_id = seller AND status = 'BLOCKED';
    UPDATE webhook_endpoints SET url = '-', secret = '', previous_secret = NULL, previous_until = NULL, deleted_at = coalesce(deleted_at, now()), updated_at = now()
    WHERE seller_id = seller;
    DELETE FROM audit_words w USING audit_log a WHERE a.id = w.entry_id AND (a.subject = 'SELLER' AND a.subject_id = seller
        OR a.subject IN ('PAYOUT', 'PAYOUT_DECISION') AND a.subject_id IN (SELECT id FROM payouts WHERE seller_id = seller)
        OR a.subject = 'PROPOSAL' AND a.subject_id IN (SELECT id FROM proposals WHERE proposer = 'SELLER' AND proposer_id = seller)
        OR a.subject = 'PRODUCT' AND a.subject_id IN (SELECT id FROM products WHERE seller_id = seller));
    UPDATE sellers SET email = 'withdrawn-' || seller || '@withdrawn.invalid', pending_email = NULL, password = '', name = '-', phone = '-', bank_account = '',
        bank_account_sealed = NULL, status = 'SUSPENDED', deleted_at = now(), updated_at = now()
    WHERE id = seller;
    DELETE FROM audit_addresses r USING audit_log a WHERE a.id = r.entry_id AND a.actor = 'SELLER' AND a.actor_id = seller;
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION change_bank_account(bigint, varchar, bytea, timestamptz), erase_buyer(bigint), erase_seller(bigint) FROM PUBLIC;

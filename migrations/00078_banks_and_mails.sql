-- A seller changes the bank together with the account number. Mails tell the address of an account of a requested
-- change, and who invites a member of staff.

-- +goose Up
-- The version before goes on with change_bank_account, which keeps the bank.
-- +goose StatementBegin
CREATE FUNCTION change_payout_account(seller bigint, bank varchar, shown varchar, sealed bytea, paused_until timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    IF (SELECT four_eyes FROM refund_policies ORDER BY id DESC LIMIT 1)
        AND NOT 'market_admin' = ANY (marketplace_roles()) THEN
        RAISE EXCEPTION 'the policy asks for four eyes: the bank account of seller % is changed by an approved proposal', seller
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- A pause of payouts is never shortened. Without a bank, that of the account before stays.
    UPDATE sellers s SET bank_code = coalesce(bank, s.bank_code), bank_account = shown, bank_account_sealed = sealed,
        bank_account_changed_at = now(), updated_at = now(), payouts_paused_until = greatest(s.payouts_paused_until, paused_until)
    WHERE s.id = seller AND s.deleted_at IS NULL AND sealed IS NOT NULL AND paused_until IS NOT NULL;
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION change_payout_account(bigint, varchar, varchar, bytea, timestamptz) FROM PUBLIC;

ALTER TABLE mails ADD COLUMN sender_id bigint; -- the member of staff who invites the receiver; null for an operator
ALTER TABLE mails
    DROP CONSTRAINT mails_kind_check,
    ADD CONSTRAINT mails_kind_check CHECK (kind IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'PASSWORD_CHANGED', 'EMAIL_CHANGED',
        'EMAIL_CHANGE_REQUESTED', 'BANK_ACCOUNT_CHANGED', 'BANK_ACCOUNT_REQUESTED', 'BANK_ACCOUNT_REJECTED', 'BANK_ACCOUNT_EXPIRED',
        'SECOND_FACTOR_CHANGED', 'WEBHOOK_PAUSED', 'STAFF_INVITATION', 'ORDER_DISPUTED')) NOT VALID;
ALTER TABLE mails VALIDATE CONSTRAINT mails_kind_check;

-- A seller is mailed when its endpoint of webhooks has been paused since it takes nothing. Why is a code.

-- +goose Up
ALTER TABLE mails
    DROP CONSTRAINT mails_kind_check,
    ADD CONSTRAINT mails_kind_check CHECK (kind IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'PASSWORD_CHANGED', 'EMAIL_CHANGED',
        'BANK_ACCOUNT_CHANGED', 'SECOND_FACTOR_CHANGED', 'WEBHOOK_PAUSED')) NOT VALID;
ALTER TABLE mails VALIDATE CONSTRAINT mails_kind_check;
UPDATE webhook_endpoints SET problem = CASE WHEN problem LIKE '%410%' THEN 'GONE' ELSE 'NOT_TAKEN' END WHERE problem IS NOT NULL;

-- Payments that the buyer makes in the browser, at a provider: they wait for the buyer, may
-- be tried several times, and may come too late. What the provider tells is kept for ever,
-- so that what it tells twice counts once.

-- +goose Up
ALTER TABLE payments
    ADD COLUMN provider    varchar(20) NOT NULL DEFAULT 'MOCK' CHECK (provider IN ('MOCK', 'PORTONE')),
    ADD COLUMN prepared_at timestamptz, -- since when the buyer may pay in the browser
    DROP CONSTRAINT payments_method_check,
    ADD CONSTRAINT payments_method_check CHECK (method IN ('MOCK', 'CARD', 'KAKAO', 'NAVER', 'TOSS')),
    -- Some providers behind PortOne take no more, and PortOne counts in won.
    ADD CONSTRAINT payments_portone_id CHECK (provider <> 'PORTONE' OR (merchant_uid ~ '^[A-Za-z0-9]{1,40}$' AND amount = trunc(amount))),
    ADD CONSTRAINT payments_prepared CHECK (CASE provider WHEN 'MOCK' THEN prepared_at IS NULL ELSE prepared_at IS NOT NULL OR imp_uid IS NULL END);
ALTER TABLE payments ALTER COLUMN provider DROP DEFAULT; -- whoever opens a payment says where

-- A payment in the browser may be tried again after it was declined.
CREATE TABLE payment_declines (
    payment_id     bigint       NOT NULL REFERENCES payments,
    transaction_id varchar(255) NOT NULL, -- the provider's, of the attempt
    reason         varchar(255) NOT NULL, -- in the provider's words
    created_at     timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (payment_id, transaction_id)
);

-- How a payment ended without success stands in one row, which a charge that comes after all changes.
ALTER TABLE payment_attempts
    ADD COLUMN reason varchar(255), -- what was wrong, in words
    DROP CONSTRAINT payment_attempts_once,
    ADD CONSTRAINT payment_attempts_once UNIQUE (payment_id),
    DROP CONSTRAINT payment_attempts_outcome_check,
    ADD CONSTRAINT payment_attempts_outcome_check CHECK (outcome IN ('DECLINED', 'NOT_CHARGED', 'AMOUNT_MISMATCH', 'TOO_LATE', 'NOT_CONFIRMED',
        'NOT_PREPARED', 'NOT_OURS', 'CANCELLED'));

-- What a provider has told, once for each of its messages.
CREATE TABLE provider_messages (
    id             varchar(255) PRIMARY KEY, -- the provider's; the same when it is sent again
    type           varchar(100) NOT NULL,
    payment_id     bigint REFERENCES payments, -- null when it is about no payment of ours
    transaction_id text,
    told_at        timestamptz,
    received_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX provider_messages_payment_id_idx ON provider_messages (payment_id);

ALTER TABLE follow_ups DROP CONSTRAINT follow_ups_kind_check,
    ADD CONSTRAINT follow_ups_kind_check CHECK (kind IN ('RESTOCK', 'ORDER_NOTIFICATION', 'REVERSAL', 'MAIL', 'PAYMENT_NEWS'));

-- How often the provider has said no to giving a refund's money back: the next request is a new one.
ALTER TABLE refunds ADD COLUMN cancel_attempts int NOT NULL DEFAULT 0 CHECK (cancel_attempts >= 0);

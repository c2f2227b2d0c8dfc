-- name: QueueMail :exec
-- A mail and the follow-up that sends it.
WITH mail AS (
    INSERT INTO mails (kind, role, recipient, account_id) VALUES ($1, $2, $3, $4) RETURNING id
)
INSERT INTO follow_ups (kind, subject_id) SELECT 'MAIL', id FROM mail;

-- name: GetMail :one
SELECT * FROM mails WHERE id = $1;

-- name: DeleteMail :exec
DELETE FROM mails WHERE id = $1;

-- name: AddressResetMail :execrows
-- Finds out whose address a reset was asked for. A deleted account has none.
UPDATE mails SET account_id = a.id
FROM (SELECT 'BUYER' AS role, b.id, lower(b.email) AS email FROM buyers b WHERE b.deleted_at IS NULL
      UNION ALL SELECT 'SELLER', s.id, lower(s.email) FROM sellers s WHERE s.deleted_at IS NULL
      UNION ALL SELECT 'ADMIN', d.id, lower(d.email) FROM admins d WHERE d.deleted_at IS NULL) a
WHERE mails.id = $1 AND a.role = mails.role AND a.email = lower(mails.recipient);

-- name: UseMailToken :one
-- Uses the token of a mail up, once, while it is valid.
UPDATE mails SET used_at = now()
WHERE id = @id AND kind = @kind AND role = @role AND account_id IS NOT NULL AND used_at IS NULL AND created_at > @sent_after
RETURNING account_id::bigint AS account_id, recipient;

-- name: UseUpResets :exec
-- Other resets of an account are worth nothing once its password has changed.
UPDATE mails SET used_at = now() WHERE account_id = $1 AND role = $2 AND kind = 'PASSWORD_RESET' AND used_at IS NULL;

-- name: ResetPassword :one
-- Sets an account's password, which also shows that the address is its holder's. It
-- counts none when the account has another address by now, or is deleted.
WITH buyer AS (
    UPDATE buyers SET password = @password::text, email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
    WHERE @role::text = 'BUYER' AND buyers.id = @id::bigint AND lower(buyers.email) = lower(@recipient::text) AND buyers.deleted_at IS NULL RETURNING buyers.id
), seller AS (
    UPDATE sellers SET password = @password::text, email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
    WHERE @role::text = 'SELLER' AND sellers.id = @id::bigint AND lower(sellers.email) = lower(@recipient::text) AND sellers.deleted_at IS NULL RETURNING sellers.id
), admin AS (
    UPDATE admins SET password = @password::text, email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
    WHERE @role::text = 'ADMIN' AND admins.id = @id::bigint AND lower(admins.email) = lower(@recipient::text) AND admins.deleted_at IS NULL RETURNING admins.id
)
SELECT ((SELECT count(*) FROM buyer) + (SELECT count(*) FROM seller) + (SELECT count(*) FROM admin))::bigint;

-- name: VerifyEmail :one
-- Likewise.
WITH buyer AS (
    UPDATE buyers SET email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
    WHERE @role::text = 'BUYER' AND buyers.id = @id::bigint AND lower(buyers.email) = lower(@recipient::text) AND buyers.deleted_at IS NULL RETURNING buyers.id
), seller AS (
    UPDATE sellers SET email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
    WHERE @role::text = 'SELLER' AND sellers.id = @id::bigint AND lower(sellers.email) = lower(@recipient::text) AND sellers.deleted_at IS NULL RETURNING sellers.id
)
SELECT ((SELECT count(*) FROM buyer) + (SELECT count(*) FROM seller))::bigint;

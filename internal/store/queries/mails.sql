-- name: QueueMail :exec
-- Inserts a mail and the follow-up that sends it.
WITH mail AS (
    INSERT INTO mails (kind, role, recipient, account_id, proposal_id, sender_id)
    VALUES (@kind, @role, @recipient, @account_id, @proposal_id, @sender_id) RETURNING id
)
INSERT INTO follow_ups (kind, subject_id) SELECT 'MAIL', id FROM mail;

-- name: GetMail :one
SELECT * FROM mails WHERE id = $1;

-- name: LanguageOfMail :one
-- Returns the language of the account that a mail is about; '' for staff.
SELECT coalesce(b.language, s.language, '')::text AS language FROM mails m
LEFT JOIN buyers b ON m.role = 'BUYER' AND b.id = m.account_id
LEFT JOIN sellers s ON m.role = 'SELLER' AND s.id = m.account_id WHERE m.id = $1;

-- name: ReasonOfMail :one
-- Returns the reason of the decision that the mail reports, or ''.
SELECT coalesce(p.reason, '')::text FROM mails m JOIN proposals p ON p.id = m.proposal_id WHERE m.id = $1;

-- name: InvitationOfMail :one
-- Returns the invited role, and name and address of the inviting admin: '' for an operator.
SELECT a.role, coalesce(s.name, '')::text AS sender_name, coalesce(s.email, '')::text AS sender_email
FROM mails m JOIN admins a ON a.id = m.account_id LEFT JOIN admins s ON s.id = m.sender_id WHERE m.id = $1;

-- name: DeleteMail :exec
DELETE FROM mails WHERE id = $1;

-- name: AddressResetMail :one
-- Returns the account whose password reset was requested, if it exists, and sets the mail's recipient to the account's
-- stored address.
UPDATE mails SET account_id = a.id, recipient = a.email
FROM (SELECT 'BUYER' AS role, b.id, b.email FROM buyers b WHERE b.deleted_at IS NULL
      UNION ALL SELECT 'SELLER', s.id, s.email FROM sellers s WHERE s.deleted_at IS NULL
      UNION ALL SELECT 'ADMIN', d.id, d.email FROM admins d WHERE d.deleted_at IS NULL AND d.disabled_at IS NULL) a
WHERE mails.id = $1 AND a.role = mails.role AND a.email = mails.recipient
RETURNING mails.recipient;

-- name: UseMailToken :one
-- Consumes the token of a mail while it is valid.
UPDATE mails SET used_at = now()
WHERE id = @id AND kind = @kind AND role = @role AND account_id IS NOT NULL AND used_at IS NULL
  AND created_at > @sent_after
RETURNING account_id::bigint AS account_id, recipient;

-- name: InvalidateResets :exec
-- A change of an account's password invalidates the resets and invitations that were sent before it.
UPDATE mails SET used_at = now() WHERE account_id = $1 AND role = $2 AND kind IN ('PASSWORD_RESET', 'STAFF_INVITATION')
    AND used_at IS NULL;

-- name: ResetBuyerPassword :one
-- Sets a buyer's password, which also verifies the address and discards a pending one, and returns the address. It
-- returns no row when the account is deleted, or has another address than the mail was sent to. There is a statement
-- for each role, since the public API may not change admins.
UPDATE buyers SET password = @password::text, pending_email = NULL,
    email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
WHERE id = @id AND email = @recipient AND deleted_at IS NULL RETURNING email;

-- name: ResetSellerPassword :one
UPDATE sellers SET password = @password::text, pending_email = NULL,
    email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
WHERE id = @id AND email = @recipient AND deleted_at IS NULL RETURNING email;

-- name: ResetAdminPassword :one
UPDATE admins SET password = @password::text, email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
WHERE id = @id AND email = @recipient AND deleted_at IS NULL AND disabled_at IS NULL RETURNING email;

-- name: VerifyEmail :one
-- Marks an address as verified, which makes a pending one the account's. It returns the address,
-- or no row when the account is deleted, or the address is neither the account's nor pending.
WITH buyer AS (
    UPDATE buyers SET email = @recipient,
    email_verified_at = CASE WHEN buyers.email = @recipient THEN coalesce(email_verified_at, now()) ELSE now() END,
        pending_email = CASE WHEN buyers.email = @recipient THEN buyers.pending_email END, updated_at = now()
    WHERE @role::text = 'BUYER' AND buyers.id = @id::bigint AND @recipient IN (buyers.email, buyers.pending_email)
      AND buyers.deleted_at IS NULL RETURNING buyers.email
), seller AS (
    UPDATE sellers SET email = @recipient,
    email_verified_at = CASE WHEN sellers.email = @recipient THEN coalesce(email_verified_at, now()) ELSE now() END,
        pending_email = CASE WHEN sellers.email = @recipient THEN sellers.pending_email END, updated_at = now()
    WHERE @role::text = 'SELLER' AND sellers.id = @id::bigint AND @recipient IN (sellers.email, sellers.pending_email)
      AND sellers.deleted_at IS NULL RETURNING sellers.email
)
SELECT email FROM buyer UNION ALL SELECT email FROM seller;

-- name: AddressTaken :one
-- Reports whether an address belongs to another account of the role.
SELECT (EXISTS (SELECT FROM buyers b WHERE @role::text = 'BUYER' AND b.email = @email::text AND b.id <> @id::bigint)
    OR EXISTS (SELECT FROM sellers s WHERE @role::text = 'SELLER' AND s.email = @email::text
        AND s.id <> @id::bigint))::bool;

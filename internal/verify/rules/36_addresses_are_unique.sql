-- Rule: every account has an address of its own
-- Group: whole
-- Reason: Login, password reset and order mails go by e-mail address. An account whose address
--     collided with another one when addresses became canonical keeps the old form, and cannot
--     use it.
-- Action: SUPPORT asks the account's holder for an address of their own; an operator sets it
--     with market set-email, which also removes the finding.

SELECT lower(role) || ' ' || account_id || ' was known by an address that '
    || CASE WHEN canonical IS NULL THEN 'is none' ELSE 'another account has' END || ': market set-email gives it one'
FROM email_conflicts

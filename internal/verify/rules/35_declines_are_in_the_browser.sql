-- Rule: only a payment in the browser is declined and tried again
-- Group: whole
-- Reason: Only PortOne lets a buyer try again within one payment. A decline of another provider
--     means that its payment was retried without a new key.
-- Action: Read the payment in GET /admin/payments/{paymentId} and ask the provider whether it
--     was charged more than once. Delete the row if the payment is gone; nothing depends on it.

SELECT 'a decline is of payment ' || d.payment_id || ', which is ' || coalesce('at ' || p.provider, 'gone')
FROM payment_declines d
LEFT JOIN payments p ON p.id = d.payment_id
WHERE p.id IS NULL OR p.provider <> 'PORTONE'

-- Rule: a provider's feed was read up to a moment that has passed
-- Group: whole
-- Reason: The poll of the provider continues where it ended. If that is in the future, charges
--     until then are never read.
-- Action: Set provider_feeds.read_until back to the time of the provider's latest event in
--     provider_events, or delete the row to read everything again; events are stored once.

SELECT 'the feed of ' || provider || ' is recorded as read up to ' || read_until
FROM provider_feeds
WHERE read_until > now() + interval '1 hour'

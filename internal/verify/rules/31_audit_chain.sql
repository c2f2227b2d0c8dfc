-- Rule: the audit log is as it was written: each entry has its place in the chain, and each hash
--     follows from the one before
-- Group: chain
-- Reason: The audit log is the evidence of who changed what. Its hashes prove that no entry was
--     changed, removed or inserted.
-- Action: This is manipulation or a damaged disk. Preserve the database (a snapshot of its
--     disks) before anything else, and have an OWNER compare it with a backup and with the
--     chain's last hash that was stored elsewhere.

SELECT CASE
    WHEN c.position > 1 AND b.position IS NULL THEN 'place ' || c.position - 1 || ' of the chain is missing'
    WHEN e.id IS NULL THEN 'entry ' || c.entry_id || ' is gone'
    ELSE 'entry ' || c.entry_id || ', at place ' || c.position || ', is not what it was'
END
FROM audit_chain c
LEFT JOIN public.audit_chain b ON b.position = c.position - 1
LEFT JOIN audit_log e ON e.id = c.entry_id
WHERE (c.position > 1 AND b.position IS NULL)
    OR e.id IS NULL
    OR c.hash <> audit_hash(coalesce(b.hash, ''), c.position, ROW(e.*)::public.audit_log)
UNION ALL SELECT 'entry ' || e.id || ' has no place and waits for none'
FROM audit_log e
WHERE NOT EXISTS (SELECT FROM public.audit_chain c WHERE c.entry_id = e.id)
    AND NOT EXISTS (SELECT FROM audit_unchained u WHERE u.entry_id = e.id)

-- Rule: policies, files, roles and states are those of the latest entries of the audit log
-- Group: whole
-- Reason: Policies, roles, limits and states decide who may do what. The audit log has every
--     change of them; a difference is a change that bypassed its trigger.
-- Action: Find out who changed it: only a superuser or the owner can disable triggers. An OWNER
--     restores the value of the audit log, and disables an account that gained a role.

SELECT lower(x.subject) || ' ' || x.subject_id || ': ' || x.key || ' is ' || x.value || ' in the audit log, and '
    || coalesce(m.state ->> x.key, CASE WHEN m.id IS NULL THEN 'the row is gone' ELSE 'null' END)
FROM (
    SELECT DISTINCT ON (a.subject, a.subject_id, e.key) a.subject, a.subject_id, e.key, e.value
    FROM audit_log a, jsonb_each(a.after) e
    WHERE a.subject IN (
        'DISPUTE', 'PROPOSAL', 'RECONCILIATION_BREAK', 'SETTLEMENT_FILE', 'BATCH', 'SELLER', 'ADMIN',
        'WEBHOOK_ENDPOINT', 'REFUND_POLICY', 'UNPAID_LIMITS'
    )
    ORDER BY a.subject, a.subject_id, e.key, a.id DESC
) x
LEFT JOIN (
    SELECT 'DISPUTE' AS subject, id,
        jsonb_build_object(
            'status', status, 'refunded', refunded, 'amount', amount, 'approved_by', approved_by
        ) AS state
    FROM disputes
    UNION ALL SELECT 'PROPOSAL', id,
        jsonb_build_object(
            'status', status, 'kind', kind, 'subject_id', subject_id, 'proposer', proposer, 'proposer_id', proposer_id
        )
    FROM proposals
    UNION ALL SELECT 'RECONCILIATION_BREAK', id, jsonb_build_object('status', status, 'admin_id', admin_id)
    FROM reconciliation_breaks
    UNION ALL SELECT 'SETTLEMENT_FILE', id,
        jsonb_build_object('name', name, 'lines', lines, 'amount', amount, 'imported_at', imported_at)
    FROM provider_settlement_files
    UNION ALL SELECT 'BATCH', id,
        jsonb_build_object('status', status, 'action', action, 'query', query, 'per_second', per_second)
    FROM batches
    UNION ALL SELECT 'SELLER', id,
        jsonb_build_object('status', status, 'payouts_held', payouts_held, 'deleted_at', deleted_at)
    FROM sellers
    UNION ALL SELECT 'ADMIN', id,
        jsonb_build_object('role', role, 'disabled_at', disabled_at, 'deleted_at', deleted_at)
    FROM admins
    UNION ALL SELECT 'WEBHOOK_ENDPOINT', id,
        jsonb_build_object('status', status, 'seller_id', seller_id, 'deleted_at', deleted_at)
    FROM webhook_endpoints
    UNION ALL SELECT 'REFUND_POLICY', id,
        jsonb_build_object(
            'auto_approve_below', auto_approve_below, 'second_approval_from', second_approval_from,
            'remind_after_hours', remind_after_hours, 'escalate_after_hours', escalate_after_hours,
            'change_of_mind_by', change_of_mind_by, 'wrong_item_by', wrong_item_by, 'damaged_by', damaged_by,
            'four_eyes', four_eyes
        )
    FROM refund_policies
    UNION ALL SELECT 'UNPAID_LIMITS', id,
        jsonb_build_object(
            'orders', orders, 'pieces', pieces, 'pieces_of_product', pieces_of_product, 'unverified_orders',
            unverified_orders, 'unverified_pieces', unverified_pieces, 'unverified_pieces_of_product',
            unverified_pieces_of_product
        )
    FROM unpaid_limits
) m
    ON m.subject = x.subject AND m.id = x.subject_id
WHERE m.id IS NULL
    OR (
        m.state ? x.key
        AND CASE
            WHEN x.key LIKE '%\_at' THEN (m.state -> x.key = 'null') <> (x.value = 'null')
            ELSE m.state -> x.key <> x.value
        END
    )

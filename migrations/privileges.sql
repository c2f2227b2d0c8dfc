-- What each of the marketplace's database roles may do. It runs whole after the migrations, so that
-- a table that a migration adds is covered with it, and what is taken out of the table below is
-- taken from the roles. The roles are groups that nobody logs in as: a login is made a member.
-- Everybody reads all tables, but market_read no secrets; nobody but the owner may do what is not
-- written here: change the ledger, stock movements or the audit log, or alter the schema.
DO $privileges$
DECLARE
    allowed record;
    grantee text;
    rights  text;
BEGIN
    -- Roles belong to all databases of the server, which may be migrated at the same time.
    PERFORM pg_advisory_xact_lock(hashtext('market privileges'));
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    FOREACH grantee IN ARRAY ARRAY['market_api', 'market_admin', 'market_worker', 'market_read'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = grantee) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', grantee);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    RAISE NOTICE 'there is no role %, and this one may not create it', grantee;
                    CONTINUE;
            END;
        END IF;
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', grantee);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', grantee);
        IF grantee <> 'market_read' THEN
            EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA public TO %I', grantee);
        END IF;
    END LOOP;

    FOR allowed IN
        SELECT * FROM (VALUES
--                                         the public API's                the admin API's, beyond those   workers'
            ('access_log',                              'INSERT',                       '',                              'DELETE'),
            ('access_log_exports',                      'INSERT',                       '',                              ''),
            ('addresses',                               'INSERT, UPDATE, DELETE',       '',                              ''),
            ('adjustments',                              '',                             'INSERT',                        'INSERT, UPDATE (settlement_id)'),
            ('admin_second_factors',                    '',                             'INSERT, UPDATE, DELETE',        ''),
            ('admins',                                  '',                             'INSERT (email, name, role), UPDATE',''), -- no password: an invitation
            ('audit_addresses',                         '',                             '',                              'DELETE'),
            ('audit_chain',                             '',                             '',                              ''),
            ('audit_log',                               'INSERT',                       '',                              'INSERT'),
            ('audit_unchained',                         '',                             '',                              ''),
            ('audit_words',                             '',                             '',                              ''),
            ('batch_runs',                              '',                             '',                              'INSERT, UPDATE'),
            ('batches',                                 '',                             'INSERT, UPDATE',                'UPDATE'),
            ('business_days',                           '',                             '',                              'INSERT, UPDATE'),
            ('buyers',                                  'INSERT, UPDATE (email, pending_email, email_verified_at, password, name, phone, language, muted_topics, updated_at)','UPDATE',                        ''),
            ('cart_items',                              'INSERT, UPDATE, DELETE',       '',                              'UPDATE, DELETE'),
            ('carts',                                   'INSERT',                       '',                              ''),
            ('categories',                              '',                             'INSERT, UPDATE',                ''),
            ('checkout_attempts',                       'INSERT',                       '',                              'INSERT'),
            ('confirmations',                           'INSERT',                       '',                              'INSERT'),
            ('consents',                                 'INSERT',                       '',                              ''),
            ('disputes',                                 '',                             'UPDATE',                        'INSERT, UPDATE'),
            ('email_conflicts',                         '',                             '',                              ''),
            ('follow_ups',                              'INSERT, DELETE',               '',                              'INSERT, UPDATE, DELETE'),
            ('holds',                                   '',                             '',                              ''),
            ('idempotency_keys',                        'INSERT, UPDATE, DELETE',       '',                              'DELETE'),
            ('image_uploads',                           'INSERT, DELETE',               '',                              'DELETE'),
            ('ledger_entries',                          'INSERT',                       '',                              'INSERT'),
            ('ledger_transactions',                     'INSERT',                       '',                              'INSERT'),
            ('ledger_unrolled',                         'INSERT',                       '',                              'INSERT, DELETE'),
            ('mails',                                   'INSERT, UPDATE (used_at)',      '',                              'INSERT, UPDATE, DELETE'),
            ('notifications',                           'UPDATE (read_at)',             '',                              'DELETE'),
            ('order_items',                             'INSERT, UPDATE',               '',                              'INSERT, UPDATE'),
            ('order_status_update_notifications',       'INSERT, UPDATE',               '',                              'INSERT, UPDATE, DELETE'),
            ('orders',                                  'INSERT, UPDATE',               '',                              'INSERT, UPDATE'),
            ('parcel_items',                            'INSERT, UPDATE',               '',                              ''),
            ('parcels',                                 'INSERT, UPDATE, DELETE',       '',                              'UPDATE'),
            ('partitioned_tables',                      '',                             '',                              ''),
            ('payment_attempts',                        'INSERT, UPDATE',               '',                              'INSERT, UPDATE'),
            ('payment_declines',                        'INSERT',                       '',                              'INSERT'),
            ('payments',                                'INSERT, UPDATE',               '',                              'INSERT, UPDATE'),
            ('payout_attempts',                         '',                             '',                              'INSERT, UPDATE'),
            ('payout_decision_reasons',                 '',                             'INSERT',                        ''),
            ('payout_decisions',                        '',                             '',                              'INSERT'),
            ('payouts',                                 '',                             '',                              'INSERT, UPDATE'),
            ('product_image',                           'INSERT, UPDATE, DELETE',       '',                              ''),
            ('product_totals',                          'INSERT, UPDATE',               '',                              'INSERT, UPDATE'),
            ('products',                                'INSERT, UPDATE',               '',                              'UPDATE'),
            ('proposals',                                'INSERT, UPDATE (status, ended_at, bank_account, change, before, reason)','UPDATE',                        'UPDATE'),
            ('provider_events',                         'INSERT',                       '',                              'INSERT'),
            ('provider_feeds',                          '',                             '',                              'INSERT, UPDATE'),
            ('provider_messages',                       'INSERT',                       '',                              'INSERT, DELETE'),
            ('provider_settlement_files',               '',                             'INSERT, UPDATE',                'INSERT, UPDATE'),
            ('provider_settlement_lines',               '',                             'INSERT',                        'INSERT'),
            ('reconciliation_breaks',                   '',                             'UPDATE',                        'INSERT, UPDATE'),
            ('reconciliations',                         '',                             '',                              'INSERT, UPDATE'),
            ('refund_decision_reasons',                 '',                             'INSERT',                        'INSERT'),
            ('refund_decisions',                        'INSERT',                       '',                              'INSERT'),
            ('refund_items',                            'INSERT, UPDATE',               '',                              'INSERT, UPDATE'),
            ('refund_policies',                         '',                             'INSERT',                        ''),
            ('refund_requests',                         'INSERT, UPDATE',               '',                              'INSERT, UPDATE, DELETE'),
            ('refunds',                                 'INSERT, UPDATE',               '',                              'INSERT, UPDATE'),
            ('restock_notifications',                   'UPDATE',                       '',                              'INSERT, UPDATE, DELETE'),
            ('restock_subscriptions',                   'INSERT, UPDATE, DELETE',       '',                              'UPDATE, DELETE'),
            ('seller_daily_statistics',                 '',                             '',                              'INSERT, UPDATE'),
            ('seller_dashboard',                        'INSERT, UPDATE',               '',                              'INSERT, UPDATE'),
            ('sellers',                                 'INSERT, UPDATE (email, pending_email, email_verified_at, password, name, phone, store_name, biz_number, language, muted_topics, updated_at)','UPDATE',                        'UPDATE'),
            ('session_ends',                            'INSERT, UPDATE',               '',                              ''),
            ('set_aside',                               '',                             '',                              'INSERT, UPDATE'),
            ('settlement_lines',                        '',                             '',                              'INSERT'),
            ('settlements',                             '',                             '',                              'INSERT, UPDATE'),
            ('stock_movements',                         'INSERT',                       '',                              'INSERT'),
            ('stuck_row_sweeps',                        '',                             '',                              'INSERT, UPDATE'),
            ('transaction_histories',                   'INSERT',                       '',                              'INSERT'),
            ('unpaid_limits',                           '',                             'INSERT',                        ''),
            ('verifications',                           '',                             '',                              'INSERT, DELETE'),
            ('webhook_endpoints',                       'INSERT, UPDATE',               '',                              'UPDATE'),
            ('webhook_messages',                        'UPDATE',                       '',                              'INSERT, UPDATE, DELETE'),
            ('webhook_progress',                        '',                             '',                              'UPDATE'),
            ('withdrawn_payout_accounts',                '',                             'INSERT, UPDATE',                'UPDATE, DELETE')
        ) AS list (of_table, api, admin, worker)
    LOOP
        IF allowed.api <> '' AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'market_api') THEN
            EXECUTE format('GRANT %s ON %I TO market_api', allowed.api, allowed.of_table);
        END IF;
        FOREACH rights IN ARRAY ARRAY[allowed.api, allowed.admin] LOOP
            IF rights <> '' AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'market_admin') THEN
                EXECUTE format('GRANT %s ON %I TO market_admin', rights, allowed.of_table);
            END IF;
        END LOOP;
        IF allowed.worker <> '' AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'market_worker') THEN
            EXECUTE format('GRANT %s ON %I TO market_worker', allowed.worker, allowed.of_table);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'market_api') THEN
        GRANT USAGE ON SEQUENCE order_items_id_seq, refunds_id_seq, sellers_id_seq TO market_api; -- ids that are needed before their rows
        GRANT EXECUTE ON FUNCTION change_bank_account(bigint, varchar, bytea, timestamptz), change_payout_account(bigint, varchar, varchar, bytea, timestamptz),
            erase_buyer(bigint), erase_seller(bigint) TO market_api;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'market_admin') THEN
        GRANT EXECUTE ON FUNCTION change_bank_account(bigint, varchar, bytea, timestamptz), change_payout_account(bigint, varchar, varchar, bytea, timestamptz) TO market_admin; -- that a second person approves
        GRANT EXECUTE ON FUNCTION partitions_filling(), discard_settlement_file(bigint) TO market_admin;
        GRANT USAGE ON SEQUENCE refunds_id_seq TO market_admin;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'market_worker') THEN
        GRANT EXECUTE ON FUNCTION extend_partitions(varchar), extend_audit_chain(int), partitions_filling() TO market_worker;
        GRANT USAGE ON SEQUENCE order_items_id_seq TO market_worker;
    END IF;

    -- Reports need no secrets, and neither phone numbers nor addresses.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'market_read') THEN
        FOR allowed IN
            SELECT table_name AS of_table, string_agg(quote_ident(column_name), ', ') AS columns
            FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name NOT IN ('admin_second_factors', 'audit_addresses', 'audit_words', 'idempotency_keys', 'mails')
                AND column_name NOT IN ('password', 'secret', 'previous_secret', 'phone', 'recipient')
                AND table_name || '.' || column_name NOT IN ('addresses.detail', 'orders.address', 'proposals.bank_account', 'sellers.bank_account') -- a payout's is held against the bank's
            GROUP BY table_name
        LOOP
            EXECUTE format('GRANT SELECT (%s) ON %I TO market_read', allowed.columns, allowed.of_table);
        END LOOP;
    END IF;
END
$privileges$;

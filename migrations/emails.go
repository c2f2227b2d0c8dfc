package migrations

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"

	"github.com/all-in-market/market/internal/market"
)

// canonicalEmails is the migration that makes account addresses canonical. It is written in Go, since
// PostgreSQL has no IDNA.
var canonicalEmails = goose.NewGoMigration(39, &goose.GoFunc{RunTx: makeEmailsCanonical}, nil)

// accountTables lists the tables with addresses, and the role of their accounts.
var accountTables = map[market.Role]string{
	market.RoleBuyer: "buyers", market.RoleSeller: "sellers", market.RoleAdmin: "admins",
}

// makeEmailsCanonical stores the canonical form of every account's address. Accounts are never
// merged: one that has no canonical form, or the form of another account, is noted in
// email_conflicts and gets a placeholder that receives no mail. The tokens in mails to the address that
// was stored stay valid; password resets that went to another spelling become worthless.
func makeEmailsCanonical(ctx context.Context, tx *sql.Tx) error {
	for role, table := range accountTables {
		typed, err := notCanonical(ctx, tx, table)
		if err != nil {
			return err
		}
		for id, email := range typed {
			if err := makeEmailCanonical(ctx, tx, role, table, id, email); err != nil {
				return fmt.Errorf("%s %d: %w", role, id, err)
			}
		}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM mails WHERE kind = 'PASSWORD_RESET' AND recipient COLLATE "C" ~ '[^!-@\[-~]'`)
	return err
}

func makeEmailCanonical(ctx context.Context, tx *sql.Tx, role market.Role, table string, id int64, email string) error {
	var canonical *market.Email
	if c, err := market.ParseEmail(email); err == nil {
		var taken bool
		err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM "+table+" WHERE id <> $1 AND lower(email) = lower($2))",
			id, string(c)).Scan(&taken)
		if err != nil {
			return err
		}
		if canonical = &c; !taken {
			if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET email = $2 WHERE id = $1", id, string(c)); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx,
				"UPDATE mails SET recipient = $4 WHERE role = $1 AND account_id = $2 AND recipient = $3",
				string(role), id, email, string(c))
			return err
		}
	}
	if _, err := tx.ExecContext(ctx,
		"INSERT INTO email_conflicts (role, account_id, email, canonical) VALUES ($1, $2, $3, $4)",
		string(role), id, email, canonical); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE "+table+" SET email = $2, email_verified_at = NULL WHERE id = $1", id,
		fmt.Sprintf("conflict-%d@conflict.invalid", id))
	return err
}

// notCanonical returns the addresses in a table that are not canonical, by account.
func notCanonical(ctx context.Context, tx *sql.Tx, table string) (map[int64]string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, email FROM "+table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	typed := map[int64]string{}
	for rows.Next() {
		var id int64
		var email string
		if err := rows.Scan(&id, &email); err != nil {
			return nil, err
		}
		if !market.Email(email).Canonical() {
			typed[id] = email
		}
	}
	return typed, rows.Err()
}

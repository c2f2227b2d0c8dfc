// Package migrations holds the database schema as numbered SQL files. Constraints reject invalid
// data independently of the code.
package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx" of database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed 0*.sql
var files embed.FS

//go:embed privileges.sql
var privileges string

// inGo are the migrations written in Go.
var inGo = []*goose.Migration{canonicalEmails, movementsByCause, auditByPeople, linesDue}

// Files returns the SQL files, for tools that read the schema.
func Files() fs.FS { return files }

// Up brings the database to the newest version, gives the database roles their privileges, and
// returns the names of the files that it applied: none when the schema is current. Several
// processes may call it at once: an advisory lock lets one work while the others wait.
func Up(ctx context.Context, databaseURL string) (applied []string, err error) {
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		applied = append(applied, cmp.Or(r.Source.Path, fmt.Sprintf("%05d.go", r.Source.Version)))
	}
	if err != nil {
		return applied, fmt.Errorf("migrate the schema: %w", withHint(err))
	}
	if _, err := db.ExecContext(ctx, privileges); err != nil {
		return applied, fmt.Errorf("give the database roles their privileges: %w", withHint(err))
	}
	return applied, nil
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker),
		goose.WithGoMigrations(inGo...))
}

// withHint adds a hint to a permission error.
func withHint(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		return fmt.Errorf("%w; DATABASE_URL must log in as the owner of the schema here", err)
	}
	return err
}

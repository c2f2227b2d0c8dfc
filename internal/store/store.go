// Package store keeps the marketplace's facts in PostgreSQL. An exported method
// is one transaction (or one statement); unexported helpers take the transaction
// and compose. Errors that callers can act on are *market.Error.
//
// Lock order inside any transaction: cart items, order, payment, refund,
// products by ascending id, ledger.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
	"github.com/all-in-market/market/internal/vault"
)

// DB is a handle of one database: the connections, the generated statements, the clock, and the steps of transactions
// that more than one store takes.
type DB struct {
	pool *pgxpool.Pool
	q    *db.Queries
	now  func() time.Time

	mails MailLimits // nil for none
	vault *vault.Vault

	payoutsPerSecond float64
}

// Options configure a Store.
type Options struct {
	MaxConns int32         // size of the connection pool; 0 means 20
	Timeout  time.Duration // of one statement, at the server; 0 means none
	// Idle is how long a transaction may wait for this process's next statement before the server
	// aborts it and releases its locks; 0 means a minute.
	Idle   time.Duration
	Now    func() time.Time // the clock; nil means time.Now
	Tracer pgx.QueryTracer  // traces each statement; may be nil
	// PayoutsPerSecond is the rate at which payouts are sent; 0 if unknown. Deadlines allow for it.
	PayoutsPerSecond float64
	Vault            *vault.Vault // seals account numbers; without it, methods that need them fail
	// OrderWritten is called after each transaction of this Store that has written data that buyers
	// see of an order; nil for none. It must not block.
	OrderWritten func()
}

// connectTimeout is how long a live server may take to answer.
const connectTimeout = 3 * time.Second

// Open makes a Store. It does not wait for the database: a method that finds it
// down fails with DATABASE_UNAVAILABLE, and works again when it is back.
func Open(ctx context.Context, databaseURL string, opt Options) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf(
			"DATABASE_URL is not a PostgreSQL address of the form postgres://user:password@host:port/database: %w", err)
	}
	cfg.MaxConns = opt.MaxConns
	if cfg.MaxConns == 0 {
		cfg.MaxConns = 20
	}
	cfg.MaxConnLifetimeJitter = 5 * time.Minute
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.PingTimeout = connectTimeout // of an idle connection, before it is used: its server may have moved
	if _, given := cfg.ConnConfig.RuntimeParams["application_name"]; !given {
		cfg.ConnConfig.RuntimeParams["application_name"] = "market"
	}
	if !behindPooler(cfg.ConnConfig) {
		setTimeouts(cfg.ConnConfig.RuntimeParams, opt)
	}
	closesFatal := cfg.ConnConfig.OnPgError
	cfg.ConnConfig.OnPgError = func(c *pgconn.PgConn, err *pgconn.PgError) bool {
		return err.Code != readOnly && closesFatal(c, err) // a connection to a demoted primary stays read-only
	}
	cfg.ConnConfig.Tracer = opt.Tracer
	if opt.OrderWritten != nil {
		writes := &orderWrites{committed: opt.OrderWritten}
		cfg.BeforeClose = func(c *pgx.Conn) { writes.open.Delete(c) }
		cfg.ConnConfig.Tracer = writes
		if opt.Tracer != nil {
			cfg.ConnConfig.Tracer = multitracer.New(opt.Tracer, writes)
		}
	}
	cfg.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		sendNumericsAsText(c.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	d := &DB{pool: pool, q: db.New(), now: opt.Now, vault: opt.Vault, payoutsPerSecond: opt.PayoutsPerSecond}
	if d.now == nil {
		d.now = time.Now
	}
	return New(d), nil
}

// textNumeric sends and receives numeric values as text. market.Money reads and writes decimal digits, which pgx would
// convert from and to the binary format through integers of arbitrary size.
type textNumeric struct{ pgtype.NumericCodec }

// PreferredFormat implements pgtype.Codec.
func (textNumeric) PreferredFormat() int16 { return pgtype.TextFormatCode }

// FormatSupported implements pgtype.Codec. An array has the binary format where its elements support it.
func (textNumeric) FormatSupported(format int16) bool { return format == pgtype.TextFormatCode }

func sendNumericsAsText(m *pgtype.Map) {
	numeric := &pgtype.Type{Name: "numeric", OID: pgtype.NumericOID, Codec: textNumeric{}}
	m.RegisterType(numeric)
	m.RegisterType(&pgtype.Type{
		Name: "_numeric", OID: pgtype.NumericArrayOID, Codec: &pgtype.ArrayCodec{ElementType: numeric},
	})
}

// maxLockWait is how long a statement waits for a lock. Holders release theirs earlier.
const maxLockWait = time.Minute

// setTimeouts has the server end what a frozen or vanished process holds, and what waits for it.
func setTimeouts(parameters map[string]string, opt Options) {
	for name, d := range map[string]time.Duration{
		"statement_timeout": opt.Timeout, "lock_timeout": maxLockWait, "tcp_user_timeout": maxLockWait,
		"idle_in_transaction_session_timeout": cmp.Or(opt.Idle, time.Minute),
	} {
		if d > 0 {
			parameters[name] = strconv.FormatInt(d.Milliseconds(), 10)
		}
	}
}

// behindPooler reports whether DATABASE_URL declares a pooler that shares a connection between
// transactions, such as PgBouncer: its default_query_exec_mode is one without named prepared statements.
// Such a pooler refuses startup parameters; timeouts are then settings of the login's role.
func behindPooler(cfg *pgx.ConnConfig) bool {
	return cfg.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}

// ThroughPooler reports whether the database is reached through a connection pooler, and fails when the
// address that the Store was opened with does not declare it. A pooler makes up the process ids that it
// gives its clients.
func (s *DB) ThroughPooler(ctx context.Context) (pooled bool, err error) {
	err = s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		var pid uint32
		if err := c.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(&pid); err != nil {
			return err
		}
		pooled = pid != c.Conn().PgConn().PID()
		if pooled && !behindPooler(c.Conn().Config()) {
			return errUndeclaredPooler
		}
		return nil
	})
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "08P01" { // a pooler refuses the timeouts as startup parameters
		return true, errUndeclaredPooler
	}
	return pooled, translate(err)
}

var errUndeclaredPooler = errors.New("the address leads through a connection pooler: add " +
	"default_query_exec_mode=cache_describe to it, and see \"PgBouncer\" in docs/operations.md")

// At returns the same store with another clock, for data of other days.
func (s *Store) At(now time.Time) *Store {
	other := *s.DB
	other.now = func() time.Time { return now }
	return New(&other)
}

// clock returns the current time, for a nullable parameter.
func (s *DB) clock() *time.Time {
	now := s.now()
	return &now
}

// Close waits for running statements and closes the pool.
func (s *DB) Close() { s.pool.Close() }

// Ping fails when the database does not answer.
func (s *DB) Ping(ctx context.Context) error { return translate(s.pool.Ping(ctx)) }

// Pool returns the connection pool, for its statistics and for bulk loading.
func (s *DB) Pool() *pgxpool.Pool { return s.pool }

// inTx runs f in a transaction. When PostgreSQL ended it to resolve a deadlock
// or a serialization conflict, f runs again from the start, at most five times.
func (s *DB) inTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	return translate(s.transact(ctx, f))
}

// inBookingTx is inTx for booking money that has already moved; see asRetryable.
func (s *DB) inBookingTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	return asRetryable(s.transact(ctx, f))
}

// asRetryable translates the error of booking money that has already moved. A constraint violation must
// not end the activity as a refusal would: it becomes an error without a code, which is retried
// until its cause is fixed.
func asRetryable(err error) error {
	if violated(err) {
		return fmt.Errorf("book external event: %w", err)
	}
	return translate(err)
}

func (s *DB) transact(ctx context.Context, f func(tx pgx.Tx) error) error {
	return withRetry(func() error { return pgx.BeginTxFunc(ctx, s.pool, begin(ctx), f) })
}

// withRetry runs f, and repeats it on conflicts that PostgreSQL resolves by aborting, at most five
// times.
func withRetry(f func() error) error {
	for attempt := 1; ; attempt++ {
		err := f()
		if err != nil && attempt < 5 && conflicted(err) {
			time.Sleep(time.Duration(rand.IntN(10*attempt)) * time.Millisecond)
			continue
		}
		return err
	}
}

// violated reports whether the database has refused the data: it does not fit, or breaks a
// constraint. A missing partition is not the data's fault, although its SQLSTATE is that of a check.
func violated(err error) bool {
	var known *market.Error
	var pg *pgconn.PgError
	return !errors.As(err, &known) && errors.As(err, &pg) && (pg.Code[:2] == "22" || pg.Code[:2] == "23") &&
		!partitionMissing(pg)
}

// partitionMissing reports whether a row has an id beyond the last partition of its table. The
// message depends on the server's language; the function that reports it does not.
func partitionMissing(pg *pgconn.PgError) bool {
	return pg.Code == "23514" && pg.ConstraintName == "" && pg.Routine == "ExecFindPartition"
}

// The SQLSTATEs of timeouts that the server has for a process that is frozen, and for one that waits for it.
const (
	lockNotAvailable  = "55P03"
	idleInTransaction = "25P03"
)

// readOnly is the SQLSTATE of a write to a standby, such as a demoted primary.
const readOnly = "25006"

// conflicted reports whether the transaction should be repeated: after deadlock_detected or
// serialization_failure, which a standby also returns when a statement conflicts with its recovery.
func conflicted(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// constraints maps constraints to the codes of their violations.
var constraints = map[string]market.Code{
	"buyers_email_key":      market.CodeEmailAlreadyExists,
	"sellers_email_key":     market.CodeEmailAlreadyExists,
	"admins_email_key":      market.CodeEmailAlreadyExists,
	"buyers_email_unique":   market.CodeEmailAlreadyExists,
	"sellers_email_unique":  market.CodeEmailAlreadyExists,
	"admins_email_unique":   market.CodeEmailAlreadyExists,
	"unpaid_orders_limit":   market.CodeTooManyUnpaidOrders,
	"unpaid_pieces_limit":   market.CodeTooManyUnpaidPieces,
	"admins_last_owner":     market.CodeLastOwner,
	"disputes_recredit_key": market.CodeDisputeReferenceUsed,

	"refund_policies_four_eyes": market.CodeDataConflict,

	"categories_unused":             market.CodeCategoryInUse,
	"products_category_not_deleted": market.CodeCategoryNotFound,
}

// taken maps unique constraints of accounts, categories and proposals to refusals with the field in
// conflict.
var taken = map[string]*market.Error{
	"proposals_pending_key":     proposalWaits,
	"proposals_one_pending_key": proposalWaits,
	"sellers_biz_number_key":    bizNumberTaken,
	"sellers_biz_number_unique": bizNumberTaken,
	"categories_name_key":       categoryTaken,
	"categories_name_unique":    categoryTaken,
}

var (
	bizNumberTaken = market.RefuseWith(market.CodeDataConflict, market.DetailBizNumberTaken).About("bizNumber")
	proposalWaits  = market.RefuseWith(market.CodeDataConflict, market.DetailProposalWaits)
	categoryTaken  = market.RefuseWith(market.CodeDataConflict, market.DetailCategoryTaken).About("name")
)

// translate turns a database error into a *market.Error where the caller can act on it.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var known *market.Error
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &known), errors.Is(err, market.ErrConflict), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &pg):
		if code, ok := constraints[pg.ConstraintName]; ok {
			return market.Failed(code, err)
		}
		if refused, ok := taken[pg.ConstraintName]; ok {
			return refused
		}
		switch class := pg.Code[:2]; {
		case pg.Code == "23505":
			return market.Failed(market.CodeDataConflict, err)
		case violated(err):
			return market.Failed(market.CodeInvalidInput, err)
		case class == "08", class == "53", class == "57", partitionMissing(pg), // connection, resources, shutdown
			pg.Code == readOnly, pg.Code == idleInTransaction, pg.Code == lockNotAvailable,
			conflicted(err): // still, after it was repeated where that is possible
			return market.Failed(market.CodeDatabaseUnavailable, err)
		}
		return err
	case errors.As(err, &connect), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrUnexpectedEOF):
		return market.Failed(market.CodeDatabaseUnavailable, err)
	case errors.Is(err, context.DeadlineExceeded):
		return market.Failed(market.CodeRequestTimeout, err)
	case errors.As(err, &network), pgconn.SafeToRetry(err):
		return market.Failed(market.CodeDatabaseUnavailable, err)
	}
	return err
}

// truncate shortens an external text to a column's number of characters, and removes invalid ones.
func truncate(s string, characters int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if r := []rune(s); len(r) > characters {
		return string(r[:characters])
	}
	return s
}

// orNotFound takes a query's result and gives a function that translates its error,
// a missing row into the code named: orNotFound(q.GetBuyer(...))(market.CodeBuyerNotFound).
func orNotFound[T any](v T, err error) func(missing market.Code) (T, error) {
	return func(missing market.Code) (T, error) {
		if errors.Is(err, pgx.ErrNoRows) {
			return v, market.Refuse(missing)
		}
		return v, translate(err)
	}
}

// Package simulator contains a payment gateway and a bank for development and tests. They can be
// configured to misbehave, and keep their own books.
package simulator

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simclient"
)

// Knobs make the simulator misbehave as real gateways do.
type Knobs struct {
	Latency       time.Duration `json:"latencyNanos"`   // before each answer
	Decline       bool          `json:"decline"`        // refuse charges
	HangAfter     time.Duration `json:"hangAfterNanos"` // act, wait this long, then hang up without an answer
	FailBefore    bool          `json:"failBefore"`     // answer 503 and do nothing
	FailFirst     int           `json:"failFirst"`      // for this number of requests
	Queue         time.Duration `json:"queueNanos"`     // hang up, and take the charge on only after this long
	AmountOff     market.Money  `json:"amountOff"`      // added to the charged amount
	DuplicateWork bool          `json:"duplicateWork"`  // handle each charge twice, as after a network's retry
	RefuseCancel  bool          `json:"refuseCancel"`   // refuse to give charges back
}

// Simulator is a payment gateway and a bank for development and tests, over HTTP. It stores its
// books in PostgreSQL, in its own schema, so that idempotency keys remain valid when the simulator
// dies. PUT /knobs, or the page at /, sets its Knobs, which last as long as the process.
type Simulator struct {
	Bank  *BankSimulator // on the same listener
	pool  *pgxpool.Pool
	mu    sync.Mutex
	knobs Knobs
}

// New makes a simulator, and its tables where they are missing.
func New(ctx context.Context, pool *pgxpool.Pool) (*Simulator, error) {
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			SELECT pg_advisory_xact_lock(hashtext('gateway_simulator'));
			CREATE SCHEMA IF NOT EXISTS gateway_simulator;
			CREATE TABLE IF NOT EXISTS gateway_simulator.charges (
				merchant_uid text COLLATE "C" PRIMARY KEY,
				imp_uid      text NOT NULL UNIQUE,
				amount       numeric(14, 2) NOT NULL,
				declined     boolean NOT NULL,
				created_at   timestamptz NOT NULL DEFAULT now());
			CREATE TABLE IF NOT EXISTS gateway_simulator.cancellations (
				key        text PRIMARY KEY,
				imp_uid    text NOT NULL,
				amount     numeric(14, 2) NOT NULL,
				created_at timestamptz NOT NULL DEFAULT now());
			CREATE INDEX IF NOT EXISTS cancellations_imp_uid_idx ON gateway_simulator.cancellations (imp_uid);`+bankTables)
		return err
	})
	return &Simulator{pool: pool, Bank: &BankSimulator{pool: pool}}, err
}

// Set turns the knobs.
func (s *Simulator) Set(k Knobs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.knobs = k
}

// current returns the knobs for one request.
func (s *Simulator) current() Knobs {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.knobs
	if k.FailFirst > 0 {
		s.knobs.FailFirst--
		k.FailBefore = true
	}
	return k
}

// Record adds a charge of seeded data, so that it can be cancelled like any other. It returns the
// charge's id. It is idempotent.
func (s *Simulator) Record(ctx context.Context, merchantUID string, amount market.Money) (impUID string, err error) {
	impUID = "imp_" + merchantUID
	_, err = s.pool.Exec(ctx,
		`INSERT INTO gateway_simulator.charges (merchant_uid, imp_uid, amount, declined) VALUES ($1, $2, $3, false) ON CONFLICT DO NOTHING`,
		merchantUID, impUID, amount)
	return impUID, err
}

// Handler serves the simulator's HTTP interface.
func (s *Simulator) Handler() http.Handler {
	r := mux.NewRouter()
	r.HandleFunc("/payments/{merchantUid}/charge", s.charge).Methods(http.MethodPost)
	r.HandleFunc("/payments", s.list).Methods(http.MethodGet)
	r.HandleFunc("/payments/{merchantUid}", s.inquire).Methods(http.MethodGet)
	r.HandleFunc("/charges/{impUid}/cancel", s.cancel).Methods(http.MethodPost)
	r.HandleFunc("/knobs", setKnobs(s.Set)).Methods(http.MethodPut)
	r.HandleFunc("/", s.showPage).Methods(http.MethodGet)
	r.Handle("/", http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.turnKnobs))).Methods(http.MethodPost)
	s.Bank.routes(r)
	return r
}

// setKnobs reads knobs from a request's body and sets them.
func setKnobs[K any](set func(K)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		k, ok := decode[K](w, r)
		if !ok {
			return
		}
		set(k)
		w.WriteHeader(http.StatusNoContent)
	}
}

// decode decodes a request's body, and reports whether it could; otherwise it has responded with
// 400.
func decode[T any](w http.ResponseWriter, r *http.Request) (body T, ok bool) {
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, simclient.CodeInvalidRequest)
		return body, false
	}
	return body, true
}

// awake waits, and reports whether to respond; otherwise it has responded with 503.
func awake(w http.ResponseWriter, r *http.Request, latency time.Duration, down bool) bool {
	if !pause(r.Context(), latency) {
		return false
	}
	if down {
		refuse(w, http.StatusServiceUnavailable, simclient.CodeSimulatedOutage)
	}
	return !down
}

// refuse answers with a code.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code})
}

// respond sends the answer, or the response to an error.
func respond(w http.ResponseWriter, answer any, err error) {
	switch {
	case errors.Is(err, gateway.ErrDeclined):
		refuse(w, http.StatusPaymentRequired, simclient.CodeDeclined)
	case errors.Is(err, gateway.ErrNotCancellable):
		refuse(w, http.StatusConflict, simclient.CodeNotCancellable)
	case errors.Is(err, gateway.ErrUnknownPayment):
		refuse(w, http.StatusNotFound, simclient.CodeUnknownPayment)
	case errors.Is(err, bank.ErrUnknownTransfer):
		refuse(w, http.StatusNotFound, simclient.CodeUnknownTransfer)
	case err != nil:
		refuse(w, http.StatusInternalServerError, simclient.CodeSimulatorFailure)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func (s *Simulator) charge(w http.ResponseWriter, r *http.Request) {
	body, ok := decode[simclient.ChargeBody](w, r)
	if !ok {
		return
	}
	k := s.current()
	if !awake(w, r, k.Latency, k.FailBefore) {
		return
	}
	merchantUID := mux.Vars(r)["merchantUid"]
	if k.Queue > 0 {
		time.AfterFunc(k.Queue, func() { _ = s.take(context.Background(), merchantUID, body.Amount, k) })
		panic(http.ErrAbortHandler)
	}
	if err := s.take(r.Context(), merchantUID, body.Amount, k); err != nil {
		respond(w, nil, err)
		return
	}
	hang(r.Context(), k.HangAfter)
	c, err := s.find(r.Context(), merchantUID)
	respond(w, c, err)
}

// take takes a charge on. The key's first use decides; every later one finds that
// decision.
func (s *Simulator) take(ctx context.Context, merchantUID string, amount market.Money, k Knobs) error {
	times := 1
	if k.DuplicateWork {
		times = 2
	}
	for range times {
		if _, err := s.pool.Exec(ctx,
			`INSERT INTO gateway_simulator.charges (merchant_uid, imp_uid, amount, declined) VALUES ($1, $2, $3, $4)
			ON CONFLICT (merchant_uid) DO NOTHING`, merchantUID, "imp_"+rand.Text(), amount+k.AmountOff,
			k.Decline); err != nil {
			return err
		}
	}
	return nil
}

func (s *Simulator) inquire(w http.ResponseWriter, r *http.Request) {
	if k := s.current(); !awake(w, r, k.Latency, k.FailBefore) {
		return
	}
	c, err := s.find(r.Context(), mux.Vars(r)["merchantUid"])
	respond(w, c, err)
}

const chargeColumns = `SELECT c.imp_uid, c.merchant_uid, c.amount, c.declined, c.created_at, coalesce((SELECT json_agg(json_build_object('key', x.key, 'amount', x.amount) ORDER BY x.created_at)
	FROM gateway_simulator.cancellations x WHERE x.imp_uid = c.imp_uid), '[]') FROM gateway_simulator.charges c `

func scanCharge(row pgx.CollectableRow) (c gateway.Charge, err error) {
	var declined bool
	if err = row.Scan(&c.ImpUID, &c.MerchantUID, &c.Amount, &declined, &c.At, &c.Cancellations); err == nil &&
		declined {
		err = gateway.ErrDeclined
	}
	return c, err
}

func (s *Simulator) find(ctx context.Context, merchantUID string) (gateway.Charge, error) {
	rows, err := s.pool.Query(ctx, chargeColumns+`WHERE c.merchant_uid = $1`, merchantUID)
	if err != nil {
		return gateway.Charge{}, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCharge)
	if errors.Is(err, pgx.ErrNoRows) {
		err = gateway.ErrUnknownPayment
	}
	return c, err
}

// pageSize is the page size of the simulator's books.
const pageSize = 1000

func (s *Simulator) list(w http.ResponseWriter, r *http.Request) {
	var since time.Time
	if text := r.URL.Query().Get("since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339Nano, text); err != nil {
			http.Error(w, "since: "+err.Error(), http.StatusBadRequest)
			return
		}
	}
	rows, err := s.pool.Query(r.Context(),
		chargeColumns+`WHERE c.merchant_uid > $1 AND c.created_at >= $3 AND NOT c.declined ORDER BY c.merchant_uid LIMIT $2`,
		r.URL.Query().Get("after"), pageSize, since)
	var page []gateway.Charge
	if err == nil {
		page, err = pgx.CollectRows(rows, scanCharge)
	}
	respond(w, page, err)
}

func (s *Simulator) cancel(w http.ResponseWriter, r *http.Request) {
	body, ok := decode[simclient.CancelBody](w, r)
	if !ok {
		return
	}
	k := s.current()
	if !awake(w, r, k.Latency, k.FailBefore) {
		return
	}
	impUID, key := mux.Vars(r)["impUid"], r.Header.Get("Idempotency-Key")
	err := pgx.BeginFunc(r.Context(), s.pool, func(tx pgx.Tx) error {
		var charged, cancelled market.Money
		if err := tx.QueryRow(r.Context(),
			`SELECT amount FROM gateway_simulator.charges WHERE imp_uid = $1 AND NOT declined FOR UPDATE`,
			impUID).Scan(&charged); errors.Is(err, pgx.ErrNoRows) {
			return gateway.ErrUnknownPayment
		} else if err != nil {
			return err
		}
		if err := tx.QueryRow(r.Context(),
			`SELECT coalesce(sum(amount), 0) FROM gateway_simulator.cancellations WHERE imp_uid = $1 AND key <> $2`, impUID,
			key).Scan(&cancelled); err != nil {
			return err
		}
		if k.RefuseCancel || body.Amount <= 0 || cancelled+body.Amount > charged {
			return gateway.ErrNotCancellable
		}
		_, err := tx.Exec(r.Context(),
			`INSERT INTO gateway_simulator.cancellations (key, imp_uid, amount) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING`,
			key, impUID, body.Amount)
		return err
	})
	if err == nil {
		hang(r.Context(), k.HangAfter)
	}
	respond(w, struct{}{}, err)
}

// hang ends the connection without an answer after a while; 0 means never.
func hang(ctx context.Context, after time.Duration) {
	if after > 0 {
		pause(ctx, after)
		panic(http.ErrAbortHandler)
	}
}

// pause waits, unless the caller goes away first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

package simulator

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/market"
)

// BankKnobs make the simulated bank misbehave as real ones do.
type BankKnobs struct {
	Latency    time.Duration `json:"latencyNanos"`   // before each answer
	Refuse     bool          `json:"refuse"`         // refuse new transfers
	HangAfter  time.Duration `json:"hangAfterNanos"` // act, wait this long, then hang up without an answer
	FailBefore bool          `json:"failBefore"`     // answer 503 and do nothing
	FailFirst  int           `json:"failFirst"`      // for this number of requests
	Return     bool          `json:"return"`         // what was paid comes back, as an inquiry then finds
	AmountOff  market.Money  `json:"amountOff"`      // added to the paid amount; may be negative
}

// BankSimulator is a bank for development and tests, beside Simulator and with its own tables. PUT
// /bank/knobs sets its BankKnobs.
type BankSimulator struct {
	pool  *pgxpool.Pool
	mu    sync.Mutex
	knobs BankKnobs
}

const bankTables = `
	CREATE TABLE IF NOT EXISTS gateway_simulator.transfers (
		key          text COLLATE "C" PRIMARY KEY,
		bank_code    text NOT NULL,
		bank_account text NOT NULL,
		amount       numeric(14, 2) NOT NULL,
		status       text NOT NULL,
		reason       text NOT NULL DEFAULT '',
		created_at   timestamptz NOT NULL DEFAULT now())`

// Set turns the knobs.
func (b *BankSimulator) Set(k BankKnobs) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.knobs = k
}

// current returns the knobs for one request.
func (b *BankSimulator) current() BankKnobs {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.knobs
	if k.FailFirst > 0 {
		b.knobs.FailFirst--
		k.FailBefore = true
	}
	return k
}

func (b *BankSimulator) routes(r *mux.Router) {
	r.HandleFunc("/transfers/{key}", b.transfer).Methods(http.MethodPost)
	r.HandleFunc("/transfers/{key}", b.inquire).Methods(http.MethodGet)
	r.HandleFunc("/transfers", b.list).Methods(http.MethodGet)
	r.HandleFunc("/bank/knobs", setKnobs(b.Set)).Methods(http.MethodPut)
}

func (b *BankSimulator) transfer(w http.ResponseWriter, r *http.Request) {
	body, ok := decode[bank.TransferRequest](w, r)
	if !ok {
		return
	}
	k := b.current()
	if !awake(w, r, k.Latency, k.FailBefore) {
		return
	}
	status, reason := bank.TransferPaid, ""
	if k.Refuse {
		status, reason = bank.TransferRefused, "account closed"
	}
	// The key's first use decides; every later one finds that decision.
	if _, err := b.pool.Exec(r.Context(),
		`INSERT INTO gateway_simulator.transfers (key, bank_code, bank_account, amount, status, reason) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (key) DO NOTHING`, mux.Vars(r)["key"], body.BankCode, body.BankAccount,
		body.Amount+k.AmountOff, status, reason); err != nil {
		respond(w, nil, err)
		return
	}
	hang(r.Context(), k.HangAfter)
	b.answer(w, r)
}

func (b *BankSimulator) inquire(w http.ResponseWriter, r *http.Request) {
	k := b.current()
	if !awake(w, r, k.Latency, k.FailBefore) {
		return
	}
	if k.Return {
		if _, err := b.pool.Exec(r.Context(),
			`UPDATE gateway_simulator.transfers SET status = $2, reason = 'no such holder' WHERE key = $1 AND status = $3`,
			mux.Vars(r)["key"], bank.TransferReturned, bank.TransferPaid); err != nil {
			respond(w, nil, err)
			return
		}
	}
	b.answer(w, r)
}

func (b *BankSimulator) answer(w http.ResponseWriter, r *http.Request) {
	t := bank.Transfer{Key: mux.Vars(r)["key"]}
	err := b.pool.QueryRow(r.Context(),
		`SELECT amount, status, reason, bank_code, bank_account FROM gateway_simulator.transfers WHERE key = $1`,
		t.Key).Scan(&t.Amount, &t.Status, &t.Reason, &t.BankCode, &t.BankAccount)
	if errors.Is(err, pgx.ErrNoRows) {
		err = bank.ErrUnknownTransfer
	}
	respond(w, t, err)
}

func (b *BankSimulator) list(w http.ResponseWriter, r *http.Request) {
	rows, err := b.pool.Query(r.Context(),
		`SELECT key, amount, status, reason, bank_code, bank_account FROM gateway_simulator.transfers WHERE key > $1 ORDER BY key LIMIT $2`,
		r.URL.Query().Get("after"), pageSize)
	var page []bank.Transfer
	if err == nil {
		page, err = pgx.CollectRows(rows, pgx.RowToStructByPos[bank.Transfer])
	}
	respond(w, page, err)
}

package e2e

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// moneySignals are the signals that decide about money, by the constants that name them.
var moneySignals = map[string]moneySignal{
	"RefundDecisionSignal": refundDecisions{},
	"RetrySignal":          payoutDecisions(workflows.RetrySignal),
	"AbandonSignal":        payoutDecisions(workflows.AbandonSignal),
	"InquireSignal":        payoutDecisions(workflows.InquireSignal),
}

// otherSignals are the other signals and updates, with the reason why they need no signature.
var otherSignals = map[string]string{
	"PaymentChangedSignal": "the provider is asked, and what it says is booked",
	"PaymentChangedUpdate": "the same, and a buyer's agreement is the provider's to check",
	"PaymentCloseUpdate":   "the provider is asked first, and a charge that arrives later is refunded",
	"PaymentOpenedUpdate":  "it returns what has happened",
	"RefundOpenedUpdate":   "it returns what has happened",
	"ReconcileSignal":      "the comparison is made again",
	"BreakSignal":          "the decision is read from the database",
	"CancellationSignal":   "the provider is asked, and what has gone back is booked",
	"WebhookSignal":        "the messages are read from the database",
	"WebhookRetrySignal":   "the messages are read from the database",
}

// receivers are the functions of package workflow by which a workflow accepts signals and updates.
var receivers = regexp.MustCompile(`^(Get|Set|New)\w*(Signal|Update)\w*$`)

// acceptedSignals returns the constants that name the signals and updates that package workflows
// accepts.
func acceptedSignals(t *testing.T) []string {
	t.Helper()
	names, fileSet := map[string]bool{}, token.NewFileSet()
	files, err := filepath.Glob("../../workflows/*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fileSet, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := f.X.(*ast.Ident); !ok || of.Name != "workflow" || !receivers.MatchString(f.Sel.Name) {
				return true
			}
			at := fileSet.Position(call.Pos())
			require.Greater(t, len(call.Args), 1, "%s: what does it accept?", at)
			constant, ok := call.Args[1].(*ast.Ident)
			require.True(t, ok, "%s: name the signal by a constant", at)
			names[constant.Name] = true
			return true
		})
	}
	return slices.Sorted(maps.Keys(names))
}

// A new signal or update is either one of moneySignals, so that
// the test below holds it to its signature, or has a reason why it decides nothing.
func TestSignalsOfWorkflows_EachIsKnown(t *testing.T) {
	t.Parallel()
	known := append(slices.Collect(maps.Keys(moneySignals)), slices.Collect(maps.Keys(otherSignals))...)
	slices.Sort(known)
	require.Equal(t, known, acceptedSignals(t))
}

// aSender is how a signal may have been made.
type aSender struct {
	signed bool   // by the admin API's key
	secret string // of the key that signs; "" for no signature
	other  bool   // the signature is that of another decision
}

// moneySignal sends signals of a kind and reads what was recorded of them.
type moneySignal interface {
	// decide sends a sender's decision to a workflow that waits for one, and returns what was
	// recorded: the sender, the admin, and the number of audit entries that attribute the decision
	// to the admin.
	decide(t *testing.T, m *moneyRig, as aSender) (sentBy string, admin *int64, audited int)
}

// moneyRig is a marketplace with an admin, and with a client of Temporal that gives itself the
// identity of that admin.
type moneyRig struct {
	*rig
	admin    *person
	pretends client.Client
	product  int64
}

func (m *moneyRig) pretended() string {
	return fmt.Sprintf("admin %d: agreed with the seller", m.admin.id)
}

// record waits for a decision and returns it.
func (m *moneyRig) record(
	t *testing.T, table, column, subject string, id int64,
) (sentBy string, admin *int64, audited int) {
	t.Helper()
	query := fmt.Sprintf("FROM %s WHERE %s = $1", table, column)
	m.eventually(t, 1, "SELECT count(*) "+query, id)
	require.NoError(t, m.store.Pool().QueryRow(t.Context(), "SELECT sent_by, admin_id "+query, id).Scan(&sentBy, &admin))
	return sentBy, admin, m.count(t, `SELECT count(*) FROM audit_log WHERE subject = $1 AND subject_id = $2
		AND actor = 'ADMIN' AND actor_id = $3`, subject, id, m.admin.id)
}

type refundDecisions struct{}

func (refundDecisions) decide(t *testing.T, m *moneyRig, as aSender) (sentBy string, admin *int64, audited int) {
	t.Helper()
	id, _ := m.refundToDecide(t, m.product, "")
	d := workflows.RefundDecision{DecisionID: "d", AdminID: m.admin.id, Approve: true}
	if as.secret != "" {
		signed := auth.Decision{RefundID: id, AdminID: d.AdminID, DecisionID: d.DecisionID, Approve: true}
		if as.other {
			signed.RefundID++
		}
		d.Signature = auth.NewDecisions(as.secret).Sign(signed)
	}
	require.NoError(t, m.pretends.SignalWorkflow(t.Context(), workflows.RefundWorkflowID(id), "",
		workflows.RefundDecisionSignal, d))
	return m.record(t, "refund_decisions", "refund_id", "REFUND_DECISION", id)
}

// payoutDecisions is the name of a signal to a payout.
type payoutDecisions string

func (signal payoutDecisions) decide(
	t *testing.T, m *moneyRig, as aSender,
) (sentBy string, admin *int64, audited int) {
	t.Helper()
	inquires := signal == workflows.InquireSignal
	m.simulator.Bank.Set(simulator.BankKnobs{Refuse: !inquires})
	defer m.simulator.Bank.Set(simulator.BankKnobs{})
	settlement := m.payoutByHand(t, m.anotherSeller(t), fmt.Sprint(m.serial.Add(1)))
	waits := market.PayoutFailed
	if inquires {
		waits = market.PayoutSuccess
	}
	m.eventually(t, 1, "SELECT count(*) FROM payouts WHERE settlement_id = $1 AND status = $2", settlement, waits)
	id := int64(m.count(t, "SELECT id FROM payouts WHERE settlement_id = $1", settlement))
	d := workflows.PayoutDecision{DecisionID: fmt.Sprint(m.admin.id, "/d"), AdminID: m.admin.id}
	require.NoError(t, m.store.KeepPayoutDecisionReason(t.Context(), id, d.DecisionID, "the bank has called"))
	if as.secret != "" {
		to := settlement
		if as.other {
			to++
		}
		d = engine.SignPayoutDecision(auth.NewDecisions(as.secret), to, string(signal), d)
	}
	require.NoError(t, m.pretends.SignalWorkflow(t.Context(), workflows.PayoutWorkflowID(settlement), "",
		string(signal), d))
	sentBy, admin, audited = m.record(t, "payout_decisions", "payout_id", "PAYOUT_DECISION", id)
	want := "operator, unverified: " + m.pretended()
	if as.signed {
		want = fmt.Sprintf("admin %d: the bank has called", m.admin.id)
	}
	switch signal {
	case workflows.AbandonSignal:
		m.eventually(t, 1, "SELECT count(*) FROM payouts WHERE id = $1 AND abandoned_by = $2", id, want)
	case workflows.RetrySignal:
		m.eventually(t, 1, "SELECT count(*) FROM payout_attempts WHERE payout_id = $1 AND attempt = 2 AND asked_by = $2",
			id, want)
	}
	return sentBy, admin, audited
}

// It sends each of them as a client of
// Temporal that calls itself an admin.
func TestSignalsThatMoveMoney_UnsignedOrForged_AreRecordedAsUnverified(t *testing.T) {
	t.Parallel()
	r := start(t)
	m := &moneyRig{rig: r, admin: r.staff(t), product: r.product(t, r.seller(t).id, 10_000_00, 1000).ID}
	var err error
	m.pretends, err = client.Dial(client.Options{
		HostPort: testrig.Env(t, "TEMPORAL_ADDRESS"), Namespace: r.cfg.TemporalNamespace, Identity: m.pretended(),
		Logger: quiet{},
	})
	require.NoError(t, err)
	defer m.pretends.Close()
	for name, signal := range moneySignals {
		for how, as := range map[string]aSender{
			"Unsigned":                  {},
			"SignedByAnotherKey":        {secret: "another secret"},
			"SignatureOfAnotherSubject": {secret: r.cfg.JWTSecret, other: true},
			"Signed":                    {secret: r.cfg.JWTSecret, signed: true},
		} {
			t.Run(name+"_"+how, func(t *testing.T) {
				sentBy, admin, audited := signal.decide(t, m, as)
				if as.signed {
					require.Equal(t, "admin API", sentBy)
					require.NotNil(t, admin)
					require.Equal(t, m.admin.id, *admin)
					require.Equal(t, 1, audited)
					return
				}
				require.Equal(t, "operator, unverified: "+m.pretended(), sentBy)
				require.Nil(t, admin)
				require.Zero(t, audited, "the audit log does not say that the admin did it")
			})
		}
	}
}

// It sends the signal of an admin, as it stands in
// the history, once more after the attempt that it began has failed.
func TestPayoutDecision_SentAgain_BeginsNoSecondAttempt(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin := r.staff(t)
	r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
	settlement := r.payoutByHand(t, r.anotherSeller(t), "again")
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	d := engine.SignPayoutDecision(auth.NewDecisions(r.cfg.JWTSecret), settlement, workflows.RetrySignal,
		workflows.PayoutDecision{DecisionID: "d", AdminID: admin.id})
	send := func(signal string, payload any) {
		require.NoError(t, r.temporal.SignalWorkflow(t.Context(), workflows.PayoutWorkflowID(settlement), "", signal,
			payload))
	}
	send(workflows.RetrySignal, d)
	r.eventually(t, 2, "SELECT count(*) FROM payout_attempts WHERE outcome = 'REFUSED'")
	r.simulator.Bank.Set(simulator.BankKnobs{})
	send(workflows.RetrySignal, d)
	send(workflows.RetrySignal, []byte("no decision at all"))
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	require.Equal(t, 1, r.count(t, `SELECT count(*) FROM payout_attempts WHERE attempt = 3
		AND asked_by LIKE 'operator, unverified: %'`))
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM payout_decisions"))
}

// The batch is the admin's decision, and the worker that
// carries it out signs for it.
func TestPayoutDecision_OfABatch_IsItsAdmins(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin := r.staff(t)
	settlement := r.payoutByHand(t, r.anotherSeller(t), "batch")
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	query := fmt.Sprintf("WorkflowId = '%s'", workflows.PayoutWorkflowID(settlement))
	testrig.Eventually(t, func() bool { return r.countWorkflows(t, query) == 1 }, 20*time.Second, 200*time.Millisecond)
	id, err := r.store.CreateBatch(context.Background(), market.NewBatch{
		Action: market.BatchSignal, Query: query, Reason: "the bank was away", PerSecond: 50, AdminID: admin.id,
		Request: "b",
	})
	require.NoError(t, err)
	r.eventually(t, 1, "SELECT count(*) FROM batch_runs WHERE batch_id = $1 AND outcome = 'DONE'", id)
	r.eventually(t, 1, `SELECT count(*) FROM payout_decisions WHERE signal = 'inquire' AND admin_id = $1
		AND sent_by = 'admin API'`, admin.id)
}

// clerk is an admin who is logged in at the console.
type clerk struct {
	rig    *rig
	id     int64
	cookie string
}

func (r *rig) clerk(t *testing.T) *clerk {
	t.Helper()
	mail := fmt.Sprintf("clerk%d@example.com", r.serial.Add(1))
	created, err := r.store.CreateAdmin(context.Background(), market.Email(mail), r.hash, "Admin")
	require.NoError(t, err)
	require.True(t, created)
	account, err := r.store.AdminCredentials(context.Background(), market.Email(mail))
	require.NoError(t, err)
	return &clerk{rig: r, id: account.ID, cookie: pageSession(t, r.admin+"/login", mail)}
}

// pageSession logs an account in at the pages of a site and returns the cookie of its session.
func pageSession(t *testing.T, address, mail string) string {
	t.Helper()
	return pageSessionWith(t, address, url.Values{"email": {mail}, "password": {password}})
}

func pageSessionWith(t *testing.T, address string, form url.Values) string {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	resp, err := browser.PostForm(address, form)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	device := func(c *http.Cookie) bool { return strings.HasPrefix(c.Name, "device-") }
	sessions := slices.DeleteFunc(resp.Cookies(), device)
	require.Len(t, sessions, 1)
	return sessions[0].Value
}

// decidePayout sends the console's form of a payout that has failed.
func (c *clerk) decidePayout(t *testing.T, settlement int64, decision, reason string) {
	t.Helper()
	payout := c.rig.count(t, "SELECT id FROM payouts WHERE settlement_id = $1", settlement)
	form := url.Values{"decision": {decision}, "reason": {reason}, "key": {fmt.Sprint(c.rig.serial.Add(1))}}
	status, _ := c.rig.ask(t, http.MethodPost, fmt.Sprintf("/payouts/%d/decision", payout), form, c.cookie)
	require.Equal(t, http.StatusSeeOther, status)
}

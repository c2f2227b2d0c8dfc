package market

import "slices"

// BatchAction is what a batch does to each of its runs.
type BatchAction string

// The actions.
const (
	BatchSignal  BatchAction = "SIGNAL"  // has the workflow ask now what it waits for: the provider, the bank
	BatchRetry   BatchAction = "RETRY"   // has activities that wait for their next attempt make it now
	BatchCancel  BatchAction = "CANCEL"  // asks the workflow to end
	BatchRedrive BatchAction = "REDRIVE" // has the workflow run again from its beginning
)

// BatchActions are all of them.
var BatchActions = []BatchAction{BatchSignal, BatchRetry, BatchRedrive, BatchCancel}

// Valid says whether a is an action that exists.
func (a BatchAction) Valid() bool { return slices.Contains(BatchActions, a) }

// BatchStatus is a state of a batch.
type BatchStatus string

// The states.
const (
	BatchRunning   BatchStatus = "RUNNING"
	BatchDone      BatchStatus = "DONE"
	BatchCancelled BatchStatus = "CANCELLED" // by an admin; what was done stays done
)

// Valid reports whether s is a state of a batch.
func (s BatchStatus) Valid() bool { return s == BatchRunning || s == BatchDone || s == BatchCancelled }

// RunOutcome is what has come of an action on a run.
type RunOutcome string

// The outcomes.
const (
	RunDone    RunOutcome = "DONE"
	RunSkipped RunOutcome = "SKIPPED" // there was nothing to do any more
	RunFailed  RunOutcome = "FAILED"  // Temporal refuses it
)

// Run is a run of a workflow.
type Run struct {
	WorkflowID, RunID, Type string
}

// NewBatch is what an admin has begin: an action on all runs that a query finds, so many a second.
type NewBatch struct {
	Action    BatchAction
	Query     string // as Temporal's visibility takes it
	Reason    string
	PerSecond int16
	AdminID   int64
	Request   string // makes one batch of a form that is sent twice
}

// Batch is one with how far it has come.
type Batch struct {
	ID int64
	NewBatch
	Status  BatchStatus
	Listed  bool // Runs is all of them
	Runs    int64
	Done    int64
	Skipped int64
	Failed  int64

	CreatedAt LocalTime
	EndedAt   *LocalTime // null while it runs
}

// BatchRun is a run of a batch, with what has come of it; Outcome is "" until it is its turn.
type BatchRun struct {
	Run
	Outcome RunOutcome
	Problem string // why it was skipped, or has failed
}

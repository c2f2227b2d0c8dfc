package market

import "slices"

// BatchAction is what a batch does to each of its runs.
type BatchAction string

// The actions.
const (
	BatchSignal  BatchAction = "SIGNAL"  // signals the workflow to query the other party now: the provider, the bank
	BatchRetry   BatchAction = "RETRY"   // has activities that wait for their next attempt make it now
	BatchCancel  BatchAction = "CANCEL"  // requests cancellation of the workflow
	BatchRedrive BatchAction = "REDRIVE" // has the workflow run again from its beginning
)

// BatchActions lists all actions.
var BatchActions = []BatchAction{BatchSignal, BatchRetry, BatchRedrive, BatchCancel}

// Valid reports whether a is a known action.
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

// RunOutcome is the outcome of an action on a run.
type RunOutcome string

// The outcomes.
const (
	RunDone    RunOutcome = "DONE"
	RunSkipped RunOutcome = "SKIPPED" // the action did not apply
	RunFailed  RunOutcome = "FAILED"  // Temporal refuses it
)

// Run is a run of a workflow.
type Run struct {
	WorkflowID, RunID, Type string
}

// NewBatch is a batch that an admin starts: an action on all runs that match a query, at a rate per
// second.
type NewBatch struct {
	Action    BatchAction
	Query     string // in the syntax of Temporal's visibility
	Reason    string
	PerSecond int16
	AdminID   int64
	Request   string // makes one batch of a form that is sent twice
}

// Batch is a batch with its progress.
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

// BatchRun is a run of a batch with its outcome; Outcome is "" until the run is processed.
type BatchRun struct {
	Run
	Outcome RunOutcome
	Problem string // why it was skipped, or has failed
}

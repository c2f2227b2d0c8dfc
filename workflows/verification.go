package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// VerificationScheduleID is that of the nightly schedule; its runs' ids begin with it.
const VerificationScheduleID = "verification"

// Verification checks whether all books agree about what has changed since the last one, and returns the number of
// findings. An alert fires when there are any; `market verify` lists them.
func Verification(ctx workflow.Context) (findings int, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, batch), acts.Verify).Get(ctx, &findings)
	return findings, err
}

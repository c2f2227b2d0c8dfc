package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// VerificationScheduleID is the id of the nightly schedule, and the prefix of its runs' ids.
const VerificationScheduleID = "verification"

// Verification checks whether the books agree about all changes since the last verification, and
// returns the number of findings. An alert fires when there are any; `market verify` lists them.
func Verification(ctx workflow.Context) (findings int, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, batch), acts.Verify).Get(ctx, &findings)
	return findings, err
}

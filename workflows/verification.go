package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// VerificationScheduleID is that of the nightly schedule; its runs' ids begin with it.
const VerificationScheduleID = "verification"

// Verification looks whether all books agree, and returns the number of findings: an
// alarm when there is one. `market verify` tells what they are.
func Verification(ctx workflow.Context) (findings int, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, batch), acts.Verify).Get(ctx, &findings)
	return findings, err
}

package worker

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/workflows"
)

// Deployment is the name under which Temporal knows the marketplace's workers of every version.
const Deployment = "market"

// openForDays are the workflows that wait until somebody decides, or somebody else's server is mended.
// They go on with the version that is current then, so that none keeps an old one running: a change of
// their code asks workflow.GetVersion. All others end with the version that they began with.
var openForDays = []any{
	workflows.RefundApproval, workflows.Payout, workflows.ReconciliationBreak, workflows.WebhookDelivery,
}

// deployment opts a worker into versions, if its build has a name.
func deployment(buildID string) worker.DeploymentOptions {
	if buildID == "" {
		return worker.DeploymentOptions{}
	}
	return worker.DeploymentOptions{
		UseVersioning:             true,
		Version:                   worker.WorkerDeploymentVersion{DeploymentName: Deployment, BuildID: buildID},
		DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
	}
}

// versioning says what becomes of a workflow's runs when another version becomes current.
func versioning(w any) workflow.RegisterOptions {
	for _, waits := range openForDays {
		if reflect.ValueOf(waits).Pointer() == reflect.ValueOf(w).Pointer() {
			return workflow.RegisterOptions{VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade}
		}
	}
	return workflow.RegisterOptions{VersioningBehavior: workflow.VersioningBehaviorPinned}
}

// Promote makes a build the one that new workflows begin with. It waits until ctx ends for workers
// of that build to poll every queue that those of the current one poll.
func Promote(ctx context.Context, c client.Client, buildID string) error {
	handle := c.WorkerDeploymentClient().GetHandle(Deployment)
	for {
		_, err := handle.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: buildID})
		var notYet *serviceerror.FailedPrecondition
		var unknown *serviceerror.NotFound
		var late *serviceerror.DeadlineExceeded
		// One call that is too slow for its own deadline is worth another.
		again := errors.As(err, &notYet) || errors.As(err, &unknown) || errors.As(err, &late) ||
			errors.Is(err, context.DeadlineExceeded)
		if err == nil || !again {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no workers poll every queue for build %[1]q; start api and worker processes with "+
				"WORKER_BUILD_ID=%[1]s: %[2]w", buildID, err)
		case <-time.After(time.Second):
		}
	}
}

// A Version is a build that workers have had.
type Version struct {
	BuildID string
	// State is CURRENT, DRAINING while workflows are left that end with it, DRAINED when its workers
	// may be stopped, or INACTIVE when it was never current.
	State string
}

// Versions are those that Temporal knows of, in its order.
func Versions(ctx context.Context, c client.Client) ([]Version, error) {
	handle := c.WorkerDeploymentClient().GetHandle(Deployment)
	described, err := handle.Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if err != nil {
		return nil, err
	}
	var versions []Version
	for _, v := range described.Info.VersionSummaries {
		state := "INACTIVE"
		current := described.Info.RoutingConfig.CurrentVersion
		switch {
		case current != nil && *current == v.Version:
			state = "CURRENT"
		case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDraining:
			state = "DRAINING"
		case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDrained:
			state = "DRAINED"
		}
		versions = append(versions, Version{BuildID: v.Version.BuildID, State: state})
	}
	return versions, nil
}

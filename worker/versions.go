package worker

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/workflows"
)

// Deployment is the name of the Temporal worker deployment with all versions of the marketplace's
// workers.
const Deployment = "market"

// openForDays are the workflows that wait for a decision or for another party's server. Their open
// runs move to the current version, so that no run keeps an old version's workers in use: changes
// to their code require workflow.GetVersion. The runs of all other workflows end with the version
// that they began with.
var openForDays = []any{
	workflows.RefundApproval, workflows.Payout, workflows.ReconciliationBreak, workflows.WebhookDelivery,
}

// deployment enables versioning for a worker if its build has an id.
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

// hold returns a provider of the lowest version for the workflow changes with the given ids, or nil
// when there are none. Runs that begin with it can move back to a build without these changes.
func hold(changes []string) worker.PreferredVersionProvider {
	if len(changes) == 0 {
		return nil
	}
	return func(in worker.PreferredVersionProviderInput) *worker.VersionPreference {
		if !slices.Contains(changes, in.ChangeID) {
			return nil
		}
		return &worker.VersionPreference{Version: in.MinSupported}
	}
}

// versioning returns the options that determine whether a workflow's runs move to a new current
// version.
func versioning(w any) workflow.RegisterOptions {
	for _, waits := range openForDays {
		if reflect.ValueOf(waits).Pointer() == reflect.ValueOf(w).Pointer() {
			return workflow.RegisterOptions{VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade}
		}
	}
	return workflow.RegisterOptions{VersioningBehavior: workflow.VersioningBehaviorPinned}
}

// Promote makes a build the current one, with which new workflows begin, and ends its ramp. It waits until ctx ends
// for workers of that build to poll every queue that those of the current one poll. "" stands for workers without
// versions, which are not waited for.
func Promote(ctx context.Context, c client.Client, buildID string) error {
	return whenPolled(ctx, buildID, func() error {
		_, err := c.WorkerDeploymentClient().GetHandle(Deployment).SetCurrentVersion(ctx,
			client.WorkerDeploymentSetCurrentVersionOptions{BuildID: buildID})
		return err
	})
}

// Ramp has a build begin a percentage of the new workflows, and the current one the others. It waits as Promote does.
// 0 ends the ramp of any build, at once.
func Ramp(ctx context.Context, c client.Client, buildID string, percentage float32) error {
	if percentage < 0 || percentage > 100 {
		return fmt.Errorf("ramp %v: want a percentage from 0 to 100", percentage)
	}
	handle := c.WorkerDeploymentClient().GetHandle(Deployment)
	if percentage == 0 {
		return repeat(ctx, transient, func() error {
			_, err := handle.SetRampingVersion(ctx, client.WorkerDeploymentSetRampingVersionOptions{}) // no build ramps
			return err
		})
	}
	return whenPolled(ctx, buildID, func() error {
		described, err := describeDeployment(ctx, c)
		if err != nil {
			return err
		}
		if now := described.Info.RoutingConfig.CurrentVersion; now != nil && now.BuildID == buildID {
			return fmt.Errorf("build %s is the current one: it begins all new workflows that no other build's ramp does",
				buildID)
		}
		_, err = handle.SetRampingVersion(ctx,
			client.WorkerDeploymentSetRampingVersionOptions{BuildID: buildID, Percentage: percentage})
		return err
	})
}

// whenPolled repeats set until workers of a build poll every queue of the current one.
func whenPolled(ctx context.Context, buildID string, set func() error) error {
	err := repeat(ctx, func(err error) bool {
		var notYet *serviceerror.FailedPrecondition
		var unknown *serviceerror.NotFound
		return errors.As(err, &notYet) || errors.As(err, &unknown) || transient(err)
	}, set)
	var notYet *serviceerror.FailedPrecondition
	var unknown *serviceerror.NotFound
	if errors.As(err, &notYet) || errors.As(err, &unknown) {
		return fmt.Errorf("no workers poll every queue for build %[1]q; start api and worker processes with "+
			"WORKER_BUILD_ID=%[1]s: %[2]w", buildID, err)
	}
	return err
}

// repeat calls set once a second until it succeeds, fails with an error that is not to be tried again, or ctx ends.
func repeat(ctx context.Context, again func(error) bool, set func() error) error {
	for {
		err := set()
		if err == nil || !again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
}

// transient reports whether a request about the deployment may succeed when it is repeated. The server answers these
// requests by updates and queries of a workflow of its own. They exceed deadlines, are refused while others run, and
// fail when one of its tasks does, such as a query whose replay meets a history that has grown meanwhile.
func transient(err error) bool {
	var late *serviceerror.DeadlineExceeded
	var busy *serviceerror.ResourceExhausted
	var away *serviceerror.Unavailable
	var internal *serviceerror.Internal
	var query *serviceerror.QueryFailed
	return errors.As(err, &late) || errors.As(err, &busy) || errors.As(err, &away) || errors.As(err, &internal) ||
		errors.As(err, &query) || errors.Is(err, context.DeadlineExceeded)
}

// CurrentBuild reports whether new workflows begin with a build. It is for a process of that build, which then runs
// the first tasks of the workflows that it starts itself.
type CurrentBuild struct {
	// since is when the last request was sent that found the build current. It is nil if the last one did not.
	since atomic.Pointer[time.Time]
}

const (
	// currentBuildInterval is the interval at which the current build is fetched.
	currentBuildInterval = 5 * time.Second
	// currentBuildValid is how long an answer is valid: another build may have become the current one since.
	currentBuildValid = 6 * currentBuildInterval
)

// Current reports whether all new workflows begin with the build, as of the last response of the server. It is false
// before the first response, when the last one has expired, and during a ramp, in which the server chooses the build of
// each workflow.
func (b *CurrentBuild) Current() bool {
	since := b.since.Load()
	return since != nil && time.Since(*since) < currentBuildValid
}

// Watch keeps Current up to date until ctx ends. failed is called with each error; the last answer stays valid for a
// while then.
func (b *CurrentBuild) Watch(ctx context.Context, c client.Client, buildID string, failed func(error)) {
	ticker := time.NewTicker(currentBuildInterval)
	defer ticker.Stop()
	for {
		asked := time.Now()
		current, err := isCurrent(ctx, c, buildID)
		switch {
		case err == nil && current:
			b.since.Store(&asked)
		case err == nil:
			b.since.Store(nil)
		case ctx.Err() == nil:
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// isCurrent reports whether all new workflows begin with a build.
func isCurrent(ctx context.Context, c client.Client, buildID string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, currentBuildInterval)
	defer cancel()
	described, err := describeDeployment(ctx, c)
	var unknown *serviceerror.NotFound
	if errors.As(err, &unknown) { // no worker has polled yet
		return false, nil
	}
	if err != nil {
		return false, err
	}
	routing := described.Info.RoutingConfig
	current := routing.CurrentVersion != nil && routing.CurrentVersion.BuildID == buildID
	return current && routing.RampingVersionPercentage == 0, nil
}

// describeDeployment repeats requests that fail for a moment, for ten seconds at most.
func describeDeployment(
	ctx context.Context, c client.Client,
) (described client.WorkerDeploymentDescribeResponse, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = repeat(ctx, transient, func() (err error) {
		described, err = c.WorkerDeploymentClient().GetHandle(Deployment).Describe(ctx,
			client.WorkerDeploymentDescribeOptions{})
		return err
	})
	return described, err
}

// A Version is a build that has had workers.
type Version struct {
	BuildID string
	// State is CURRENT, RAMPING, DRAINING while it has open workflows, DRAINED when its workers may
	// be stopped, or INACTIVE when it was never current.
	State string
	// Percentage is the share of new workflows that a RAMPING version begins.
	Percentage float32
}

// Versions returns the versions that the server lists, in its order.
func Versions(ctx context.Context, c client.Client) ([]Version, error) {
	described, err := describeDeployment(ctx, c)
	if err != nil {
		return nil, err
	}
	var versions []Version
	for _, v := range described.Info.VersionSummaries {
		version := Version{BuildID: v.Version.BuildID, State: "INACTIVE"}
		routing := described.Info.RoutingConfig
		switch {
		case routing.CurrentVersion != nil && *routing.CurrentVersion == v.Version:
			version.State = "CURRENT"
		case routing.RampingVersion != nil && *routing.RampingVersion == v.Version:
			version.State, version.Percentage = "RAMPING", routing.RampingVersionPercentage
		case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDraining:
			version.State = "DRAINING"
		case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDrained:
			version.State = "DRAINED"
		}
		versions = append(versions, version)
	}
	return versions, nil
}

package worker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/workflows"
)

// The document states for every workflow how its runs drain.
func TestOperations_WhatDrains_NamesEveryWorkflow(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	_, list, _ := strings.Cut(string(text), "**What drains, and when.**")
	list, _, _ = strings.Cut(list, "\n\nTo move a run")
	documented := map[string]string{}
	for _, line := range regexp.MustCompile("(?m)^\\* (`.+?`) (end|move)s? (?:with|to) ").FindAllStringSubmatch(list,
		-1) {
		for name := range strings.SplitSeq(line[1], ", ") {
			documented[strings.Trim(name, "`")] = line[2]
		}
	}
	registered := map[string]string{}
	for _, queue := range Queues() {
		for _, w := range WorkflowsOf(queue) {
			name := runtime.FuncForPC(reflect.ValueOf(w).Pointer()).Name()
			behavior := "end"
			if versioning(w).VersioningBehavior == workflow.VersioningBehaviorAutoUpgrade {
				behavior = "move"
			}
			registered[name[strings.LastIndex(name, ".")+1:]] = behavior
		}
	}
	require.Equal(t, registered, documented)
}

// TestChangelog_NamesEveryChangeOfAWorkflow, from where operators take them for WORKER_HELD_CHANGES.
func TestChangelog_NamesEveryChangeOfAWorkflow(t *testing.T) {
	t.Parallel()
	changelog, err := os.ReadFile("../CHANGELOG.md")
	require.NoError(t, err)
	sources, err := filepath.Glob("../workflows/*.go")
	require.NoError(t, err)
	var changes []string
	for _, file := range sources {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, call := range regexp.MustCompile(`GetVersion\(ctx, "([^"]+)"`).FindAllSubmatch(source, -1) {
			changes = append(changes, string(call[1]))
			require.Contains(t, string(changelog), "`"+string(call[1])+"`")
		}
	}
	require.ElementsMatch(t, workflows.Changes(), changes)
}

// deployments answers each Describe of a deployment by a function.
type deployments struct {
	client.Client
	client.WorkerDeploymentHandle

	describe func() (client.WorkerDeploymentDescribeResponse, error)
	set      func() error // of the current or the ramping version
}

func (d deployments) SetCurrentVersion(
	context.Context, client.WorkerDeploymentSetCurrentVersionOptions,
) (client.WorkerDeploymentSetCurrentVersionResponse, error) {
	return client.WorkerDeploymentSetCurrentVersionResponse{}, d.set()
}

func (d deployments) SetRampingVersion(
	context.Context, client.WorkerDeploymentSetRampingVersionOptions,
) (client.WorkerDeploymentSetRampingVersionResponse, error) {
	return client.WorkerDeploymentSetRampingVersionResponse{}, d.set()
}

func (d deployments) WorkerDeploymentClient() client.WorkerDeploymentClient {
	return handles{deployments: d}
}

func (d deployments) Describe(
	context.Context, client.WorkerDeploymentDescribeOptions,
) (client.WorkerDeploymentDescribeResponse, error) {
	return d.describe()
}

type handles struct {
	client.WorkerDeploymentClient

	deployments deployments
}

func (h handles) GetHandle(string) client.WorkerDeploymentHandle { return h.deployments }

// TestCurrentBuild_NoAnswer_IsCurrentForAWhileOnly, since another build may have become the current one meanwhile.
func TestCurrentBuild_NoAnswer_IsCurrentForAWhileOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		d := deployments{describe: func() (r client.WorkerDeploymentDescribeResponse, err error) {
			if away.Load() {
				return r, errors.New("away")
			}
			r.Info.RoutingConfig.CurrentVersion = &worker.WorkerDeploymentVersion{BuildID: "build-1"}
			return r, nil
		}}
		var b CurrentBuild
		require.False(t, b.Current())
		go b.Watch(t.Context(), d, "build-1", func(error) {})
		after := func(wait time.Duration) bool {
			<-time.After(wait)
			return b.Current()
		}
		require.True(t, after(time.Second))
		require.True(t, after(2*currentBuildValid))
		away.Store(true)
		require.True(t, after(currentBuildValid/2))
		require.False(t, after(currentBuildValid))
		away.Store(false)
		require.True(t, after(currentBuildInterval))
	})
}

// failing returns a function that fails with an error for some calls and then succeeds.
func failing(err error, times int) func() error {
	return func() error {
		if times--; times >= 0 {
			return err
		}
		return nil
	}
}

func TestPromoteAndRamp_ErrorsOfTheServer_AreRepeatedOrReturned(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err      error
		repeated bool
	}{
		{serviceerror.NewQueryFailed("[TMPRL1100] invalid state transition"), true},
		{serviceerror.NewInternal("the task failed"), true},
		{serviceerror.NewUnavailable("closing"), true},
		{serviceerror.NewDeadlineExceeded("late"), true},
		{&serviceerror.ResourceExhausted{Message: "too many requests"}, true},
		{context.DeadlineExceeded, true},
		{serviceerror.NewInvalidArgument("no such build"), false},
		{errors.New("away"), false},
	} {
		for name, do := range map[string]func(context.Context, client.Client) error{
			"promote":  func(ctx context.Context, c client.Client) error { return Promote(ctx, c, "build-2") },
			"ramp":     func(ctx context.Context, c client.Client) error { return Ramp(ctx, c, "build-2", 10) },
			"end ramp": func(ctx context.Context, c client.Client) error { return Ramp(ctx, c, "build-2", 0) },
		} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				described := failing(test.err, 3)
				err := do(ctx, deployments{
					describe: func() (r client.WorkerDeploymentDescribeResponse, err error) { return r, described() },
					set:      failing(test.err, 3),
				})
				if test.repeated {
					require.NoError(t, err, "%s: %v", name, test.err)
				} else {
					require.ErrorIs(t, err, test.err, name)
				}
			})
		}
	}
}

func TestPromote_NoWorkers_ReportsHowToStartThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := Promote(ctx, deployments{set: failing(serviceerror.NewFailedPrecondition("missing queues"), 100)},
			"build-2")
		require.ErrorContains(t, err, "WORKER_BUILD_ID=build-2")
		require.ErrorContains(t, err, "missing queues")
	})
}

func TestHold_NamedChanges_KeepTheLowestVersion(t *testing.T) {
	t.Parallel()
	require.Nil(t, hold(nil))
	prefer := hold([]string{"a change"})
	require.Nil(t, prefer(worker.PreferredVersionProviderInput{ChangeID: "another", MinSupported: -1, MaxSupported: 1}))
	require.Equal(t, &worker.VersionPreference{Version: 2},
		prefer(worker.PreferredVersionProviderInput{ChangeID: "a change", MinSupported: 2, MaxSupported: 4}))
}

// Package worker runs the workflows and activities: it defines which role polls which queue, with
// how many slots, and how workers stop.
package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	deploymentpb "go.temporal.io/api/deployment/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/workflows"
)

// Options configure a worker.
type Options struct {
	// Connections is the size of the process's database connection pool. It bounds the local
	// activities of a queue, which work in the database, and the workflow tasks that wait for them.
	Connections int
	// PayoutActivitiesPerSecond bounds the payout activities of all processes, and with them the
	// calls to the bank; a payout takes three. 0 means no bound.
	PayoutActivitiesPerSecond float64
	// ProviderActivitiesPerSecond likewise bounds the calls to PortOne, of all kinds together.
	ProviderActivitiesPerSecond float64
	// BuildID is the version of these workers, which receive no work before Promote makes it current
	// or Ramp gives it a share. "" disables versioning.
	BuildID string
	// HeldChanges are the ids of workflow changes that new runs do not use yet; see
	// workflow.GetVersion.
	HeldChanges []string
	// Interceptors run inside the marketplace's own ones.
	Interceptors []interceptor.WorkerInterceptor
}

// stopTimeout is how long a stopping worker lets running activities finish.
const stopTimeout = 20 * time.Second

// Stop stops workers concurrently. It returns when all have stopped, and at the latest a second
// after stopTimeout. One worker may wait up to three times that long: for its workflows, its local
// activities and its activities.
func Stop(workers []worker.Worker) {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		var all sync.WaitGroup
		for _, w := range workers {
			all.Go(w.Stop)
		}
		all.Wait()
	}()
	select {
	case <-stopped:
	case <-time.After(stopTimeout + time.Second):
	}
}

// Requests returns the worker for the request path. API processes run one, so that a checkout
// commits in the process that answers it; worker processes run one to take over from API processes
// that died.
func Requests(c client.Client, acts *activities.Activities, opt Options) worker.Worker {
	return newWorker(c, workflows.RequestQueue, acts, opt)
}

func newWorker(c client.Client, queue string, acts *activities.Activities, opt Options) worker.Worker {
	w := worker.New(c, queue, options(queue, opt))
	Register(w, queue, acts)
	return w
}

// BackOffice returns the workers for work that no request waits for. Each queue has its own, so
// that none can starve another.
func BackOffice(c client.Client, acts *activities.Activities, opt Options) (all []worker.Worker) {
	for _, queue := range Queues() {
		if queue != workflows.RequestQueue {
			all = append(all, newWorker(c, queue, acts, opt))
		}
	}
	return all
}

// Interceptors returns the interceptors of every activity: its actor, heartbeats, and errors with
// Temporal's retry semantics.
func Interceptors() []interceptor.WorkerInterceptor {
	return []interceptor.WorkerInterceptor{&actorInterceptor{}, &heartbeatInterceptor{}, &errorInterceptor{}}
}

// options returns the size of the worker of a queue.
func options(queue string, opt Options) worker.Options {
	o := worker.Options{
		Interceptors:      append(Interceptors(), opt.Interceptors...),
		WorkerStopTimeout: stopTimeout,
		DeploymentOptions: deployment(opt.BuildID),

		PreferredVersionProvider: hold(opt.HeldChanges),
		// The default of two pollers, which alternate between two queues, makes
		// tasks wait for seconds when many arrive at once.
		WorkflowTaskPollerBehavior: pollers(),
		ActivityTaskPollerBehavior: pollers(),
		DisableWorkflowWorker:      len(WorkflowsOf(queue)) == 0, // the queue has no workflows

		MaxConcurrentActivityExecutionSize:      20,
		MaxConcurrentLocalActivityExecutionSize: opt.Connections,
		MaxConcurrentWorkflowTaskExecutionSize:  max(2, opt.Connections), // the SDK's least
	}
	provider := func(share float64) { // share of the calls that PortOne permits
		o.TaskQueueActivitiesPerSecond = share * opt.ProviderActivitiesPerSecond
		o.MaxConcurrentActivityExecutionSize = 100 // they mostly wait for PortOne
	}
	switch queue {
	case workflows.RequestQueue:
		// Waiting for a product's lock holds a slot but no connection.
		o.MaxConcurrentLocalActivityExecutionSize = 2 * opt.Connections
		o.MaxConcurrentWorkflowTaskExecutionSize = 200
		o.MaxConcurrentActivityExecutionSize = 100
		o.StickyScheduleToStartTimeout = 2 * time.Second
	case workflows.PayoutQueue:
		o.TaskQueueActivitiesPerSecond = opt.PayoutActivitiesPerSecond
	case workflows.WebhookQueue:
		o.MaxConcurrentActivityExecutionSize = 200 // they mostly wait for others
	case workflows.ProviderQueue:
		provider(0.4)
	case workflows.ConfirmationQueue:
		provider(0.2)
	case workflows.CancellationQueue:
		provider(0.3)
	case workflows.ProviderEventsQueue:
		provider(0.1)
	}
	return o
}

func pollers() worker.PollerBehavior {
	return worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{
		InitialNumberOfPollers: 4, MinimumNumberOfPollers: 2, MaximumNumberOfPollers: 32,
	})
}

// Waiting identifies a backlog: of a task queue and a build, "" without versions.
type Waiting struct{ Queue, BuildID string }

// Backlog returns how many tasks of workflows and activities wait, about: by build of Deployment, and while none of its
// builds is the current one, so that workers without versions are, of each task queue as a whole as well. The error is
// about builds and queues that the server does not describe; the others are returned.
func Backlog(ctx context.Context, c client.Client, namespace string) (map[Waiting]int64, error) {
	versions, err := Versions(ctx, c)
	var unversioned *serviceerror.NotFound
	if err != nil && !errors.As(err, &unversioned) {
		return nil, err
	}
	waiting := map[Waiting]int64{}
	var errs []error
	for _, v := range versions {
		described, err := c.WorkflowService().DescribeWorkerDeploymentVersion(ctx,
			&workflowservice.DescribeWorkerDeploymentVersionRequest{
				Namespace: namespace, ReportTaskQueueStats: true,
				DeploymentVersion: &deploymentpb.WorkerDeploymentVersion{DeploymentName: Deployment,
					BuildId: v.BuildID},
			})
		if err != nil {
			errs = append(errs, fmt.Errorf("build %s: %w", v.BuildID, err))
			continue
		}
		for _, q := range described.GetVersionTaskQueues() {
			waiting[Waiting{q.GetName(), v.BuildID}] += q.GetStats().GetApproximateBacklogCount()
		}
	}
	if slices.ContainsFunc(versions, func(v Version) bool { return v.State == "CURRENT" }) {
		return waiting, errors.Join(errs...)
	}
	for _, queue := range Queues() {
		n, err := queueBacklog(ctx, c, namespace, queue)
		if err != nil {
			errs = append(errs, fmt.Errorf("queue %s: %w", queue, err))
			continue
		}
		waiting[Waiting{Queue: queue}] = n
	}
	return waiting, errors.Join(errs...)
}

// queueBacklog returns how many tasks of a queue wait, about, for workers of any version.
func queueBacklog(ctx context.Context, c client.Client, namespace, queue string) (n int64, err error) {
	for _, kind := range []enums.TaskQueueType{enums.TASK_QUEUE_TYPE_WORKFLOW, enums.TASK_QUEUE_TYPE_ACTIVITY} {
		described, err := c.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
			Namespace: namespace, TaskQueue: &taskqueue.TaskQueue{Name: queue}, TaskQueueType: kind, ReportStats: true,
		})
		if err != nil {
			return 0, err
		}
		n += described.GetStats().GetApproximateBacklogCount()
	}
	return n, nil
}

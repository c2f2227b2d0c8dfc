package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// The bare ceiling: a workflow that does nothing, in one task with one local
// activity that does nothing. Two of them are what a purchase cannot do without.

const ceilingQueue = "bench-ceiling"

func emptyActivity(context.Context) error { return nil }

func emptyWorkflow(ctx workflow.Context) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Second})
	return workflow.ExecuteLocalActivity(ctx, emptyActivity).Get(ctx, nil)
}

// ceilingWorker polls as the marketplace's request worker does.
func ceilingWorker(c client.Client) worker.Worker {
	pollers := worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{
		InitialNumberOfPollers: 4, MinimumNumberOfPollers: 2, MaximumNumberOfPollers: 32,
	})
	w := worker.New(c, ceilingQueue,
		worker.Options{
			WorkflowTaskPollerBehavior: pollers, ActivityTaskPollerBehavior: pollers,
			MaxConcurrentWorkflowTaskExecutionSize: 200,
		})
	w.RegisterWorkflow(emptyWorkflow)
	w.RegisterActivity(emptyActivity)
	return w
}

var ceilingSerial atomic.Int64

// ceiling runs pairs of empty workflows, one after the other for each of
// several callers, and returns the pairs per second.
func ceiling(ctx context.Context, c client.Client, callers int, duration time.Duration) (float64, error) {
	var pairs atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	started := time.Now()
	for range callers {
		wg.Go(func() {
			for time.Since(started) < duration && ctx.Err() == nil {
				for range 2 {
					run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
						ID: fmt.Sprintf("bench/%d", ceilingSerial.Add(1)), TaskQueue: ceilingQueue,
						EnableEagerStart:    true,
						WorkflowTaskTimeout: 5 * time.Second,
					}, emptyWorkflow)
					if err == nil {
						err = run.Get(ctx, nil)
					}
					if err != nil {
						failed.Store(err)
						return
					}
				}
				pairs.Add(1)
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, fmt.Errorf("bare ceiling: %w", err)
	}
	return float64(pairs.Load()) / time.Since(started).Seconds(), nil
}

package worker

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/engine"
)

// It holds the lists against the methods of Activities: each
// is on one queue, but for those of refunds, which call either kind of provider, and those that had another
// queue before.
func TestRegister_EachActivity_HasAQueue(t *testing.T) {
	t.Parallel()
	var a *activities.Activities
	seen := map[string]int{}
	for _, queue := range Queues() {
		require.NotEmpty(t, ActivitiesOf(queue, a), queue)
		for _, activity := range ActivitiesOf(queue, a) {
			name := runtime.FuncForPC(reflect.ValueOf(activity).Pointer()).Name()
			seen[strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "-fm")]++
		}
	}
	methods := reflect.TypeOf(a)
	for i := range methods.NumMethod() {
		name, want := methods.Method(i).Name, 1
		switch name {
		case "CancelCharge", "ChargeWasCancelled":
			want = 3
		case "ReadProviderEvents":
			want = 2
		}
		require.Equal(t, want, seen[name], name)
	}
	require.Len(t, seen, methods.NumMethod())
}

// Batches name existing workflows and, except for payments, none that a user's request waits for.
func TestOperableTypes_Each_IsRegistered(t *testing.T) {
	t.Parallel()
	registered := map[string]bool{}
	for _, queue := range Queues() {
		for _, workflow := range WorkflowsOf(queue) {
			name := runtime.FuncForPC(reflect.ValueOf(workflow).Pointer()).Name()
			registered[name[strings.LastIndex(name, ".")+1:]] = true
		}
	}
	for _, name := range engine.OperableTypes {
		require.True(t, registered[name], name)
	}
	require.NotContains(t, engine.OperableTypes, "Checkout")
	require.NotContains(t, engine.OperableTypes, "Batch", "a batch about batches")
}

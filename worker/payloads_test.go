package worker

import (
	"context"
	"encoding"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/workflows"
)

var update = flag.Bool("update", false, "write testdata/payloads.txt anew")

// It holds the JSON shape of everything that histories keep
// against a recording. A change breaks runs that are open during a deploy: add optional
// fields, and change a shape only together with its workflow's version. Write it anew by
//
//	go test ./worker -run TestPayloads -update
func TestPayloads_EachType_KeepsItsShape(t *testing.T) {
	t.Parallel()
	var lines []string
	var a *activities.Activities
	for _, queue := range Queues() {
		for _, f := range append(WorkflowsOf(queue), ActivitiesOf(queue, a)...) {
			lines = append(lines, signature(t, f))
		}
	}
	for _, message := range []any{
		workflows.RefundDecision{}, workflows.RefundOpened{}, workflows.PayoutDecision{}, workflows.PaymentChanged{},
		workflows.PaymentOpened{},
	} {
		lines = append(lines, "message "+reflect.TypeOf(message).Name()+" "+shape(t, reflect.TypeOf(message)))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	const file = "testdata/payloads.txt"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// signature is the name of a workflow or an activity with the shapes of what goes in and out.
func signature(t *testing.T, f any) string {
	t.Helper()
	name := strings.TrimSuffix(path.Ext(runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()), "-fm")
	var in, out []string
	typ := reflect.TypeOf(f)
	kind := "activity"
	for i := range typ.NumIn() {
		switch p := typ.In(i); {
		case p == reflect.TypeFor[workflow.Context]():
			kind = "workflow"
		case p != reflect.TypeFor[context.Context]():
			in = append(in, shape(t, p))
		}
	}
	for i := range typ.NumOut() {
		if p := typ.Out(i); p != reflect.TypeFor[error]() {
			out = append(out, shape(t, p))
		}
	}
	return fmt.Sprintf("%s %s (%s) (%s)", kind, name[1:], strings.Join(in, ", "), strings.Join(out, ", "))
}

// shape is what the JSON of a type looks like. Structs must be declared for histories:
// what clients see, or the database keeps, changes for other reasons.
func shape(t *testing.T, typ reflect.Type) string {
	t.Helper()
	for _, own := range []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()} {
		if typ.Implements(own) {
			return typ.Name()
		}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return "?" + shape(t, typ.Elem())
	case reflect.Slice:
		return "[" + shape(t, typ.Elem()) + "]"
	case reflect.Struct:
		if typ.Name() != "Period" {
			require.Contains(t, []string{"activities", "workflows"}, path.Base(typ.PkgPath()), "histories keep a %s",
				typ)
		}
		var fields []string
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Anonymous && name == "" {
				embedded := shape(t, f.Type)
				fields = append(fields, embedded[1:len(embedded)-1])
				continue
			}
			if name == "" {
				name = f.Name
			}
			if strings.HasPrefix(options, "omit") {
				name += "?"
			}
			fields = append(fields, name+" "+shape(t, f.Type))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	return typ.Kind().String()
}

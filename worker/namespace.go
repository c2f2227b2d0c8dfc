package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/all-in-market/market/workflows"
)

// historyRetention is how long the histories of closed workflows are kept. Idempotency does not
// depend on it: keys in the database do not expire.
const historyRetention = 72 * time.Hour

// MissingError lists what is missing in a namespace and the caller must not create.
type MissingError struct {
	Namespace        string
	Unregistered     bool     // the namespace does not exist
	SearchAttributes []string // each of the type Keyword
	Refused          error    // the server's answer to the attempt to create it; nil if the caller may not look either
}

// Error returns the missing parts and the commands that create them.
func (e *MissingError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the Temporal namespace %q is incomplete, and this login may not change it", e.Namespace)
	if e.Refused != nil {
		fmt.Fprintf(&b, " (%v)", e.Refused)
	}
	b.WriteString(". Missing:\n")
	if e.Unregistered {
		fmt.Fprintf(&b, "  namespace %s\n", e.Namespace)
	}
	for _, name := range e.SearchAttributes {
		fmt.Fprintf(&b, "  search attribute %s of type Keyword\n", name)
	}
	b.WriteString("Create it with the Temporal CLI:\n")
	if e.Unregistered {
		fmt.Fprintf(&b, "  temporal operator namespace create --namespace %s --retention %s\n", e.Namespace,
			historyRetention)
	}
	fmt.Fprintf(&b, "  temporal operator search-attribute create --namespace %s", e.Namespace)
	for _, name := range e.SearchAttributes {
		fmt.Fprintf(&b, " --name %s --type Keyword", name)
	}
	b.WriteString("\nor, on Temporal Cloud, with tcld:\n")
	if e.Unregistered {
		name, _, _ := strings.Cut(e.Namespace, ".") // the account follows
		fmt.Fprintf(&b, "  tcld namespace create --namespace %s --region REGION --retention-days %d "+
			"--ca-certificate-file FILE\n", name, historyRetention/(24*time.Hour))
	}
	fmt.Fprintf(&b, "  tcld namespace search-attributes add --namespace %s", e.Namespace)
	for _, name := range e.SearchAttributes {
		fmt.Fprintf(&b, " --search-attribute %s=Keyword", name)
	}
	b.WriteString("\nor with Terraform:\n")
	if e.Unregistered {
		b.WriteString("  resource \"temporalcloud_namespace\"\n")
	}
	for _, name := range e.SearchAttributes {
		fmt.Fprintf(&b, "  resource \"temporalcloud_namespace_search_attribute\" %q "+
			"{ namespace_id = %q, name = %[1]q, type = \"Keyword\" }\n", name, e.Namespace)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// EnsureNamespace registers the namespace and its search attributes unless they exist, and waits
// until they can be used. It is idempotent. A caller who must not register them, as on Temporal
// Cloud, requires a namespace that has them already: otherwise the error is a *MissingError.
func EnsureNamespace(ctx context.Context, c client.Client, namespace string) error {
	if err := ensureRegistered(ctx, c, namespace); err != nil {
		return err
	}
	return retry(ctx, func() error { // A new namespace reaches the server's caches after a while.
		return ensureSearchAttributes(ctx, c, namespace)
	})
}

// ensureRegistered registers the namespace unless it exists. A caller who must not describe a
// namespace may still use it.
func ensureRegistered(ctx context.Context, c client.Client, namespace string) error {
	service := c.WorkflowService()
	_, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	var missing *serviceerror.NamespaceNotFound
	switch {
	case err == nil || refused(err):
		return nil
	case !errors.As(err, &missing):
		return fmt.Errorf("describe Temporal namespace %s: %w", namespace, err)
	}
	_, err = service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, Description: "All-In-Market",
		WorkflowExecutionRetentionPeriod: durationpb.New(historyRetention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	switch {
	case err == nil || errors.As(err, &exists):
		return nil
	case refused(err):
		return &MissingError{
			Namespace: namespace, Unregistered: true, SearchAttributes: workflows.SearchAttributes(), Refused: err,
		}
	}
	return fmt.Errorf("register Temporal namespace %s: %w", namespace, err)
}

// refused reports whether a server does not offer a call, or does not offer it to this caller.
func refused(err error) bool {
	var denied *serviceerror.PermissionDenied
	var unimplemented *serviceerror.Unimplemented
	return errors.As(err, &denied) || errors.As(err, &unimplemented)
}

// ensureSearchAttributes adds missing search attributes, and fails until all can be used.
func ensureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	have, err := c.OperatorService().ListSearchAttributes(ctx,
		&operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	switch {
	case refused(err):
		return findSearchAttributes(ctx, c, namespace)
	case err != nil:
		return err
	}
	missing := map[string]enums.IndexedValueType{}
	var names []string
	for _, name := range workflows.SearchAttributes() {
		if _, ok := have.GetCustomAttributes()[name]; !ok {
			missing[name] = enums.INDEXED_VALUE_TYPE_KEYWORD
			names = append(names, name)
		}
	}
	if len(missing) == 0 {
		return usable(ctx, c, namespace, workflows.SearchAttributes()...)
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx,
		&operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	switch {
	case refused(err):
		return &MissingError{Namespace: namespace, SearchAttributes: names, Refused: err}
	case err != nil:
		return err
	}
	return errors.New("search attributes are not visible yet")
}

// findSearchAttributes is ensureSearchAttributes for a caller who may not list them.
func findSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	err := usable(ctx, c, namespace, workflows.SearchAttributes()...)
	var unknown *serviceerror.NamespaceNotFound
	switch {
	case errors.As(err, &unknown):
		return &MissingError{Namespace: namespace, Unregistered: true, SearchAttributes: workflows.SearchAttributes()}
	case !undefined(err):
		return err
	}
	missing := &MissingError{Namespace: namespace}
	for _, name := range workflows.SearchAttributes() {
		err := usable(ctx, c, namespace, name)
		switch {
		case undefined(err):
			missing.SearchAttributes = append(missing.SearchAttributes, name)
		case err != nil:
			return err
		}
	}
	if len(missing.SearchAttributes) == 0 { // they have been added concurrently
		return nil
	}
	return missing
}

// undefined reports whether a query was refused because of a search attribute that it names.
func undefined(err error) bool {
	var invalid *serviceerror.InvalidArgument
	return errors.As(err, &invalid)
}

// usable fails until the server can translate the names of search attributes: it keeps them for
// two seconds after they have changed, and refuses to start a workflow meanwhile.
func usable(ctx context.Context, c client.Client, namespace string, names ...string) error {
	all := slices.Clone(names)
	for i := range all {
		all[i] += " IS NULL"
	}
	_, err := c.CountWorkflow(ctx,
		&workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: strings.Join(all, " AND ")})
	if err != nil {
		return fmt.Errorf("search Temporal namespace %s by %s: %w", namespace, strings.Join(names, ", "), err)
	}
	return nil
}

// retry repeats f until it succeeds or 30 seconds have passed. It returns the last error that is not of a deadline.
func retry(ctx context.Context, f func() error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		latest := f()
		var late *serviceerror.DeadlineExceeded
		switch {
		case latest == nil:
			return nil
		case err == nil, ctx.Err() == nil && !errors.As(latest, &late) && !errors.Is(latest, context.DeadlineExceeded):
			err = latest
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

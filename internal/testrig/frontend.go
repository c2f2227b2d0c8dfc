package testrig

import (
	"context"
	"net"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// TemporalAddresses returns the addresses of the nodes of the stack's Temporal server.
func TemporalAddresses(tb testing.TB) []string {
	tb.Helper()
	address := Env(tb, "TEMPORAL_ADDRESS")
	named, several := strings.CutPrefix(address, "dns://") // a name server, and the name of all nodes there
	if !several {
		return []string{address}
	}
	server, name, _ := strings.Cut(named, "/")
	host, port, err := net.SplitHostPort(name)
	require.NoError(tb, err)
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server)
	}}
	addresses, err := resolver.LookupHost(tb.Context(), host)
	require.NoError(tb, err)
	for i, a := range addresses {
		addresses[i] = net.JoinHostPort(a, port)
	}
	return addresses
}

// Frontend is a Temporal frontend that refuses some calls, as an authorizer does. It passes the others on to the
// stack's Temporal server.
type Frontend struct {
	address string
	code    codes.Code
	allows  func(method string) bool

	mu    sync.Mutex
	calls map[string]bool // by method: whether they were passed on
}

// NewFrontend starts a Frontend that answers the calls that are not allowed with a code. Methods are named without
// their service, such as "RegisterNamespace".
func NewFrontend(tb testing.TB, code codes.Code, allows func(method string) bool) *Frontend {
	tb.Helper()
	c, err := grpc.NewClient(Env(tb, "TEMPORAL_ADDRESS"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = c.Close() })
	workflows, err := proxy.NewWorkflowServiceProxyServer(proxy.WorkflowServiceProxyOptions{
		Client: workflowservice.NewWorkflowServiceClient(c),
	})
	require.NoError(tb, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	f := &Frontend{address: l.Addr().String(), code: code, allows: allows, calls: map[string]bool{}}
	server := grpc.NewServer(grpc.UnaryInterceptor(f.authorize))
	workflowservice.RegisterWorkflowServiceServer(server, workflows)
	operatorservice.RegisterOperatorServiceServer(server,
		operators{client: operatorservice.NewOperatorServiceClient(c)})
	healthy := health.NewServer()
	healthy.SetServingStatus(workflowservice.WorkflowService_ServiceDesc.ServiceName,
		healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, healthy)
	go func() { _ = server.Serve(l) }()
	tb.Cleanup(server.Stop)
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("calls that the frontend has refused: %v", f.Refused())
		}
	})
	return f
}

// Addr is the address at which the frontend is reached.
func (f *Frontend) Addr() string { return f.address }

// Called reports whether a method was called, even if it was refused.
func (f *Frontend) Called(method string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, called := f.calls[method]
	return called
}

// Refused returns the methods that were called and refused.
func (f *Frontend) Refused() (methods []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for method, allowed := range f.calls {
		if !allowed {
			methods = append(methods, method)
		}
	}
	slices.Sort(methods)
	return methods
}

func (f *Frontend) authorize(
	ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler,
) (any, error) {
	method := path.Base(info.FullMethod)
	allowed := f.allows(method)
	f.mu.Lock()
	f.calls[method] = allowed
	f.mu.Unlock()
	if allowed {
		return handle(ctx, request)
	}
	return nil, status.Error(f.code, "Request unauthorized.")
}

// operators passes on the calls that the marketplace makes to the operator service.
type operators struct {
	operatorservice.UnimplementedOperatorServiceServer
	client operatorservice.OperatorServiceClient
}

// ListSearchAttributes implements operatorservice.OperatorServiceServer.
func (o operators) ListSearchAttributes(
	ctx context.Context, q *operatorservice.ListSearchAttributesRequest,
) (*operatorservice.ListSearchAttributesResponse, error) {
	return o.client.ListSearchAttributes(ctx, q)
}

// AddSearchAttributes implements operatorservice.OperatorServiceServer.
func (o operators) AddSearchAttributes(
	ctx context.Context, q *operatorservice.AddSearchAttributesRequest,
) (*operatorservice.AddSearchAttributesResponse, error) {
	return o.client.AddSearchAttributes(ctx, q)
}

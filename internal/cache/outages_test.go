package cache

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

// An outage is visible to all processes until it is over, or until its report expires.
func TestOutage_Noted_IsSharedByProcesses(t *testing.T) {
	t.Parallel()
	r, server := testrig.MemoryRedis(t)
	outageOf := func(service string) *Outage { return NewOutage(r, service, testrig.Log(t)) }
	worker, api, other := outageOf("PortOne"), outageOf("PortOne"), outageOf("bank")
	require.False(t, api.Reported())
	worker.Report(true)
	require.True(t, api.Reported())
	require.False(t, other.Reported())
	worker.Report(false)
	require.False(t, api.Reported())
	worker.Report(true)
	server.FastForward(outageLifetime + time.Second)
	require.False(t, api.Reported(), "whoever has died says nothing")
	server.Close()
	worker.Report(true)
	require.False(t, api.Reported())
}

package workflows

import (
	"slices"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// receive waits for a signal and decodes its payload into a pointer. It reports whether the payload
// had that type. A plain Receive drops a signal that it cannot decode, which would shift the
// numbers of later signals against those in the history.
func receive(ctx workflow.Context, c workflow.ReceiveChannel, into any) bool {
	var raw converter.RawValue
	c.Receive(ctx, &raw)
	return decoded(raw, into)
}

// receiveAsync is receive without the wait. ok reports whether a signal was there.
func receiveAsync(c workflow.ReceiveChannel, into any) (ok, valid bool) {
	var raw converter.RawValue
	if !c.ReceiveAsync(&raw) {
		return false, false
	}
	return true, decoded(raw, into)
}

// decoded decodes the payload of a signal, from which the SDK has removed the encoding of a payload codec.
func decoded(raw converter.RawValue, into any) bool {
	return raw.Payload() != nil && converter.GetDefaultDataConverter().FromPayload(raw.Payload(), into) == nil
}

// awaitSignal waits until one of the channels has a signal, which the caller receives. It fails when ctx is cancelled
// and no signal has arrived.
func awaitSignal(ctx workflow.Context, channels ...workflow.ReceiveChannel) error {
	err := workflow.Await(ctx, func() bool {
		return slices.ContainsFunc(channels, func(c workflow.ReceiveChannel) bool { return c.Len() > 0 })
	})
	if err == nil {
		return nil
	}
	if workflow.GetVersion(ctx, "end when cancelled", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil // the run was cancelled under an earlier version, and continued to wait according to its history
	}
	return err
}

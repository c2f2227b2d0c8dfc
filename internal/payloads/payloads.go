// Package payloads encrypts what the histories of workflows keep: arguments, results, signals, markers, memos,
// summaries, and the messages and stack traces of failures. Search attributes are not encrypted, since the Temporal
// server searches by them; nor are names, ids and times.
package payloads

import (
	"context"
	"errors"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"github.com/all-in-market/market/internal/vault"
)

const (
	encoding = "binary/encrypted"  // of encrypted payloads
	keyID    = "encryption-key-id" // metadata of encrypted payloads, for people: the sealed value names its key
	owner    = "temporal payload"  // in the vault
)

// Clear before the keys makes a Codec that decrypts and does not encrypt.
const Clear = "clear,"

// Codec is a converter.PayloadCodec that encrypts payloads by AES-256-GCM.
type Codec struct {
	vault    *vault.Vault
	encrypts bool
}

var _ converter.PayloadCodec = (*Codec)(nil)

// Parse makes a Codec of keys in the form of vault.Parse: the first encrypts, all decrypt. They may follow
// Clear.
func Parse(keys string) (*Codec, error) {
	rest, found := strings.CutPrefix(strings.TrimSpace(keys), Clear)
	v, err := vault.Parse(rest)
	if err != nil {
		return nil, err
	}
	return &Codec{vault: v, encrypts: !found}, nil
}

// Encode implements converter.PayloadCodec.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	if !c.encrypts {
		return payloads, nil
	}
	encrypted := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, err
		}
		sealed, err := c.vault.Seal(string(plain), owner)
		if err != nil {
			return nil, err
		}
		encrypted[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encoding), keyID: []byte(c.vault.KeyID())},
			Data:     sealed,
		}
	}
	return encrypted, nil
}

// Decode implements converter.PayloadCodec. Payloads that are not encrypted stay as they are. An error fails the
// workflow task and not the workflow, which therefore waits for a worker that has the key.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	decrypted := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != encoding {
			decrypted[i] = p
			continue
		}
		plain, err := c.vault.Open(p.GetData(), owner)
		if err != nil {
			return nil, converter.NewWorkflowTaskFailureError(fmt.Errorf("TEMPORAL_PAYLOAD_KEYS: %w", err))
		}
		decrypted[i] = &commonpb.Payload{}
		if err := proto.Unmarshal([]byte(plain), decrypted[i]); err != nil {
			return nil, err
		}
	}
	return decrypted, nil
}

// DataConverter returns the data converter of clients and workers.
func (c *Codec) DataConverter() converter.DataConverter {
	return dataConverter{converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)}
}

// FailureConverter returns the failure converter of clients and workers. The types of errors are not encrypted.
func (c *Codec) FailureConverter() converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: c.DataConverter(), EncodeCommonAttributes: c.encrypts,
	})
}

// dataConverter fails the workflow task for signals and updates, too, that cannot be decrypted. The SDK drops such a
// signal: a decision would be lost.
type dataConverter struct{ converter.DataConverter }

// WithWorkflowContext implements workflow.ContextAware.
func (d dataConverter) WithWorkflowContext(workflow.Context) converter.DataConverter {
	return workflowConverter(d)
}

// WithContext implements workflow.ContextAware.
func (d dataConverter) WithContext(context.Context) converter.DataConverter { return d }

// workflowConverter is a dataConverter within a workflow.
type workflowConverter struct{ converter.DataConverter }

// FromPayload implements converter.DataConverter.
func (w workflowConverter) FromPayload(p *commonpb.Payload, value any) error {
	return failTask(w.DataConverter.FromPayload(p, value))
}

// FromPayloads implements converter.DataConverter.
func (w workflowConverter) FromPayloads(p *commonpb.Payloads, values ...any) error {
	return failTask(w.DataConverter.FromPayloads(p, values...))
}

// failTask panics with an error of Decode, for which the SDK fails the workflow task.
func failTask(err error) error {
	var failure *converter.WorkflowTaskFailureError
	if errors.As(err, &failure) {
		panic(err)
	}
	return err
}

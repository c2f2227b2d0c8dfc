package market

import (
	"context"
	"encoding/json"
)

// Actor is the person or system on whose behalf a change is made, for the audit log. It travels in
// the context, from the request or the workflow to the transaction. A zero Actor is the system.
type Actor struct {
	// Role is BUYER, SELLER or ADMIN with the account's ID; or one of the roles below.
	Role Role  `json:"actor,omitempty"`
	ID   int64 `json:"actor_id,omitempty"`

	Address    string `json:"address,omitempty"` // from where a request has come
	RequestID  string `json:"request_id,omitempty"`
	WorkflowID string `json:"workflow_id,omitempty"`
}

// Roles in the audit log that no account has.
const (
	RoleAnonymous Role = "ANONYMOUS" // a request without a login
	RoleOperator  Role = "OPERATOR"  // a user of the program on a server
	RoleSystem    Role = "SYSTEM"    // a workflow, or housekeeping
)

// Actors are the roles in the audit log.
var Actors = []Role{RoleBuyer, RoleSeller, RoleAdmin, RoleAnonymous, RoleOperator, RoleSystem}

type actorKey struct{}

// WithActor returns a context for changes on an actor's behalf.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf returns the actor of a context.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// AuditEntry is an entry of the audit log.
type AuditEntry struct {
	ID           int64           `json:"id"`
	At           LocalTime       `json:"at"`
	Actor        Role            `json:"actor"`
	ActorID      *int64          `json:"actorId"`
	Address      *string         `json:"address"`
	DatabaseUser string          `json:"databaseUser"` // by whose connection to PostgreSQL it was written
	Action       string          `json:"action"`
	Subject      *string         `json:"subject"` // what kind of thing was changed
	SubjectID    *int64          `json:"subjectId"`
	Before       json.RawMessage `json:"before"` // of what has changed; null for none
	After        json.RawMessage `json:"after"`
	RequestID    *string         `json:"requestId"`
	WorkflowID   *string         `json:"workflowId"`
	Position     *int64          `json:"position"` // in the chain; null for the second until the entry gets its place
	Hash         *string         `json:"hash"`     // SHA-256 in hex, of the hash before it and of this entry
}

// AuditFilter selects among the audit log's entries; its zero value means all.
type AuditFilter struct {
	Actor     Role
	ActorID   int64
	Action    string
	Subject   string
	SubjectID int64
	From, To  *Day // both inclusive
}

// The audit log's entries that are notes of staff on an order.
const (
	ActionOrderNoted = "ORDER_NOTED"
	SubjectOrder     = "ORDER"
)

// OrderNote is a note of a member of staff on an order.
type OrderNote struct {
	NoteID    int64     `json:"noteId"`
	AdminID   int64     `json:"adminId"`
	Note      string    `json:"note"`
	CreatedAt LocalTime `json:"createdAt"`
}

// Action is an action, or an attempt, that is not recorded by a changed row.
type Action struct {
	Name      string // such as PAYOUT_INQUIRED
	Subject   string // such as PAYOUT; "" for none
	SubjectID int64
	Reason    string // in the actor's words; "" for none
}

package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// begin returns the options of a transaction on an actor's behalf: its first round trip also passes
// the actor to the triggers of the audit log.
func begin(ctx context.Context) pgx.TxOptions {
	a := market.ActorOf(ctx)
	if a == (market.Actor{}) {
		return pgx.TxOptions{}
	}
	a.Address, a.RequestID, a.WorkflowID = truncate(a.Address, 45), truncate(a.RequestID, 64),
		truncate(a.WorkflowID, 255)
	encoded, _ := json.Marshal(a) // of strings and a number: cannot fail
	return pgx.TxOptions{
		BeginQuery: "begin; set local market.actor = '" + strings.ReplaceAll(string(encoded), "'", "''") + "'",
	}
}

// NoteAction writes an audit entry for an action that changes no row, such as a login or a request
// to a workflow.
func (s AuditStore) NoteAction(ctx context.Context, a market.Action) error {
	actor := market.ActorOf(ctx)
	if actor.Role == "" {
		actor.Role = market.RoleSystem
	}
	in := db.NoteActionParams{
		Actor: string(actor.Role), Action: a.Name, Address: market.Optional(truncate(actor.Address, 45)),
		Subject: market.Optional(a.Subject), RequestID: market.Optional(actor.RequestID),
		WorkflowID: market.Optional(actor.WorkflowID),
		ActorID:    optionalID(actor.ID), SubjectID: optionalID(a.SubjectID),
	}
	if a.Reason != "" {
		in.After, _ = json.Marshal(map[string]string{"reason": a.Reason}) // of strings: cannot fail
	}
	return translate(s.q.NoteAction(ctx, s.pool, in))
}

// auditChunk is how many entries are chained in one transaction.
const auditChunk = 1000

// ExtendAuditChain appends the new entries of the audit log to the chain of hashes.
func (s AuditStore) ExtendAuditChain(ctx context.Context) error {
	// This check is cheap, and most calls find nothing to do.
	if waiting, err := s.q.AuditUnchained(ctx, s.pool); err != nil || !waiting {
		return translate(err)
	}
	for ctx.Err() == nil {
		n, err := s.q.ExtendAuditChain(ctx, s.pool, auditChunk)
		if err != nil || n < auditChunk {
			return translate(err)
		}
	}
	return ctx.Err()
}

// AuditHead returns the last position of the audit log's chain. A copy of it kept elsewhere proves
// later that no earlier entry was changed or removed. It returns 0 and "" for an empty log.
func (s AuditStore) AuditHead(ctx context.Context) (position int64, hash string, err error) {
	head, err := s.q.AuditHead(ctx, s.pool)
	return head.Position, head.Hash, translate(err)
}

type auditRow struct {
	ID           int64       `db:"id"`
	At           time.Time   `db:"at"`
	Actor        market.Role `db:"actor"`
	ActorID      *int64      `db:"actor_id"`
	Address      *string     `db:"coalesce(t.address, r.address)"`
	DatabaseUser string      `db:"database_user"`
	Action       string      `db:"action"`
	Subject      *string     `db:"subject"`
	SubjectID    *int64      `db:"subject_id"`
	Before       []byte      `db:"before"`
	After        []byte      `db:"after"`
	RequestID    *string     `db:"request_id"`
	WorkflowID   *string     `db:"workflow_id"`
	Position     *int64      `db:"c.position"`
	Hash         []byte      `db:"c.hash"`
	Words        []byte      `db:"w.words"`
}

func auditEntry(r auditRow) market.AuditEntry {
	e := market.AuditEntry{
		ID: r.ID, At: market.LocalTime(r.At), Actor: r.Actor, ActorID: r.ActorID, Address: r.Address,
		DatabaseUser: r.DatabaseUser, Action: r.Action, Subject: r.Subject, SubjectID: r.SubjectID, Before: r.Before,
		After: r.After, RequestID: r.RequestID, WorkflowID: r.WorkflowID, Position: r.Position,
	}
	if r.Words != nil {
		e.After = withReason(r.After, r.Words)
	}
	if r.Hash != nil {
		hash := fmt.Sprintf("%x", r.Hash)
		e.Hash = &hash
	}
	return e
}

// withWords merges an entry with its texts, which are stored separately.
func withReason(after, words []byte) json.RawMessage {
	said := map[string]json.RawMessage{}
	for _, part := range [][]byte{after, words} { // both are objects of the database
		if err := json.Unmarshal(part, &said); err != nil {
			return after
		}
	}
	whole, err := json.Marshal(said)
	if err != nil {
		return after
	}
	return whole
}

// auditList returns the list of audit entries that match a filter.
func auditList(f market.AuditFilter) list[auditRow, market.AuditEntry] {
	l := list[auditRow, market.AuditEntry]{
		table: "audit_log", show: auditEntry, where: "true",
		join: "LEFT JOIN audit_chain c ON c.entry_id = t.id LEFT JOIN audit_words w ON w.entry_id = t.id " +
			"LEFT JOIN audit_addresses r ON r.entry_id = t.id",
		sorts: sortsBy(market.SortsByID), bespoke: f != market.AuditFilter{},
	}
	and := func(condition string, arg any) {
		l.args = append(l.args, arg)
		l.where += " AND " + condition + placeholder(len(l.args))
	}
	if f.Actor != "" {
		and("t.actor = ", f.Actor)
	}
	if f.ActorID != 0 {
		and("t.actor_id = ", f.ActorID)
	}
	if f.Action != "" {
		and("t.action = ", f.Action)
	}
	if f.Subject != "" {
		and("t.subject = ", f.Subject)
	}
	if f.SubjectID != 0 {
		and("t.subject_id = ", f.SubjectID)
	}
	if f.From != nil {
		and("t.at >= ", f.From.Start())
	}
	if f.To != nil {
		and("t.at < ", f.To.Next().Start())
	}
	return l
}

// AuditLog lists the audit log's entries, newest first; sorts: id.
func (s AuditStore) AuditLog(
	ctx context.Context, f market.AuditFilter, page market.PageRequest,
) (market.Page[market.AuditEntry], error) {
	return auditList(f).page(ctx, s.DB, page)
}

// EachAuditEntry calls do with each entry, the oldest first, until it fails.
func (s AuditStore) EachAuditEntry(ctx context.Context, f market.AuditFilter, do func(market.AuditEntry) error) error {
	return auditList(f).each(ctx, s.DB, do)
}

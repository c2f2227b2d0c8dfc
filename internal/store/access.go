package store

import (
	"context"
	"fmt"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// NoteAccess writes an entry of the access log, in one statement, and returns its id. The actor of
// the context must have an account.
func (s AccessStore) NoteAccess(ctx context.Context, a market.Access) (id int64, err error) {
	actor := market.ActorOf(ctx)
	in := db.NoteAccessParams{
		Actor: string(actor.Role), ActorID: actor.ID, Address: market.Optional(truncate(actor.Address, 45)),
		Action: string(a.Action), Data: market.Optional(string(a.Data)), DataID: optionalID(a.DataID),
		Subject: market.Optional(string(a.Subject)), SubjectID: optionalID(a.SubjectID),
		Reason:    market.Optional(truncate(a.Reason, market.MaxReason)),
		RequestID: market.Optional(truncate(actor.RequestID, 64)),
	}
	if a.Action == market.AccessRead {
		rows := int32(a.Rows) //nolint:gosec // of a page
		in.RowCount = &rows
	}
	id, err = s.q.NoteAccess(ctx, s.pool, in)
	return id, translate(err)
}

// NoteRead writes the entry of staff's access to personal data. It must be called before the data
// is sent.
func (s AccessStore) NoteRead(ctx context.Context, a market.Access) error {
	a.Action = market.AccessRead
	_, err := s.NoteAccess(ctx, a)
	return err
}

// EndExport records how many rows an export has sent.
func (s AccessStore) EndExport(ctx context.Context, entryID, rows int64) error {
	return translate(s.q.EndExport(ctx, s.pool, entryID, rows))
}

type accessRow struct {
	ID        int64               `db:"id"`
	At        time.Time           `db:"at"`
	Actor     market.Role         `db:"actor"`
	ActorID   int64               `db:"actor_id"`
	Address   *string             `db:"address"`
	Action    market.AccessAction `db:"action"`
	Data      *market.AccessData  `db:"data"`
	DataID    *int64              `db:"data_id"`
	Subject   *market.Role        `db:"subject"`
	SubjectID *int64              `db:"subject_id"`
	Read      *int64              `db:"row_count"`
	Exported  *int64              `db:"e.row_count"`
	Reason    *string             `db:"reason"`
	RequestID *string             `db:"request_id"`
}

func accessEntry(r accessRow) market.AccessEntry {
	e := market.AccessEntry{
		ID: r.ID, At: market.LocalTime(r.At), Actor: r.Actor, ActorID: r.ActorID, Address: r.Address, Action: r.Action,
		Data: r.Data, DataID: r.DataID, Subject: r.Subject, SubjectID: r.SubjectID, Rows: r.Read, Reason: r.Reason,
		RequestID: r.RequestID,
	}
	if r.Exported != nil {
		e.Rows = r.Exported
	}
	return e
}

// AccessLog lists the access log's entries, newest first; sorts: id.
func (s AccessStore) AccessLog(
	ctx context.Context, f market.AccessFilter, page market.PageRequest,
) (market.Page[market.AccessEntry], error) {
	l := list[accessRow, market.AccessEntry]{
		table: "access_log", join: "LEFT JOIN access_log_exports e ON e.entry_id = t.id", show: accessEntry, where: "true",
		sorts: sortsBy(market.SortsByID), bespoke: f != market.AccessFilter{},
	}
	and := func(condition string, arg any) {
		l.args = append(l.args, arg)
		l.where += fmt.Sprintf(" AND t.%s $%d", condition, len(l.args))
	}
	if f.Actor != "" {
		and("actor =", f.Actor)
	}
	if f.ActorID != 0 {
		and("actor_id =", f.ActorID)
	}
	if f.Action != "" {
		and("action =", f.Action)
	}
	if f.Data != "" {
		and("data =", f.Data)
	}
	if f.Subject != "" {
		and("subject =", f.Subject)
	}
	if f.SubjectID != 0 {
		and("subject_id =", f.SubjectID)
	}
	if f.From != nil {
		and("at >=", f.From.Start())
	}
	if f.To != nil {
		and("at <", f.To.Next().Start())
	}
	return l.page(ctx, s.DB, page)
}

// SummarizeAccess counts the entries of the days from first on and before next.
func (s AccessStore) SummarizeAccess(ctx context.Context, first, next market.Day) ([]market.AccessSummary, error) {
	rows, err := s.q.SummarizeAccess(ctx, s.pool, first.Start(), next.Start())
	summary := make([]market.AccessSummary, len(rows))
	for i, r := range rows {
		summary[i] = market.AccessSummary{
			Actor: market.Role(r.Actor), ActorID: optionalID(r.ActorID), Action: market.AccessAction(r.Action),
			Entries: r.Entries, Rows: r.RowCount,
		}
	}
	return summary, translate(err)
}

package reports

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// auditName matches the names of actions and subjects.
var auditName = regexp.MustCompile(`^[A-Z_]{1,60}$`)

// AuditFilter decodes a filter of the audit log from a query.
func AuditFilter(r *http.Request) (f market.AuditFilter, err error) {
	q := r.URL.Query()
	f.Actor, f.Action, f.Subject = market.Role(q.Get("actor")), q.Get("action"), q.Get("subject")
	if f.Actor != "" && !slices.Contains(market.Actors, f.Actor) {
		return f, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "actor")
	}
	for _, name := range []string{"action", "subject"} {
		if s := q.Get(name); s != "" && !auditName.MatchString(s) {
			return f, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
		}
	}
	if f.ActorID, err = web.QueryID(r, "actorId"); err != nil {
		return f, err
	}
	if f.SubjectID, err = web.QueryID(r, "subjectId"); err != nil {
		return f, err
	}
	f.From, f.To, err = web.Days(r)
	return f, err
}

// AuditReader reads the audit log. *store.Store implements it.
type AuditReader interface {
	AuditLog(ctx context.Context, f market.AuditFilter, page market.PageRequest) (market.Page[market.AuditEntry], error)
	EachAuditEntry(ctx context.Context, f market.AuditFilter, do func(market.AuditEntry) error) error
}

// Audit answers with the entries of the audit log that a filter selects: a page, the newest first,
// or with format=csv all of them as a file, the oldest first. The entries hold addresses from which
// people came: both are noted in the access log, and a file needs a reason. s may be a replica; log
// may not.
func Audit(w http.ResponseWriter, r *http.Request, s AuditReader, log web.AccessLog, f market.AuditFilter) error {
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	file, err := web.WantsCSV(r)
	if err != nil {
		return err
	}
	if file {
		return auditFile(w, r, s, log, f)
	}
	entries, err := s.AuditLog(r.Context(), f, page)
	if err != nil {
		return err
	}
	if err := web.NoteStaffRead(r, log, market.Access{Data: market.DataAuditLog,
		Rows: len(entries.Content)}); err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, entries)
}

var auditHeader = []string{
	"id", "at", "actor", "actorId", "address", "databaseUser", "action", "subject", "subjectId", "before", "after",
	"requestId", "workflowId", "position", "hash",
}

func auditFile(w http.ResponseWriter, r *http.Request, s AuditReader, log web.AccessLog, f market.AuditFilter) error {
	e := web.Export{Log: log, Filename: "audit.csv", Access: market.Access{Data: market.DataAuditLog}, Personal: true}
	return web.RespondCSV(w, r, e, auditHeader, func(write func([]string) error) error {
		return s.EachAuditEntry(r.Context(), f, func(e market.AuditEntry) error {
			return write([]string{
				strconv.FormatInt(e.ID, 10), time.Time(e.At).Format(time.RFC3339Nano), string(e.Actor),
				orEmpty(e.ActorID),
				orEmpty(e.Address), e.DatabaseUser, e.Action, orEmpty(e.Subject), orEmpty(e.SubjectID),
				string(e.Before),
				string(e.After), orEmpty(e.RequestID), orEmpty(e.WorkflowID), orEmpty(e.Position), orEmpty(e.Hash),
			})
		})
	})
}

// orEmpty returns the text of an optional value in a file.
func orEmpty[T int64 | string](v *T) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}

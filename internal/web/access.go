package web

import (
	"context"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// AccessLog records logins, logouts, reads of personal data and exports. *store.Store implements it.
type AccessLog interface {
	// NoteAccess writes an entry and returns its id.
	NoteAccess(ctx context.Context, a market.Access) (id int64, err error)
	// EndExport records how many rows an export has sent.
	EndExport(ctx context.Context, entryID, rows int64) error
}

// Export is a download with its entry in the access log.
type Export struct {
	Log      AccessLog
	Filename string
	Access   market.Access
	Personal bool // the file holds personal data: staff must give a reason
}

// reason reads from the query why staff exports a file. It fails with INVALID_INPUT when the file holds
// personal data and there is no reason.
func (e Export) reason(r *http.Request) (string, error) {
	if Caller(r).Role != market.RoleAdmin {
		return "", nil // the file holds the caller's own data
	}
	reason := r.URL.Query().Get("reason")
	switch {
	case reason == "" && e.Personal:
		return "", market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "reason")
	case utf8.RuneCountInString(reason) > market.MaxReason:
		return "", market.RefuseWith(market.CodeInvalidInput, market.DetailFieldTooLong, "reason")
	}
	return reason, nil
}

// AccessFilter reads a filter of the access log from the query.
func AccessFilter(r *http.Request) (f market.AccessFilter, err error) {
	q := r.URL.Query()
	f.Actor, f.Subject = market.Role(q.Get("actor")), market.Role(q.Get("subject"))
	if f.Actor != "" && !slices.Contains(market.AccessActors, f.Actor) {
		return f, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "actor")
	}
	if f.Subject != "" && f.Subject != market.RoleBuyer && f.Subject != market.RoleSeller {
		return f, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "subject")
	}
	action, err := Enum[market.AccessAction](r, "action")
	if err != nil {
		return f, err
	}
	if action != nil {
		f.Action = *action
	}
	data, err := Enum[market.AccessData](r, "data")
	if err != nil {
		return f, err
	}
	if data != nil {
		f.Data = *data
	}
	if f.ActorID, err = QueryID(r, "actorId"); err != nil {
		return f, err
	}
	if f.SubjectID, err = QueryID(r, "subjectId"); err != nil {
		return f, err
	}
	f.From, f.To, err = Days(r)
	return f, err
}

// Month reads a month, such as 2026-11, from the query, and returns its first day and that of the
// month after; without one it is that of today.
func Month(r *http.Request, today market.Day) (first, next market.Day, err error) {
	month := r.URL.Query().Get("month")
	if month == "" {
		month = today.String()[:len("2026-11")]
	}
	if first, err = market.ParseDay(month + "-01"); err != nil {
		return first, next, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "month")
	}
	next = first.Add(31)
	return first, next.Add(1 - next.OfMonth()), nil
}

// NoteStaffRead records a read of personal data by staff, before it is sent. Other callers read their
// own data.
func NoteStaffRead(r *http.Request, log AccessLog, a market.Access) error {
	if Caller(r).Role != market.RoleAdmin {
		return nil
	}
	a.Action = market.AccessRead
	_, err := log.NoteAccess(r.Context(), a)
	return err
}

var _ AccessLog = (*store.Store)(nil)

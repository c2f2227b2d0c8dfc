package market

import "time"

// SessionEnd states until when the sessions of an account have ended. Its zero value ends none.
type SessionEnd struct {
	Version int64     // grows with each change
	All     time.Time // sessions opened until then have ended; zero for none
	Others  time.Time // likewise, except for those of the family Kept; zero for none
	Kept    string
}

// Ended reports whether a session of a family that was opened at a time has ended. Times count in
// milliseconds, as tokens do.
func (e SessionEnd) Ended(opened time.Time, family string) bool {
	at := opened.UnixMilli()
	return !e.All.IsZero() && at <= e.All.UnixMilli() ||
		!e.Others.IsZero() && at <= e.Others.UnixMilli() && family != e.Kept
}

// Extend returns e after all sessions of the account that were opened until a time have ended, except
// for those of the family kept, which may be "". What has ended stays ended: if e keeps another
// family, that one ends with the others of then. store's queries EndSessions and EndOtherSessions are
// the same rule.
func (e SessionEnd) Extend(until time.Time, kept string) SessionEnd {
	e.Version++
	switch {
	case kept == "":
		e.All = later(e.All, until)
		return e
	case e.Kept != "" && e.Kept != kept:
		e.All = later(e.All, e.Others)
	}
	e.Others, e.Kept = later(e.Others, until), kept
	return e
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

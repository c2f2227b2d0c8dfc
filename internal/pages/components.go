package pages

import (
	"fmt"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// NoticeKind is a kind of notice, with its own colour and icon.
type NoticeKind string

// The kinds of notices.
const (
	NoticeSuccess NoticeKind = "success"
	NoticeInfo    NoticeKind = "info"
	NoticeWarning NoticeKind = "warning"
	NoticeFailed  NoticeKind = "failed"
)

// SelectScript is the script of SelectAll.
const SelectScript = "select.js"

// Waited is the age of an item, with the ages at which it is nearly overdue and overdue.
type Waited struct {
	Since market.LocalTime
	Now   time.Time
	Aging time.Duration // after which it is nearly overdue
	Late  time.Duration // after which it is overdue
}

// time returns for how long it has waited.
func (w Waited) time() time.Duration { return w.Now.Sub(time.Time(w.Since)) }

// level returns the class of an age.
func (w Waited) level() string {
	switch waited := w.time(); {
	case waited >= w.Late:
		return "late"
	case waited >= w.Aging:
		return "aging"
	}
	return "fresh"
}

// ago shows for how long a time has passed, up to a week.
func (f Frame) ago(passed time.Duration, t market.LocalTime) string {
	switch {
	case passed >= 7*24*time.Hour || passed <= -time.Minute:
		return When(t)
	case passed < time.Minute:
		return f.T(textJustNow)
	}
	for _, unit := range []struct {
		length   time.Duration
		one, all Text
	}{{24 * time.Hour, textDayAgo, textDaysAgo}, {time.Hour, textHourAgo, textHoursAgo}} {
		if n := int(passed / unit.length); n == 1 {
			return f.T(unit.one)
		} else if n > 1 {
			return fmt.Sprintf(f.T(unit.all), n)
		}
	}
	if n := int(passed / time.Minute); n > 1 {
		return fmt.Sprintf(f.T(textMinutesAgo), n)
	}
	return f.T(textMinuteAgo)
}

// duration shows a duration in its largest unit.
func (f Frame) duration(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return fmt.Sprintf(f.T(textDays), int(d/(24*time.Hour)))
	case d >= time.Hour:
		return fmt.Sprintf(f.T(textHours), int(d/time.Hour))
	}
	return fmt.Sprintf(f.T(textMinutes), max(0, int(d/time.Minute)))
}

package market

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"time"
)

// Day is a business day: a date in the market's time zone. In JSON it is
// "2026-11-22", in the database a date.
type Day struct{ midnight time.Time } // of the date, in UTC

// DayOf returns the business day of an instant.
func DayOf(at time.Time) Day {
	y, m, d := at.In(Zone).Date()
	return Date(y, m, d)
}

// ParseDay reads "2026-11-22".
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	return Day{t}, err
}

// Date returns the day of a date.
func Date(year int, month time.Month, day int) Day {
	return Day{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// Start returns the instant at which the day begins.
func (d Day) Start() time.Time {
	y, m, day := d.midnight.Date()
	return time.Date(y, m, day, 0, 0, 0, 0, Zone)
}

// Add returns the day n days later.
func (d Day) Add(n int) Day { return Day{d.midnight.AddDate(0, 0, n)} }

// Next returns the day after d.
func (d Day) Next() Day { return d.Add(1) }

// OfMonth returns the day of the month, from 1.
func (d Day) OfMonth() int { return d.midnight.Day() }

// Before reports whether d is earlier than other.
func (d Day) Before(other Day) bool { return d.midnight.Before(other.midnight) }

// IsZero reports whether d is the zero Day.
func (d Day) IsZero() bool { return d.midnight.IsZero() }

// String returns the date, as in "2026-11-22".
func (d Day) String() string { return d.midnight.Format(time.DateOnly) }

// MarshalText writes the date.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Day) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDay(string(b))
	return err
}

// Scan reads a date column (it implements sql.Scanner).
func (d *Day) Scan(src any) error {
	t, ok := src.(time.Time)
	if !ok {
		return fmt.Errorf("cannot read a date from %T", src)
	}
	d.midnight = t.UTC()
	return nil
}

// Value writes a date column (it implements driver.Valuer).
func (d Day) Value() (driver.Value, error) { return d.midnight, nil }

// Period is a span of business days that is settled together.
type Period struct {
	Start, End Day // both inclusive
}

// Types of periods: the first half of a month, and the rest of it.
const (
	PeriodMid = "MID"
	PeriodEnd = "END"
)

// Type returns PeriodMid or PeriodEnd.
func (p Period) Type() string {
	if p.Start.midnight.Day() == 1 {
		return PeriodMid
	}
	return PeriodEnd
}

// String names the period: "2026-11-01_2026-11-15".
func (p Period) String() string { return p.Start.String() + "_" + p.End.String() }

// PeriodEnding returns the period whose last day is d: the 1st to the 15th, or the 16th to the
// month's end. ok is false when no period ends on d.
func PeriodEnding(d Day) (p Period, ok bool) {
	y, m, day := d.midnight.Date()
	switch {
	case day == 15:
		return Period{Date(y, m, 1), d}, true
	case d.Next().midnight.Day() == 1:
		return Period{Date(y, m, 16), d}, true
	}
	return Period{}, false
}

// LocalTime is an instant that JSON represents as the market's local date and time without an
// offset: "2026-11-22T09:30:00", with a fraction only if it has one.
type LocalTime time.Time

// MarshalJSON writes the local date and time.
func (t LocalTime) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, time.Time(t).In(Zone).Format("2006-01-02T15:04:05.999999")), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *LocalTime) UnmarshalJSON(b []byte) error {
	at, err := time.ParseInLocation(`"2006-01-02T15:04:05.999999"`, string(b), Zone)
	*t = LocalTime(at)
	return err
}

// LocalTimeOf converts at to LocalTime; nil stays nil.
func LocalTimeOf(at *time.Time) *LocalTime {
	if at == nil {
		return nil
	}
	t := LocalTime(*at)
	return &t
}

// Zone is the market's time zone, which defines business days regardless of the server's time zone.
// Korea has no daylight saving time.
var Zone = time.FixedZone("Asia/Seoul", 9*60*60)

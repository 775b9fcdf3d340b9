package schedules

import (
	"time"
)

// timetable is an expression in a time zone. A time that its clocks leave out
// happens when they go on; one that they show twice happens the first time.
type timetable struct {
	times
	zone *time.Location
}

// timetableOf reads both; what is wrong is remit.Invalid.
func timetableOf(cron, zone string) (t timetable, err error) {
	if t.zone, err = zoneOf(zone); err != nil {
		return t, err
	}
	t.times, err = parse(cron)
	return t, err
}

// zoneOf knows the names of the IANA database; the server's own zone has none.
func zoneOf(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" || len(name) > 64 {
		return nil, invalid("zone", "There is no time zone %.80q", name).WithHint("Use a name like Europe/Berlin, or UTC.")
	}
	return zone, nil
}

// after is the first firing later than a moment, zero for none.
func (t timetable) after(moment time.Time) time.Time {
	wall := onWall(moment.In(t.zone))
	for {
		at, ok := t.next(wall)
		if !ok {
			return time.Time{}
		}
		if fires := t.moment(at); fires.After(moment) {
			return fires
		}
		wall = at.Add(time.Minute)
	}
}

// latest is the last firing from first, which is one, up to a moment. It looks
// back from the moment, further each time, so that a long absence costs little.
func (t timetable) latest(first, moment time.Time) time.Time {
	for back := time.Hour; ; back *= 4 {
		begin := moment.Add(-back)
		if !begin.After(first) {
			return t.lastFrom(first, moment)
		}
		if found := t.after(begin); !found.IsZero() && !found.After(moment) {
			return t.lastFrom(found, moment)
		}
	}
}

func (t timetable) lastFrom(found, moment time.Time) time.Time {
	for {
		next := t.after(found)
		if next.IsZero() || next.After(moment) {
			return found
		}
		found = next
	}
}

// upcoming are the next n firings after a moment.
func (t timetable) upcoming(moment time.Time, n int) []time.Time {
	all := []time.Time{}
	for range n {
		if moment = t.after(moment); moment.IsZero() {
			break
		}
		all = append(all, moment.UTC())
	}
	return all
}

// onWall is what the clocks show, told as UTC.
func onWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// moment is when the clocks of the zone show a wall time for the first time.
// For one that they leave out it is when they are changed.
func (t timetable) moment(wall time.Time) time.Time {
	const far = 36 * time.Hour // further than any clock is changed
	before := wall.Add(-offset(wall.Add(-far), t.zone))
	for _, at := range []time.Time{before, wall.Add(-offset(wall.Add(far), t.zone))} {
		if onWall(at.In(t.zone)).Equal(wall) {
			return at
		}
	}
	changed, _ := before.In(t.zone).ZoneBounds()
	return changed
}

func offset(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

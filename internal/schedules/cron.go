package schedules

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// times are the minutes that a cron expression names, on clocks that are never
// changed: a bit for each value of a field.
type times struct {
	minute, hour, day, month, weekday uint64
	// both says that day and weekday must meet: one of the fields begins with an
	// asterisk. Else either will do (crontab(5)).
	both bool
}

// field is a place in an expression.
type field struct {
	name     string
	min, max int
	words    string // for min, min+1, …
}

var fields = []field{
	{"minute", 0, 59, ""},
	{"hour", 0, 23, ""},
	{"day of the month", 1, 31, ""},
	{"month", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"},
	{"day of the week", 0, 7, "SUN MON TUE WED THU FRI SAT"},
}

var shorthands = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// maxCron bounds an expression, in bytes.
const maxCron = 200

// parse reads an expression; what is wrong is remit.Invalid and names the place.
func parse(cron string) (t times, err error) {
	if len(cron) > maxCron {
		return t, invalid("cron", "The cron expression has %d characters; %d are allowed", len(cron), maxCron)
	}
	text, short := shorthands[strings.ToLower(strings.TrimSpace(cron))]
	if !short {
		text = cron
	}
	parts := strings.Fields(text)
	if len(parts) != len(fields) {
		return t, invalid("cron", "A cron expression has five fields, and %.80q has %d", cron, len(parts)).
			WithHint("They are minute, hour, day of the month, month and day of the week, as in 30 2 * * 1-5; or write @daily.")
	}
	into := []*uint64{&t.minute, &t.hour, &t.day, &t.month, &t.weekday}
	for i, f := range fields {
		if *into[i], err = f.read(parts[i]); err != nil {
			return t, invalid("cron", "The %s %.80q of the cron expression is wrong: %v", f.name, parts[i], err)
		}
	}
	t.weekday |= t.weekday >> 7 & 1 // 7 is Sunday too
	t.both = parts[2][0] == '*' || parts[4][0] == '*'
	return t, t.happens(cron)
}

// read is a list: 1,5-9,*/10.
func (f field) read(text string) (set uint64, err error) {
	for item := range strings.SplitSeq(text, ",") {
		some, err := f.item(item)
		if err != nil {
			return 0, err
		}
		set |= some
	}
	return set, nil
}

// item is *, 5, 5-9, or one of these with a step: */10, 5-59/10; 5/10 goes on to the end.
func (f field) item(text string) (set uint64, err error) {
	span, stepText, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		if step, err = number(stepText, 1, f.max); err != nil {
			return 0, fmt.Errorf("step %w", err)
		}
	}
	first, last := f.min, f.max
	if span != "*" {
		from, to, ranged := strings.Cut(span, "-")
		if first, err = f.value(from); err != nil {
			return 0, err
		}
		if ranged {
			last, err = f.value(to)
		} else if !stepped {
			last = first
		}
		if err != nil {
			return 0, err
		}
	} else if f.max == 7 {
		last = 6 // Sunday once
	}
	if last < first {
		return 0, fmt.Errorf("%s ends before it begins", span)
	}
	for v := first; v <= last; v += step {
		set |= 1 << v
	}
	return set, nil
}

func (f field) value(text string) (int, error) {
	for i, word := range strings.Fields(f.words) {
		if strings.EqualFold(text, word) {
			return f.min + i, nil
		}
	}
	return number(text, f.min, f.max)
}

// number reads digits alone.
func number(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || strings.Trim(text, "0123456789") != "" || n < least || n > most {
		return 0, fmt.Errorf("%q is no number from %d to %d", text, least, most)
	}
	return n, nil
}

// happens refuses what names days that no calendar has.
func (t times) happens(cron string) error {
	if _, ok := t.next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return invalid("cron", "The cron expression %.80q never fires: the day of the month and the month never meet", cron)
	}
	return nil
}

// calendar is how many days are looked through: a 29th of February that is a
// Sunday may be forty years away.
const calendar = 41 * 366

// next is the first of the times that is not before at, both by a clock that
// is never changed, told as UTC. ok is false when there is none.
func (t times) next(at time.Time) (_ time.Time, ok bool) {
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	from := at.Hour()*60 + at.Minute()
	if at.Second() > 0 || at.Nanosecond() > 0 {
		from++
	}
	for range calendar {
		if t.onDay(day) {
			if minute, ok := t.inDay(from); ok {
				return day.Add(time.Duration(minute) * time.Minute), true
			}
		}
		day, from = day.AddDate(0, 0, 1), 0
	}
	return time.Time{}, false
}

func (t times) onDay(day time.Time) bool {
	inMonth, inWeek := has(t.day, day.Day()), has(t.weekday, int(day.Weekday()))
	if !has(t.month, int(day.Month())) {
		return false
	}
	return inMonth && inWeek || !t.both && (inMonth || inWeek)
}

// inDay is the first minute of a day from a minute on.
func (t times) inDay(from int) (minute int, ok bool) {
	for h := from / 60; h < 24; h, from = h+1, 0 {
		if later := t.minute >> (from % 60); has(t.hour, h) && later != 0 {
			return h*60 + from%60 + bits.TrailingZeros64(later), true
		}
	}
	return 0, false
}

func has(set uint64, v int) bool { return set>>v&1 == 1 }

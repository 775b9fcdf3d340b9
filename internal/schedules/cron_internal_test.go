package schedules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/adhocore/gronx"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/remit-server/remit"
)

const layout = "2006-01-02 15:04"

func TestAnExpressionNamesTheseTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cron, from, want string }{
		{"30 2 * * *", "2026-03-01 12:00", "2026-03-02 02:30, 2026-03-03 02:30"},
		{"30 2 * * *", "2026-03-01 02:30", "2026-03-01 02:30, 2026-03-02 02:30"},
		{"*/20 8-9 * * *", "2026-03-01 08:21", "2026-03-01 08:40, 2026-03-01 09:00"},
		{"5-59/25 * * * *", "2026-03-01 00:06", "2026-03-01 00:30, 2026-03-01 00:55"},
		{"50/5 * * * *", "2026-03-01 00:00", "2026-03-01 00:50, 2026-03-01 00:55"},
		{"0 0 * * mon-fri", "2026-02-28 00:00", "2026-03-02 00:00, 2026-03-03 00:00"}, // a Saturday
		{"0 0 * * 7", "2026-02-28 00:00", "2026-03-01 00:00, 2026-03-08 00:00"},
		{"0 0 * * 5-7", "2026-03-06 00:00", "2026-03-06 00:00, 2026-03-07 00:00"},
		{"0 0 13 * 5", "2026-03-01 00:00", "2026-03-06 00:00, 2026-03-13 00:00"},   // either
		{"0 0 */13 * 5", "2026-03-01 00:00", "2026-03-27 00:00, 2026-05-01 00:00"}, // both
		{"0 0 29 2 *", "2026-03-01 00:00", "2028-02-29 00:00, 2032-02-29 00:00"},
		{"0 0 29 2 *", "2097-01-01 00:00", "2104-02-29 00:00, 2108-02-29 00:00"},
		{"0 0 31 Feb,Apr,May *", "2026-03-01 00:00", "2026-05-31 00:00, 2027-05-31 00:00"},
		{"@daily", "2026-03-01 00:01", "2026-03-02 00:00, 2026-03-03 00:00"},
		{" @Monthly ", "2026-03-02 00:00", "2026-04-01 00:00, 2026-05-01 00:00"},
		{"59 23 31 12 *", "2026-12-31 23:59", "2026-12-31 23:59, 2027-12-31 23:59"},
	} {
		times, err := parse(c.cron)
		if err != nil {
			t.Errorf("%s: %v", c.cron, err)
			continue
		}
		at, _ := time.Parse(layout, c.from)
		first, _ := times.next(at)
		second, _ := times.next(first.Add(time.Minute))
		if got := first.Format(layout) + ", " + second.Format(layout); got != c.want {
			t.Errorf("%s from %s: %s, want %s", c.cron, c.from, got, c.want)
		}
	}
}

func TestAnExpressionThatIsWrongIsRefusedWithThePlace(t *testing.T) {
	t.Parallel()
	for cron, want := range map[string]string{
		"30 2 30 2 *":                           "never fires",
		"0 0 31 4,6,9 *":                        "never fires",
		"":                                      "has 0",
		"* * * *":                               "has 4",
		"* * * * * *":                           "has 6",
		"60 * * * *":                            `minute "60"`,
		"0 24 * * *":                            `hour "24"`,
		"0 0 0 * *":                             `day of the month "0"`,
		"0 0 1 13 *":                            `month "13"`,
		"0 0 1 MAYBE *":                         `month "MAYBE"`,
		"0 0 * * 8":                             `day of the week "8"`,
		"9-5 * * * *":                           `minute "9-5"`,
		"*/0 * * * *":                           "step",
		"5/-1 * * * *":                          "step",
		"1,,2 * * * *":                          `minute "1,,2"`,
		"+1 * * * *":                            `minute "+1"`,
		"1-2-3 * * * *":                         `minute "1-2-3"`,
		"*5 * * * *":                            `minute "*5"`,
		"L * * * *":                             `minute "L"`,
		"@reboot":                               "has 1",
		"@everysecond":                          "has 1",
		"* * * * *\x00":                         "day of the week",
		"99999999999999999999 * * * *":          "minute",
		strings.Repeat("1,", 100) + "1 * * * *": "characters",
	} {
		_, err := parse(cron)
		e, ok := err.(*remit.Error)
		if !ok || e.Kind != remit.Invalid || e.Field != "cron" || !strings.Contains(e.Message, want) {
			t.Errorf("%q: got %v, want one that names %s", cron, err, want)
		}
	}
}

func TestAnUnknownZoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"", "Local", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", strings.Repeat("a", 70), "Europe/Berlin\x00"} {
		_, err := timetableOf("@daily", zone)
		if e, ok := err.(*remit.Error); !ok || e.Kind != remit.Invalid || e.Field != "zone" {
			t.Errorf("%q: %v", zone, err)
		}
	}
}

// clocks are firings after a moment, as the clocks of the zone show them.
func clocks(t *testing.T, cron, zone, from string, n int) []string {
	t.Helper()
	table, err := timetableOf(cron, zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range table.upcoming(at, n) {
		all = append(all, f.In(table.zone).Format("02 15:04 MST"))
	}
	return all
}

// The clocks of Berlin leave out 02:00 to 03:00 on 29 March 2026, and show
// 02:00 to 03:00 twice on 25 October 2026.
func TestATimeThatTheClocksLeaveOutFiresOnceWhenTheyGoOn(t *testing.T) {
	t.Parallel()
	for cron, want := range map[string][]string{
		"30 2 * * *":    {"28 02:30 CET", "29 03:00 CEST", "30 02:30 CEST"},
		"0,30 2 * * *":  {"28 02:00 CET", "28 02:30 CET", "29 03:00 CEST", "30 02:00 CEST"},
		"0 2,3 * * *":   {"28 02:00 CET", "28 03:00 CET", "29 03:00 CEST"},
		"0 1-4 29 3 *":  {"29 01:00 CET", "29 03:00 CEST", "29 04:00 CEST"},
		"*/30 * 29 3 *": {"29 00:00 CET", "29 00:30 CET", "29 01:00 CET", "29 01:30 CET", "29 03:00 CEST", "29 03:30 CEST"},
	} {
		if diff := cmp.Diff(want, clocks(t, cron, "Europe/Berlin", "2026-03-28T00:00:00Z", len(want))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cron, diff)
		}
	}
}

func TestATimeThatTheClocksShowTwiceFiresOnce(t *testing.T) {
	t.Parallel()
	for cron, want := range map[string][]string{
		"30 2 * * *":     {"25 02:30 CEST", "26 02:30 CET"},
		"0 1-4 25 10 *":  {"25 01:00 CEST", "25 02:00 CEST", "25 03:00 CET", "25 04:00 CET"},
		"*/30 * 25 10 *": {"25 00:00 CEST", "25 00:30 CEST", "25 01:00 CEST", "25 01:30 CEST", "25 02:00 CEST", "25 02:30 CEST", "25 03:00 CET"},
	} {
		if diff := cmp.Diff(want, clocks(t, cron, "Europe/Berlin", "2026-10-24T20:00:00Z", len(want))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cron, diff)
		}
	}
	// Within the hour that comes again nothing is left of it.
	if diff := cmp.Diff([]string{"25 03:00 CET"}, clocks(t, "*/30 * 25 10 *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestClocksThatAreChangedByHalfAnHourOrADay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cron, zone, from string
		want             []string
	}{
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-02T20:00:00Z", []string{"04 02:30 +11", "05 02:15 +11"}}, // 02:00 → 02:30
		{"0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", []string{"29 12:00 -10", "31 00:00 +14", "31 12:00 +14"}},
		{"0 0 * * *", "America/Sao_Paulo", "2018-11-03T10:00:00Z", []string{"04 01:00 -02", "05 00:00 -02"}}, // midnight is left out
	} {
		if diff := cmp.Diff(c.want, clocks(t, c.cron, c.zone, c.from, len(c.want))); diff != "" {
			t.Errorf("%s in %s (-want +got):\n%s", c.cron, c.zone, diff)
		}
	}
}

// drawn is an expression that both readers take: gronx knows no ranges to 7.
func drawn(t *rapid.T) string {
	one := func(name string, min, max int) string {
		v := rapid.IntRange(min, max).Draw(t, name)
		switch rapid.IntRange(0, 5).Draw(t, name+" as") {
		case 0, 1:
			return "*"
		case 2:
			return fmt.Sprintf("*/%d", rapid.IntRange(1, max).Draw(t, "step"))
		case 3:
			return fmt.Sprintf("%d-%d", v, rapid.IntRange(v, max).Draw(t, "to"))
		case 4:
			return fmt.Sprintf("%d,%d", v, rapid.IntRange(min, max).Draw(t, "and"))
		}
		return fmt.Sprint(v)
	}
	return strings.Join([]string{one("minute", 0, 59), one("hour", 0, 23), one("day", 1, 31), one("month", 1, 12), one("weekday", 0, 6)}, " ")
}

// gronx says whether one minute is meant; its search for the next one is not
// asked, since it finds a 4th of March for a 29th of February.
func TestAnotherReaderOfCronExpressionsAgrees(t *testing.T) {
	t.Parallel()
	other := gronx.New()
	rapid.Check(t, func(t *rapid.T) {
		cron := drawn(t)
		times, err := parse(cron)
		if err != nil {
			return // it never fires
		}
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 4*365*24*60).Draw(t, "minutes")) * time.Minute)
		next, ok := times.next(at)
		if due, err := other.IsDue(cron, next); err != nil || !due || !ok {
			t.Fatalf("%s: %s is no firing: %v", cron, next, err)
		}
		for m := range 300 {
			minute := at.Add(time.Duration(m) * time.Minute)
			if due, _ := other.IsDue(cron, minute); due != !next.After(minute) {
				t.Fatalf("%s from %s: the next is %s, and %s fires: %t", cron, at, next, minute, due)
			} else if due {
				return
			}
		}
	})
}

func TestTheLastOfManyFiringsIsFoundAsOneWouldCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table, err := timetableOf(drawn(t), rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/New_York"}).Draw(t, "zone"))
		if err != nil {
			return
		}
		begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 300*24*60).Draw(t, "minutes")) * time.Minute)
		first := table.after(begin)
		now := begin.Add(time.Duration(rapid.IntRange(0, 10*24*60).Draw(t, "gone")) * time.Minute)
		if first.IsZero() || first.After(now) {
			return
		}
		want := first
		for next := first; !next.After(now); next = table.after(next) {
			want = next
		}
		if got := table.latest(first, now); !got.Equal(want) {
			t.Fatalf("from %s to %s: %s, want %s", first, now, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"30 2 * * 1-5", "@daily", "*/5,3 1-2/2 L 12 SUN", "5/-1 * * * *"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cron string) {
		times, err := parse(cron)
		if err != nil {
			if remit.KindOf(err) != remit.Invalid {
				t.Fatalf("%q: %v", cron, err)
			}
			return
		}
		if _, ok := times.next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
			t.Fatalf("%q is taken and has no firing", cron)
		}
	})
}

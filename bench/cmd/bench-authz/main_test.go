package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/figures"
)

// tiny takes a moment.
var tiny = plan{rounds: 3, length: 100 * time.Microsecond, questions: 64,
	full:  authz.Size{Projects: 12, Users: 60, Memberships: 3, Permissions: 12},
	large: authz.Size{Projects: 30, Users: 200, Memberships: 3, Permissions: 12}}

func TestSectionsInThisProcessFillTheirTables(t *testing.T) {
	t.Parallel()
	b := &bench{plan: tiny}
	results, err := sections.Measure(t.Context(), b, regexp.MustCompile(`^(site|load|check|all)$`))
	if err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string]int{"site": 15, "load": len(authz.Peers()), "check": len(authz.Peers()), "all": 7} {
		if got := len(results[name].Rows); got != rows {
			t.Errorf("%s has %d rows, want %d", name, got, rows)
		}
	}
	text, err := reportOf(results, true).Render()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| casbin-cached ", "| a change in one project, to its first check ", "a check with resolved ids", "quick run"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report has no %q", want)
		}
	}
	if err := b.close(); err != nil {
		t.Error(err)
	}
}

func TestTheReportAsksForEverySection(t *testing.T) {
	t.Parallel()
	for _, s := range sections {
		if !strings.Contains(prose, `{{section "`+s.Name+`"}}`) {
			t.Errorf("authz.md.tmpl has no section %q", s.Name)
		}
	}
	text, err := reportOf(map[string]figures.Result{}, false).Render()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), figures.NotMeasured); got < len(sections) {
		t.Errorf("%d of %d sections say that they were not measured:\n%s", got, len(sections), text)
	}
}

func TestAWrongAnswerEndsARace(t *testing.T) {
	t.Parallel()
	m := authz.NewModel(tiny.full)
	p := &authz.Remit{}
	if err := p.Load(m); err != nil {
		t.Fatal(err)
	}
	questions := m.Questions(64)
	questions[40].Allowed = !questions[40].Allowed
	if err := race(tiny, []*runner{{name: "remit", ask: asker(p, questions)}}); err == nil || !strings.Contains(err.Error(), "remit: ") {
		t.Errorf("the race went on: %v", err)
	}
}

func TestFiguresReadWell(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		figures.Dur(38.44): "38.4 ns", figures.Dur(1234): "1.23 µs", figures.Dur(5e6): "5.00 ms", figures.Dur(2.5e9): "2.50 s", figures.Dur(0): "0 ns",
		figures.Times(36496.4): "36,496 ×", figures.Times(0.253): "0.25 ×", figures.Limit("≤", figures.Dur(2e9)): "≤ 2 s", figures.Limit("≥", figures.Times(50)): "≥ 50 ×", figures.Limit("≤", figures.Dur(150)): "≤ 150 ns",
		figures.Size(8_340_000): "8.34 MB", figures.Size(543_000): "543 kB", figures.Thousands(1_000_000): "1,000,000", figures.Thousands(999): "999",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTablesPutFiguresToTheRight(t *testing.T) {
	t.Parallel()
	got := figures.Table([]string{"peer", "ns"}, [][]string{{"remit", "38"}, {"opa", "≥ 2,800"}})
	want := `
| peer  |      ns |
|-------|--------:|
| remit |      38 |
| opa   | ≥ 2,800 |`
	if got != want[1:] {
		t.Errorf("got\n%s\nwant\n%s", got, want[1:])
	}
}

package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/jobs"
)

// tiny takes a moment.
var tiny = plan{rounds: 1, length: 10 * time.Millisecond, most: 20, batches: []jobs.Batch{jobs.Single, 1, 10}, Workers: []int{2}, Finished: 20,
	nodes: 2, Few: 20, Many: 40, Claims: 3}

func TestTheSectionOfSQLiteFillsItsTable(t *testing.T) {
	t.Parallel()
	b := &bench{plan: tiny, cases: regexp.MustCompile(".*"), sites: map[string]*site{}}
	results, err := sections.Measure(t.Context(), b, regexp.MustCompile("^(sqlite|queued)$"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.close(); err != nil {
		t.Error(err)
	}
	if got := len(results["sqlite"].Rows); got != 10 {
		t.Errorf("%d rows, want those of remit and of the bare SQL, on both tables: 10", got)
	}
	text, err := figures.Report{Prose: prose, Sections: sections.Names(), Results: results, About: about(b.plan, true)}.Render()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| remit ", "| single ", "quick run", "of the bare SQL", "of 20 types"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report has no %q", want)
		}
	}
}

func TestTheReportAsksForEverySection(t *testing.T) {
	t.Parallel()
	for _, s := range sections {
		if !strings.Contains(prose, `{{section "`+s.Name+`"}}`) {
			t.Errorf("jobs.md.tmpl has no section %q", s.Name)
		}
	}
}

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
var tiny = plan{rounds: 1, length: 10 * time.Millisecond, most: 20, batches: []jobs.Batch{jobs.Single, 1, 10}, workers: []int{2}, Finished: 20}

func TestTheSectionOfSQLiteFillsItsTable(t *testing.T) {
	t.Parallel()
	b := &bench{plan: tiny, cases: regexp.MustCompile(".*")}
	results, err := b.sections(t.Context(), regexp.MustCompile("^sqlite$"))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(results["sqlite"].Rows); got != 10 {
		t.Errorf("%d rows, want those of remit and of the bare SQL, on both tables: 10", got)
	}
	text, err := figures.Report{Prose: prose, Sections: names(), Results: results, About: about(b.plan, true)}.Render()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| remit ", "| single ", "quick run", "of the bare SQL"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report has no %q", want)
		}
	}
}

func TestTheReportAsksForEverySection(t *testing.T) {
	t.Parallel()
	for _, s := range sections {
		if !strings.Contains(prose, `{{section "`+s.name+`"}}`) {
			t.Errorf("jobs.md.tmpl has no section %q", s.name)
		}
	}
}

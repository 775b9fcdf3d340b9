package main

import (
	"context"
	"regexp"
	"time"

	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/jobs"
)

// section is one part of the report.
type section struct {
	name string // what -only matches and the template asks for
	run  func(context.Context, *bench) (figures.Result, error)
}

// sections in the order in which they are run.
var sections = []section{
	{"postgres", onPostgres},
	{"sqlite", onSQLite},
}

func names() (list []string) {
	for _, s := range sections {
		list = append(list, s.name)
	}
	return list
}

// bench is one run of the program.
type bench struct {
	plan
	bin     string
	cluster string // URL of PostgreSQL
	cases   *regexp.Regexp
}

// plan says how much is measured.
type plan struct {
	rounds   int           // within a round, everything has its turn
	length   time.Duration // of submitting in a turn; the rest of the turn is about these jobs
	most     int           // jobs submitted in a turn
	batches  []jobs.Batch
	workers  []int // of which the best is taken
	Finished int   // jobs in the full table
	River    int   // jobs that River works on in a turn
}

var usual = plan{rounds: 3, length: 700 * time.Millisecond, most: 12_000, batches: []jobs.Batch{jobs.Single, 1, 10, 100},
	workers: []int{1, 2, 4, 8, 16}, Finished: 1_000_000, River: 12_000}

var short = plan{rounds: 1, length: 150 * time.Millisecond, most: 2000, batches: []jobs.Batch{jobs.Single, 1, 10, 100},
	workers: []int{1, 4}, Finished: 10_000, River: 2000}

package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/jobs"
)

// sections in the order in which they are run.
var sections = figures.Sections[*bench]{
	{Name: "postgres", Run: onPostgres},
	{Name: "sqlite", Run: onSQLite},
	{Name: "queued", Run: queued},
	{Name: "http", Run: overHTTP},
	{Name: "latency", Run: latency},
}

// bench is one run of the program.
type bench struct {
	plan
	bin     string
	cluster string // URL of PostgreSQL
	cases   *regexp.Regexp
	sites   map[string]*site // with the full table, by engine
}

// plan says how much is measured.
type plan struct {
	rounds   int           // within a round, everything has its turn
	length   time.Duration // of submitting in a turn; the rest of the turn is about these jobs
	most     int           // jobs submitted in a turn
	batches  []jobs.Batch
	Workers  []int // of which the best is taken
	Finished int   // jobs in the full table
	River    int   // jobs that River works on in a turn
	nodes    int   // that there are on a site with the full table

	Few, Many int   // jobs queued, for the time of a claim
	Claims    int   // that are timed, of each
	Nodes     int   // that claim over HTTP
	served    int   // jobs that they claim in a turn
	Waiting   []int // nodes that wait for a job
	Waits     int   // jobs that they wait for
}

// Tried says which numbers of workers were tried.
func (p plan) Tried() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Workers), " ", ", "), "[]")
}

var usual = plan{rounds: 3, length: 500 * time.Millisecond, most: 8000, batches: []jobs.Batch{jobs.Single, 1, 10, 100},
	Workers: []int{1, 4, 16}, Finished: 1_000_000, River: 10_000, nodes: 100,
	Few: 1000, Many: 300_000, Claims: 300, Nodes: 64, served: 4000, Waiting: []int{1, 10, 100}, Waits: 300}

var short = plan{rounds: 1, length: 150 * time.Millisecond, most: 2000, batches: []jobs.Batch{jobs.Single, 1, 10, 100},
	Workers: []int{4}, Finished: 10_000, River: 2000, nodes: 16,
	Few: 200, Many: 4000, Claims: 30, Nodes: 16, served: 200, Waiting: []int{1, 10}, Waits: 20}

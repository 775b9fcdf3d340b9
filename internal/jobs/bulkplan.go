package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// bulkPlan is what an action would do.
type bulkPlan struct {
	report remit.BulkReport
	jobs   []planned // in the order of their ids, so that two actions do not wait for each other
}

// planned is a job as it was when it was looked at.
type planned struct {
	id      remit.JobID
	state   remit.JobState
	attempt int
}

func planOf(j row) planned { return planned{j.ID, j.State, j.Attempt} }

// planBulk looks at all jobs that the asker may see and that meet the filter.
func (s *Service) planBulk(ctx context.Context, who authz.Subject, b Bulk, a bulkAction) (bulkPlan, error) {
	return gate.View(ctx, s.gate, who, gate.Query[bulkPlan]{
		Name: "job.bulk",
		Read: func(r *gate.Reader) (bulkPlan, error) {
			rows, err := jobsLike(r, b.Filter, maxBulk+1)
			if err != nil {
				return bulkPlan{}, err
			}
			p := bulkPlan{report: remit.BulkReport{Action: b.Action, DryRun: b.DryRun, More: len(rows) > maxBulk,
				States: map[remit.JobState]int{}, Unfit: map[remit.JobState]int{}, First: []remit.JobID{},
				RefusedFirst: []remit.JobID{}, Failed: []remit.BulkFailure{}}}
			return p, p.judge(r, a, rows[:min(len(rows), maxBulk)])
		},
	})
}

// judge sorts the jobs into those that are changed, those whose state does
// not take it, and those that the asker may not change.
func (p *bulkPlan) judge(r *gate.Reader, a bulkAction, rows []row) error {
	kept, err := keptFromAgain(r, a, rows)
	if err != nil {
		return err
	}
	slices.Reverse(rows)
	p.report.Matched = len(rows)
	for _, j := range rows {
		switch d := r.Can(a.operation, j.resource()); {
		case !d.Allowed && d.Guard == "", kept[j.ID]:
			p.report.Refused++
			p.report.RefusedFirst = firstOf(p.report.RefusedFirst, j.ID, bulkRefused)
		case !d.Allowed, a.operation != "job.expire" && !slices.Contains(j.fitting(), a.operation):
			p.report.Unfit[j.State]++
		default:
			p.jobs = append(p.jobs, planOf(j))
			p.report.States[j.State]++
			p.report.First = firstOf(p.report.First, j.ID, bulkShown)
		}
	}
	p.report.Jobs, p.report.Version = len(p.jobs), p.version()
	return nil
}

// keptFromAgain are those of the jobs that the asker may not run again because of
// what they read.
func keptFromAgain(r *gate.Reader, a bulkAction, rows []row) (map[remit.JobID]bool, error) {
	kept, verb := map[remit.JobID]bool{}, strings.TrimPrefix(a.operation, "job.")
	var asked []remit.JobID
	for _, j := range rows {
		if readsInputs(verb) && slices.Contains(j.fitting(), a.operation) && r.Can(a.operation, j.resource()).Allowed {
			asked = append(asked, j.ID)
		}
	}
	for some := range slices.Chunk(asked, jobsAtOnce) {
		again, err := db.Rows(r, scanAgain, selectAgain+db.In(1, len(some)), ids(some)...)
		if err != nil {
			return nil, fmt.Errorf("reading what jobs read: %w", err)
		}
		v, err := viewOf(r, again)
		if err != nil {
			return nil, err
		}
		for _, j := range again {
			kept[j.ID] = v.keepsFrom(verb, &j) != ""
		}
	}
	return kept, nil
}

// version tells what is about to be changed from anything else.
func (p *bulkPlan) version() string {
	sum := sha256.New()
	fmt.Fprintln(sum, p.report.Action)
	for _, j := range p.jobs {
		fmt.Fprintln(sum, j.id, j.state, j.attempt)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// checkJobFilter refuses what is wrong whatever is stored. The empty filter is
// everything that one may see, which nobody means.
func checkJobFilter(f remit.JobFilter) error {
	if f == (remit.JobFilter{}) {
		return invalid("filter", "The filter names nothing").WithHint("Give a state, a type, an owner, a project, a name or an age.")
	}
	if _, known := situation[f.State]; f.State != "" && !known {
		return noState("filter.state", f.State)
	}
	_, err := age(f.Older)
	return err
}

// age reads how long something is ago: "7d", "2w", or what Go takes. "" is 0.
func age(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if count, ok := strings.CutSuffix(text, unit); ok {
			if n, err := strconv.Atoi(count); err == nil && n > 0 && n < 100_000/int(length.Hours())*24 {
				return time.Duration(n) * length, nil
			}
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, invalid("filter.older", "%.40q is no age", text).WithHint("Write it like 7d, 2w or 12h.")
	}
	return d, nil
}

// jobsLike are the newest jobs that meet the filter and that the asker may see,
// as much of them as judging them takes.
func jobsLike(r *gate.Reader, f remit.JobFilter, limit int) ([]row, error) {
	c := conditions{}
	if f.Project != "" {
		project, err := projects.Locate(r, f.Project)
		if err == nil {
			err = r.Require("project.read", project.Resource())
		}
		if err != nil {
			return nil, err
		}
		c.add(whereProject, project.ID)
	}
	list := Filter{Owner: f.Owner, State: f.State, Type: f.Type, File: f.File, Collection: f.Collection}
	if empty, err := list.narrow(r, &c); err != nil || empty {
		return nil, err
	}
	if prefix, many := strings.CutSuffix(f.Name, "*"); many {
		c.add(whereNameBegins, prefix)
	} else if f.Name != "" {
		c.add(whereName, f.Name)
	}
	if older, err := age(f.Older); err != nil {
		return nil, err
	} else if older > 0 {
		c.add(whereOlder, r.Now().Add(-older).UnixMicro())
	}
	rows, err := c.judged(r, limit)
	if err != nil {
		return nil, fmt.Errorf("looking for jobs: %w", err)
	}
	return rows, nil
}

package jobs

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// sources are the steps whose results or files a step takes, through however
// many others.
func (w workflow) sources(of string) (names []string) {
	takes := map[string][]string{}
	for _, step := range w.Steps {
		_, takes[step.Name] = before(step)
	}
	seen := map[string]bool{}
	for next := takes[of]; len(next) > 0; {
		name := next[0]
		next = next[1:]
		if !seen[name] {
			seen[name] = true
			names, next = append(names, name), append(slices.Clone(next), takes[name]...)
		}
	}
	return names
}

// sourcesOf are the jobs of the steps that a step takes of, through however many
// others; no other job has any.
func sourcesOf(r db.Reader, j *row) (sources []row, err error) {
	if j.Parent == "" {
		return nil, nil
	}
	w, err := planOfStep(r, j)
	if err != nil {
		return nil, err
	}
	names := w.sources(j.Step)
	if len(names) == 0 {
		return nil, nil
	}
	all, err := db.Rows(r, scanJob, selectSteps, j.Parent)
	if err != nil {
		return nil, fmt.Errorf("reading the steps beside %s: %w", j.ID, err)
	}
	return slices.DeleteFunc(all, func(s row) bool { return !slices.Contains(names, s.Step) }), nil
}

// planOfStep is the workflow that a step is of.
func planOfStep(r db.Reader, j *row) (workflow, error) {
	w, err := db.One(r, scanWorkflow, selectWorkflow, j.Parent)
	if err != nil {
		err = fmt.Errorf("reading the workflow of step %s: %w", j.ID, err)
	}
	return w, err
}

// readsAll says whether the asker may read jobs, and all that those read.
func readsAll(r *gate.Reader, rows []row) (bool, error) {
	seen, err := sightOf(r, rows)
	if err != nil {
		return false, fmt.Errorf("looking up what steps read: %w", err)
	}
	open, err := readable(r, seen, rows)
	return err == nil && !slices.ContainsFunc(rows, func(j row) bool { return !open[j.ID] || !r.Can("job.read", j.resource()).Allowed }), err
}

// readsSources says whether the asker may read what a step takes of others.
func readsSources(r *gate.Reader, j *row) (bool, error) {
	sources, err := sourcesOf(r, j)
	if err != nil || len(sources) == 0 {
		return err == nil, err
	}
	return readsAll(r, sources)
}

// requireApart refuses to requeue a step apart from those whose files it takes,
// or with parameters that are their results: nothing would hide those any more.
func (q Requeue) requireApart(r db.Reader, j *row) error {
	if j.Parent == "" {
		return nil
	}
	w, err := planOfStep(r, j)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(w.Steps, func(s remit.Step) bool { return s.Name == j.Step })
	switch {
	case at < 0:
	case len(w.Steps[at].Inputs) > 0:
		return remit.Errorf(remit.Conflict, "Job %s is a step that takes files of other steps: it cannot run apart from them", j.ID).
			WithCode("takes_files").WithHint("Requeue its workflow %s instead.", j.Parent)
	case len(givers(w.Steps[at])) > 0 && q.Params == nil:
		return remit.Errorf(remit.Conflict, "Job %s is a step whose parameters are results of other steps: it is not requeued with them", j.ID).
			WithCode("takes_results").WithHint("Requeue its workflow %s instead, or give all parameters anew.", j.Parent)
	}
	return nil
}

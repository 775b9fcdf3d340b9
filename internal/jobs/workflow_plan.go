package jobs

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// plan is what is to be done about a run.
type plan struct {
	ready  []remit.Step // their inputs are there
	live   []*row       // their jobs have not ended, in the order of their ids
	failed string       // why the run has failed; "" = it has not
}

// ending is what has become of a step in this run.
type ending int

const (
	open      ending = iota // it has not ended
	succeeded               // well
	failing                 // badly: its job failed or was cancelled, or was refused
	notMade                 // it will never begin
)

// plan looks at every step, whatever order they are written in.
func (w workflow) plan(jobs map[string]*row) (p plan) {
	ends := w.endings(jobs)
	var failed []string
	for _, step := range w.Steps {
		job := jobs[step.Name]
		switch ended := ends[step.Name]; {
		case ended == failing && !step.Continue:
			failed = append(failed, step.Name)
		case ended != open:
		case job != nil && !w.isAgain(step.Name):
			p.live = append(p.live, job)
		case w.isReady(step, ends):
			p.ready = append(p.ready, step)
		}
	}
	slices.SortFunc(p.live, func(a, b *row) int { return cmpID(a.ID, b.ID) })
	if len(failed) > 0 {
		p.failed = "step " + strings.Join(failed, ", ") + " failed"
		p.failed += w.left(jobs, ends)
	}
	return p
}

// left names the steps that a run which has failed does not make.
func (w workflow) left(jobs map[string]*row, ends map[string]ending) string {
	var names []string
	for _, step := range w.Steps {
		if ends[step.Name] == notMade || ends[step.Name] == open && (jobs[step.Name] == nil || w.isAgain(step.Name)) {
			names = append(names, step.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; not begun: " + strings.Join(names, ", ")
}

func (w workflow) isAgain(name string) bool { return slices.Contains(w.Again, name) }

// isReady says whether all that comes before a step is over.
func (w workflow) isReady(step remit.Step, ends map[string]ending) bool {
	needs, _ := before(step)
	return !slices.ContainsFunc(needs, func(name string) bool { return ends[name] == open })
}

// endings are what has become of the steps: those of which another one needs the
// end or the result come first.
func (w workflow) endings(jobs map[string]*row) map[string]ending {
	ends, byName := map[string]ending{}, map[string]remit.Step{}
	for _, step := range w.Steps {
		byName[step.Name] = step
	}
	var of func(step remit.Step) ending
	of = func(step remit.Step) ending {
		if known, ok := ends[step.Name]; ok {
			return known
		}
		ended := w.endingOf(step, jobs[step.Name])
		needs, takes := before(step)
		for _, name := range needs {
			first := of(byName[name])
			bad := first == failing || first == notMade
			if ended == open && bad && (slices.Contains(takes, name) || !byName[name].Continue) && !w.isAtWork(step, jobs) {
				ended = notMade
			}
		}
		ends[step.Name] = ended
		return ended
	}
	for _, step := range w.Steps {
		of(step)
	}
	return ends
}

// isAtWork says whether a step has a job in this run.
func (w workflow) isAtWork(step remit.Step, jobs map[string]*row) bool {
	return jobs[step.Name] != nil && !w.isAgain(step.Name)
}

// endingOf is what a step's own job says.
func (w workflow) endingOf(step remit.Step, job *row) ending {
	switch _, refused := w.Refused[step.Name]; {
	case refused:
		return failing
	case job == nil || w.isAgain(step.Name):
		return open
	case job.State == remit.JobSucceeded:
		return succeeded
	case job.State.Finished():
		return failing
	}
	return open
}

// progress is the mean of the steps; each is a stage in hundredths.
func (w workflow) progress(jobs map[string]*row) (p remit.Progress) {
	for _, step := range w.Steps {
		done := 0.0
		if job := jobs[step.Name]; job != nil && !w.isAgain(step.Name) {
			if done = max(job.Reached, job.Progress.Fraction); job.State == remit.JobSucceeded {
				done = 1
			}
		}
		p.Fraction += done
		p.Stages = append(p.Stages, remit.Stage{Label: step.Name, Done: int64(100 * done), Total: 100, Unit: "%"})
	}
	p.Fraction /= float64(max(len(w.Steps), 1))
	return p
}

func cmpID(a, b remit.JobID) int { return strings.Compare(string(a), string(b)) }

package jobs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// requireSources lets only those through who may read the jobs whose results and
// artifacts a step takes, with all that those read, through however many steps (R31).
func requireSources(r *gate.Reader, j *row) error {
	if j.Parent == "" || r.Who().Kind == authz.Node {
		return nil
	}
	taken, err := takenBy(r, []row{*j})
	if err != nil {
		return err
	}
	return taken.require(r)
}

func (t takings) require(r *gate.Reader) error {
	for _, id := range slices.Sorted(maps.Keys(t.all)) {
		source, there := t.rows[id]
		if !there {
			return gate.NotFound("jobs")
		}
		if err := r.Require("job.read", source.resource()); err != nil {
			return err
		}
		if err := requireOwn(r, &source); err != nil {
			return err
		}
	}
	return nil
}

// readsSources is requireSources as a yes or no.
func readsSources(r *gate.Reader, j *row) (bool, error) { return passes(requireSources(r, j)) }

// passes is a yes or no for what a require says.
func passes(err error) (bool, error) {
	switch remit.KindOf(err) {
	case remit.NotFound, remit.Denied, remit.Unauthenticated:
		return false, nil
	}
	return err == nil, err
}

// takings are the jobs that others took results or artifacts of, directly or
// through others.
type takings struct {
	of    map[remit.JobID][]remit.JobID // directly
	files map[remit.JobID]bool          // which of the others took artifacts, directly
	all   map[remit.JobID]bool
	rows  map[remit.JobID]row
}

// takenBy looks them up for some jobs, all at once.
func takenBy(r db.Reader, rows []row) (t takings, err error) {
	t = takings{map[remit.JobID][]remit.JobID{}, map[remit.JobID]bool{}, map[remit.JobID]bool{}, map[remit.JobID]row{}}
	var next []remit.JobID
	for _, j := range rows {
		if j.Parent != "" {
			next = append(next, j.ID)
		}
	}
	for len(next) > 0 {
		edges, err := db.Rows(r, scanTaking, fmt.Sprintf(selectTakings, db.In(1, len(next))), ids(next)...)
		if err != nil {
			return t, fmt.Errorf("reading what steps take: %w", err)
		}
		next = nil
		for _, e := range edges {
			t.of[e.job] = append(t.of[e.job], e.source)
			t.files[e.job] = t.files[e.job] || e.files
			if !t.all[e.source] {
				t.all[e.source] = true
				next = append(next, e.source)
			}
		}
	}
	sources, err := jobsByID(r, slices.Sorted(maps.Keys(t.all)))
	for _, source := range sources {
		t.rows[source.ID] = source
	}
	return t, err
}

// through says whether all that a job took, through however many steps, is so.
func (t takings) through(id remit.JobID, is func(*row) bool, done map[remit.JobID]bool) bool {
	for _, source := range t.of[id] {
		j, there := t.rows[source]
		if done[source] {
			continue
		}
		done[source] = true
		if !there || !is(&j) || !t.through(source, is, done) {
			return false
		}
	}
	return true
}

// showTaken takes from steps that take something of others what the asker cannot
// do with them.
func showTaken(r *gate.Reader, rows []row, shown []remit.Job) error {
	all, err := lookAtTaken(r, rows)
	for i := range rows {
		if one, takes := all[rows[i].ID]; takes {
			shown[i].Permissions = slices.DeleteFunc(shown[i].Permissions, func(verb string) bool { return one.keepsFrom(verb) != "" })
		}
	}
	return err
}

// takenSight says of a job that takes something of other steps whether that is
// files, and whether the asker may not read those steps.
type takenSight struct{ files, hidden bool }

// keepsFrom is why the asker cannot do something with the job; "" = they can.
func (t takenSight) keepsFrom(verb string) (reason string) {
	switch {
	case t.files && verb == "requeue":
		return "It takes files of other steps: requeue its workflow"
	case t.hidden && readsInputs(verb):
		return "You cannot read what it takes of other steps"
	}
	return ""
}

func takenOf(r *gate.Reader, j row) (takenSight, error) {
	all, err := lookAtTaken(r, []row{j})
	return all[j.ID], err
}

func lookAtTaken(r *gate.Reader, rows []row) (map[remit.JobID]takenSight, error) {
	taken, err := takenBy(r, rows)
	if err != nil || len(taken.all) == 0 {
		return nil, err
	}
	seen, err := sightOf(r, slices.Collect(maps.Values(taken.rows)))
	if err != nil {
		return nil, err
	}
	reads := func(j *row) bool { return r.Can("job.read", j.resource()).Allowed && seen.inputs(j) }
	all := map[remit.JobID]takenSight{}
	for id := range taken.of {
		all[id] = takenSight{taken.files[id], !taken.through(id, reads, map[remit.JobID]bool{})}
	}
	return all, nil
}

// requireNothingTaken refuses to requeue a step apart from those whose files it takes.
func requireNothingTaken(r db.Reader, j *row) error {
	inputs, err := stepInputsOf(r, j)
	if err == nil && len(inputs) > 0 {
		err = remit.Errorf(remit.Conflict, "Job %s is a step that takes files of other steps: it cannot run apart from them", j.ID).
			WithCode("takes_files").WithHint("Requeue its workflow %s instead.", j.Parent)
	}
	return err
}

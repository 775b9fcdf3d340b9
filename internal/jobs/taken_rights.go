package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// requireSources lets only those through who may read the jobs whose artifacts
// a step takes, with all that those read, through however many steps (R31).
func requireSources(r *gate.Reader, j *row) error {
	if j.Parent == "" || r.Who().Kind == authz.Node {
		return nil
	}
	taken, err := takenBy(r, []row{*j})
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(taken.all)) {
		source, there := taken.rows[id]
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
func readsSources(r *gate.Reader, j *row) (bool, error) {
	err := requireSources(r, j)
	switch remit.KindOf(err) {
	case remit.NotFound, remit.Denied, remit.Unauthenticated:
		return false, nil
	}
	return err == nil, err
}

// takings are the jobs that others took artifacts of, directly or through others.
type takings struct {
	of   map[remit.JobID][]remit.JobID // directly
	all  map[remit.JobID]bool
	rows map[remit.JobID]row
}

// takenBy looks them up for some jobs, all at once.
func takenBy(r db.Reader, rows []row) (t takings, err error) {
	t = takings{map[remit.JobID][]remit.JobID{}, map[remit.JobID]bool{}, map[remit.JobID]row{}}
	var next []remit.JobID
	for _, j := range rows {
		if j.Parent != "" {
			next = append(next, j.ID)
		}
	}
	for len(next) > 0 {
		edges, err := db.Rows(r, scanTaking, selectTakings+db.In(1, len(next)), ids(next)...)
		if err != nil {
			return t, fmt.Errorf("reading what steps take: %w", err)
		}
		next = nil
		for _, e := range edges {
			t.of[e.job] = append(t.of[e.job], e.source)
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

// showTaken takes from steps that take files of others what the asker cannot do
// with them: running them without reading what they take, and requeueing them
// apart from their workflow.
func showTaken(r *gate.Reader, rows []row, shown []remit.Job) error {
	taken, err := takenBy(r, rows)
	if err != nil || len(taken.all) == 0 {
		return err
	}
	seen, err := sightOf(r, slices.Collect(maps.Values(taken.rows)))
	if err != nil {
		return err
	}
	reads := func(j *row) bool { return r.Can("job.read", j.resource()).Allowed && seen.inputs(j) }
	for i := range rows {
		id := rows[i].ID
		hidden := !taken.through(id, reads, map[remit.JobID]bool{})
		shown[i].Permissions = slices.DeleteFunc(shown[i].Permissions, func(verb string) bool {
			return len(taken.of[id]) > 0 && (verb == "requeue" || hidden && readsInputs(verb))
		})
	}
	return nil
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

// OpenTaken opens an artifact of another step that the attempt takes, for the
// node that holds the lease, while owner and runner may still read it (R26). The
// caller closes it. What has expired since is remit.Gone.
func (s *Service) OpenTaken(ctx context.Context, who authz.Subject, l remit.Lease, step, name string) (remit.Artifact, io.ReadSeekCloser, error) {
	var source row
	a, err := gate.View(ctx, s.gate, who, gate.Query[remit.Artifact]{
		Name: "job.read",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			source, on, err = s.lentJob(r, l, step, name)
			return on, err
		},
		Read: func(r *gate.Reader) (remit.Artifact, error) { return source.kept(r, name) },
	})
	if err != nil {
		return a, nil, err
	}
	bytes, _, err := s.opts.Blobs.Open(a.SHA256)
	if err != nil {
		return a, nil, fmt.Errorf("opening artifact %s of job %s: %w", name, source.ID, err)
	}
	return a, bytes, nil
}

// lentJob is the job that made an artifact which an attempt takes, at the
// attempt that it was taken of.
func (s *Service) lentJob(r *gate.Reader, l remit.Lease, step, name string) (source row, on authz.Resource, err error) {
	j, err := leased(r, r.Who(), l)
	if err != nil {
		return source, on, err
	}
	if !stepName.MatchString(step) || checkArtifactName(name) != nil {
		return source, on, gate.NotFound("jobs")
	}
	from, err := db.One(r, scanTaken, selectTaken, j.ID, j.Attempt, step, name)
	if errors.Is(err, db.ErrNoRows) {
		return source, on, gate.NotFound("jobs")
	}
	if err != nil {
		return source, on, fmt.Errorf("looking for artifact %s of step %s: %w", name, step, err)
	}
	if source, err = find(r, from.source); err != nil {
		return source, on, err
	}
	source.Attempt = from.attempt
	on = source.resource()
	who, reason, err := s.people(r, &j)
	readable := err == nil && reason == ""
	for _, person := range who {
		reads, wrong := readsSources(r.As(person), &j)
		err, readable = errors.Join(err, wrong), readable && reads
	}
	on.Facts |= factIf(authz.IsLent, readable)
	return source, on, err
}

// kept is an artifact of the attempt j.Attempt that has not expired.
func (j *row) kept(r *gate.Reader, name string) (remit.Artifact, error) {
	a, err := db.One(r, scanArtifact, selectArtifact, j.ID, j.Attempt, name)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return a, gate.NotFound("jobs")
	case err != nil:
		return a, fmt.Errorf("reading artifact %s of job %s: %w", name, j.ID, err)
	case a.RemovedAt != nil:
		return a, gone(*a.RemovedAt)
	}
	return a, j.requireKept(r)
}

package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

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
	return a, j.requireUnexpired(r)
}

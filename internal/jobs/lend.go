package jobs

import (
	"context"
	"fmt"
	"io"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Lending locates what a job is on for a write that its type lends to the
// asking node (R28): the project for a job on nothing. While the transaction
// lasts the lease cannot end. A lost lease is remit.Conflict "lease_lost".
func (s *Service) Lending(l remit.Lease, permission string) func(tx *gate.Tx) (authz.Resource, error) {
	return func(tx *gate.Tx) (authz.Resource, error) {
		j, err := leased(tx, tx.Who(), l)
		if err != nil {
			return authz.Resource{}, err
		}
		t, err := locate(tx, j.on())
		if err != nil {
			return authz.Resource{}, err
		}
		on := t.resource
		on.Project = string(j.Project)
		lent, err := s.lends(&tx.Reader, &j, on, permission)
		on.Facts |= factIf(authz.IsLent, lent)
		return on, err
	}
}

// leased is the job of a lease that the asking node holds.
func leased(r db.Reader, who authz.Subject, l remit.Lease) (row, error) {
	var j row
	on, err := under(r, who, l, &j)
	switch {
	case err != nil:
		return j, err
	case on.Facts&(authz.HoldsLock|authz.HeldLock) == 0:
		return j, gate.NotFound("jobs")
	case on.Facts&authz.HoldsLock == 0:
		return j, leaseLost()
	}
	return j, nil
}

// lends says whether the job's type lends the permission now: of the type it
// comes with the run right, of the person only while runner and owner have it
// themselves.
func (s *Service) lends(r *gate.Reader, j *row, on authz.Resource, permission string) (bool, error) {
	t, err := s.known.typeOf(r, j.Type)
	if err != nil {
		return false, err
	}
	for _, l := range t.Lends {
		if l.Permission != permission {
			continue
		}
		if l.Of == "type" {
			return true, nil
		}
		return s.bothMay(r, j, permission, on)
	}
	return false, nil
}

func (s *Service) bothMay(r *gate.Reader, j *row, permission string, on authz.Resource) (bool, error) {
	who, reason, err := s.people(r, j)
	if err != nil || reason != "" {
		return false, err
	}
	for _, person := range who {
		if !r.HoldsAs(person, permission, on).Allowed {
			return false, nil
		}
	}
	return true, nil
}

// people are the live runner and owner of the job, or the reason why one is not.
func (s *Service) people(r *gate.Reader, j *row) ([]authz.Subject, string, error) {
	runner, reason, err := s.runner(r, j)
	if err != nil || reason != "" {
		return nil, reason, err
	}
	return s.readers(r, j, runner)
}

// OpenInput opens a file that the job may read, for the node that holds the
// lease, while owner and runner may still read it (R26). The caller closes it.
func (s *Service) OpenInput(ctx context.Context, who authz.Subject, l remit.Lease, file remit.FileID) (remit.File, io.ReadSeekCloser, error) {
	var f archive.FileRow
	_, err := gate.View(ctx, s.gate, who, gate.Query[struct{}]{
		Name: "file.download",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			f, on, err = s.lentFile(r, l, file)
			return on, err
		},
		Read: func(*gate.Reader) (struct{}, error) { return struct{}{}, nil },
	})
	if err != nil {
		return remit.File{}, nil, err
	}
	bytes, err := f.Open()
	return f.File, bytes, err
}

func (s *Service) lentFile(r *gate.Reader, l remit.Lease, file remit.FileID) (f archive.FileRow, on authz.Resource, err error) {
	j, err := leased(r, r.Who(), l)
	if err != nil {
		return f, on, err
	}
	if !remit.IsID[remit.FileID](string(file)) {
		return f, on, gate.NotFound("files")
	}
	isInput, err := db.One(r, db.Value[bool], selectIsInput, j.ID, j.Attempt, file)
	if err != nil {
		return f, on, fmt.Errorf("looking for input %s: %w", file, err)
	}
	if !isInput {
		return f, on, gate.NotFound("files")
	}
	if f, err = archive.LocateFile(r, file); err != nil {
		return f, on, err
	}
	on = f.Resource()
	who, reason, err := s.people(r, &j)
	if err != nil {
		return f, on, err
	}
	readable := reason == ""
	for _, person := range who {
		readable = readable && thing{place: onFile, resource: on}.readableBy(r, person)
	}
	on.Facts |= factIf(authz.IsLent, readable)
	return f, on, nil
}

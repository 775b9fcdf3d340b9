package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/refs"
)

// Bounds of artifacts.
const (
	maxArtifacts = 10_000 // of one attempt
	maxName      = 500    // bytes
)

// PutArtifact stores an output of the attempt. Nothing is read from bytes
// unless the lease holds; whether it still does is asked again when they are
// stored. The same again is harmless; other bytes under a name that is taken
// are remit.Conflict.
func (s *Service) PutArtifact(ctx context.Context, who authz.Subject, l remit.Lease, name string, bytes io.Reader) (remit.Artifact, error) {
	if err := checkArtifactName(name); err != nil {
		return remit.Artifact{}, err
	}
	if err := s.mayPut(ctx, who, l); err != nil {
		return remit.Artifact{}, err
	}
	ref, err := s.opts.Blobs.PutLimited(ctx, bytes, s.opts.MaxArtifact)
	if err != nil {
		return remit.Artifact{}, err
	}
	return withLease(ctx, s, who, "job.output", l, func(tx *gate.Tx, j *row) (remit.Artifact, error) {
		if err := refs.Add(tx, s.opts.Blobs, ref.SHA256); err != nil {
			return remit.Artifact{}, err
		}
		return addArtifact(tx, j, name, ref)
	})
}

func (s *Service) mayPut(ctx context.Context, who authz.Subject, l remit.Lease) error {
	var j row
	_, err := gate.View(ctx, s.gate, who, gate.Query[struct{}]{
		Name: "job.output",
		On:   func(r *gate.Reader) (authz.Resource, error) { return under(r, who, l, &j) },
		Read: func(*gate.Reader) (struct{}, error) { return struct{}{}, nil },
	})
	return err
}

// checkArtifactName takes paths below outputs/ and nothing that leaves it.
func checkArtifactName(name string) error {
	bad := !fs.ValidPath(name) || name == "." || len(name) > maxName || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f })
	if bad {
		return invalid("name", "%.80q is no name for an artifact: use a path below outputs/ with slashes", name)
	}
	return nil
}

func addArtifact(tx *gate.Tx, j *row, name string, ref blob.Ref) (remit.Artifact, error) {
	a := remit.Artifact{Name: name, Attempt: j.Attempt, Size: ref.Size, SHA256: ref.SHA256, MediaType: mediaType(name), CreatedAt: stored(tx.Now())}
	was, err := db.One(tx, scanArtifact, selectArtifact, j.ID, j.Attempt, name)
	switch {
	case err == nil && was.SHA256 == ref.SHA256:
		return was, nil
	case err == nil:
		return a, remit.Errorf(remit.Conflict, "Attempt %d has another artifact named %s already", j.Attempt, name).WithCode("artifact_exists")
	case !errors.Is(err, db.ErrNoRows):
		return a, fmt.Errorf("reading artifact %s: %w", name, err)
	}
	n, err := db.One(tx, db.Value[int], countArtifacts, j.ID, j.Attempt)
	if err != nil {
		return a, fmt.Errorf("counting artifacts: %w", err)
	}
	if n >= maxArtifacts {
		return a, remit.Errorf(remit.Limited, "An attempt has at most %d artifacts", maxArtifacts)
	}
	if _, err := tx.Exec(insertArtifact, j.ID, j.Attempt, name, a.Size, a.SHA256, a.MediaType, a.CreatedAt.UnixMicro()); err != nil {
		return a, fmt.Errorf("storing artifact %s: %w", name, err)
	}
	tx.Notify("job", j.event())
	return a, nil
}

// mediaTypes are those that browsers may show, besides what mime knows
// everywhere alike: the system's own tables differ.
var mediaTypes = map[string]string{
	".csv": "text/csv; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".log": "text/plain; charset=utf-8",
	".json": "application/json", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
	".webp": "image/webp", ".fits": "application/fits", ".fit": "application/fits", ".zip": "application/zip", ".pdf": "application/pdf",
}

func mediaType(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if known, ok := mediaTypes[ext]; ok {
		return known
	}
	if base, _, err := mime.ParseMediaType(mime.TypeByExtension(ext)); err == nil && strings.HasPrefix(base, "image/") && base != "image/svg+xml" {
		return base
	}
	return "application/octet-stream"
}

// Artifacts lists what an attempt made, ordered by name. Attempt 0 is the
// latest one that its node ended: what a lost or running attempt made is
// never the job's result. It takes the right to read what the job is on (R31).
func (s *Service) Artifacts(ctx context.Context, who authz.Subject, id remit.JobID, attempt int) ([]remit.Artifact, error) {
	return lookInto(ctx, s, who, id, func(r *gate.Reader, j row) ([]remit.Artifact, error) {
		return j.artifacts(r, attempt)
	})
}

func (j *row) artifacts(r *gate.Reader, attempt int) ([]remit.Artifact, error) {
	number, err := j.resultOf(r, attempt)
	if err != nil {
		return nil, err
	}
	all, err := db.Rows(r, scanArtifact, selectArtifacts, j.ID, number)
	if err != nil {
		return nil, fmt.Errorf("reading the artifacts of job %s: %w", j.ID, err)
	}
	return byName(all), nil
}

// OpenArtifact opens the bytes of one artifact; the caller closes them. What
// has expired is remit.Gone.
func (s *Service) OpenArtifact(ctx context.Context, who authz.Subject, id remit.JobID, attempt int, name string) (remit.Artifact, io.ReadSeekCloser, error) {
	a, err := lookInto(ctx, s, who, id, func(r *gate.Reader, j row) (remit.Artifact, error) {
		number, err := j.resultOf(r, attempt)
		if err != nil {
			return remit.Artifact{}, err
		}
		if checkArtifactName(name) != nil {
			return remit.Artifact{}, gate.NotFound("artifacts")
		}
		a, err := db.One(r, scanArtifact, selectArtifact, j.ID, number, name)
		if errors.Is(err, db.ErrNoRows) {
			return a, gate.NotFound("artifacts")
		}
		if err == nil && a.RemovedAt != nil {
			err = gone(*a.RemovedAt)
		} else if err == nil {
			err = j.requireUnexpired(r)
		}
		return a, err
	})
	if err != nil {
		return a, nil, err
	}
	bytes, _, err := s.opts.Blobs.Open(a.SHA256)
	if err != nil {
		return a, nil, fmt.Errorf("opening artifact %s of job %s: %w", name, id, err)
	}
	return a, bytes, nil
}

// resultOf is the number of the attempt whose artifacts are meant, 0 for none.
func (j *row) resultOf(r *gate.Reader, attempt int) (int, error) {
	if err := requireInputs(r, j); err != nil {
		return 0, err
	}
	if attempt == 0 {
		number, err := db.One(r, db.Value[int], selectResultAttempt, j.ID)
		if err != nil {
			return 0, fmt.Errorf("reading the attempts of job %s: %w", j.ID, err)
		}
		if number == 0 {
			return 0, nil
		}
		attempt = number
	}
	a, err := j.numbered(r, attempt)
	return a.Number, err
}

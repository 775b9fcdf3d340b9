package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// CleanPermission is what a cleanup's type lends to its node.
const CleanPermission = "job:clean"

// Cleaning says under which lease is cleaned, and what. A job of the project of
// the site cleans all projects that are open, one of another project that one.
type Cleaning struct {
	Who    authz.Subject // the node
	Lease  remit.Lease
	DryRun bool // say what would be removed
}

// Cleaned counts what was removed, or would be.
type Cleaned struct {
	Jobs  int   `json:"jobs"`
	Items int64 `json:"items"`
	Bytes int64 `json:"bytes"`
}

func (c *Cleaned) add(o Cleaned) {
	c.Jobs, c.Items, c.Bytes = c.Jobs+o.Jobs, c.Items+o.Items, c.Bytes+o.Bytes
}

// cleanedAtOnce is how many jobs are looked up together.
const cleanedAtOnce = 100

// CleanArtifacts lets the bytes of artifacts go that have expired. Their record
// stays, and each job is done in a transaction of its own, so that what was done
// stays when it stops in the middle. told hears the count so far.
//
// Errors: those of a lost lease; that of ctx.
func (s *Service) CleanArtifacts(ctx context.Context, c Cleaning, told func(Cleaned)) (Cleaned, error) {
	return s.clean(ctx, c, told, cleaner{due: expiredJobs, dry: sizeOfArtifacts, remove: removeArtifacts})
}

// CleanLogs removes the logs of jobs that ended at least age ago and that
// owner and runner of the cleanup may both delete. Otherwise as CleanArtifacts.
func (s *Service) CleanLogs(ctx context.Context, c Cleaning, age time.Duration, told func(Cleaned)) (Cleaned, error) {
	old := func(r *gate.Reader, in remit.ProjectID, after remit.JobID) ([]remit.JobID, error) {
		return db.Rows(r, db.Value[remit.JobID], selectLogged, after, in, r.Now().Add(-age).UnixMicro(), cleanedAtOnce)
	}
	remove := func(tx *gate.Tx, j *row) (Cleaned, error) {
		if j.FinishedAt == nil || j.FinishedAt.After(tx.Now().Add(-age)) {
			return Cleaned{}, nil // it ran again meanwhile
		}
		return removeLogs(tx, j)
	}
	return s.clean(ctx, c, told, cleaner{due: old, dry: sizeOfLogs, remove: remove, deletes: true})
}

// cleaner is one kind of cleaning.
type cleaner struct {
	due     func(r *gate.Reader, in remit.ProjectID, after remit.JobID) ([]remit.JobID, error) // "" = in all projects
	dry     func(r *gate.Reader, j *row) (Cleaned, error)
	remove  func(tx *gate.Tx, j *row) (Cleaned, error)
	deletes bool // it takes the right of both people to delete the job
}

func (s *Service) clean(ctx context.Context, c Cleaning, told func(Cleaned), k cleaner) (all Cleaned, err error) {
	for after := remit.JobID(""); ; {
		var ids []remit.JobID
		found, err := s.cleanLook(ctx, c, func(r *gate.Reader, by *row, in remit.ProjectID) (sum Cleaned, err error) {
			if ids, err = k.due(r, in, after); err != nil || !c.DryRun {
				return sum, err
			}
			return s.wouldRemove(k, r, by, ids)
		})
		if err != nil || len(ids) == 0 {
			return all, err
		}
		all.add(found)
		for _, id := range ids {
			if c.DryRun {
				break
			}
			one, err := s.cleanOne(ctx, c, id, k)
			if err != nil && !isAbsent(err) {
				return all, err
			}
			all.add(one)
		}
		told(all)
		after = ids[len(ids)-1]
	}
}

func (s *Service) wouldRemove(k cleaner, r *gate.Reader, by *row, ids []remit.JobID) (sum Cleaned, err error) {
	for _, id := range ids {
		j, err := find(r, id)
		if err != nil {
			return sum, err
		}
		if fits, err := s.fits(k, r, by, &j); err != nil || !fits {
			if err != nil {
				return sum, err
			}
			continue
		}
		one, err := k.dry(r, &j)
		if err != nil {
			return sum, err
		}
		sum.add(one)
	}
	return sum, nil
}

func (s *Service) fits(k cleaner, r *gate.Reader, by, j *row) (bool, error) {
	if !j.State.Finished() || !r.IsOpen(j.Project) {
		return false, nil
	}
	if !k.deletes {
		return true, nil
	}
	return s.bothMay(r, by, "job:delete", j.resource())
}

func (s *Service) cleanOne(ctx context.Context, c Cleaning, id remit.JobID, k cleaner) (Cleaned, error) {
	var by row
	return gate.Do(ctx, s.gate, c.Who, gate.Op[Cleaned]{
		Name: "job.clean",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			by, on, err = s.cleanedBy(tx, &tx.Reader, c)
			return on, err
		},
		Apply: func(tx *gate.Tx) (Cleaned, error) {
			j, err := find(tx, id)
			if err != nil {
				return Cleaned{}, err
			}
			if fits, err := s.fits(k, &tx.Reader, &by, &j); err != nil || !fits {
				return Cleaned{}, err
			}
			return k.remove(tx, &j)
		},
	})
}

// cleanLook is a look of a cleanup's, at the project that it cleans, "" for all.
func (s *Service) cleanLook(ctx context.Context, c Cleaning, read func(*gate.Reader, *row, remit.ProjectID) (Cleaned, error)) (Cleaned, error) {
	var by row
	return gate.View(ctx, s.gate, c.Who, gate.Query[Cleaned]{
		Name: "job.clean",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			by, on, err = s.cleanedBy(r, r, c)
			return on, err
		},
		Read: func(r *gate.Reader) (Cleaned, error) {
			in, err := cleans(r, &by)
			if err != nil {
				return Cleaned{}, err
			}
			return read(r, &by, in)
		},
	})
}

// cleanedBy is the cleanup of the lease, and the project that it was lent the
// right in. A transaction asks through itself, so that the lease cannot end before it.
func (s *Service) cleanedBy(through db.Reader, r *gate.Reader, c Cleaning) (by row, on authz.Resource, err error) {
	if by, err = leased(through, r.Who(), c.Lease); err != nil {
		return by, on, err
	}
	on.Project = string(by.Project)
	lent, err := s.lends(r, &by, on, CleanPermission)
	on.Facts |= factIf(authz.IsLent, lent)
	return by, on, err
}

// cleans is the project that a cleanup is for, "" for all of them.
func cleans(r db.Reader, by *row) (remit.ProjectID, error) {
	site, err := projects.Site(r)
	if err != nil || by.Project == site {
		return "", err
	}
	return by.Project, nil
}

// expiredJobs are those whose artifacts have ended, but for some that are kept
// longer.
func expiredJobs(r *gate.Reader, in remit.ProjectID, after remit.JobID) ([]remit.JobID, error) {
	all, err := types(r)
	if err != nil {
		return nil, err
	}
	query, args := selectExpired(all, r.Now(), in, after)
	return db.Rows(r, db.Value[remit.JobID], query, args...)
}

func hasExpired(r *gate.Reader, j *row) (bool, error) {
	ends, err := j.ends(r)
	return err == nil && !ends.IsZero() && !ends.After(r.Now()), err
}

func sizeOfArtifacts(r *gate.Reader, j *row) (Cleaned, error) {
	if expired, err := hasExpired(r, j); err != nil || !expired {
		return Cleaned{}, err
	}
	return counted(r, countKept, j)
}

func sizeOfLogs(r *gate.Reader, j *row) (Cleaned, error) { return counted(r, countLogs, j) }

func counted(r db.Reader, query string, j *row) (Cleaned, error) {
	c, err := db.One(r, scanCleaned, query, j.ID)
	if err != nil {
		return c, fmt.Errorf("measuring job %s: %w", j.ID, err)
	}
	if c.Items > 0 {
		c.Jobs = 1
	}
	return c, nil
}

func removeArtifacts(tx *gate.Tx, j *row) (Cleaned, error) {
	c, err := sizeOfArtifacts(&tx.Reader, j)
	if err != nil || c.Items == 0 {
		return c, err
	}
	if err := letArtifactsGo(tx, j); err != nil {
		return c, err
	}
	announce(tx, j)
	return c, tx.Record("job.clean", j.Project, string(j.ID), "the bytes of its artifacts were removed, which had expired")
}

func letArtifactsGo(tx *gate.Tx, j *row) error {
	if _, err := tx.Exec(letGo, j.ID, tx.Now().UnixMicro()); err != nil {
		return fmt.Errorf("letting the artifacts of job %s go: %w", j.ID, err)
	}
	return nil
}

func removeLogs(tx *gate.Tx, j *row) (Cleaned, error) {
	c, err := sizeOfLogs(&tx.Reader, j)
	if err != nil || c.Items == 0 {
		return c, err
	}
	for _, statement := range []string{deleteLog, deleteTails} {
		if _, err := tx.Exec(statement, j.ID); err != nil {
			return c, fmt.Errorf("removing the log of job %s: %w", j.ID, err)
		}
	}
	if _, err := tx.Exec(markLogRemoved, j.ID, tx.Now().UnixMicro()); err != nil {
		return c, fmt.Errorf("noting that the log of job %s was removed: %w", j.ID, err)
	}
	tx.Notify("log", string(j.ID))
	return c, tx.Record("job.clean", j.Project, string(j.ID), "its log was removed")
}

// requireLog refuses a log that was removed.
func (j *row) requireLog(r db.Reader, a attempt) error {
	at, err := db.One(r, db.Value[int64], selectLogRemoved, j.ID, a.Number)
	if err != nil {
		return fmt.Errorf("reading attempt %d of job %s: %w", a.Number, j.ID, err)
	}
	if at == 0 {
		return nil
	}
	return remit.Errorf(remit.Gone, "The log of this job was removed at %s", time.UnixMicro(at).UTC().Format(time.RFC3339)).WithCode("log_removed").
		WithHint("A cleanup removes logs of a certain age; requeue the job to see it again.")
}

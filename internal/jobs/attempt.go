package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// attempt is one try as it is stored.
type attempt struct {
	remit.Attempt
	NodeID    remit.NodeID
	Lease     string
	CleanedAt time.Time
	LogSent   int64 // bytes that the node sent; LogBytes are those kept
	LogCut    bool
}

func (a *attempt) closed() bool { return a.State != "claimed" && a.State != "running" }

// attemptOf finds the attempt that a node had under a lease, or db.ErrNoRows.
func attemptOf(r db.Reader, who authz.Subject, l remit.Lease) (attempt, error) {
	if !remit.IsText(l.Lease) || l.Attempt != int(int32(l.Attempt)) {
		return attempt{}, db.ErrNoRows // the engines would say no in different ways
	}
	return db.One(r, scanAttempt, selectAttemptOfLease, l.Job, l.Attempt, l.Lease, who.ID)
}

// shownTo says whether the asker may look into the attempt: a node only into
// those that it had itself.
func (a *attempt) shownTo(who authz.Subject) bool {
	return who.Kind != authz.Node || string(a.NodeID) == who.ID
}

// numbered finds an attempt that the asker may look into by number, 0 for the
// latest. A job that has not been tried yet has an attempt 0 with nothing in it.
func (j *row) numbered(r *gate.Reader, number int) (attempt, error) {
	if number == 0 {
		number = j.Attempt
	}
	if number == 0 {
		return attempt{Attempt: remit.Attempt{State: "claimed"}}, nil
	}
	if number < 0 || number > j.Attempt {
		return attempt{}, gate.NotFound("attempts")
	}
	a, err := db.One(r, scanAttempt, selectAttempt, j.ID, number)
	if errors.Is(err, db.ErrNoRows) || err == nil && !a.shownTo(r.Who()) {
		return attempt{}, gate.NotFound("attempts")
	}
	return a, err
}

// Attempts lists all tries at a job, the first one first; to a node its own.
// Their errors, exit codes and the sizes of their logs are for those who may read
// what the job read.
func (s *Service) Attempts(ctx context.Context, who authz.Subject, id remit.JobID) ([]remit.Attempt, error) {
	return lookInto(ctx, s, who, id, func(r *gate.Reader, j row) ([]remit.Attempt, error) {
		all, err := db.Rows(r, scanAttempt, selectAttempts, j.ID)
		if err != nil {
			return nil, fmt.Errorf("reading the attempts of job %s: %w", id, err)
		}
		open, err := seesOutcome(r, j)
		if err != nil {
			return nil, err
		}
		shown := []remit.Attempt{}
		for _, a := range all {
			if a.shownTo(r.Who()) {
				if !open {
					a.Error, a.ExitCode, a.LogBytes = "", nil, 0
				}
				shown = append(shown, a.Attempt)
			}
		}
		return shown, nil
	})
}

func setAttemptRunning(tx *gate.Tx, j *row, now time.Time) error {
	if _, err := tx.Exec(startAttempt, j.ID, j.Attempt, now.UnixMicro()); err != nil {
		return fmt.Errorf("starting attempt %d of job %s: %w", j.Attempt, j.ID, err)
	}
	return nil
}

// ended is how the current attempt of a job ends.
type ended struct {
	*row
	state string
	exit  *int
	why   string
}

// closeAttempts writes how attempts of different jobs ended.
func closeAttempts(tx *gate.Tx, now time.Time, all ...ended) error {
	var args []any
	for _, e := range all {
		args = append(args, e.ID, e.Attempt, e.Lease, e.state, e.exit, e.why, now.UnixMicro())
	}
	n, err := tx.ExecMany(endAttempts, args...)
	switch {
	case err != nil:
		return fmt.Errorf("closing attempt %d of job %s: %w", all[0].Attempt, all[0].ID, err)
	case n != int64(len(all)):
		return leaseLost()
	}
	return nil
}

// Cleanup is what a node may still say of an attempt whose lease is over: that it
// has stopped and, of one that was lost, the rest of its log. Only the first time
// counts; nothing else of the job changes.
func (s *Service) Cleanup(ctx context.Context, who authz.Subject, l remit.Lease, log string) error {
	_, err := withLease(ctx, s, who, "job.cleanup", l, func(tx *gate.Tx, j *row) (struct{}, error) {
		a, err := attemptOf(tx, who, l)
		switch {
		case errors.Is(err, db.ErrNoRows):
			return struct{}{}, leaseLost()
		case err != nil:
			return struct{}{}, err
		case !a.closed():
			return struct{}{}, remit.Errorf(remit.Conflict, "This lease still holds the job").WithCode("still_held").
				WithHint("Finish or release it.")
		}
		tx.Note("attempt %d on node %s has stopped", a.Number, a.Node)
		if err := s.cleanUp(tx, j, a, log); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.flushLog(tx, j, who, l)
	})
	return err
}

func (s *Service) cleanUp(tx *gate.Tx, j *row, a attempt, log string) error {
	n, err := tx.Exec(markCleaned, j.ID, a.Number, tx.Now().UnixMicro())
	if err != nil || n == 0 || a.State != "lost" {
		return err
	}
	log = printable(log)
	text, err := s.maskLog(tx, j, a.Number, "stdout", log)
	if err != nil {
		return err
	}
	return s.appendLog(tx, j, a, "stdout", text, len(log))
}

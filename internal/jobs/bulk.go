package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Bounds of actions on many jobs.
const (
	maxBulk     = 10_000 // jobs that one looks at
	bulkAtOnce  = 100    // jobs that one transaction changes
	bulkShown   = 20     // ids in a report
	bulkRefused = 100    // ids in a report of those that the asker may not change
)

// Bulk is one action on all jobs that meet a filter.
type Bulk struct {
	Action string // "cancel", "retry", "run", "expire" or "delete"
	Filter remit.JobFilter
	DryRun bool   // look only
	Expect string // the Version of a report: remit.Conflict "changed" when it is another one by now
}

// bulkAction is what is done to each job: the operation that it is, whose row
// says who may, and how it is done.
type bulkAction struct {
	operation string
	do        func(*Service, *gate.Tx, *row) error
}

var bulkActions = map[string]bulkAction{
	"run":    {"job.run", (*Service).toRun},
	"cancel": {"job.cancel", (*Service).toCancel},
	"retry":  {"job.retry", (*Service).toRetry},
	"expire": {"job.expire", (*Service).toExpire},
	"delete": {"job.delete", (*Service).toDelete},
}

// Bulk does one thing to many jobs, each judged by its own operation in the
// transaction that changes it. At most a hundred are changed in one: what was
// done stays when the rest fails. Jobs that the asker may not see are as if
// absent; those that changed since they were looked at are left alone.
func (s *Service) Bulk(ctx context.Context, who authz.Subject, b Bulk) (remit.BulkReport, error) {
	a, ok := bulkActions[b.Action]
	if !ok {
		return remit.BulkReport{}, invalid("action", "There is no action %.40q on many jobs", b.Action).
			WithHint("There are %s.", strings.Join(slices.Sorted(maps.Keys(bulkActions)), ", "))
	}
	if err := checkJobFilter(b.Filter); err != nil {
		return remit.BulkReport{}, err
	}
	p, err := s.planBulk(ctx, who, b, a)
	if err != nil || b.DryRun {
		return p.report, err
	}
	if b.Expect != "" && b.Expect != p.report.Version {
		return remit.BulkReport{}, remit.Errorf(remit.Conflict, "What the filter finds has changed since it was looked at").WithCode("changed").
			WithHint("Look again with a dry run.")
	}
	return s.carryOut(ctx, who, a, p)
}

// carryOut changes the jobs of a plan, piece by piece.
func (s *Service) carryOut(ctx context.Context, who authz.Subject, a bulkAction, p bulkPlan) (remit.BulkReport, error) {
	report := p.report
	report.Jobs, report.States, report.First = 0, map[remit.JobState]int{}, []remit.JobID{}
	if len(p.jobs) == 0 {
		_, err := s.changeAll(ctx, who, a, nil) // for who may not change anything at all
		return report, err
	}
	for piece := range slices.Chunk(p.jobs, bulkAtOnce) {
		if err := s.carryOutPiece(ctx, who, a, piece, &report); err != nil {
			return report, err
		}
	}
	return report, nil
}

// carryOutPiece changes some jobs in one transaction. When one of them keeps
// the others they are changed one by one.
func (s *Service) carryOutPiece(ctx context.Context, who authz.Subject, a bulkAction, piece []planned, report *remit.BulkReport) error {
	done, err := s.changeAll(ctx, who, a, piece)
	switch {
	case err == nil:
		report.Changed += len(piece) - len(done)
		for _, j := range done {
			report.Jobs++
			report.States[j.state]++
			report.First = firstOf(report.First, j.id, bulkShown)
		}
		return nil
	case ctx.Err() != nil:
		return err
	case len(piece) == 1:
		return failed(report, piece[0].id, err)
	}
	for _, j := range piece {
		if err := s.carryOutPiece(ctx, who, a, []planned{j}, report); err != nil {
			return err
		}
	}
	return nil
}

// failed notes why one job could not be changed; faults of the program end it all.
func failed(report *remit.BulkReport, id remit.JobID, err error) error {
	switch remit.KindOf(err) {
	case remit.Internal, remit.Unavailable:
		return fmt.Errorf("job %s: %w", id, err)
	}
	report.Failed = append(report.Failed, remit.BulkFailure{Job: id, Code: remit.CodeOf(err), Detail: err.Error()})
	return nil
}

// changeAll changes those of the jobs that are as they were when they were
// looked at, all in one transaction, and returns them.
func (s *Service) changeAll(ctx context.Context, who authz.Subject, a bulkAction, piece []planned) ([]planned, error) {
	return gate.Do(ctx, s.gate, who, gate.Op[[]planned]{
		Name: "job.bulk",
		Apply: func(tx *gate.Tx) (done []planned, err error) {
			for _, p := range piece {
				did, err := s.change(tx, a, p)
				if err != nil {
					return nil, err
				}
				if did {
					done = append(done, p)
				}
			}
			return done, nil
		},
	})
}

// change does it to one job, now locked, if it still is as planned and the
// asker still may.
func (s *Service) change(tx *gate.Tx, a bulkAction, p planned) (bool, error) {
	j, err := find(tx, p.id)
	if isAbsent(err) {
		return false, nil
	}
	if err != nil || planOf(j) != p || !tx.Can(a.operation, j.resource()).Allowed {
		return false, err
	}
	if err := a.do(s, tx, &j); err != nil {
		return false, err
	}
	return true, tx.Record(a.operation, j.Project, string(j.ID), "one of many; it was "+string(p.state))
}

func firstOf(ids []remit.JobID, id remit.JobID, most int) []remit.JobID {
	if len(ids) < most {
		ids = append(ids, id)
	}
	return ids
}

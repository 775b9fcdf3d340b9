package jobs

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Bounds of a progress report.
const (
	maxStages = 50
	maxLabel  = 200 // bytes
)

// Progress notes how far the attempt has come. What would go back is kept as
// it was.
func (s *Service) Progress(ctx context.Context, who authz.Subject, l remit.Lease, p remit.Progress) error {
	if err := checkProgress(p); err != nil {
		return err
	}
	_, err := withLease(ctx, s, who, "job.progress", l, func(tx *gate.Tx, j *row) (struct{}, error) {
		m, err := s.mask(tx, j)
		if err != nil {
			return struct{}{}, err
		}
		p = m.Progress(p)
		n, err := tx.Exec(updateProgress, j.ID, j.Attempt, j.Lease, db.JSON(further(j.Progress, p)))
		switch {
		case err != nil:
			return struct{}{}, fmt.Errorf("storing the progress of job %s: %w", j.ID, err)
		case n != 1:
			return struct{}{}, leaseLost()
		}
		announceTo(tx, j)
		return struct{}{}, nil
	})
	return err
}

func checkProgress(p remit.Progress) error {
	if math.IsNaN(p.Fraction) || p.Fraction < 0 || p.Fraction > 1 {
		return invalid("progress.fraction", "Progress goes from 0 to 1")
	}
	if len(p.Stages) > maxStages {
		return invalid("progress.stages", "Progress has at most %d stages", maxStages)
	}
	for _, stage := range p.Stages {
		if len(stage.Label) > maxLabel || stage.Done < 0 || stage.Total < 0 {
			return invalid("progress.stages", "A stage has a label of at most %d bytes and counts from 0", maxLabel)
		}
	}
	return nil
}

// further is the later of two reports, stage by stage, in the order in which they
// were first told. What was counted stays when it is left out: else it could begin
// anew. Of more than maxStages the first that are left out are let go.
func further(was, is remit.Progress) remit.Progress {
	is.Fraction = max(was.Fraction, is.Fraction)
	told := map[string]bool{}
	for _, stage := range is.Stages {
		told[stage.Label] = true
	}
	all := slices.DeleteFunc(slices.Clone(was.Stages), func(s remit.Stage) bool { return s.Done == 0 && !told[s.Label] })
	for _, stage := range is.Stages {
		all = withStage(all, stage)
	}
	over := len(all) - maxStages
	is.Stages = slices.DeleteFunc(all, func(s remit.Stage) bool {
		if over <= 0 || told[s.Label] {
			return false
		}
		over--
		return true
	})
	return is
}

// withStage puts a stage in the place of that of the same label, at the end if
// there is none.
func withStage(all []remit.Stage, stage remit.Stage) []remit.Stage {
	i := slices.IndexFunc(all, func(s remit.Stage) bool { return s.Label == stage.Label })
	if i < 0 {
		return append(all, stage)
	}
	stage.Done = max(stage.Done, all[i].Done)
	all[i] = stage
	return all
}

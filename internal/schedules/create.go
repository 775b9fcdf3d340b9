package schedules

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
)

// Plan is a schedule that somebody asks for.
type Plan struct {
	Title   string
	Cron    string
	Zone    string // "" = UTC
	Job     remit.JobSpec
	Missed  remit.MissedPolicy  // "" = skip
	Overlap remit.OverlapPolicy // "" = allow
	Paused  bool
}

// maxTitle bounds a title, in bytes; maxEach how many schedules a person makes,
// in all projects together.
const (
	maxTitle = 200
	maxEach  = 50
)

// Create makes a schedule of the asker's, who must be able to submit the job
// now. What can never be is remit.Invalid with its field: an expression that
// never fires, an unknown zone, parameters that the type does not take. A key
// with limits makes none: the schedule would outlast them (R24). Nobody makes more
// than maxEach.
func (s *Service) Create(ctx context.Context, who authz.Subject, slug string, p Plan) (remit.Schedule, error) {
	made := row{Title: p.Title, Cron: p.Cron, Zone: cmp.Or(p.Zone, "UTC"), Spec: p.Job,
		Missed: cmp.Or(p.Missed, remit.MissedSkip), Overlap: cmp.Or(p.Overlap, remit.OverlapAllow), Paused: p.Paused}
	if err := made.check(); err != nil {
		return remit.Schedule{}, err
	}
	var job jobs.Plan
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Schedule]{
		Name: "schedule.create",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			job, err = s.job(&tx.Reader, slug, &made)
			return job.On, err
		},
		Apply: func(tx *gate.Tx) (remit.Schedule, error) { return s.create(tx, made, job) },
	})
}

func (s *Service) create(tx *gate.Tx, made row, job jobs.Plan) (remit.Schedule, error) {
	if err := identity.Lasting(&tx.Reader); err != nil {
		return remit.Schedule{}, err
	}
	if err := room(tx); err != nil {
		return remit.Schedule{}, err
	}
	if err := s.checkJob(tx, job); err != nil {
		return remit.Schedule{}, err
	}
	made.ID, made.Project, made.CreatedAt = remit.NewID[remit.ScheduleID](tx.Now()), remit.ProjectID(job.On.Project), tx.Now().UTC().Truncate(time.Microsecond)
	made.Owner, made.Collection = remit.UserID(gate.SelfOf(tx.Who())), job.Collection()
	if err := made.ahead(tx.Now()); err != nil {
		return remit.Schedule{}, err
	}
	tx.About(string(made.ID))
	tx.Note("%s at %s %s", made.Spec.Type, made.Cron, made.Zone)
	if err := made.insert(tx); err != nil {
		return remit.Schedule{}, err
	}
	return s.present(&tx.Reader, made)
}

// job plans the schedule's job for the asker, named as at a firing now.
func (s *Service) job(r *gate.Reader, slug string, of *row) (jobs.Plan, error) {
	plan, err := s.jobs.Plan(r, r.Who(), slug, of.spec(r.Now()))
	return plan, within("job", err)
}

// checkJob refuses what the asker could not submit now, besides the right to.
func (s *Service) checkJob(tx *gate.Tx, job jobs.Plan) error {
	err := refuseSecrets(job)
	if err == nil {
		err = s.jobs.Check(tx, job)
	}
	return within("job", err)
}

const takesSecrets = "Jobs of this type take secrets, which schedules do not keep"

func refuseSecrets(job jobs.Plan) error {
	if job.HasSecrets() {
		return invalid("type", takesSecrets).WithHint("Submit them by hand.")
	}
	return nil
}

// within puts the place of a job's field before its name.
func within(place string, err error) error {
	e, ok := err.(*remit.Error)
	if !ok || e.Field == "" {
		return err
	}
	moved := *e
	moved.Field = place + "." + e.Field
	return &moved
}

// check refuses what is wrong whatever is stored.
func (s *row) check() error {
	s.Spec.Start = false // it is not asked: all are started
	if !remit.IsText(s.Title) || len(s.Title) > maxTitle || strings.ContainsAny(s.Title, "\n\r") {
		return invalid("title", "A title is one line of at most %d bytes", maxTitle)
	}
	if !slices.Contains([]remit.MissedPolicy{remit.MissedSkip, remit.MissedOnce}, s.Missed) {
		return invalid("missed", "There is no policy %.40q for missed firings", string(s.Missed)).WithHint("It is skip or once.")
	}
	if !slices.Contains([]remit.OverlapPolicy{remit.OverlapAllow, remit.OverlapSkip, remit.OverlapReplace}, s.Overlap) {
		return invalid("overlap", "There is no policy %.40q for overlaps", string(s.Overlap)).WithHint("It is allow, skip or replace.")
	}
	_, err := timetableOf(s.Cron, s.Zone)
	return err
}

// room refuses more schedules of the asker's than maxEach.
func room(tx *gate.Tx) error {
	n, err := db.One(tx, db.Value[int], countOwned, gate.SelfOf(tx.Who()))
	if err != nil {
		return fmt.Errorf("counting schedules: %w", err)
	}
	if n < maxEach {
		return nil
	}
	return remit.Errorf(remit.Conflict, "You have %d schedules already, which is all there can be", n).WithCode("too_many").
		WithHint("Delete one that is not needed any more.")
}

// spec is the job at a firing: its name says when.
func (s *row) spec(at time.Time) remit.JobSpec {
	spec := s.Spec
	if zone, err := zoneOf(s.Zone); err == nil {
		at = at.In(zone)
	}
	spec.Name = strings.NewReplacer("{date}", at.Format("2006-01-02"), "{time}", at.Format("15-04")).Replace(spec.Name)
	return spec
}

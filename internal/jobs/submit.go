package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
	"github.com/remit-server/remit/internal/projects"
)

var nameForm = regexp.MustCompile(`^[\pL\pN][\pL\pN ._-]{0,62}$`)

// Submit makes a job in the project called slug. With spec.Start it is asked
// to run as well, which takes the run right of what it is on (R26, R27), and
// is refused whole: then there is no job.
//
// Errors besides refusals: remit.Invalid for what can never be (a file and a
// collection at once, an unknown type, parameters that its schema does not
// take), remit.Conflict for a name that a live job of the asker has.
func (s *Service) Submit(ctx context.Context, who authz.Subject, slug string, spec remit.JobSpec) (remit.Job, error) {
	return submit(ctx, s, who, slug, spec, s.create)
}

// submit asks for a job as its spec says, and makes it with create.
func submit[R any](ctx context.Context, s *Service, who authz.Subject, slug string, spec remit.JobSpec, create func(*gate.Tx, draft) (R, error)) (R, error) {
	if err := checkSpec(spec); err != nil {
		var none R
		return none, err
	}
	operation := "job.create"
	if spec.Start {
		operation = "job.submit"
	}
	d := draft{JobSpec: spec, who: who}
	return gate.Do(ctx, s.gate, who, gate.Op[R]{
		Name:  operation,
		On:    func(tx *gate.Tx) (authz.Resource, error) { return s.locate(&tx.Reader, &d, slug) },
		Apply: func(tx *gate.Tx) (R, error) { return create(tx, d) },
	})
}

// checkSpec refuses what is wrong whatever is stored.
func checkSpec(spec remit.JobSpec) error {
	if spec.On.File != "" && spec.On.Collection != "" {
		return invalid("on", "A job is on one thing: name a file or a collection, not both")
	}
	if !typeKey.MatchString(spec.Type) {
		return noType(spec.Type)
	}
	if err := checkName(spec.Name); err != nil {
		return err
	}
	if err := checkNeeds(spec.Needs); err != nil {
		return err
	}
	return checkPriority(spec.Priority)
}

func checkName(name string) error {
	if name == "" {
		return nil
	}
	if remit.IsID[remit.JobID](name) {
		return invalid("name", "%.80q is the id of a job, and so no name for one", name)
	}
	if !nameForm.MatchString(name) {
		return invalid("name", "%.80q is no name for a job: use up to 63 letters, digits, spaces and . _ -, and begin with a letter or digit", name)
	}
	return nil
}

// draft is a job that is being made.
type draft struct {
	remit.JobSpec
	who     authz.Subject // who asks for it: its owner, and its runner if it starts
	project projects.Row
	kind    remit.JobType
	on      thing
	at      authz.Resource // the new job as the permission engine sees it
	unseen  error          // why its type or what it is on cannot be used; told only to those who may submit
	from    remit.JobID
	givers  map[string]remit.UserID // who gave the secrets that are kept from another job
	kept    bool                    // what it needs is what the job from needed
}

// locate finds the project, the type and what the job is on, and says what
// the new job will be to the permission engine.
//
// What is wrong about the type is told at once to who may see the project and the
// types, or make jobs there. To others the job is one of a type that they may not
// run: they learn of neither.
func (s *Service) locate(r *gate.Reader, d *draft, slug string) (on authz.Resource, err error) {
	if d.project, err = s.known.project(r, slug); err != nil {
		return on, err
	}
	d.kind, err = s.known.typeOf(r, d.Type)
	if err == nil {
		err = d.checkPlace()
	}
	if err != nil && (d.seesTypes(r) || remit.KindOf(err) != remit.Invalid) {
		return on, err
	}
	wrong := err
	d.at, err = d.resource(r)
	d.unseen = cmp.Or(wrong, d.unseen)
	return d.at, err
}

func (d *draft) seesTypes(r *gate.Reader) bool {
	here := d.project.Resource()
	return r.CanAs(d.who, "project.read", here).Allowed &&
		(r.CanAs(d.who, "jobtype.list", authz.Resource{}).Allowed || r.CanAs(d.who, "job.create", here).Allowed)
}

// checkPlace refuses a thing that jobs of the type are never on.
func (d *draft) checkPlace() error {
	place := onNothing
	if d.On.File != "" {
		place = onFile
	} else if d.On.Collection != "" {
		place = onCollection
	}
	if slices.Contains(d.kind.On, place) {
		return nil
	}
	return invalid("on", "A %s job is on %s; this one would be on %s", d.kind.Key, strings.Join(d.kind.On, " or "), place)
}

// resource is the new job before it is there. The asker will own it. Of a
// thing that the asker may not see, nothing is used, so that the answer is
// that for an absent one.
func (d *draft) resource(r *gate.Reader) (authz.Resource, error) {
	on := authz.Resource{Project: string(d.project.ID), Owner: string(owner(d.who)), Run: remit.RunRight(d.Type, d.On)}
	t, err := locate(r, d.On)
	if err != nil && !isAbsent(err) {
		return on, err
	}
	if err == nil && t.place != onNothing && t.resource.Project != on.Project {
		err = gate.NotFound(nounOf(d.On))
	}
	if err == nil {
		err = t.requireRead(r, d.who)
	}
	if d.unseen = err; err == nil {
		d.on = t
		on.Collection = string(t.collection)
	}
	return on, nil
}

// create validates the rest and stores the job.
func (s *Service) create(tx *gate.Tx, d draft) (remit.Job, error) {
	made, err := s.createAll(tx, []draft{d})
	if err != nil {
		return remit.Job{}, err
	}
	tx.About(string(made[0].ID))
	tx.Note("%s", d.note())
	return made[0], nil
}

// createAll is create for several, in their order.
func (s *Service) createAll(tx *gate.Tx, drafts []draft) ([]remit.Job, error) {
	rows, params := make([]row, len(drafts)), make([]parameters.Given, len(drafts))
	linked := make([]links, len(drafts))
	for i, d := range drafts {
		var err error
		if params[i], err = s.checked(tx, d); err == nil {
			linked[i].needs, err = d.needed(tx)
		}
		if err != nil {
			return nil, at(i, len(drafts), err)
		}
		rows[i] = d.row(tx, params[i])
		linked[i].hold(&rows[i], d)
	}
	if err := requireNames(&tx.Reader, drafts); err != nil {
		return nil, err
	}
	if err := followNeeded(tx, linked); err != nil {
		return nil, err
	}
	if err := insertAll(tx, rows); err != nil {
		return nil, err
	}
	for i, d := range drafts {
		err := linked[i].store(tx, &rows[i], d)
		if err == nil {
			err = s.keepSecrets(tx, &rows[i], params[i].Secrets, d.givers)
		}
		if err != nil {
			return nil, at(i, len(drafts), err)
		}
	}
	return s.presentAll(&tx.Reader, rows)
}

// checked are the parameters, when all of the draft can be made.
func (s *Service) checked(tx *gate.Tx, d draft) (p parameters.Given, err error) {
	if d.unseen != nil {
		return p, d.unseen
	}
	if err := s.requireOn(&tx.Reader, d.project.ID, d.Type); err != nil {
		return p, err
	}
	if err := d.requirePriority(tx); err != nil {
		return p, err
	}
	if p, err = s.paramsOf(d.kind, d.Params); err != nil {
		return p, err
	}
	if err := checkArgs(d.kind, d.Args); err != nil {
		return p, err
	}
	if d.on.place == onFile && d.on.file.State != remit.FilePresent {
		return p, notPresent(d.on.file)
	}
	if err := requireSet(d.Type, d.on); err != nil {
		return p, err
	}
	if err := requireFilter(&tx.Reader, d.who, d.Type, p.Plain); err != nil {
		return p, err
	}
	return p, requireFiles(&tx.Reader, d.who, p.Files)
}

func notPresent(f archive.FileRow) *remit.Error {
	return remit.Errorf(remit.Conflict, "The file %s is %s", f.Path, f.State).WithCode("file_" + f.State)
}

// paramsOf is parameters.Take for a type.
func (s *Service) paramsOf(kind remit.JobType, params json.RawMessage) (parameters.Given, error) {
	schema, err := s.schemas.Of(kind.Params)
	if err != nil {
		return parameters.Given{}, err
	}
	return parameters.Take(kind.Key, schema, params)
}

func (d *draft) row(tx *gate.Tx, params parameters.Given) row {
	now := stored(tx.Now())
	j := row{
		ID: remit.NewID[remit.JobID](now), Project: d.project.ID, Type: d.Type, Name: d.Name, State: remit.JobCreated,
		Owner: owner(d.who), File: d.On.File, Collection: d.on.collection, Args: d.Args,
		Params: params.Plain, Secrets: slices.Sorted(maps.Keys(params.Secrets)), Files: params.Files,
		Priority: d.Priority, MaxAttempts: d.kind.MaxAttempts, RequeuedFrom: d.from, CreatedAt: now,
	}
	if d.Start {
		j.State, j.QueuedAt = remit.JobQueued, &now
		j.Runner, j.RunnerKey = actor(d.who), remit.KeyID(d.who.Key)
	}
	return j
}

func (d *draft) note() string {
	note := d.Type
	if d.Name != "" {
		note += " named " + d.Name
	}
	if d.from != "" {
		note += ", from " + string(d.from)
	}
	return note
}

// insertAll stores new jobs; those that are asked to run get their turns.
func insertAll(tx *gate.Tx, rows []row) error {
	if err := queueAll(tx, rows); err != nil {
		return err
	}
	var args []any
	for _, j := range inOrderOfNames(rows) {
		j.Args = append([]string{}, j.Args...) // never null
		args = append(args, j.ID, j.Project, j.Type, j.Name, j.State, j.Owner, j.Runner, j.RunnerKey, j.File, j.Collection,
			string(j.Params), db.JSON(j.Args), j.Priority, j.MaxAttempts, j.RequeuedFrom, j.CreatedAt.UnixMicro(), db.MicrosPtr(j.QueuedAt), j.Turn,
			db.JSON(append([]string{}, j.Secrets...)), db.JSON(append([]parameters.File{}, j.Files...)))
	}
	_, err := tx.ExecMany(insertJobs, args...)
	if db.IsUnique(err) {
		return becameTaken(rows)
	}
	if err != nil {
		return fmt.Errorf("storing %d jobs from %s on: %w", len(rows), rows[0].ID, err)
	}
	for i := range rows {
		announce(tx, &rows[i])
	}
	return nil
}

// inOrderOfNames are rows in the order in which they are stored, so that no two transactions
// wait for each other's names.
func inOrderOfNames(rows []row) []*row {
	sorted := make([]*row, len(rows))
	for i := range rows {
		sorted[i] = &rows[i]
	}
	slices.SortStableFunc(sorted, func(a, b *row) int { return strings.Compare(a.Name, b.Name) })
	return sorted
}

// stored is a time as the database keeps it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// SubmitControl is the button that submits and starts a job of a type on a
// thing: whether it works for the asker and, if not, why.
func (s *Service) SubmitControl(ctx context.Context, who authz.Subject, slug, jobType string, on remit.On) (remit.Control, error) {
	d := draft{JobSpec: remit.JobSpec{Type: jobType, On: on, Start: true}, who: who}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Control]{
		Name: "job.list",
		Read: func(r *gate.Reader) (remit.Control, error) {
			resource, err := s.locate(r, &d, slug)
			if remit.KindOf(err) == remit.Invalid {
				return remit.Control{Verb: "run", Reason: err.Error()}, nil
			}
			if err == nil {
				err = r.Require("project.read", d.project.Resource())
			}
			if err == nil {
				err = d.unseen
			}
			if err != nil {
				return remit.Control{}, err
			}
			if off, err := s.known.isOff(r, d.project.ID, d.Type); off || err != nil {
				return remit.Control{Verb: "run", Reason: offHere(d.Type)}, err
			}
			return r.Control("job.submit", resource), nil
		},
	})
}

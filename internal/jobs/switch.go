package jobs

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Switch turns a job type on or off in a project, where types are on unless
// they were switched off. Of a type that is off no job is made, asked to run or
// claimed: those that wait are held, until it is on again. What runs goes on.
//
// Who switches on a type that lends of itself holds there what it lends (R24, R28).
func (s *Service) Switch(ctx context.Context, who authz.Subject, slug, key string, on bool) (remit.JobType, error) {
	var project projects.Row
	return gate.Do(ctx, s.gate, who, gate.Op[remit.JobType]{
		Name: "jobtype.switch",
		On: func(tx *gate.Tx) (_ authz.Resource, err error) {
			project, err = projects.Locate(tx, slug)
			return project.Resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.JobType, error) { return switchType(tx, project, key, on) },
	})
}

func switchType(tx *gate.Tx, project projects.Row, key string, on bool) (t remit.JobType, err error) {
	if t, err = typeOf(tx, key); remit.KindOf(err) == remit.Invalid {
		return t, gate.NotFound("job types")
	}
	if err != nil {
		return t, err
	}
	off, err := isOff(tx, project.ID, key)
	if err != nil {
		return t, err
	}
	tx.Note("job type %s is %s", key, map[bool]string{true: "on", false: "off"}[on])
	if off == on {
		err = turn(tx, project, t, on)
	}
	if err != nil {
		return t, err
	}
	tx.Changed(gate.Nothing) // but what turn says
	all := []remit.JobType{t}
	err = runnable(&tx.Reader, project.Slug, all)
	return all[0], err
}

func turn(tx *gate.Tx, project projects.Row, t remit.JobType, on bool) (err error) {
	if on {
		if err := mayLendIn(&tx.Reader, project, t); err != nil {
			return err
		}
		_, err = tx.Exec(switchOn, project.ID, t.Key)
	} else {
		_, err = tx.Exec(switchOff, project.ID, t.Key, tx.Now().UnixMicro())
	}
	if err != nil {
		return fmt.Errorf("switching job type %s: %w", t.Key, err)
	}
	tx.Notify("queue", string(project.ID))
	tx.Changed(gate.JobTypes)
	return nil
}

// mayLendIn refuses who gives, by a type that lends of itself, the use of what
// they do not hold in the project. What is reserved nobody gives but the site.
func mayLendIn(r *gate.Reader, project projects.Row, t remit.JobType) error {
	for _, name := range t.LentOfType() {
		if p, _ := r.Policy().Permission(name); p.Reserved {
			continue
		}
		for _, owner := range []string{string(owner(r.Who())), ""} {
			on := project.Resource()
			on.Owner = owner
			if !r.Holds(name, on).Allowed {
				return remit.Errorf(remit.Denied, "Whoever may run %s here would have the use of %s, which you do not hold in this project", t.Key, name).
					WithField("lends").WithHint("Ask somebody who holds it here.")
			}
		}
	}
	return nil
}

func isOff(r db.Reader, project remit.ProjectID, key string) (bool, error) {
	off, err := db.One(r, db.Value[bool], selectIsOff, project, key)
	if err != nil {
		return false, fmt.Errorf("reading which job types are off: %w", err)
	}
	return off, nil
}

// typeIn is a job type in a project.
type typeIn struct {
	project remit.ProjectID
	key     string
}

// offIn are the job types that are off in some projects.
func offIn(r db.Reader, in ...remit.ProjectID) (map[typeIn]bool, error) {
	in = slices.Compact(slices.Sorted(slices.Values(in)))
	if len(in) == 0 {
		return nil, nil
	}
	args := make([]any, len(in))
	for i, id := range in {
		args[i] = id
	}
	return allOff(r, selectOffIn+db.In(1, len(args)), args...)
}

// offAnywhere are those that are off in any project.
func offAnywhere(r db.Reader) (map[typeIn]bool, error) { return allOff(r, selectOff) }

func allOff(r db.Reader, query string, args ...any) (map[typeIn]bool, error) {
	all, err := db.Rows(r, func(s db.Scanner, t *typeIn) error { return s.Scan(&t.project, &t.key) }, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading which job types are off: %w", err)
	}
	off := map[typeIn]bool{}
	for _, t := range all {
		off[t] = true
	}
	return off, nil
}

// requireOn refuses a type that is switched off in the project.
func (s *Service) requireOn(r *gate.Reader, project remit.ProjectID, key string) error {
	off, err := s.known.isOff(r, project, key)
	if err == nil && off {
		err = remit.Errorf(remit.Conflict, "%s", offHere(key)).WithCode("type_off").
			WithHint("Who may change the project can switch it on with `remit project types --on %s`.", key)
	}
	return err
}

func offHere(key string) string { return "Job type " + key + " is switched off in this project" }

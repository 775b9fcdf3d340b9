package projects

import (
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// grantRight is what makes a manager (R25).
const grantRight = "access:grant"

// keepManaged makes a change of access and refuses it when somebody would gain
// by it what the editor lacks (R24), and when a project, the one
// given or for "" any, has nobody afterwards to give access at some moment
// from now on when somebody could before (R25). A project that never had
// anybody, like one made by the program itself, is not held up.
//
// It also finds out whether the new policy compiles, before it is everybody's.
func keepManaged(tx *gate.Tx, project remit.ProjectID, change func() error) error {
	before, err := managersOf(tx, project)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := managersOf(tx, project)
	if err != nil {
		return err
	}
	for _, id := range edited(after, project) {
		if err := nobodyGainsMore(tx, before, after, id); err != nil {
			return err
		}
	}
	for id, had := range before.projects {
		if at, lost := before.unmanaged(after, had, after.projects[id], tx.Now()); lost {
			return lockOut(tx, remit.ProjectID(id), time.UnixMicro(at))
		}
	}
	return nil
}

// managers answers who manages projects, by what stands in them alone:
// superusers manage everything, and do not count.
type managers struct {
	policy   *authz.Policy
	projects map[string]authz.Project
}

func managersOf(r db.Reader, project remit.ProjectID) (*managers, error) {
	l, err := load(r, project)
	if err != nil {
		return nil, err
	}
	m := &managers{projects: map[string]authz.Project{}}
	present := map[string]bool{}
	for _, p := range l.source.Projects {
		m.projects[p.ID] = p
		for _, id := range people(p) {
			present[id] = true
		}
	}
	l.source.Users = slices.DeleteFunc(l.source.Users, func(u authz.User) bool { return !present[u.ID] })
	for i := range l.source.Users {
		l.source.Users[i].Superuser = false
	}
	m.policy, err = authz.Compile(l.source)
	return m, err
}

// unmanaged finds the first moment from now on at which somebody managed the
// project before and nobody does after.
func (m *managers) unmanaged(after *managers, had, has authz.Project, now time.Time) (at int64, lost bool) {
	for _, t := range moments(now.UnixMicro(), had, has) {
		if m.managed(had, t) && !after.managed(has, t) {
			return t, true
		}
	}
	return 0, false
}

func (m *managers) managed(p authz.Project, at int64) bool {
	return slices.ContainsFunc(people(p), func(id string) bool {
		d := m.policy.Check(authz.Subject{Kind: authz.Person, ID: id}, grantRight, authz.Resource{Project: p.ID}, at)
		return d.Allowed && (d.Rule == 11 || d.Rule == 12)
	})
}

// people are the users that anything in the project names.
func people(p authz.Project) []string {
	var ids []string
	for _, m := range p.Members {
		ids = append(ids, m.User)
	}
	for _, e := range p.Entries {
		ids = append(ids, e.User)
	}
	return sortedSet(ids)
}

// moments are now and every later time at which something in the projects
// begins or ends; nothing changes between two of them.
func moments(now int64, projects ...authz.Project) []int64 {
	times := []int64{now}
	note := func(i authz.Interval) {
		times = append(times, max(i.From, now), max(i.Until, now))
	}
	for _, p := range projects {
		for _, m := range p.Members {
			note(m.Interval)
		}
		for _, e := range p.Entries {
			note(e.Interval)
		}
	}
	slices.Sort(times)
	return slices.Compact(times)
}

func lockOut(r db.Reader, id remit.ProjectID, from time.Time) error {
	row, err := LocateID(r, id)
	if err != nil {
		return err
	}
	return remit.Errorf(remit.Conflict, "Nobody could give access in project %s from %s on", row.Slug, from.UTC().Format(time.RFC3339)).WithCode("last_manager").
		WithHint("First give somebody else a role with %s that does not end.", grantRight)
}

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

// keepManaged makes a change of access in a project, or for "" in all, and
// refuses it when the editor gives or takes more than the editor holds (R24;
// gifts are what the change names, see gift), and when a project has nobody
// afterwards to give access at some moment from now on when somebody could
// before (R25). A project that never had anybody, like one made by the program
// itself, is not held up.
//
// It also finds out whether the new policy compiles, before it is everybody's.
func keepManaged(tx *gate.Tx, project remit.ProjectID, change func() error, gifts ...gift) error {
	e, err := apply(tx, project, change)
	if err != nil {
		return err
	}
	if err := e.fair(gifts); err != nil {
		return err
	}
	return e.managed()
}

// KeepManaged makes a change of accounts and refuses it when it leaves a
// project without anybody to give access (R25), as keepManaged does.
func KeepManaged(tx *gate.Tx, change func() error) error {
	e, err := apply(tx, "", change)
	if err != nil {
		return err
	}
	return e.managed()
}

// edit is a change of access that has been made in tx and may yet be refused.
type edit struct {
	tx            *gate.Tx
	project       remit.ProjectID // "" = all
	before, after *managers
	editor        *authz.Policy // what the editor holds: before the change, and as if R4 were absent
	ends          int64         // when the asking key expires, 0 = never
}

func apply(tx *gate.Tx, project remit.ProjectID, change func() error) (*edit, error) {
	before, err := load(tx, project)
	if err != nil {
		return nil, err
	}
	e := &edit{tx: tx, project: project}
	if e.ends, err = keyEnds(tx); err != nil {
		return nil, err
	}
	if err := change(); err != nil {
		return nil, err
	}
	after, err := load(tx, project)
	if err != nil {
		return nil, err
	}
	return e, e.compile(before.source, after.source)
}

func (e *edit) compile(before, after authz.Source) (err error) {
	known := append(peopleOf(before), peopleOf(after)...)
	if e.editor, err = authz.Compile(editing(before, append(known, e.tx.Who().ID))); err != nil {
		return err
	}
	if e.before, err = managersOf(before, known); err != nil {
		return err
	}
	e.after, err = managersOf(after, known)
	return err
}

// editing is the policy that an editor's rights are read in.
func editing(s authz.Source, known []string) authz.Source {
	s.Users = slices.DeleteFunc(slices.Clone(s.Users), func(u authz.User) bool { return !slices.Contains(known, u.ID) })
	s.Reserved = nil
	for _, p := range s.Catalog.Permissions {
		if p.Reserved {
			s.Opened = append(s.Opened, p.Name)
		}
	}
	return s
}

// managed is R25.
func (e *edit) managed() error {
	for _, id := range edited(e.before, e.project) {
		if at, lost := e.before.unmanaged(e.after, e.before.projects[id], e.after.projects[id], e.tx.Now()); lost {
			return lockOut(e.tx, remit.ProjectID(id), time.UnixMicro(at))
		}
	}
	return nil
}

// managers answers who manages projects, by what stands in them alone:
// superusers manage everything, and do not count.
type managers struct {
	source   authz.Source
	policy   *authz.Policy
	projects map[string]authz.Project
}

// managersOf reads a policy for the people given.
func managersOf(s authz.Source, known []string) (*managers, error) {
	m := &managers{source: s, projects: map[string]authz.Project{}}
	for _, p := range s.Projects {
		m.projects[p.ID] = p
	}
	s.Users = slices.DeleteFunc(slices.Clone(s.Users), func(u authz.User) bool { return !slices.Contains(known, u.ID) })
	for i := range s.Users {
		s.Users[i].Superuser = false
	}
	var err error
	m.policy, err = authz.Compile(s)
	return m, err
}

func peopleOf(s authz.Source) []string {
	var ids []string
	for _, p := range s.Projects {
		ids = append(ids, people(p)...)
	}
	return sortedSet(ids)
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

// edited are the projects whose rights a change of the given scope can touch.
func edited(m *managers, project remit.ProjectID) []string {
	var ids []string
	for id := range m.projects {
		if project == "" || id == string(project) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func lockOut(r db.Reader, id remit.ProjectID, from time.Time) error {
	row, err := LocateID(r, id)
	if err != nil {
		return err
	}
	return remit.Errorf(remit.Conflict, "Nobody could give access in project %s from %s on", row.Slug, from.UTC().Format(time.RFC3339)).WithCode("last_manager").
		WithHint("First give somebody else a role with %s that does not end.", grantRight)
}

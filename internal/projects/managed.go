package projects

import (
	"slices"
	"strings"
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
// A change in one project looks at that project and at the people who hold
// something there, however large the site is.
func keepManaged(tx *gate.Tx, project remit.ProjectID, change func() error, gifts ...gift) error {
	part := gate.Roles
	if project != "" {
		part = gate.InProject(project)
	}
	e, err := apply(tx, project, part, change)
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
	e, err := apply(tx, "", gate.Users, change)
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

// apply makes the change, of that part of the policy.
func apply(tx *gate.Tx, project remit.ProjectID, part gate.Part, change func() error) (*edit, error) {
	e := &edit{tx: tx, project: project}
	var err error
	if e.ends, err = keyEnds(tx); err != nil {
		return nil, err
	}
	if err := change(); err != nil {
		return nil, err
	}
	tx.Changed(part)
	now, err := refresh(tx, tx.Source(), tx.Policy(), part)
	if err != nil {
		return nil, err
	}
	before, after := tx.Source(), now.source
	if project != "" {
		before, after = narrow(string(project), tx.Who().ID, before, after)
	}
	return e, e.compile(before, after)
}

// compile makes each policy from the one before it, so that what they have in
// common is compiled once. Of a change in one project that is all: what narrow
// leaves is compiled anew, at a cost that does not grow with the site.
func (e *edit) compile(before, after authz.Source) (err error) {
	if e.editor, err = e.tx.Policy().Recompile(editing(before)); err != nil {
		return err
	}
	if e.before, err = managersOf(e.editor, before); err != nil {
		return err
	}
	e.after, err = managersOf(e.before.policy, after)
	return err
}

// editing is the policy that an editor's rights are read in.
func editing(s authz.Source) authz.Source {
	s.Reserved, s.Opened = nil, slices.Clone(s.Opened)
	for _, p := range s.Catalog.Permissions {
		if p.Reserved {
			s.Opened = append(s.Opened, p.Name)
		}
	}
	return s
}

// narrow leaves of two versions of a policy what is about one project: itself,
// and the accounts that it names and the editor.
func narrow(project, editor string, before, after authz.Source) (authz.Source, authz.Source) {
	ids := []string{editor}
	for _, s := range []*authz.Source{&before, &after} {
		i, _ := find(s.Projects, project)
		s.Projects = s.Projects[i : i+1 : i+1]
		ids = append(ids, people(s.Projects[0])...)
		ids = append(ids, narrowTeams(s)...)
	}
	var users []authz.User
	for _, id := range sortedSet(ids) {
		if i, known := account(before.Users, id); known {
			users = append(users, before.Users[i])
		}
	}
	before.Users, after.Users = users, users
	narrowSite(&before)
	narrowSite(&after)
	return before, after
}

// account looks for one in a Source that was read here: they are sorted.
func account(sorted []authz.User, id string) (int, bool) {
	return slices.BinarySearchFunc(sorted, id, func(u authz.User, id string) int { return strings.Compare(u.ID, id) })
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

// managers answers who manages projects, and who holds what there, by what
// stands in them alone: superusers manage everything, and do not count; and
// what a disabled account holds it holds again once it is enabled.
type managers struct {
	source   authz.Source
	policy   *authz.Policy // of accounts that are neither superusers nor disabled
	projects map[string]authz.Project
}

func managersOf(known *authz.Policy, s authz.Source) (*managers, error) {
	m := &managers{source: s, projects: map[string]authz.Project{}}
	for _, p := range s.Projects {
		m.projects[p.ID] = p
	}
	s.Users = slices.Clone(s.Users)
	for i := range s.Users {
		s.Users[i].Superuser, s.Users[i].Disabled = false, false
	}
	var err error
	m.policy, err = known.Recompile(s)
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

// managed: a manager is an account that is enabled.
func (m *managers) managed(p authz.Project, at int64) bool {
	return slices.ContainsFunc(people(p), func(id string) bool {
		if i, known := account(m.source.Users, id); !known || m.source.Users[i].Disabled {
			return false
		}
		d := m.policy.Check(authz.Subject{Kind: authz.Person, ID: id}, grantRight, authz.Resource{Project: p.ID}, at)
		return d.Allowed && (d.Rule == 11 || d.Rule == 12)
	})
}

// people are the users that anything in the project names.
func people(p authz.Project) []string {
	var ids []string
	for _, m := range p.Members {
		if m.User != "" {
			ids = append(ids, m.User)
		}
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

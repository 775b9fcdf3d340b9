package projects

import (
	"cmp"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// Written is what is written down about rights, in names and not in what
// follows from it: the matter of policy files. All lists are sorted.
type Written struct {
	Declared         []authz.Permission
	Roles            []remit.Role
	Teams            []remit.Team
	Site             WrittenAccess
	Reserved, Opened []string
	Projects         []WrittenAccess // by slug
}

// WrittenAccess is who holds what in a project, or on the site. There each
// member has one role, no collection is named, and nothing is public.
type WrittenAccess struct {
	ID        remit.ProjectID // "" = the site
	Slug      string
	Public    []string
	Overrides []remit.Override
	Members   []remit.Member // ended ones too
	Entries   []remit.Entry
}

// ReadWritten reads everything. It asks no permission: that is for the
// operation that reads.
func ReadWritten(r db.Reader) (Written, error) {
	w, found := Written{}, gathering{}
	steps := []func() error{
		func() (err error) { w.Declared, err = db.Rows(r, scanDeclared, selectDeclared); return err },
		func() (err error) { w.Roles, err = roles(r); return err },
		func() (err error) { w.Teams, err = writtenTeams(r); return err },
		func() error { return w.readReservations(r) },
		func() (err error) { w.Site, err = writtenSite(r); return err },
		func() error { return found.read(r, writtenEverywhere) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return w, err
		}
	}
	slices.SortFunc(w.Declared, func(a, b authz.Permission) int { return strings.Compare(a.Name, b.Name) })
	w.Projects = found.sorted()
	return w, nil
}

// ReadWrittenIn is ReadWritten for one project.
func ReadWrittenIn(r db.Reader, project Row) (WrittenAccess, error) {
	found := gathering{}
	if err := found.read(r, writtenInOne, string(project.ID)); err != nil {
		return WrittenAccess{}, err
	}
	return *found[project.ID], nil
}

// ReadWrittenAround is one project with the roles and teams that it may name;
// nothing else is read.
func ReadWrittenAround(r db.Reader, project Row) (w Written, err error) {
	if w.Roles, err = roles(r); err != nil {
		return w, err
	}
	if w.Teams, err = writtenTeams(r); err != nil {
		return w, err
	}
	one, err := ReadWrittenIn(r, project)
	w.Projects = []WrittenAccess{one}
	return w, err
}

func (w *Written) readReservations(r db.Reader) error {
	all, err := db.Rows(r, scanReservation, policyReservations)
	for _, one := range all {
		if one.reserved {
			w.Reserved = append(w.Reserved, one.permission)
		} else {
			w.Opened = append(w.Opened, one.permission)
		}
	}
	slices.Sort(w.Reserved)
	slices.Sort(w.Opened)
	return err
}

func writtenTeams(r db.Reader) ([]remit.Team, error) {
	rows, err := db.Rows(r, scanWrittenTeam, selectWrittenTeams)
	slices.SortFunc(rows, func(a, b remit.Team) int { return strings.Compare(a.Name, b.Name) })
	var teams []remit.Team
	for _, row := range rows {
		if n := len(teams); n == 0 || teams[n-1].ID != row.ID {
			teams = append(teams, remit.Team{ID: row.ID, Name: row.Name, Title: row.Title, Users: []string{}})
		}
		if last := &teams[len(teams)-1]; row.Users[0] != "" {
			last.Users = append(last.Users, row.Users[0])
		}
	}
	for i := range teams {
		slices.Sort(teams[i].Users)
	}
	return teams, err
}

func writtenSite(r db.Reader) (a WrittenAccess, err error) {
	if a.Members, err = db.Rows(r, scanWrittenSiteMember, selectWrittenSiteMembers); err != nil {
		return a, err
	}
	if a.Overrides, err = db.Rows(r, scanOverride, policySiteOverrides); err != nil {
		return a, err
	}
	a.Entries, err = db.Rows(r, scanWrittenSiteEntry, selectWrittenSiteEntries)
	a.sort()
	return a, err
}

// gathering is the projects of a reading.
type gathering map[remit.ProjectID]*WrittenAccess

func (f gathering) read(r db.Reader, q writtenQueries, args ...any) error {
	rows, err := db.Rows(r, scanRow, q.projects, args...)
	if err != nil {
		return err
	}
	for _, row := range rows {
		f[row.ID] = &WrittenAccess{ID: row.ID, Slug: row.Slug}
	}
	for _, step := range []func(db.Reader, writtenQueries, []any) error{f.public, f.members, f.overrides, f.entries} {
		if err := step(r, q, args); err != nil {
			return err
		}
	}
	for _, a := range f {
		a.sort()
	}
	return nil
}

// of is where the rows of a project go: nowhere for one that is deleted.
func (f gathering) of(project remit.ProjectID) *WrittenAccess {
	if in := f[project]; in != nil {
		return in
	}
	return new(WrittenAccess)
}

func (f gathering) public(r db.Reader, q writtenQueries, args []any) error {
	return db.Each(r, func(s db.Scanner) error {
		project, permission, err := scanPublicPart(s)
		if in := f.of(remit.ProjectID(project)); err == nil {
			in.Public = append(in.Public, permission)
		}
		return err
	}, q.public, args...)
}

// members reads a row for each role.
func (f gathering) members(r db.Reader, q writtenQueries, args []any) error {
	at := map[remit.MemberID]int{}
	return db.Each(r, func(s db.Scanner) error {
		var m remit.Member
		err := scanWrittenMember(s, &m)
		if err != nil {
			return err
		}
		in := f.of(remit.ProjectID(m.Project))
		i, seen := at[m.ID]
		if !seen {
			at[m.ID] = len(in.Members)
			m.Project = in.Slug
			in.Members = append(in.Members, m)
			return nil
		}
		if i < len(in.Members) {
			in.Members[i].Roles = append(in.Members[i].Roles, m.Roles[0])
		}
		return nil
	}, q.members, args...)
}

func (f gathering) overrides(r db.Reader, q writtenQueries, args []any) error {
	return db.Each(r, func(s db.Scanner) error {
		var project remit.ProjectID
		var o remit.Override
		err := s.Scan(&project, &o.Role, &o.Permission, &o.Effect)
		if in := f.of(project); err == nil {
			in.Overrides = append(in.Overrides, o)
		}
		return err
	}, q.overrides, args...)
}

func (f gathering) entries(r db.Reader, q writtenQueries, args []any) error {
	return db.Each(r, func(s db.Scanner) error {
		var project remit.ProjectID
		var e remit.Entry
		err := scanWrittenEntry(s, &project, &e)
		if in := f.of(project); err == nil {
			in.Entries = append(in.Entries, e)
		}
		return err
	}, q.entries, args...)
}

func (f gathering) sorted() []WrittenAccess {
	all := make([]WrittenAccess, 0, len(f))
	for _, a := range f {
		all = append(all, *a)
	}
	slices.SortFunc(all, func(a, b WrittenAccess) int { return strings.Compare(a.Slug, b.Slug) })
	return all
}

func (a *WrittenAccess) sort() {
	slices.Sort(a.Public)
	slices.SortFunc(a.Overrides, func(x, y remit.Override) int {
		return cmp.Or(strings.Compare(x.Role, y.Role), strings.Compare(x.Permission, y.Permission))
	})
	for i := range a.Members {
		slices.Sort(a.Members[i].Roles)
	}
	slices.SortFunc(a.Members, func(x, y remit.Member) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortFunc(a.Entries, func(x, y remit.Entry) int { return cmp.Compare(x.ID, y.ID) })
}

package projects

import (
	"cmp"
	"errors"
	"slices"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// refresh reads parts of a policy anew. Nothing of old is written to: whoever
// has it goes on with it.
func refresh(r db.Reader, old authz.Source, policy *authz.Policy, parts ...gate.Part) (*loading, error) {
	l := &loading{reader: r, source: old, words: policy, texts: texts{}}
	for _, part := range parts {
		step := l.reading(part)
		if step == nil {
			return load(r)
		}
		if err := step(); err != nil {
			return l, err
		}
	}
	return l, nil
}

// reading is how a part is read anew, nil when that takes everything.
func (l *loading) reading(part gate.Part) func() error {
	if id, one := part.Project(); one {
		return func() error { return l.project(id) }
	}
	switch part {
	case gate.Users:
		return l.users
	case gate.Teams:
		return l.teams
	case gate.Roles:
		return l.roles
	case gate.Site:
		return l.site
	case gate.Keys, gate.Projects:
		return func() error { return nil }
	}
	return nil
}

// projects reads what stands in all projects, table by table.
func (l *loading) projects() error {
	found, err := db.Rows(l.reader, scanPolicyProject, policyProjects)
	if err != nil {
		return err
	}
	slices.SortFunc(found, byID)
	at := make(map[string]*authz.Project, len(found))
	for i := range found {
		at[found[i].ID] = &found[i]
		l.texts[found[i].ID] = found[i].ID
	}
	for _, u := range l.source.Users {
		l.texts[u.ID] = u.ID
	}
	l.source.Projects = found
	return l.fill(at, inAllProjects)
}

// project reads what stands in one. None is ever taken away.
func (l *loading) project(id string) error {
	p, err := db.One(l.reader, scanPolicyProject, policyProject, id)
	if err != nil {
		return err
	}
	if err := l.fill(map[string]*authz.Project{id: &p}, inOneProject, id); err != nil {
		return err
	}
	i, had := find(l.source.Projects, id)
	l.source.Projects = slices.Clone(l.source.Projects)
	if had {
		l.source.Projects[i] = p
		return nil
	}
	l.source.Projects = slices.Insert(l.source.Projects, i, p)
	return nil
}

func byID(a, b authz.Project) int { return cmp.Compare(a.ID, b.ID) }

// find looks for a project in a Source that was read here: they are sorted.
func find(sorted []authz.Project, id string) (int, bool) {
	return slices.BinarySearchFunc(sorted, id, func(p authz.Project, id string) int { return cmp.Compare(p.ID, id) })
}

// fill reads the rows that the queries find into the projects that they are of.
func (l *loading) fill(at map[string]*authz.Project, q policyQueries, args ...any) error {
	return errors.Join(
		each(l, scanPublicPart, func(project, permission string) {
			if l.keep("project "+project+": public", permission) && l.keepPublic(permission) {
				at[project].Public = append(at[project].Public, permission)
			}
		}, q.public, args),
		each(l, policyMemberScan(l.texts), func(project string, m authz.Member) {
			at[project].Members = append(at[project].Members, m)
		}, q.members, args),
		each(l, policyOverrideScan(l.texts), func(project string, o authz.Override) {
			if l.keep("project "+project+": override of role "+o.Role, o.Pattern) {
				at[project].Overrides = append(at[project].Overrides, o)
			}
		}, q.overrides, args),
		each(l, policyEntryScan(l.texts), func(project string, e authz.Entry) {
			if l.keep("project "+project+": an entry", e.Pattern) {
				at[project].Entries = append(at[project].Entries, e)
			}
		}, q.entries, args))
}

// each reads rows one by one: of memberships there are many.
func each[T any](l *loading, scan func(db.Scanner) (string, T, error), add func(project string, what T), query string, args []any) error {
	return db.Each(l.reader, func(s db.Scanner) error {
		project, what, err := scan(s)
		if err == nil {
			add(project, what)
		}
		return err
	}, query, args...)
}

// texts hold each text once: the same few ids and names stand in most rows.
type texts map[string]string

// of is the text of b, which the caller may change afterwards.
func (t texts) of(b []byte) string {
	if known, ok := t[string(b)]; ok {
		return known
	}
	made := string(b)
	t[made] = made
	return made
}

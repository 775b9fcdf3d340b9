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
	case gate.Keys, gate.Projects, gate.JobTypes, gate.Listening:
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
	all := make([]authz.Project, len(found))
	at := make(map[string]*authz.Project, len(found))
	for i, p := range found {
		all[i] = p.Project
		l.texts[p.ID] = p.ID
		if !p.deleted {
			at[p.ID] = &all[i]
		}
	}
	for _, u := range l.source.Users {
		l.texts[u.ID] = u.ID
	}
	l.source.Projects = all
	return l.fill(at, inAllProjects)
}

// project reads what stands in one. Nothing does in a deleted one, and none
// is ever taken away.
func (l *loading) project(id string) error {
	row, err := db.One(l.reader, scanPolicyProject, policyProject, id)
	if err != nil {
		return err
	}
	p, at := row.Project, map[string]*authz.Project{}
	if !row.deleted {
		at[id] = &p
	}
	if err := l.fill(at, inOneProject, id); err != nil {
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

func byID(a, b policyRow) int { return cmp.Compare(a.ID, b.ID) }

// find looks for a project in a Source that was read here: they are sorted.
func find(sorted []authz.Project, id string) (int, bool) {
	return slices.BinarySearchFunc(sorted, id, func(p authz.Project, id string) int { return cmp.Compare(p.ID, id) })
}

// fill reads the rows that the queries find into the projects that they are of.
func (l *loading) fill(at map[string]*authz.Project, q policyQueries, args ...any) error {
	return errors.Join(
		each(l, at, scanPublicPart, func(p *authz.Project, permission string) {
			if l.keep("project "+p.ID+": public", permission) && l.keepPublic(permission) {
				p.Public = append(p.Public, permission)
			}
		}, q.public, args),
		each(l, at, policyMemberScan(l.texts), func(p *authz.Project, m authz.Member) {
			p.Members = append(p.Members, m)
		}, q.members, args),
		each(l, at, policyOverrideScan(l.texts), func(p *authz.Project, o authz.Override) {
			if l.keep("project "+p.ID+": override of role "+o.Role, o.Pattern) {
				p.Overrides = append(p.Overrides, o)
			}
		}, q.overrides, args),
		each(l, at, policyEntryScan(l.texts), func(p *authz.Project, e authz.Entry) {
			if l.keep("project "+p.ID+": an entry", e.Pattern) {
				p.Entries = append(p.Entries, e)
			}
		}, q.entries, args))
}

// each reads rows one by one: of memberships there are many.
func each[T any](l *loading, at map[string]*authz.Project, scan func(db.Scanner) (string, T, error), add func(p *authz.Project, what T), query string, args []any) error {
	return db.Each(l.reader, func(s db.Scanner) error {
		project, what, err := scan(s)
		if err == nil && at[project] != nil { // it is not deleted
			add(at[project], what)
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

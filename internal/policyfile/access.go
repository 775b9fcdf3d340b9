package policyfile

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Rows are the section of one project without places, as programs write it. A
// nil list is left alone; ids, and who wrote what when, are not read.
type Rows struct {
	Public    []string
	Overrides []remit.Override
	Members   []remit.Member
	Entries   []remit.Entry
}

// Rows is the section as programs write it.
func (a Access) Rows() Rows {
	var r Rows
	if a.Public != nil {
		r.Public = append([]string{}, texts(a.Public)...)
	}
	if a.Overrides != nil {
		r.Overrides = []remit.Override{}
	}
	for _, o := range a.Overrides {
		r.Overrides = append(r.Overrides, remit.Override{Role: o.Role.Text, Permission: o.Permission.Text, Effect: o.Effect})
	}
	if a.Members != nil {
		r.Members = []remit.Member{}
	}
	for _, m := range a.Members {
		r.Members = append(r.Members, remit.Member{User: m.User.Text, Team: m.Team.Text, Roles: texts(m.Roles), Collection: m.Collection, From: m.From, Until: m.Until, Why: m.Why})
	}
	if a.Entries != nil {
		r.Entries = []remit.Entry{}
	}
	for _, e := range a.Entries {
		r.Entries = append(r.Entries, remit.Entry{User: e.User.Text, Permission: e.Permission.Text, Effect: e.Effect, Collection: e.Collection, From: e.From, Until: e.Until, Why: e.Why})
	}
	return r
}

// Document is a policy file about one project.
func (r Rows) Document(slug string) *Document {
	w := projects.WrittenAccess{Slug: slug, Public: r.Public, Overrides: r.Overrides, Members: r.Members, Entries: r.Entries}
	return &Document{Projects: []Access{accessOf(w)}}
}

// access is the section with places like members[3], and what is wrong with it.
func (r Rows) access(slug string) (Access, error) {
	b := &builder{reader: &reader{}, first: map[string]Place{}}
	a := Access{Slug: bare(slug)}
	if r.Public != nil {
		a.Public = []Name{}
	}
	for i, p := range slices.Compact(slices.Sorted(slices.Values(r.Public))) {
		a.Public = append(a.Public, Name{p, index("public", i)})
	}
	if r.Overrides != nil {
		a.Overrides = []Override{}
	}
	seen := map[[2]string]bool{}
	for i, o := range r.Overrides {
		at := index("overrides", i)
		b.complete(at, "an override", "role", o.Role, "permission", o.Permission, "effect", o.Effect)
		b.oneOf(at, o.Effect, "allow", "remove", "deny")
		if key := [2]string{o.Role, o.Permission}; seen[key] {
			b.fault(at, "%s for role %s is there twice", quoted(o.Permission), o.Role)
		} else {
			seen[key] = true
		}
		a.Overrides = append(a.Overrides, Override{at, Name{o.Role, at}, Name{o.Permission, at}, o.Effect})
	}
	b.memberRows(&a, r.Members)
	b.entryRows(&a, r.Entries)
	return a, b.faults.err()
}

func index(list string, i int) Place { return Place{File: fmt.Sprintf("%s[%d]", list, i)} }

func (b *builder) oneOf(at Place, text string, of ...string) {
	if text != "" && !slices.Contains(of, text) {
		b.fault(at, "effect is %s%s", quoted(text), maybe(authz.Nearest(text, slices.Values(of))))
	}
}

func (b *builder) memberRows(a *Access, rows []remit.Member) {
	if rows != nil {
		a.Members = []Member{}
	}
	for i, m := range rows {
		at := index("members", i)
		one := Member{At: at, User: Name{m.User, at}, Team: Name{m.Team, at}, Collection: m.Collection, From: m.From, Until: m.Until, Why: m.Why}
		for _, role := range m.Roles {
			one.Roles = append(one.Roles, Name{role, at})
		}
		b.checkMember(one)
		b.checkRow(at, string(m.Collection), m.Why)
		a.Members = append(a.Members, one)
	}
}

func (b *builder) entryRows(a *Access, rows []remit.Entry) {
	if rows != nil {
		a.Entries = []Entry{}
	}
	for i, e := range rows {
		at := index("entries", i)
		b.complete(at, "an entry", "user", e.User, "permission", e.Permission, "effect", e.Effect)
		b.oneOf(at, e.Effect, "allow", "deny")
		b.interval(at, e.From, e.Until)
		b.checkRow(at, string(e.Collection), e.Why)
		a.Entries = append(a.Entries, Entry{at, Name{e.User, at}, Name{e.Permission, at}, e.Effect, e.Collection, e.From, e.Until, e.Why})
	}
}

func (b *builder) checkRow(at Place, collection, why string) {
	if collection != "" && !remit.IsID[remit.CollectionID](collection) {
		b.fault(at, "%s is no collection's id", quoted(collection))
	}
	if len(why) > maxText || !utf8.ValidString(why) || slices.Contains([]byte(why), 0) {
		b.fault(at, "why is no text of up to %d bytes of UTF-8", maxText)
	}
}

// Access is what stands in a project, ended things too, with its version. It
// is for those with access:view.
func (s *Service) Access(ctx context.Context, who authz.Subject, slug string) (a projects.WrittenAccess, version string, err error) {
	a, err = gate.View(ctx, s.gate, who, gate.Query[projects.WrittenAccess]{
		Name: "access.read",
		On:   func(r *gate.Reader) (authz.Resource, error) { return located(r, slug) },
		Read: func(r *gate.Reader) (projects.WrittenAccess, error) {
			row, err := projects.Locate(r, slug)
			if err != nil {
				return projects.WrittenAccess{}, err
			}
			return projects.ReadWrittenIn(r, row)
		},
	})
	return a, versionIn(a), err
}

func located(r *gate.Reader, slug string) (authz.Resource, error) {
	row, err := projects.Locate(r, slug)
	return row.Resource(), err
}

func versionIn(a projects.WrittenAccess) string {
	return versionOf((&Document{Projects: []Access{accessOf(a)}}).YAML())
}

// PlanAccess is Plan for one project, for those who may write it.
func (s *Service) PlanAccess(ctx context.Context, who authz.Subject, slug string, rows Rows) (Plan, error) {
	a, err := rows.access(slug)
	if err != nil {
		return Plan{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[Plan]{
		Name: "access.plan",
		On:   func(r *gate.Reader) (authz.Resource, error) { return located(r, slug) },
		Read: func(r *gate.Reader) (Plan, error) {
			p, _, err := s.plannedIn(r, a)
			return p, err
		},
	})
}

// PutAccess is Apply for one project, for those with access:grant and
// access:view there. version is of what was read, "" = whatever it is.
func (s *Service) PutAccess(ctx context.Context, who authz.Subject, slug string, rows Rows, version string) (Plan, error) {
	a, err := rows.access(slug)
	if err != nil {
		return Plan{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[Plan]{
		Name: "access.write",
		On:   func(tx *gate.Tx) (authz.Resource, error) { return located(&tx.Reader, slug) },
		Apply: func(tx *gate.Tx) (Plan, error) {
			p, c, err := s.plannedIn(&tx.Reader, a)
			if err != nil {
				return p, err
			}
			if err := fresh(version, p.Version); err != nil {
				return p, err
			}
			return p, c.write(tx, "access.write")
		},
	})
}

func (s *Service) plannedIn(r *gate.Reader, a Access) (Plan, *comparison, error) {
	row, err := projects.Locate(r, a.Slug.Text)
	if err != nil {
		return Plan{}, nil, err
	}
	seen, err := seeAround(r, row)
	if err != nil {
		return Plan{}, nil, err
	}
	p, c, err := s.plan(r, &Document{Projects: []Access{a}}, seen, false)
	p.Version = versionIn(seen.Projects[0])
	return p, c, err
}

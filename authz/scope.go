package authz

import (
	"maps"
	"slices"
)

// nowhere is the id of a project that does not exist.
const nowhere = "\x00"

// Cells is a set of kinds of thing: whose they are × how visible they are.
type Cells uint8

// Has says whether the set has things of this kind.
func (c Cells) Has(own bool, v Visibility) bool { return c&kindOfThing(own, v) != 0 }

func kindOfThing(isOwn bool, v Visibility) Cells {
	bit := Cells(1) << (2 * v)
	if !isOwn {
		bit <<= 1
	}
	return bit
}

// CollectionKey names a collection of a project.
type CollectionKey struct{ Project, Collection string }

// Scope is what a list may show: every thing for which Check says yes, in a
// form that can be written as a condition of a query. A thing's collection
// speaks before its project, its project before the default.
type Scope struct {
	Subject     string                  // whose things are own: a user's id, or "" for nobody's
	Default     Cells                   // in projects that are not listed, and outside projects
	Projects    map[string]Cells        // where it differs from Default
	Collections map[CollectionKey]Cells // where it differs from the collection's project
}

// Has says whether the list may show a thing. It equals Check for the scope's
// subject, permission and time, for things of which no fact, loan or id is
// asked: what a node may by its lock (R6, R28) and a bearer by its token (R31)
// is in no scope.
func (s Scope) Has(r Resource) bool {
	isOwn := s.Subject != "" && r.Owner == s.Subject
	return s.cells(r).Has(isOwn, r.Visibility)
}

func (s Scope) cells(r Resource) Cells {
	if r.Collection != "" {
		if c, listed := s.Collections[CollectionKey{r.Project, r.Collection}]; listed {
			return c
		}
	}
	if c, listed := s.Projects[r.Project]; listed {
		return c
	}
	return s.Default
}

// Empty says that nothing at all may be shown.
func (s Scope) Empty() bool {
	for _, c := range s.Projects {
		if c != 0 {
			return false
		}
	}
	for _, c := range s.Collections {
		if c != 0 {
			return false
		}
	}
	return s.Default == 0
}

// Scope returns what a list of things that need the permission may show. It
// asks Check about each kind of thing, so it cannot disagree with it.
func (p *Policy) Scope(s Subject, permission string, now int64) Scope {
	kinds := func(project, collection string) Cells {
		return p.kinds(s, permission, Resource{Project: project, Collection: collection}, now)
	}
	out := Scope{
		Default:     kinds(nowhere, ""),
		Projects:    map[string]Cells{},
		Collections: map[CollectionKey]Cells{},
	}
	if s.Kind == Person {
		out.Subject = s.self()
	}
	for _, project := range p.concerning(s) {
		wide := kinds(project, "")
		if wide != out.Default {
			out.Projects[project] = wide
		}
		for _, collection := range p.collectionsOf(s, project) {
			if c := kinds(project, collection); c != wide {
				out.Collections[CollectionKey{project, collection}] = c
			}
		}
	}
	return out
}

// kinds asks Check about each of the six kinds of thing in one place.
func (p *Policy) kinds(s Subject, permission string, r Resource, now int64) Cells {
	var set Cells
	for _, v := range []Visibility{ProjectWide, Private, Public} {
		for _, isOwn := range []bool{true, false} {
			r.Visibility, r.Owner = v, ""
			if isOwn && s.Kind == Person {
				r.Owner = s.self()
			}
			if p.Check(s, permission, r, now).Allowed {
				set |= kindOfThing(isOwn, v)
			}
		}
	}
	return set
}

// concerning lists the projects, some perhaps twice, in which the answer may
// not be the default: those that have public parts, that the subject holds
// something in or serves, and that its key is limited to.
func (p *Policy) concerning(s Subject) []string {
	var list []string
	switch s.Kind {
	case Person:
		if s.Preview != nil && s.Preview.Role != "" { // held everywhere
			return sortedKeys(p.places)
		}
		for _, user := range p.lookers(s) {
			list = p.append(list, p.belongs.of(user))
		}
		list = p.append(list, p.open)
	case Anonymous, Bearer, Local:
		list = p.append(list, p.open)
	case Node:
		list = append(list, s.Projects...)
	}
	if s.Caps != nil {
		list = append(list, s.Caps.Projects...)
	}
	return list
}

func (p *Policy) append(list []string, numbers []uint32) []string {
	for _, n := range numbers {
		list = append(list, p.projects[n].source.ID)
	}
	return list
}

// lookers are the accounts whose rights decide: the subject's, and that of
// whom it looks at.
func (p *Policy) lookers(s Subject) (users []uint32) {
	ids := []string{s.ID}
	if s.Preview != nil {
		ids = append(ids, s.Preview.User)
	}
	for _, id := range ids {
		if user, known := p.users[id]; known {
			users = append(users, user)
		}
	}
	return users
}

// collectionsOf lists the collections of a project that memberships or entries
// of the subject name.
func (p *Policy) collectionsOf(s Subject, id string) []string {
	in := p.projectOf(id)
	if in == nil || s.Kind != Person {
		return nil
	}
	var list []string
	for _, user := range p.lookers(s) {
		if held, ok := in.find(user); ok && held&isSpecial != 0 {
			list = slices.AppendSeq(list, maps.Keys(in.special[held&^isSpecial].collections))
		}
	}
	return list
}

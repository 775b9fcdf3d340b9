package authz

import (
	"slices"
	"strings"
)

// reading is one question to a source as it was written down.
type reading struct {
	source  *Source
	asker   Subject
	thing   Resource
	now     int64
	project *Project // the thing's; nil on the site and when unknown
	own     bool
	super   bool
}

func readingOf(src *Source, s Subject, r Resource, now int64) *reading {
	rd := &reading{source: src, asker: s, thing: r, now: now, super: s.Kind == Local}
	if s.Kind == Person {
		who := rd.account(s.ID)
		rd.super = who != nil && who.Superuser
		rd.own = s.ID != "" && s.ID == r.Owner
	}
	if i := slices.IndexFunc(src.Projects, func(p Project) bool { return p.ID == r.Project }); i >= 0 {
		rd.project = &src.Projects[i]
	}
	return rd
}

// account is the user with this id, or nil.
func (rd *reading) account(id string) *User {
	if i := slices.IndexFunc(rd.source.Users, func(u User) bool { return u.ID == id }); i >= 0 {
		return &rd.source.Users[i]
	}
	return nil
}

func (rd *reading) enabled(id string) bool {
	who := rd.account(id)
	return who != nil && !who.Disabled
}

// finding is what a reading says of one permission, apart from what it
// requires.
type finding struct {
	Decision
	detail string
	list   []Considered
}

// find heeds visibility: others' private things need the private counterpart,
// or the permission by a grant that names the thing's collection.
func (rd *reading) find(perm Permission) finding {
	f := rd.closed(perm)
	if f.Rule == 0 && rd.byToken(perm) {
		f.Decision = Decision{Allowed: true, Rule: 31}
	}
	if f.Rule != 0 || !rd.shut(perm) {
		return rd.orGranted(f, perm)
	}
	private := named(rd.source, perm.Private)
	f = rd.orGranted(rd.closed(private), private)
	list := slices.DeleteFunc(rd.walk(perm), func(c Considered) bool { return c.Effect == 0 })
	switch d := inCollection(list); {
	case rd.outside(perm) || !d.Allowed || f.Allowed && f.Rule != d.Rule:
		silence(list, "others' private things need "+private.Name+", or a grant that names their collection and no deny")
	case f.Allowed: // both do
		settle(list, d, true)
	default:
		silence(f.list, "a grant that names the collection opens it")
		settle(list, d, true)
		f.Decision, f.detail = d, ""
	}
	f.list = append(f.list, list...)
	return f
}

// shut says whether visibility keeps the asker from the thing.
func (rd *reading) shut(perm Permission) bool {
	return perm.Private != "" && rd.thing.Visibility == Private && !rd.own
}

// closed is R3 and R4.
func (rd *reading) closed(perm Permission) finding {
	switch {
	case perm.Never:
		return finding{Decision: Decision{Rule: 3}}
	case rd.reserved(perm) && !rd.super:
		return finding{Decision: Decision{Rule: 4}, detail: perm.Name + " is reserved by " + rd.reserver(perm)}
	}
	return finding{}
}

func (rd *reading) reserved(perm Permission) bool { return rd.reserver(perm) != "" }

// reserver is who reserves it; "" when nobody does.
func (rd *reading) reserver(perm Permission) string {
	switch {
	case slices.ContainsFunc(rd.source.Reserved, perm.goesBy):
		return "the site"
	case perm.Reserved && !slices.ContainsFunc(rd.source.Opened, perm.goesBy):
		return "the catalogue"
	}
	return ""
}

// byToken is R31.
func (rd *reading) byToken(perm Permission) bool {
	s := rd.asker
	return s.Kind == Bearer && s.ID != "" && s.ID == rd.thing.Thing && slices.Contains(rd.source.Catalog.Token, perm.Name)
}

// orGranted completes a finding that has not decided yet by R5 and R7 to R14.
func (rd *reading) orGranted(f finding, perm Permission) finding {
	f.list = rd.walk(perm)
	switch outside := rd.outside(perm); {
	case f.Rule != 0:
	case rd.looksPublic(perm):
		f = finding{Decision{Allowed: true, Rule: 7}, "the thing is public", f.list}
	case holds(f.list, 7, Allow):
		f.Decision = Decision{Allowed: true, Rule: 7}
	case rd.super && !outside:
		f.Decision = Decision{Allowed: true, Rule: rd.sovereign()}
	case perm.isView() && rd.open():
		f = finding{Decision{Allowed: true, Rule: 10}, "something in it is public", f.list}
	case outside:
		f = finding{Decision{Rule: 5}, rd.lacking(perm), f.list}
	default:
		f.Decision = layers(f.list)
	}
	settle(f.list, f.Decision, false)
	return f
}

// sovereign is the rule by which superusers may do anything.
func (rd *reading) sovereign() Rule {
	if rd.asker.Kind == Local {
		return 32
	}
	return 8
}

// open says whether anything in the project is public (R10).
func (rd *reading) open() bool {
	return rd.project != nil && (rd.project.HasPublic || len(rd.project.Public) > 0)
}

// looksPublic is the part of R7 that rests on the thing's own visibility: it
// counts for permissions that heed visibility, or require one that does.
func (rd *reading) looksPublic(perm Permission) bool {
	heeds := func(name string) bool { return named(rd.source, name).Private != "" }
	return perm.PublicOK && rd.thing.Visibility == Public && slices.ContainsFunc(withRequired(rd.source, perm.Name), heeds)
}

// outside is R5.
func (rd *reading) outside(perm Permission) bool {
	caps := rd.asker.Caps
	return caps != nil && (rd.afar(perm) || !rd.covered(perm))
}

// afar says whether the key is limited to other projects than the thing's.
func (rd *reading) afar(perm Permission) bool {
	limits := rd.asker.Caps.Projects
	return limits != nil && (perm.Level == OnSite || !slices.Contains(limits, rd.thing.Project))
}

// covered says whether a scope of the key speaks of the permission, or of one
// that requires it.
func (rd *reading) covered(perm Permission) bool {
	for _, dependent := range rd.source.Catalog.Permissions {
		speaks := func(scope string) bool { return dependent.touches(scope) && reaches(scope, rd.own) }
		if slices.ContainsFunc(rd.asker.Caps.Scopes, speaks) && slices.Contains(withRequired(rd.source, dependent.Name), perm.Name) {
			return true
		}
	}
	return false
}

// lacking says what a key would need.
func (rd *reading) lacking(perm Permission) string {
	switch {
	case rd.afar(perm) && perm.Level == OnSite:
		return "the key is for some projects, and this is of the site"
	case rd.afar(perm):
		return "the key is for other projects"
	case len(rd.asker.Caps.Scopes) == 0:
		return "the key has no scope, and " + perm.Name + " is needed"
	}
	return "the key has " + strings.Join(rd.asker.Caps.Scopes, ", ") + ", and " + perm.Name + " is needed"
}

// namesakes are the permissions that a name stands for, in the order of their
// names: itself, or for an old name all that list it as an alias.
func namesakes(src *Source, name string) []Permission {
	var list []Permission
	for _, perm := range src.Catalog.Permissions {
		if perm.Name == name || slices.Contains(perm.Aliases, name) {
			list = append(list, perm)
		}
	}
	slices.SortFunc(list, func(a, b Permission) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// named is one permission of the catalogue by its present name.
func named(src *Source, name string) Permission {
	i := slices.IndexFunc(src.Catalog.Permissions, func(perm Permission) bool { return perm.Name == name })
	return src.Catalog.Permissions[i]
}

// goesBy says whether an exact name, old or new, stands for the permission.
func (p Permission) goesBy(name string) bool {
	return p.Name == name || slices.Contains(p.Aliases, name)
}

// touches says whether a written pattern speaks of the permission, for own
// things or for others'.
func (p Permission) touches(written string) bool {
	pattern, half, _ := strings.Cut(written, "@")
	if p.Never || half != "" && !p.Selectors {
		return false
	}
	speaks := func(name string) bool { return Match(pattern, name) }
	return speaks(p.Name) || slices.ContainsFunc(p.Aliases, speaks)
}

// onlyFor is what a written pattern confines itself to: "own", "others" or "".
func onlyFor(written string) string {
	_, half, _ := strings.Cut(written, "@")
	return half
}

// reaches says whether a written pattern is read for things of this sort.
func reaches(written string, own bool) bool {
	half := onlyFor(written)
	return half == "" || (half == "own") == own
}

// isView says whether it is the permission that bans and titles are about (R10).
func (p Permission) isView() bool { return p.Name == ProjectView }

// bans says whether a written deny names ProjectView exactly, perhaps by an
// old name of it (R10).
func bans(src *Source, written string, effect Effect) bool {
	name, _, _ := strings.Cut(written, "@")
	return effect == Deny && slices.ContainsFunc(namesakes(src, name), Permission.isView)
}

// withRequired lists a permission and what it requires, transitively (R15).
func withRequired(src *Source, name string) []string {
	list := []string{name}
	for i := 0; i < len(list); i++ {
		for _, need := range named(src, list[i]).Requires {
			if !slices.Contains(list, need) {
				list = append(list, need)
			}
		}
	}
	return list
}

// path is a shortest way along what requires what, both ends included.
func path(src *Source, from, to string) []string {
	before := map[string]string{}
	for _, name := range withRequired(src, from) {
		for _, need := range named(src, name).Requires {
			if before[need] == "" {
				before[need] = name
			}
		}
	}
	way := []string{to}
	for way[0] != from {
		way = slices.Insert(way, 0, before[way[0]])
	}
	return way
}

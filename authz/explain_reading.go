package authz

import "slices"

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
	if f := rd.closed(perm); f.Rule != 0 || !rd.shut(perm) {
		return rd.orGranted(f, perm)
	}
	private := named(rd.source, perm.Private)
	f := rd.orGranted(rd.closed(private), private)
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

// closed is R3, R4 and what opens before all else, R31.
func (rd *reading) closed(perm Permission) finding {
	switch {
	case perm.Never:
		return finding{Decision: Decision{Rule: 3}}
	case rd.reserved(perm) && !rd.super:
		return finding{Decision: Decision{Rule: 4}, detail: perm.Name + " is reserved by " + rd.reserver(perm)}
	case rd.byToken(perm):
		return finding{Decision: Decision{Allowed: true, Rule: 31}}
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

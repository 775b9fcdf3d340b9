package authz

import "strings"

// Explanation is a decision with its reasons (R22). It is plain data, for
// every surface to show as it likes; String is for terminals and logs.
type Explanation struct {
	Decision
	Who    Subject // whose decision this is
	Asked  string  // the permission asked, by its present name
	Why    string  // the deciding rule in words
	Detail string  // what the rule met with in this case; "" when the rest says it
	// Considered is everything that the asker holds and everything public that
	// speaks of the permission, or could: the site's first, ended ones too.
	Considered []Considered
	// Parts are the questions that this one rests on, explained in turn.
	Parts []Part
}

// Part is a question within an explanation.
type Part struct {
	As PartKind
	Explanation
}

// PartKind says what a part is to the whole.
type PartKind string

// The parts that explanations can have.
const (
	PartRequired     PartKind = "required"      // what is required and missing (R15)
	PartTarget       PartKind = "target"        // whom a preview looks as (R23)
	PartViewer       PartKind = "viewer"        // who previews (R23)
	PartViewerOwn    PartKind = "viewer_own"    // the same, were the thing the viewer's
	PartViewerOthers PartKind = "viewer_others" // the same, were it another's
	PartOwner        PartKind = "owner"         // the owner of the job that lends (R28)
	PartRunner       PartKind = "runner"        // its runner (R28)
)

// Considered is one thing written in the policy that an explanation looked at:
// a pattern of a role that is held, a personal entry, something made public,
// or a role that says nothing.
type Considered struct {
	Permission string // what it was read for: the one asked, or its private counterpart
	Rule       Rule   // where it is read: R7, R9, R10, R11, R12 or R13
	Role       string // "" for a personal entry, and for what is public
	Team       string // the team that holds the role; "" when held directly
	Project    string // "" on the site
	Collection string // "" = not only in one
	Pattern    string // what speaks, as it was written; "" when nothing does
	Public     bool   // Pattern is public in the project (R7)
	Override   bool   // Pattern stands in an override, not in the template
	Effect     Effect // 0 = it says nothing about this
	Live       bool   // R17
	Decided    bool   // the decision rests on it, perhaps with others
	Why        string // why it did not decide, in a few words; "" when it did
	Interval
	Note       *Note // of the entry or override; nil = not known
	Membership *Note // of the membership that brings the role; nil = not known
}

// Explain answers as Check does and says why. The verdict is Check's own; the
// reasons are found by reading the Source as it was written down, not what was
// compiled from it. A preview of a role compiles what concerns the viewer;
// nothing else costs more than a walk through the lists.
func (p *Policy) Explain(s Subject, permission string, r Resource, now int64) Explanation {
	x := Explanation{Decision: p.Check(s, permission, r, now), Who: s, Asked: permission}
	x.Why = x.Reason()
	perm, known := p.reported(s, permission, r, now)
	if known {
		x.Asked = perm.Name
	}
	rd := readingOf(&p.source, s, r, now)
	switch {
	case x.Rule == 1 || x.Rule == 2:
		x.Detail = p.unanswerable(rd, permission, x.Rule)
	case s.Preview != nil:
		p.explainPreview(&x, rd)
	case s.Kind == Node:
		p.explainNode(&x, rd)
	case s.Kind == System:
		x.Considered, x.Detail = rd.loop(perm), "background loops hold what the catalogue lists for them"
	default:
		p.explainPerson(&x, rd, perm)
	}
	return x
}

// reported is the permission that Check reports about: of the several that an
// old name may stand for the first that is refused, else the first.
func (p *Policy) reported(s Subject, permission string, r Resource, now int64) (Permission, bool) {
	all := namesakes(&p.source, permission)
	for _, one := range all {
		if !p.Check(s, one.Name, r, now).Allowed {
			return one, true
		}
	}
	if len(all) == 0 {
		return Permission{}, false
	}
	return all[0], true
}

// explainPerson explains people and strangers: R3 to R15, R31 and R32.
func (p *Policy) explainPerson(x *Explanation, rd *reading, perm Permission) {
	found := rd.find(perm)
	x.Considered, x.Detail = found.list, found.detail
	if x.Rule != 15 {
		return
	}
	x.Detail = strings.Join(path(rd.source, perm.Name, x.Permission), " requires ")
	for i := range x.Considered {
		if c := &x.Considered[i]; c.Decided {
			c.Decided, c.Why = false, "gives it, but "+x.Permission+" is required as well"
		}
	}
	x.Parts = []Part{{PartRequired, p.Explain(rd.asker, x.Permission, rd.thing, rd.now)}}
}

// Decisive lists what the decision rests on, in this explanation and in those
// of its parts that came out the same.
func (x Explanation) Decisive() []Considered {
	var list []Considered
	for _, c := range x.Considered {
		if c.Decided {
			list = append(list, c)
		}
	}
	for _, part := range x.Parts {
		if part.Allowed == x.Allowed {
			list = append(list, part.Decisive()...)
		}
	}
	return list
}

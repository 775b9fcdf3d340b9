package worlds

import (
	"fmt"

	"github.com/remit-server/remit/authz"
)

// Question is everything that a decision may depend on besides the policy.
type Question struct {
	Subject    authz.Subject
	Permission string
	Operation  string
	Resource   authz.Resource
	To         authz.Resource // where it goes, when the operation moves it (R29)
	Now        int64
}

// Ask draws a question about a policy.
func Ask(d Dice, src authz.Source) Question {
	m := maker{Dice: d, catalog: src.Catalog}
	s := m.subject()
	q := Question{Subject: s, Permission: m.asked(), Resource: m.resource(s), Now: int64(1 + m.Roll("now", 10))}
	if m.chance(5) { // what private things are asked, in collections that policies speak of
		q.Permission = pick(m, "private", "file:read", "collection:read", "file:read_private")
		q.Resource.Collection = pick(m, "collection", "c1", "c2")
		q.Resource.Visibility = authz.Private
	}
	if m.rarely() {
		q.Permission = pick(m, "unknown", "budgt:view", "job:run", "job:*", "*", "")
	}
	q.Operation = pick(m, "operation", Operations...)
	if m.rarely() {
		q.Operation = "op.z"
	}
	q.To = m.resource(s)
	return q
}

func (m maker) subject() authz.Subject {
	s := authz.Subject{Kind: pick(m, "kind", kinds...)}
	switch s.Kind {
	case authz.Person:
		s.ID, s.Preview = m.account(), m.preview()
	case authz.Node:
		s.ID, s.Site = "n1", m.chance(6)
		s.Projects = some(m, "serves", []string{"p1", "p2"}, 2)
	case authz.System:
		s.ID = pick(m, "loop", "sweeper", "sweeper", "unknown")
	case authz.Bearer:
		s.ID = pick(m, "token", "j1", "j1", "u1", "")
	}
	if m.chance(3) {
		s.Caps = m.caps()
	}
	return s
}

// kinds come as often as they stand here.
var kinds = []authz.Kind{
	authz.Person, authz.Person, authz.Person, authz.Person, authz.Person, authz.Person, authz.Person, authz.Person, authz.Person,
	authz.Anonymous, authz.Node, authz.Node, authz.System, authz.Bearer, authz.Local, authz.Person, authz.Person, authz.Person,
}

func (m maker) account() string {
	if m.rarely() {
		return "u9" // no such account
	}
	return pick(m, "who", "u1", "u2", "u3", "u4")
}

func (m maker) preview() *authz.Preview {
	if !m.chance(3) {
		return nil
	}
	if m.chance(1) {
		return &authz.Preview{User: pick(m, "nonsense", "", "u1"), Role: pick(m, "nonsense", "", "r1", "r9")}
	}
	if m.chance(8) {
		return &authz.Preview{User: m.account()}
	}
	return &authz.Preview{Role: pick(m, "as", "r1", "r2", "r3", "s1", "signed_in", "anonymous", "r9")}
}

// Caps draws those of a key.
func Caps(d Dice, src authz.Source) *authz.Caps {
	return maker{Dice: d, catalog: src.Catalog}.caps()
}

func (m maker) caps() *authz.Caps {
	scope := func() string {
		if m.chance(8) {
			return m.asked() + pick(m, "selector", "", "", "", "@own", "@others")
		}
		return pick(m, "scope", "*", "job:*", "file:*", "job:run.*", "collection:*", "jobs:*", "*@own", "j*", "nothing:known")
	}
	caps := &authz.Caps{Scopes: many(m, "scopes", 0, 5, scope)}
	if m.chance(6) {
		caps.Projects = some(m, "cap projects", []string{"p1", "p2"}, 2)
	}
	return caps
}

func (m maker) resource(s authz.Subject) authz.Resource {
	r := authz.Resource{
		Project:    pick(m, "project", "p1", "p2", "p1", "p2", "p1", "", "p1", "p9", "p1", "p2", "p1", "p2"),
		Owner:      pick(m, "owner", "", s.ID, "u1", "u2"),
		Collection: pick(m, "collection", "", "c1", "c2", "c9"),
		Visibility: pick(m, "visibility", authz.ProjectWide, authz.Private, authz.ProjectWide, authz.Public),
		Run:        pick(m, "run", "a", "a.single", "b", "", "zz", "z"),
		Facts:      authz.Facts(m.Roll("facts", 256)),
		Thing:      pick(m, "thing", "j1", "j1", "j2", "u1", ""),
	}
	if s.Kind == authz.Node && m.chance(12) {
		r.Loan = m.loan()
		if m.chance(14) {
			r.Facts |= authz.IsLent
		}
	}
	if m.rarely() {
		r.Visibility = authz.Public + 1
	}
	return r
}

func (m maker) loan() *authz.Loan {
	lends := func() authz.LentRight { return authz.LentRight{Permission: m.asked(), OfType: m.chance(6)} }
	person := func() authz.Subject {
		s := authz.Subject{Kind: pick(m, "lender", authz.Person, authz.Person, authz.Person, authz.Bearer, authz.Local), ID: m.account()}
		if m.chance(2) {
			s.Caps = m.caps()
		}
		return s
	}
	return &authz.Loan{Rights: many(m, "lent", 2, 12, lends), Owner: person(), Runner: person()}
}

// EveryThing is one thing of every sort that a list can meet.
func EveryThing(s authz.Subject) (all []authz.Resource) {
	for _, project := range []string{"p1", "p2", "p9", ""} {
		for _, collection := range []string{"", "c1", "c2", "c9"} {
			for _, owner := range []string{"", s.ID, "u1", "u2", "u3", "u4"} {
				for _, v := range []authz.Visibility{authz.ProjectWide, authz.Private, authz.Public} {
					all = append(all, authz.Resource{Project: project, Collection: collection, Owner: owner, Visibility: v})
				}
			}
		}
	}
	return all
}

// String shows a question with what %+v would show as pointers.
func (q Question) String() string {
	text := fmt.Sprintf("%q %q at %d by %s\n  on %s", q.Permission, q.Operation, q.Now, subject(q.Subject), thing(q.Resource))
	return text + "\n  to " + thing(q.To)
}

func subject(s authz.Subject) string {
	caps, preview := s.Caps, s.Preview
	s.Caps, s.Preview = nil, nil
	text := fmt.Sprintf("%+v", s)
	if caps != nil {
		text += fmt.Sprintf(", caps %q in %q (all: %v)", caps.Scopes, caps.Projects, caps.Projects == nil)
	}
	if preview != nil {
		text += fmt.Sprintf(", previewing %+v", *preview)
	}
	return text
}

func thing(r authz.Resource) string {
	loan := r.Loan
	r.Loan = nil
	text := fmt.Sprintf("%+v", r)
	if loan != nil {
		text += fmt.Sprintf(", lent %v by %s, run by %s", loan.Rights, subject(loan.Owner), subject(loan.Runner))
	}
	return text
}

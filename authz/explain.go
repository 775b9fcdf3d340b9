package authz

// Explanation is a decision with its reasons (R22).
type Explanation struct {
	Decision
	Why string // the deciding rule in words
	// Asked is the permission that the reasons are about: the one asked, the
	// required one that is missing (R15), or the private counterpart of either.
	Asked string
	// Considered is everything of the subject's that speaks of Asked here, or
	// could: roles, overrides and entries, site layer first, ended ones too.
	Considered []Considered
}

// Considered is one role or entry that an explanation looked at.
type Considered struct {
	Rule       Rule   // where it is read: R7, R9, R10, R11, R12 or R13
	Role       string // "" for a personal entry
	Team       string // the team that holds the role; "" when held directly
	Project    string // "" on the site
	Collection string // "" = not only in one
	Pattern    string // what speaks, as it was written; "" when nothing does
	Override   bool   // Pattern stands in an override, not in the template
	Effect     Effect // 0 = it says nothing about this
	Live       bool   // R17
	Decided    bool   // it is what the decision rests on, perhaps with others
	Interval
}

// Explain answers as Check does and says why. It reads the Source as it was
// written down, not what was compiled from it.
func (p *Policy) Explain(s Subject, permission string, r Resource, now int64) Explanation {
	out := Explanation{Decision: p.Check(s, permission, r, now), Asked: permission}
	out.Why = why[out.Rule]
	id, known := p.index[permission]
	a, live := p.ask(&s, &r, now)
	if !known || !live || s.Kind > Person {
		return out
	}
	if out.Rule == 15 {
		id = p.index[out.Permission]
	}
	basis := a.one(id)
	id = a.spokenOf(id, basis)
	out.Asked = p.permissions[id].Name
	w := walk{policy: p, asking: &a, id: id, now: now}
	w.site()
	w.project()
	for i := range w.list {
		w.list[i].Decided = w.decided(w.list[i], basis)
	}
	out.Considered = w.list
	return out
}

// spokenOf is the permission that decided: for others' private things the
// private counterpart, unless a grant of the collection allowed it.
func (a *asking) spokenOf(id permID, basis Decision) permID {
	private := a.policy.permissions[id].private
	if private == noPermission || a.thing.Visibility != Private || a.cell == own {
		return id
	}
	if basis.Rule == 4 && a.closed(id).Rule == 4 || basis.Allowed && a.granted(private) != basis {
		return id
	}
	return private
}

// why says each deciding rule in words.
var why = map[Rule]string{
	1:  "the account does not exist or is disabled",
	2:  "there is no such permission",
	3:  "nobody may do this",
	4:  "reserved for superusers",
	5:  "outside what the key or preview may do",
	6:  "a node may do exactly what its work needs",
	7:  "public: everybody may do this",
	8:  "a superuser may do this",
	9:  "denied on the site",
	10: "a ban denies the whole project; any role, allow or public part shows its title",
	11: "a personal entry in the project decides",
	12: "the roles held in the project decide",
	13: "allowed on the site",
	14: "nothing allows it",
	15: "something that it requires is missing",
}

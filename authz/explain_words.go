package authz

// Reason says the deciding rule in words: at no cost, and without what only
// Explain knows. It is "" for decisions that no rule had to make.
func (d Decision) Reason() string {
	if d.Rule == 10 && d.Allowed {
		return "any role, allow or public part of a project shows its title"
	}
	return reasons[d.Rule]
}

var reasons = map[Rule]string{
	1:  "the account does not exist or is disabled",
	2:  "there is no such permission",
	3:  "nobody may do this",
	4:  "reserved for superusers",
	5:  "outside what the key or preview may do",
	6:  "a node may do exactly what its work needs",
	7:  "public: everybody may do this",
	8:  "a superuser may do this",
	9:  "denied on the site",
	10: "a ban denies the whole project",
	11: "a personal entry in the project decides",
	12: "the roles held in the project decide",
	13: "allowed on the site",
	14: "nothing allows it",
	15: "something that it requires is missing",
	16: "the state of the thing does not permit it",
	28: "the job lends this to the node that holds it",
	31: "the token of a job gives this on that job",
	32: "authentication is off: everybody is a superuser",
}

// unanswerable says what is wrong with a question that R1 or R2 refuses.
func (p *Policy) unanswerable(rd *reading, permission string, rule Rule) string {
	switch v := rd.asker.Preview; {
	case rd.asker.Kind == Person && !rd.enabled(rd.asker.ID):
		return rd.noAccount(rd.asker.ID)
	case rule == 1 && v == nil:
		return "there is no such kind of subject"
	case rule == 1 && (v.User == "") == (v.Role == ""):
		return "a preview is of a person or of a role"
	case rule == 1:
		return rd.noAccount(v.User)
	case len(namesakes(rd.source, permission)) > 0:
		return "there is no role " + v.Role
	}
	return "there is no permission " + permission + perhaps(p.Suggest(permission))
}

func (rd *reading) noAccount(id string) string {
	if rd.account(id) == nil {
		return "there is no account " + id
	}
	return "the account " + id + " is disabled"
}

func perhaps(name string) string {
	if name == "" {
		return ""
	}
	return "; perhaps " + name + " is meant"
}

// overruled says why something that holds did not decide, when another rule
// did or something stronger under the same one.
func overruled(c Considered, d Decision) string {
	switch {
	case c.Effect == Remove:
		return "only silences the role's template"
	case c.Rule == d.Rule:
		return "a deny under the same rule is stronger"
	}
	return d.Rule.text() + " decides before it"
}

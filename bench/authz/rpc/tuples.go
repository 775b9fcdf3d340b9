package rpc

import "github.com/remit-server/remit/bench/authz"

// tuple says that a subject stands in a relation to an object: how OpenFGA and
// SpiceDB are both told.
type tuple struct {
	object   object
	relation string
	subject  object
	through  string // a relation: whoever stands in it to the subject is meant; "" = the subject
}

type object struct{ kind, id string }

// tuples are the memberships and the overrides. What roles grant stands in the
// schemas, which is the fastest way for both.
func tuples(m authz.Model) (list []tuple) {
	for _, u := range m.Users {
		for _, held := range u.Memberships {
			list = append(list, tuple{object{"project", m.Projects[held.Project].Name}, m.Roles[held.Role].Name, object{"user", u.Name}, ""})
		}
	}
	for _, p := range m.Projects {
		for _, o := range p.Overrides {
			here := object{"project", p.Name}
			list = append(list, tuple{here, overriding(m.Permissions[o.Permission], o.Deny), here, m.Roles[o.Role].Name})
		}
	}
	return list
}

// overriding is the relation in which roles stand that a project allows a
// permission to, or denies it.
func overriding(permission string, deny bool) string {
	if deny {
		return word(permission) + "_denied"
	}
	return word(permission) + "_allowed"
}

// things are those of the site, with what they lie in and whose they are.
func things(s Site) (list []tuple) {
	for i, t := range s.Things {
		thing := object{"thing", thingName(i)}
		list = append(list, tuple{thing, "project", object{"project", s.Projects[t.Project].Name}, ""},
			tuple{thing, "owner", object{"user", s.Users[t.Owner].Name}, ""})
	}
	return list
}

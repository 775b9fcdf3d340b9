package worlds

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// catalogFaults are in the permissions.
func catalogFaults() []Fault {
	faults := []Fault{
		with("a permission twice", authz.Permission{Name: authz.ProjectView}),
		with("a permission without a name", authz.Permission{}),
		with("a requirement that does not exist", authz.Permission{Name: "x:y", Requires: []string{"budgt:view"}}),
		with("a requirement of itself", authz.Permission{Name: "x:y", Requires: []string{"x:y"}}),
		with("a circle", authz.Permission{Name: "x:y", Requires: []string{"x:z"}}, authz.Permission{Name: "x:z", Requires: []string{"job:read", "x:y"}}),
		with("a private counterpart that does not exist", authz.Permission{Name: "x:y", Private: "x:y_private"}),
	}
	for _, name := range []string{"job", "job:", ":read", "job:read@own", "job:*", "job:{run}", "job :read"} {
		faults = append(faults, with("a permission called "+name, authz.Permission{Name: name}))
	}
	return slices.Concat(faults, aliasFaults())
}

// aliasFaults are in old names, and in the catalogue's own references to them.
func aliasFaults() (faults []Fault) {
	old := authz.Permission{Name: "x:y", Aliases: []string{"x:old"}}
	faults = append(faults,
		with("an alias that is a permission", authz.Permission{Name: "x:y", Aliases: []string{authz.ProjectView}}),
		with("an alias that is the permission itself", authz.Permission{Name: "x:y", Aliases: []string{"x:y"}}),
		with("an alias twice", authz.Permission{Name: "x:y", Aliases: []string{"x:old", "x:old"}}),
		with("a requirement by an alias", old, authz.Permission{Name: "x:z", Requires: []string{"x:old"}}),
		with("a private counterpart by an alias", old, authz.Permission{Name: "x:z", Private: "x:old"}),
	)
	for _, name := range []string{"", "job", "job:", ":read", "job:read@own", "job:*", "job:{run}"} {
		faults = append(faults, with("an alias called "+name, authz.Permission{Name: "x:y", Aliases: []string{name}}))
	}
	for name, o := range map[string]authz.Operation{
		"a group": {Groups: [][]string{{"x:old"}}}, "a primary": {Primary: "x:old"}, "a read": {Read: "x:old"},
		"a scope": {Scope: "x:old"}, "a place to go to": {To: [][]string{{"x:old"}}},
	} {
		faults = append(faults, Fault{name + " by an alias", func(_ maker, src *authz.Source) {
			o.Name = "op.x"
			src.Catalog.Permissions = append(src.Catalog.Permissions, old)
			src.Catalog.Operations = append(src.Catalog.Operations, o)
		}})
	}
	return append(faults, Fault{"a right of nodes or of tokens by an alias", func(m maker, src *authz.Source) {
		src.Catalog.Permissions = append(src.Catalog.Permissions, old)
		m.hand(src, "x:old")
	}})
}

// with adds permissions.
func with(name string, permissions ...authz.Permission) Fault {
	return Fault{name, func(m maker, src *authz.Source) {
		src.Catalog.Permissions = append(src.Catalog.Permissions, permissions...)
	}}
}

// hand gives a permission to nodes or to bearers.
func (m maker) hand(src *authz.Source, permission string) {
	if m.chance(8) {
		src.Catalog.Node = append(src.Catalog.Node, authz.NodeRight{Permission: permission})
		return
	}
	src.Catalog.Token = append(src.Catalog.Token, permission)
}

// operationFaults are in the rest of the catalogue.
func operationFaults() []Fault {
	faults := []Fault{{"a right of nodes or of tokens that does not exist", func(m maker, src *authz.Source) { m.hand(src, "budgt:view") }}}
	for name, o := range map[string]authz.Operation{
		"an operation twice": {Name: "op.a"}, "an operation without a name": {},
		"an unknown group": {Name: "op.x", Groups: [][]string{{authz.ProjectView}, {"budgt:view"}}}, "an empty group": {Name: "op.x", Groups: [][]string{{}}},
		"an unknown primary": {Name: "op.x", Primary: "budgt:view"}, "an unknown read": {Name: "op.x", Read: "budgt:view"},
		"an unknown scope": {Name: "op.x", Scope: "budgt:view"}, "an unknown guard": {Name: "op.x", Guards: []authz.Guard{"awake"}},
		"an unknown place to go to": {Name: "op.x", To: [][]string{{"budgt:view"}}}, "an empty place to go to": {Name: "op.x", To: [][]string{{}}},
	} {
		faults = append(faults, Fault{name, func(_ maker, src *authz.Source) { src.Catalog.Operations = append(src.Catalog.Operations, o) }})
	}
	return faults
}

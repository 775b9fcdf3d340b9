package authz_test

import "github.com/remit-server/remit/authz"

var catalogFaults = []fault{
	{"", declared(authz.Permission{Name: "job:read"}), `permission job:read is there twice`},
	{"", declared(authz.Permission{}), `permission without a name`},
	{"", declared(authz.Permission{Name: "job"}), `permission "job" is not of the form thing:verb`},
	{"", declared(authz.Permission{Name: "job:run.{run}"}), `permission "job:run.{run}" is not of the form thing:verb`},
	{"", declared(authz.Permission{Name: "job:*"}), `permission "job:*" is not of the form thing:verb`},
	{"", declared(authz.Permission{Name: "a:b", Requires: []string{"c:d"}}), `permission a:b: requires: unknown permission "c:d"`},
	{"", declared(authz.Permission{Name: "a:b", Private: "c:d"}), `permission a:b: private: unknown permission "c:d"`},
	{
		"", declared(authz.Permission{Name: "a:b", Requires: []string{"a:b"}}),
		`permission a:b requires itself, through what it requires`,
	},
	{
		"",
		declared(authz.Permission{Name: "a:b", Requires: []string{"c:d"}}, authz.Permission{Name: "c:d", Requires: []string{"a:b"}}),
		`permission c:d requires itself, through what it requires`,
	},
	// Old names.
	{
		"", declared(authz.Permission{Name: "a:b", Aliases: []string{"job:read"}}),
		`alias of a:b: job:read is the name of a permission`,
	},
	{"", declared(authz.Permission{Name: "a:b", Aliases: []string{"a:b"}}), `alias of a:b: a:b is the name of a permission`},
	{"", declared(authz.Permission{Name: "a:b", Aliases: []string{"old"}}), `alias of a:b "old" is not of the form thing:verb`},
	{"", declared(authz.Permission{Name: "a:b", Aliases: []string{"a:x", "a:x"}}), `alias of a:b: a:x is there twice`},
	// Operations.
	{"", operated(authz.Operation{Name: "job.read"}), `operation job.read is there twice`},
	{"", operated(authz.Operation{}), `operation without a name`},
	{"", operated(authz.Operation{Name: "x", Groups: groups("c:d")}), `operation x: unknown permission "c:d"`},
	{"", operated(authz.Operation{Name: "x", To: groups("c:d")}), `operation x: to: unknown permission "c:d"`},
	{"", operated(authz.Operation{Name: "x", Primary: "c:d"}), `operation x: primary: unknown permission "c:d"`},
	{"", operated(authz.Operation{Name: "x", Read: "c:d"}), `operation x: read: unknown permission "c:d"`},
	{"", operated(authz.Operation{Name: "x", Scope: "c:d"}), `operation x: scope: unknown permission "c:d"`},
	{"", operated(authz.Operation{Name: "x", Groups: [][]string{{}}}), `operation x: a group without permissions`},
	{"", operated(authz.Operation{Name: "x", To: [][]string{{}}}), `operation x: to: a group without permissions`},
	{"", operated(authz.Operation{Name: "x", Guards: []authz.Guard{"awake"}}), `operation x: unknown guard "awake"`},
	// Machines.
	{
		"", func(src *authz.Source) { src.Catalog.Node = []authz.NodeRight{{Permission: "job:clam"}} },
		`node: unknown permission "job:clam", did you mean "job:claim"?`,
	},
	{
		"", func(src *authz.Source) { src.Catalog.Token = []string{"job:*"} },
		`token: unknown permission "job:*"`,
	},
	{
		"", func(src *authz.Source) { src.Catalog.System = map[string][]string{"sweeper": {"c:d"}} },
		`system sweeper: unknown permission "c:d"`,
	},
}

func declared(list ...authz.Permission) change {
	return func(src *authz.Source) { src.Catalog.Permissions = append(src.Catalog.Permissions, list...) }
}

func operated(op authz.Operation) change {
	return func(src *authz.Source) { src.Catalog.Operations = append(src.Catalog.Operations, op) }
}

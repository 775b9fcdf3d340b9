package authz_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit/authz"
)

func TestCompileRefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given change
		want  string
	}{
		"an unknown permission": {
			override("p1", "drummer", authz.Deny, "record:view.budgt"),
			`project p1: override of role drummer: unknown permission "record:view.budgt", did you mean "record:view.budget"?`,
		},
		"a pattern of no thing": {
			override("p1", "drummer", authz.Deny, "jbo:*"),
			`project p1: override of role drummer: pattern "jbo:*" is of no thing that has permissions`,
		},
		"a pattern that cuts a word": {
			override("p1", "drummer", authz.Deny, "job:ru*"),
			`project p1: override of role drummer: pattern "job:ru*" is of no thing that has permissions`,
		},
		"a selector where there is none": {
			entry("p1", "dan", authz.Allow, "job:create@own"),
			`project p1: entry of user dan: "job:create@own": job:create has no selectors`,
		},
		"a selector that does not exist": {
			entry("p1", "dan", authz.Allow, "job:read@mine"),
			`project p1: entry of user dan: "job:read@mine" has a selector that is neither @own nor @others`,
		},
		"an entry that removes": {
			entry("p1", "dan", authz.Remove, "job:read"),
			`project p1: entry of user dan: an entry allows or denies`,
		},
		"an override without an effect": {
			override("p1", "drummer", 0, "job:read"),
			`project p1: override of role drummer: an override allows, removes or denies`,
		},
		"an unknown role in an override": {
			override("p1", "drumer", authz.Deny, "job:read"),
			`project p1: override of role drumer: unknown role`,
		},
		"an unknown role in a membership": {
			member("p1", "dan", "drumer"),
			`project p1: membership: unknown role "drumer", did you mean "drummer"?`,
		},
		"an unknown user": {
			member("p1", "nobody", "drummer"),
			`project p1: unknown user "nobody"`,
		},
		"an unknown team": {
			func(src *authz.Source) {
				project(src, "p1").Members = []authz.Member{{Team: "choir", Role: "drummer"}}
			},
			`project p1: unknown team "choir"`,
		},
		"an unknown user in a team": {
			func(src *authz.Source) { src.Teams = []authz.Team{{ID: "band", Users: []string{"ringo"}}} },
			`team band: unknown user "ringo"`,
		},
		"a membership of two": {
			func(src *authz.Source) {
				project(src, "p1").Members = []authz.Member{{User: "dan", Team: "band", Role: "drummer"}}
			},
			`project p1: a membership of role drummer names either a user or a team`,
		},
		"members of a built-in role": {
			func(src *authz.Source) {
				src.SiteMembers = []authz.Member{{User: "dan", Role: "signed_in"}}
			},
			`site: role signed_in is built in and has no members`,
		},
		"a site entry in a collection": {
			func(src *authz.Source) {
				src.SiteEntries = []authz.Entry{{User: "dan", Pattern: "job:read", Effect: authz.Deny, Collection: "c1"}}
			},
			`site: an entry names collection c1; collections are of projects`,
		},
		"strangers given what may not be public": {
			func(src *authz.Source) {
				src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: []string{"*", "job:read"}})
			},
			`site role anonymous: job:read may not be public`,
		},
		"strangers given it by an override": {
			func(src *authz.Source) {
				src.SiteOverrides = []authz.Override{{Role: "anonymous", Pattern: "job:read", Effect: authz.Allow}}
			},
			`site: override of role anonymous: job:read may not be public`,
		},
		"something reserved that does not exist": {
			func(src *authz.Source) { src.Reserved = []string{"job:run.mll"} },
			`reserved: unknown permission "job:run.mll", did you mean "job:run.ml"?`,
		},
		"two projects of one id": {
			func(src *authz.Source) { src.Projects = append(src.Projects, authz.Project{ID: "p1"}) },
			`project p1 is there twice`,
		},
		"two roles of one name": {
			func(src *authz.Source) { src.Roles = append(src.Roles, authz.Role{Name: "drummer"}) },
			`role drummer is there twice`,
		},
		"an entry for nobody": {
			entry("p1", "nobody", authz.Allow, "job:read"),
			`project p1: entry of user nobody: unknown user "nobody"`,
		},
		"a user without an id": {
			func(src *authz.Source) { src.Users = append(src.Users, authz.User{}) },
			`user without a name`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, c.want, c.given)
		})
	}
}

func TestCompileRefusesBrokenCatalogues(t *testing.T) {
	t.Parallel()
	permission := func(p authz.Permission) change {
		return func(src *authz.Source) { src.Catalog.Permissions = append(src.Catalog.Permissions, p) }
	}
	operation := func(o authz.Operation) change {
		return func(src *authz.Source) { src.Catalog.Operations = append(src.Catalog.Operations, o) }
	}
	for want, given := range map[string][]change{
		`permission job:read is there twice`:                 {permission(authz.Permission{Name: "job:read"})},
		`permission "job" is not of the form thing:verb`:     {permission(authz.Permission{Name: "job"})},
		`permission a:b: requires: unknown permission "c:d"`: {permission(authz.Permission{Name: "a:b", Requires: []string{"c:d"}})},
		`permission a:b: private: unknown permission "c:d"`:  {permission(authz.Permission{Name: "a:b", Private: "c:d"})},
		`permission a:b requires itself, through what it requires`: {
			permission(authz.Permission{Name: "a:b", Requires: []string{"c:d"}}),
			permission(authz.Permission{Name: "c:d", Requires: []string{"a:b"}}),
		},
		`operation job.read is there twice`:              {operation(authz.Operation{Name: "job.read"})},
		`operation x: unknown permission "c:d"`:          {operation(authz.Operation{Name: "x", Groups: groups("c:d")})},
		`operation x: primary: unknown permission "c:d"`: {operation(authz.Operation{Name: "x", Primary: "c:d"})},
		`operation x: read: unknown permission "c:d"`:    {operation(authz.Operation{Name: "x", Read: "c:d"})},
		`operation x: scope: unknown permission "c:d"`:   {operation(authz.Operation{Name: "x", Scope: "c:d"})},
		`operation x: a group without permissions`:       {operation(authz.Operation{Name: "x", Groups: [][]string{{}}})},
		`operation x: unknown guard "awake"`:             {operation(authz.Operation{Name: "x", Guards: []authz.Guard{"awake"}})},
		`node: unknown permission "c:d"`:                 {func(src *authz.Source) { src.Catalog.Node = []authz.NodeRight{{Permission: "c:d"}} }},
		`system sweeper: unknown permission "c:d"`:       {func(src *authz.Source) { src.Catalog.System = map[string][]string{"sweeper": {"c:d"}} }},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			wantFault(t, want, given...)
		})
	}
}

// wantFault compiles and looks for one fault among those reported.
func wantFault(t *testing.T, want string, given ...change) {
	t.Helper()
	src := world()
	for _, g := range given {
		g(&src)
	}
	p, err := authz.Compile(src)
	if err == nil || p != nil {
		t.Fatalf("compiled, want %s", want)
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		if line == want {
			return
		}
	}
	t.Errorf("faults\n%v\nwant among them\n%s", err, want)
}

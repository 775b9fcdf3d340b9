package identity

import (
	"testing"

	"github.com/remit-server/remit/authz"
)

// What a role may say, a key may: old names too, of which look:all is one for
// two permissions.
func TestAScopeIsWhateverThePolicyUnderstands(t *testing.T) {
	t.Parallel()
	src := authz.Source{Catalog: authz.Catalog{Permissions: []authz.Permission{
		{Name: authz.ProjectView},
		{Name: "job:read", Aliases: []string{"jobs:view", "look:all"}, Selectors: true},
		{Name: "file:read", Aliases: []string{"look:all"}},
		{Name: "log:drop", Never: true},
	}}}
	p, err := authz.Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	for scope, ok := range map[string]bool{
		"job:read": true, "job:read@own": true, "jobs:view@others": true, "look:all": true, "look:all@own": false, "file:read@own": false,
		"jobs:*": true, "look:*@own": true, "jobs:view.*": true, "*": true, "*@own": true, "log:drop": true, "log:*": true,
		"jobs:read": false, "lok:*": false, "jobs*": false, "jobs:view@mine": false, ":*": false, "": false,
	} {
		src.SiteRoles = []authz.Role{{Name: "staff", Allow: []string{scope}}}
		if _, err := authz.Compile(src); (err == nil) != ok {
			t.Errorf("%q in a role: %v", scope, err)
		}
		if err := checkScope(p, scope); (err == nil) != ok {
			t.Errorf("%q as a scope: %v, want it accepted: %t", scope, err, ok)
		}
	}
}

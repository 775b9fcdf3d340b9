package projects

import (
	"testing"

	"github.com/remit-server/remit/authz"
)

// aged is a catalogue with old names: one for two permissions, one of which
// may be public and knows no own and others.
func aged(t *testing.T) *authz.Policy {
	t.Helper()
	p, err := authz.Compile(authz.Source{Catalog: authz.Catalog{Permissions: []authz.Permission{
		{Name: authz.ProjectView},
		{Name: "job:read", Aliases: []string{"jobs:view", "look:all"}, Selectors: true},
		{Name: "file:read", Aliases: []string{"look:all"}, PublicOK: true},
		{Name: "user:read", Level: authz.OnSite, Aliases: []string{"people:see"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnOldNameIsAsGoodAsAllThatItStandsFor(t *testing.T) {
	t.Parallel()
	p := aged(t)
	for pattern, ok := range map[string]bool{
		"jobs:view": true, "jobs:view@own": true, "look:all": true, "look:all@own": false, "jobs:*": true, "look:*": true,
		"job:read@own": true, "jobs:read": false, "lok:*": false, "jobs:view@mine": false,
	} {
		if err := p.Fault(pattern); (err == nil) != ok {
			t.Errorf("%s: %v, want it to mean something: %t", pattern, err, ok)
		}
	}
	for pattern, ok := range map[string]bool{"file:read": true, "look:all": false, "jobs:view": false, "look:*": true} {
		if publicOK(p, pattern) != ok {
			t.Errorf("%s may be public: %t, want %t", pattern, !ok, ok)
		}
	}
	if checkPattern(p, "allow", "people:see", true) == nil || checkPattern(p, "allow", "people:see", false) != nil {
		t.Error("an old name of a permission of the site is not refused in projects only")
	}
	read, _ := p.Permission("job:read")
	for pattern, own := range map[string]bool{"jobs:view": true, "look:*": false, "look:all@others": false} {
		if !speaks(pattern, read, own) {
			t.Errorf("%s does not speak of job:read, own %t", pattern, own)
		}
	}
}

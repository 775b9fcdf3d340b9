package authz_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit/authz"
)

// A key, a role and an entry may say the same: what Fault lets pass, Compile
// does. Old names count, of which look:all is one for two permissions.
func TestAPatternHasNoFaultWhereCompileFindsNone(t *testing.T) {
	t.Parallel()
	src := authz.Source{Catalog: authz.Catalog{Permissions: []authz.Permission{
		{Name: authz.ProjectView},
		{Name: "job:read", Aliases: []string{"jobs:view", "look:all"}, Selectors: true},
		{Name: "file:read", Aliases: []string{"look:all"}},
		{Name: "log:drop", Never: true},
	}}}
	p := compiledSource(t, src)
	long := "job:" + strings.Repeat("a", 200) + ".*"
	for written, want := range map[string]string{
		"job:read": "", "job:read@own": "", "jobs:view@others": "", "look:all": "", "log:drop": "",
		"jobs:*": "", "look:*@own": "", "jobs:view.*": "", "log:*": "", "*": "", "*@own": "",
		"look:all@own":   `"look:all@own": file:read has no selectors; write look:all`,
		"file:read@own":  `"file:read@own": file:read has no selectors; write file:read`,
		"jobs:view@mine": `"jobs:view@mine" has a selector that is neither @own nor @others`,
		"jobs:read":      `unknown permission "jobs:read", did you mean "job:read"?`,
		"":               `unknown permission ""`,
		"lok:*":          `pattern "lok:*" is of no thing that has permissions`,
		"jobs*":          `pattern "jobs*" is of no thing that has permissions`,
		":*":             `pattern ":*" is of no thing that has permissions`,
		"job:\x00.*":     `pattern "job:\x00.*" is of no thing that has permissions`,
		"job:\xff.*":     `pattern "job:\xff.*" is of no thing that has permissions`,
		"job:{x}.*":      `pattern "job:{x}.*" is of no thing that has permissions`,
		long[:205]:       `unknown permission: "job:aaaaaaaaaaaaaaaa"… is longer than 200 bytes`,
		long:             `pattern "job:aaaaaaaaaaaaaaaa"… is longer than 200 bytes`,
		"job:a b.*":      `pattern "job:a b.*" is of no thing that has permissions`,
	} {
		got := ""
		if err := p.Fault(written); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", written, got, want)
		}
		src.SiteRoles = []authz.Role{{Name: "staff", Allow: []string{written}}}
		if _, err := authz.Compile(src); (err == nil) != (want == "") {
			t.Errorf("%q in a role: %v", written, err)
		}
	}
}

func TestANameMeansThePermissionsThatItIsAnOldNameOf(t *testing.T) {
	t.Parallel()
	p := compiledSource(t, authz.Source{Catalog: authz.Catalog{Permissions: []authz.Permission{
		{Name: "file:read", Aliases: []string{"look:all"}}, {Name: "job:read", Aliases: []string{"look:all"}},
	}}})
	for name, want := range map[string][]string{"look:all": {"file:read", "job:read"}, "job:read": {"job:read"}, "look:*": nil} {
		var got []string
		for _, permission := range p.Meant(name) {
			got = append(got, permission.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s means %v, want %v", name, got, want)
		}
	}
}

func TestNothingIsSuggestedForWhatIsLongerThanAnyName(t *testing.T) {
	t.Parallel()
	p := compile(t)
	for name, want := range map[string]string{"job:raed": "job:read", "job:read" + strings.Repeat(" ", 1_000_000): ""} {
		if got := p.Suggest(name); got != want {
			t.Errorf("%.20q: %q, want %q", name, got, want)
		}
	}
}

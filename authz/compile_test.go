package authz_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/remit-server/remit/authz"
)

// fault is something that Compile refuses: what was done, and the words of the
// refusal, which name the place and, where one is near, what was meant.
type fault struct {
	name  string
	given change
	want  string
}

func TestCompileRefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for _, list := range [][]fault{patternFaults, memberFaults, siteFaults, doubleFaults, publicFaults} {
		for _, f := range list {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				wantFault(t, f.want, f.given)
			})
		}
	}
}

func TestCompileRefusesBrokenCatalogues(t *testing.T) {
	t.Parallel()
	for _, f := range catalogFaults {
		t.Run(f.want, func(t *testing.T) {
			t.Parallel()
			wantFault(t, f.want, f.given)
		})
	}
}

func TestTooManyRolesAreRefused(t *testing.T) {
	t.Parallel()
	wantFault(t, "there are more than 65536 roles", func(src *authz.Source) {
		for i := range 1 << 16 {
			src.Roles = append(src.Roles, authz.Role{Name: fmt.Sprintf("r%d", i)})
		}
	})
}

func TestEveryFaultIsTold(t *testing.T) {
	t.Parallel()
	src := world()
	given := []change{entry("p1", "dan", authz.Allow, "jbo:*"), member("p2", "nobody", "drummer"), entry("p3", "eve", authz.Deny, "jbo:*")}
	for _, g := range given {
		g(&src)
	}
	_, err := authz.Compile(src)
	want := `project p1: entry of user dan: pattern "jbo:*" is of no thing that has permissions
project p2: unknown user "nobody"
project p3: entry of user eve: pattern "jbo:*" is of no thing that has permissions`
	if err == nil || err.Error() != want {
		t.Errorf("faults\n%v\nwant\n%s", err, want)
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

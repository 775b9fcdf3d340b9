package projects

import (
	"testing"

	"github.com/remit-server/remit/authz"
)

// What comes and goes with a role, like the right to assign it, gives nobody
// anything and takes nothing; what named it may go with it.
func TestAPermissionThatComesOrGoesIsNoGift(t *testing.T) {
	t.Parallel()
	fewer := authz.Source{
		Catalog:  authz.Catalog{Permissions: []authz.Permission{{Name: authz.ProjectView}, {Name: "job:read"}, {Name: "member:read"}}},
		Users:    []authz.User{{ID: "ada"}, {ID: "olga"}, {ID: "root", Superuser: true}},
		Roles:    []authz.Role{{Name: "owner", Allow: []string{"*"}}},
		Projects: []authz.Project{{ID: "p1", Members: []authz.Member{{User: "olga", Role: "owner"}}}},
	}
	more := fewer
	more.Catalog.Permissions = append([]authz.Permission{{Name: "member:assign.drummer"}}, fewer.Catalog.Permissions...)
	more.SiteEntries = []authz.Entry{{User: "olga", Pattern: "member:assign.drummer", Effect: authz.Allow}}
	ada, olga := authz.Subject{Kind: authz.Person, ID: "ada"}, authz.Subject{Kind: authz.Person, ID: "olga"}
	named := deal{who: olga, before: more, after: fewer}
	if found, _, err := named.judge(nil); found != nil || err != nil {
		t.Errorf("the right goes with the editor's entry: %+v, %v", found, err)
	}
	more.SiteEntries = nil
	goes := deal{who: ada, before: more, after: fewer}
	if found, _, err := goes.judge(nil); found != nil || err != nil {
		t.Errorf("the right goes: %+v, %v", found, err)
	}
	comes := deal{who: ada, before: fewer, after: more}
	if found, _, err := comes.judge(nil); found != nil || err != nil {
		t.Errorf("the right comes: %+v, %v", found, err)
	}
	other := fewer
	other.Catalog.Permissions = append([]authz.Permission{{Name: "member:assign.singer"}}, fewer.Catalog.Permissions...)
	renamed := deal{who: ada, before: more, after: other}
	if found, _, err := renamed.judge(nil); found != nil || err != nil {
		t.Errorf("one goes and one comes: %+v, %v", found, err)
	}
}

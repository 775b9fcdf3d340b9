package projects

import (
	"fmt"
	"slices"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// siteOf has so many projects, with ten times as many people who are five
// members each, of whom some hold something on the site.
func siteOf(projects int) authz.Source {
	s := authz.Source{
		Catalog:   authz.Catalog{Permissions: remit.Permissions(), Operations: remit.Operations()},
		Roles:     []authz.Role{{Name: "owner", Allow: []string{"*"}}, {Name: "reader", Allow: []string{"job:read", "member:read"}}},
		SiteRoles: []authz.Role{{Name: "staff", Allow: []string{"job:read"}}},
	}
	for i := range projects {
		s.Projects = append(s.Projects, authz.Project{ID: fmt.Sprintf("p%06d", i), Members: []authz.Member{{User: "u000000", Role: "owner"}}})
	}
	for i := range projects * 10 {
		id := fmt.Sprintf("u%06d", i)
		s.Users = append(s.Users, authz.User{ID: id})
		for k := range 5 {
			p := &s.Projects[(i*5+k*13)%projects]
			p.Members = append(p.Members, authz.Member{User: id, Role: "reader"})
		}
		if i%10 == 0 {
			s.SiteMembers = append(s.SiteMembers, authz.Member{User: id, Role: "staff"})
		}
	}
	return s
}

// A change in one project: what it costs to judge, on a small site and on one a
// hundred times as large.
func BenchmarkJudgeOneProjectOf(b *testing.B) {
	for _, projects := range []int{10, 1000} {
		b.Run(fmt.Sprint(projects), func(b *testing.B) {
			before := siteOf(projects)
			after := before
			after.Projects = slices.Clone(before.Projects)
			after.Projects[7].Members = append(slices.Clone(after.Projects[7].Members), authz.Member{User: "u000003", Role: "owner"})
			for b.Loop() {
				d := deal{who: authz.Subject{Kind: authz.Person, ID: "u000000"}, before: before, after: after}
				narrow("p000007", "u000000", &d.before, &d.after)
				if found, _, err := d.judge(nil); found != nil || err != nil {
					b.Fatal(found, err)
				}
			}
		})
	}
}

// A change for the whole site: a template that everybody holds, by somebody who
// is not above all rules.
func BenchmarkJudgeTemplateOf(b *testing.B) {
	for _, projects := range []int{100, 1000} {
		b.Run(fmt.Sprint(projects), func(b *testing.B) {
			before := siteOf(projects)
			before.SiteRoles[0].Allow = []string{"*"}
			known, err := authz.Compile(before)
			if err != nil {
				b.Fatal(err)
			}
			after := before
			after.Roles = slices.Clone(before.Roles)
			after.Roles[1].Allow = []string{"job:read", "file:read"}
			for b.Loop() {
				d := deal{who: authz.Subject{Kind: authz.Person, ID: "u000000"}, before: before, after: after}
				if found, _, err := d.judge(known); found != nil || err != nil {
					b.Fatal(found, err)
				}
			}
		})
	}
}

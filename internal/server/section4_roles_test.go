package server_test

import (
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/server"
)

// Words of the table.
const (
	overview, events, budget = "record:view.overview", "record:view.events", "record:view.budget"
	editBudget               = "record:edit.budget"
	titled                   = "project:view"
)

func trickyRows() []tricky {
	return slices.Concat(roleRows(), otherRoleRows(), jobRows(), leaseRows(), batchRows(), givingRows(), publicRows(), siteRows(), registrarRows())
}

func roleRows() []tricky {
	return []tricky{
		{"1", func(s *scene) {
			dan, p1, p2 := s.person("dan"), s.project("p1"), s.project("p2")
			s.member(p1, dan, "drummer")
			s.member(p2, dan, "drummer")
			s.override(p2, "drummer", budget, "allow")
			s.says(dan, budget, p2, true, "R12")
			s.says(dan, budget, p1, false, "R14")
		}},
		{"2", func(s *scene) {
			pam, p3 := s.person("pam"), s.project("p3")
			s.member(p3, pam, "production_manager")
			s.override(p3, "production_manager", budget, "deny")
			s.says(pam, budget, p3, false, "R12")
		}},
		{"3", func(s *scene) { dan, p := s.bothRoles("deny"); s.says(dan, budget, p, false, "R12") }},
		{"4", func(s *scene) { dan, p := s.bothRoles("remove"); s.says(dan, budget, p, true, "R12") }},
		{"5", func(s *scene) {
			dan, p := s.bothRoles("deny")
			s.entry(p, dan, budget, "allow")
			s.says(dan, budget, p, true, "R11")
		}},
		{"6", func(s *scene) {
			dan, p := s.person("dan"), s.project("p")
			s.entry(p, dan, budget, "allow")
			s.entry(p, dan, budget, "deny")
			s.member(p, dan, "production_manager")
			s.says(dan, budget, p, false, "R11")
		}},
		{"7", func(s *scene) {
			dan, p, noon := s.person("dan"), s.project("p"), s.noon()
			s.member(p, dan, "drummer")
			s.entry(p, dan, budget, "allow", noon)
			s.clock.set(noon.Add(-time.Second))
			s.says(dan, budget, p, true, "R11")
			s.clock.set(noon)
			s.says(dan, budget, p, false, "R14")
		}},
		{"8", func(s *scene) {
			dan, p, noon := s.person("dan"), s.project("p"), s.noon()
			s.member(p, dan, "production_manager")
			s.entry(p, dan, budget, "deny", noon)
			s.clock.set(noon.Add(-time.Second))
			s.says(dan, budget, p, false, "R11")
			s.clock.set(noon)
			s.says(dan, budget, p, true, "R12")
		}},
	}
}

// bothRoles: dan is drummer and production_manager, and the role drummer has
// an override about the budget.
func (s *scene) bothRoles(effect string) (dan, slug string) {
	s.t.Helper()
	dan, slug = s.person("dan"), s.project("p")
	s.member(slug, dan, "drummer", "production_manager")
	s.override(slug, "drummer", budget, effect)
	return dan, slug
}

// noon comes in some hours; afterwards the clock is right again.
func (s *scene) noon() time.Time {
	s.t.Cleanup(s.clock.real)
	return time.Now().Add(3 * time.Hour).Truncate(time.Hour)
}

func otherRoleRows() []tricky {
	return []tricky{
		{"11", func(s *scene) {
			dan, p := s.person("dan"), s.project("p")
			s.member(p, dan, "owner")
			s.entry(p, dan, titled, "deny")
			s.refuses(s.call(dan, "GET", "/api/v1/projects/"+p, nil), 404)
			s.refuses(s.call(dan, "GET", "/api/v1/projects/"+p+"/members", nil), 404)
			for _, permission := range []string{titled, events, budget, "job:read"} {
				s.answers("root", question_(dan, permission, p), "", false, "R10")
			}
			if exit, _, _ := s.remit(dan, "can", budget, "--project", p); exit != 4 {
				s.t.Errorf("the command line exits with %d, want 4", exit)
			}
		}},
		{"12", func(s *scene) {
			dan, p := s.person("dan"), s.project("p")
			s.member(p, dan, "owner", "drummer")
			s.override(p, "drummer", "*", "deny")
			s.entry(p, dan, budget, "allow")
			into[remit.Project](s.t, s.call(dan, "GET", "/api/v1/projects/"+p, nil), 200)
			s.says(dan, titled, p, true, "R10")
			s.says(dan, events, p, false, "R12")
			s.says(dan, budget, p, true, "R11")
		}},
		{"13", func(s *scene) {
			dan, p := s.person("dan"), s.project("p")
			s.entry(p, dan, budget, "allow")
			s.says(dan, budget, p, true, "R11")
			s.says(dan, events, p, false, "R14")
			s.says(dan, titled, p, true, "R10")
			into[remit.Project](s.t, s.call(dan, "GET", "/api/v1/projects/"+p, nil), 200)
		}},
		{"20", func(s *scene) {
			super := s.person("super")
			s.says(super, "audit:delete", "", false, "R3")
		}},
		{"24", func(s *scene) {
			pam, p := s.person("pam"), s.project("p")
			s.member(p, pam, "production_manager")
			s.entry(p, pam, budget, "deny")
			s.says(pam, editBudget, p, false, "R15")
		}},
		{"33", func(s *scene) {
			ann, dan, p := s.person("ann"), s.person("dan"), s.project("p")
			s.member(p, ann, "owner")
			s.member(p, dan, "drummer")
			if err := s.server.Jobs.DeclareType(s.t.Context(), server.Setup, jobType("contracts")); err != nil {
				s.t.Fatal(err)
			}
			s.says(ann, "job:run.contracts", p, true, "R12")
			s.says(dan, "job:run.contracts", p, false, "R14")
		}},
	}
}

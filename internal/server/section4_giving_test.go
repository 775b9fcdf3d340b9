package server_test

import (
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// gives is what an editor asks for.
func (s *scene) gives(editor, slug, kind string, body any) reply {
	s.t.Helper()
	method := map[string]string{"members": "POST", "entries": "POST", "overrides": "PUT"}[kind]
	return s.call(editor, method, "/api/v1/projects/"+slug+"/"+kind, body)
}

func givingRows() []tricky {
	return []tricky{
		{"29", func(s *scene) {
			max, dan, p := s.person("max"), s.person("dan"), s.project("p")
			s.member(p, max, "manager")
			s.member(p, dan, "drummer")
			deny := s.entry(p, dan, budget, "deny")
			s.override(p, "reader", budget, "deny")
			s.refuses(s.gives(max, p, "members", client.NewMember{User: dan, Roles: []string{"production_manager"}}), 403, "budget", "R24")
			s.refuses(s.call(max, "DELETE", "/api/v1/projects/"+p+"/entries/"+string(deny), nil), 403, budget, "R24")
			s.refuses(s.gives(max, p, "overrides", remit.Override{Role: "reader", Permission: budget, Effect: "inherit"}), 403, budget, "R24")
			s.refuses(s.gives(max, p, "overrides", remit.Override{Role: "student", Permission: budget, Effect: "allow"}), 403, budget, "R24")
			if exit, _, said := s.remit(max, "member", "add", dan, "production_manager", "--project", p); exit != 3 {
				s.t.Errorf("remit member add: exit %d, want 3: %s", exit, said)
			}
		}},
		{"30", func(s *scene) {
			max, dan, p, noon := s.person("max"), s.person("dan"), s.project("p"), s.noon()
			s.member(p, max, "manager")
			s.entry(p, max, budget, "allow", noon)
			give := func(until *time.Time) reply {
				return s.gives(max, p, "entries", client.NewEntry{User: dan, Permission: budget, Effect: "allow", Until: until})
			}
			s.refuses(give(nil), 403, budget, "R24")
			into[remit.Entry](s.t, give(&noon), 201)
			s.clock.set(noon)
			later := noon.Add(time.Hour)
			s.refuses(give(&later), 403, budget, "R24")
		}},
		{"31", func(s *scene) {
			pam, p := s.person("pam"), s.project("p")
			s.member(p, pam, "production_manager", "manager")
			blocked := s.member(p, pam, "drummer")
			s.override(p, "drummer", budget, "deny")
			s.says(pam, budget, p, false, "R12")
			s.refuses(s.call(pam, "DELETE", "/api/v1/projects/"+p+"/members/"+string(blocked), nil), 403, "would gain record:", "budget", "R24")
		}},
	}
}

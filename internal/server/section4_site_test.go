package server_test

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
)

// onSite lets root write something about the whole site.
func (s *scene) onSite(method, what string, body any, status int) {
	s.t.Helper()
	if r := s.call("root", method, "/api/v1/site/"+what, body); r.status != status {
		s.t.Fatalf("%s: %d %s", r.asked, r.status, r.body)
	}
}

// opens makes a permission public in a project.
func (s *scene) opens(slug, permission string) reply {
	s.t.Helper()
	return s.call("root", "PUT", "/api/v1/projects/"+slug+"/public", client.Publication{Permission: permission, Public: true})
}

func publicRows() []tricky {
	return []tricky{
		{"9", func(s *scene) {
			eve, p := s.person("eve"), s.project("p")
			into[client.Publication](s.t, s.opens(p, events), 200)
			s.entry(p, eve, events, "deny")
			s.says(eve, events, p, true, "R7")
			s.answers("anonymous", client.Question{Permission: events, Project: p}, "", true, "R7")
		}},
		{"10", func(s *scene) {
			p := s.project("p")
			s.refuses(s.opens(p, budget), 422, budget)
			s.refuses(s.call("anonymous", "GET", "/api/v1/projects/"+p, nil), 404)
			if exit, _, said := s.remit("root", "project", "publish", budget, "--project", p); exit != 2 {
				s.t.Errorf("remit project publish: exit %d, want 2: %s", exit, said)
			}
		}},
	}
}

func siteRows() []tricky {
	return []tricky{
		{"14", func(s *scene) {
			dan, p := s.person("dan"), s.project("p")
			s.onSite("POST", "entries", client.NewEntry{User: dan, Permission: "job:run.ml", Effect: "deny"}, 201)
			s.entry(p, dan, "job:run.ml", "allow")
			s.says(dan, "job:run.ml", p, false, "R9")
		}},
		{"15", func(s *scene) {
			dan, p := s.person("dan"), s.project("p")
			s.onSite("POST", "entries", client.NewEntry{User: dan, Permission: budget, Effect: "allow"}, 201)
			s.member(p, dan, "drummer")
			s.says(dan, budget, p, true, "R13")
			s.override(p, "drummer", budget, "deny")
			s.says(dan, budget, p, false, "R12")
		}},
		{"16", func(s *scene) {
			sam := s.person("sam")
			staff := remit.Role{Name: "site_staff", Site: true, Allow: []string{"project:view", "collection:read", "collection:update"}}
			if err := s.server.Projects.PutRole(s.t.Context(), server.Setup, staff); err != nil {
				s.t.Fatal(err)
			}
			s.onSite("POST", "members", client.NewSiteMember{User: sam, Role: "site_staff"}, 201)
			s.says(sam, "collection:update", "lab", true, "R13")
			s.says(sam, "collection:update", s.project("p"), true, "R13")
			at := "/api/v1/collections/" + string(s.place[remit.VisibilityProject].collection)
			into[remit.Collection](s.t, s.call(sam, "PATCH", at, client.CollectionPatch{Visibility: remit.VisibilityProject}), 200)
		}},
		{"17", func(s *scene) {
			ann, super, at := s.person("ann"), s.person("super"), s.place[remit.VisibilityProject]
			s.member("lab", ann, "owner")
			s.onSite("PUT", "reservations", client.NewReservation{Permission: "job:run.ml", State: "reserved"}, 200)
			defer s.onSite("PUT", "reservations", client.NewReservation{Permission: "job:run.ml", State: "default"}, 200)
			submit := func(user string, on remit.On) reply {
				return s.call(user, "POST", "/api/v1/projects/lab/jobs", remit.JobSpec{Type: "ml", On: on, Start: true})
			}
			s.refuses(submit(ann, remit.On{Collection: at.collection}), 403, "job:run.ml", "R4")
			into[remit.Job](s.t, submit(ann, remit.On{File: at.file}), 201)
			into[remit.Job](s.t, submit(super, remit.On{Collection: at.collection}), 201)
			s.says(ann, "job:run.ml", "lab", false, "R4")
			s.says(ann, "job:run.ml.single", "lab", true, "R12")
			s.says(super, "job:run.ml", "lab", true, "R8")
		}},
	}
}

func registrarRows() []tricky {
	return []tricky{
		{"32", func(s *scene) {
			reg, dan, p := s.person("reg"), s.person("dan"), s.project("p")
			registrar := remit.Role{Name: "registrar", Allow: []string{titled, "member:read", "member:assign.drummer"}}
			if err := s.server.Projects.PutRole(s.t.Context(), server.Setup, registrar); err != nil {
				s.t.Fatal(err)
			}
			s.member(p, reg, "registrar")
			add := func(role string) reply {
				return s.gives(reg, p, "members", client.NewMember{User: dan, Roles: []string{role}})
			}
			into[remit.Member](s.t, add("drummer"), 201)
			s.refuses(add("production_manager"), 403, "access:grant")
			if exit, _, said := s.remit(reg, "member", "add", dan, "production_manager", "--project", p); exit != 3 {
				s.t.Errorf("remit member add: exit %d, want 3: %s", exit, said)
			}
		}},
		{"37", func(s *scene) {
			cora, hal, kim, hidden := s.person("cora"), s.person("hal"), s.person("kim"), s.place[remit.VisibilityPrivate]
			into[remit.Member](s.t, s.gives("root", "lab", "members", client.NewMember{User: cora, Roles: []string{"lab_hand"}, Collection: hidden.collection}), 201)
			s.member("lab", hal, "lab_hand")
			s.member("lab", kim, "lab_keeper")
			at := "/api/v1/collections/" + string(hidden.collection)
			into[remit.Collection](s.t, s.call(cora, "GET", at, nil), 200)
			s.saysOn(cora, "collection:read", "lab", string(hidden.collection), true, "R12")
			s.refuses(s.call(hal, "GET", at, nil), 404)
			if exit, _, _ := s.remit(hal, "can", "collection:read", "--on", string(hidden.collection)); exit != 4 {
				s.t.Errorf("remit can: exit %d, want 4", exit)
			}
			into[remit.Collection](s.t, s.call(kim, "GET", at, nil), 200)
			s.saysOn(kim, "collection:read", "lab", string(hidden.collection), true, "R12")
		}},
	}
}

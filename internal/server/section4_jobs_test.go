package server_test

import (
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/builtin"
)

func question_(user, permission, slug string) client.Question {
	return client.Question{User: user, Permission: permission, Project: slug}
}

// job makes one of a type as somebody who may do so for that moment only.
func (s *scene) job(slug, user, kind string, steps ...string) remit.Job {
	s.t.Helper()
	var lent []remit.EntryID
	for _, permission := range []string{"job:create", "job:read", "job:run." + kind} {
		lent = append(lent, s.entry(slug, user, permission, "allow"))
	}
	job := into[remit.Job](s.t, s.call(user, "POST", "/api/v1/projects/"+slug+"/jobs", remit.JobSpec{Type: kind}), 201)
	for _, step := range steps {
		job = into[remit.Job](s.t, s.call(user, "POST", "/api/v1/jobs/"+string(job.ID)+"/"+step, nil), 200)
	}
	for _, id := range lent {
		s.call("root", "DELETE", "/api/v1/projects/"+slug+"/entries/"+string(id), nil)
	}
	return job
}

// cancels tries to cancel a job, and on the command line what the status means there.
func (s *scene) cancels(user string, job remit.Job, status int, words ...string) {
	s.t.Helper()
	exits := map[int]int{200: 0, 401: 3, 403: 3, 404: 4, 409: 5}
	exit, _, said := s.remit(user, "cancel", string(job.ID))
	if exit != exits[status] {
		s.t.Errorf("%s types remit cancel: exit %d, %q; want %d", user, exit, said, exits[status])
	}
	r := s.call(user, "POST", "/api/v1/jobs/"+string(job.ID)+"/cancel", nil)
	if status == 200 {
		into[remit.Job](s.t, r, 200)
		return
	}
	s.refuses(r, status, words...)
	for _, word := range words {
		if !strings.Contains(said, word) {
			s.t.Errorf("%s types remit cancel: it says %q and not %q", user, said, word)
		}
	}
}

const ownJobs = "You can only cancel your own jobs"

func jobRows() []tricky {
	return []tricky{
		{"18", func(s *scene) {
			super, p := s.person("super"), s.project("p")
			job := s.job(p, super, "render")
			key := into[remit.APIKey](s.t, s.call(super, "POST", "/api/v1/keys", client.NewKey{Title: "reads", Scopes: []string{"job:read"}}), 201)
			s.keys[super] = key.Secret
			s.cancels(super, job, 403, "job:")
			if r := s.refuses(s.call(super, "POST", "/api/v1/jobs/"+string(job.ID)+"/cancel", nil), 403); r.Code != "key_scope" {
				s.t.Errorf("the refusal is %q", r.Code)
			}
		}},
		{"19", func(s *scene) {
			super := s.person("super")
			s.refuses(s.call(super, "POST", "/api/v1/node/claim", client.Want{}), 409, "not_a_node")
		}},
		{"21", func(s *scene) {
			ted, ulf, p := s.person("ted"), s.person("ulf"), s.project("p")
			s.member(p, ted, "sound_tech")
			s.override(p, "sound_tech", "job:read@others", "deny")
			own, other := s.job(p, ted, "render"), s.job(p, ulf, "render")
			into[remit.Job](s.t, s.call(ted, "GET", "/api/v1/jobs/"+string(own.ID), nil), 200)
			s.saysOn(ted, "job:read", "", string(own.ID), true, "R12")
			s.refuses(s.call(ted, "GET", "/api/v1/jobs/"+string(other.ID), nil), 404)
			if exit, _, _ := s.remit(ted, "status", string(other.ID)); exit != 4 {
				s.t.Errorf("the command line exits with %d, want 4", exit)
			}
		}},
		{"22", func(s *scene) {
			ted, ulf, p := s.person("ted"), s.person("ulf"), s.project("p")
			s.member(p, ted, "sound_tech")
			other := s.job(p, ulf, "render")
			into[remit.Job](s.t, s.call(ted, "GET", "/api/v1/jobs/"+string(other.ID), nil), 200)
			s.cancels(ted, other, 403, ownJobs)
		}},
		{"23", func(s *scene) {
			ted, p := s.person("ted"), s.project("p")
			s.member(p, ted, "sound_tech")
			own := s.job(p, ted, "render")
			s.entry(p, ted, "job:cancel", "deny")
			s.cancels(ted, own, 403, "job:cancel")
			s.saysOn(ted, "job.cancel", "", string(own.ID), false, "R11")
		}},
		{"23b", func(s *scene) {
			cem, ulf, p := s.person("cem"), s.person("ulf"), s.project("p")
			s.member(p, cem, "canceller")
			s.member(p, ulf, "owner") // who goes on being allowed to run it
			job := s.job(p, ulf, "render", "run")
			s.running(p, job)
			s.entry(p, cem, "job:run.render", "deny")
			s.saysOn(cem, "job.cancel", "", string(job.ID), true, "R12")
			s.cancels(cem, job, 200)
		}},
		{"26", func(s *scene) { // what hand-over leaves: the job is bob's
			ada, bob, p := s.person("ada"), s.person("bob"), s.project("p")
			s.member(p, ada, "sound_tech")
			s.member(p, bob, "sound_tech")
			s.cancels(ada, s.job(p, bob, "render"), 403, ownJobs)
		}},
		{"27", func(s *scene) {
			eva, p := s.person("eva"), s.project("p")
			membership := s.member(p, eva, "owner")
			job := s.job(p, eva, "render", "run")
			s.running(p, job)
			s.call("root", "DELETE", "/api/v1/projects/"+p+"/members/"+string(membership), nil)
			s.cancels(eva, job, 404)
		}},
		{"28", func(s *scene) {
			at := "/api/v1/files/" + string(s.place[remit.VisibilityPublic].file)
			into[remit.File](s.t, s.call("anonymous", "GET", at, nil), 200)
			s.refuses(s.send("GET", at, nil, header{"Authorization", "Bearer remit_wrong"}), 401, "Invalid API key")
			s.keys["wrong"] = "remit_wrong"
			if exit, _, _ := s.remit("wrong", "file", "show", string(s.place[remit.VisibilityPublic].file)); exit != 3 {
				s.t.Errorf("the command line exits with %d, want 3", exit)
			}
		}},
	}
}

// hand registers a node of the project and makes it an account for call.
func (s *scene) hand(name, slug string) *client.Client {
	s.t.Helper()
	name += "-" + s.number
	return s.worker(strings.ToLower(name), slug)
}

// running has a node of the project work on the job.
func (s *scene) running(slug string, job remit.Job) {
	s.t.Helper()
	node := s.hand("node", slug)
	got := claim(s.t, node)
	if got.Job != job.ID {
		s.t.Fatalf("claimed %s, want %s", got.Job, job.ID)
	}
	if err := node.Start(s.t.Context(), got.Lease); err != nil {
		s.t.Fatal(err)
	}
}

func leaseRows() []tricky {
	return []tricky{
		{"25", func(s *scene) {
			ulf, p := s.person("ulf"), s.project("p")
			s.member(p, ulf, "owner")
			job := s.job(p, ulf, "render", "run")
			n1, n2 := s.hand("n1", p), s.hand("n2", p)
			old := claim(s.t, n1)
			into[remit.Job](s.t, s.call("root", "POST", "/api/v1/jobs/"+string(job.ID)+"/wrest", nil), 200)
			if now := claim(s.t, n2); now.Job != job.ID {
				s.t.Fatalf("n2 claimed %s", now.Job)
			}
			lease := client.LeaseOf{Attempt: old.Attempt, Lease: old.Lease.Lease}
			at := "/api/v1/node/jobs/" + string(job.ID)
			s.refuses(s.call("n1-25", "POST", at+"/finish", client.Finish{LeaseOf: lease, State: remit.JobSucceeded}), 409, "lease_lost")
			if r := s.call("n1-25", "POST", at+"/cleanup", client.Cleanup{LeaseOf: lease, Log: "bye\n"}); r.status >= 300 {
				s.t.Errorf("clean-up: %d %s", r.status, r.body)
			}
		}},
		{"36", func(s *scene) { // scan lends collection:ingest of type, as annotate would lend labels
			exe := s.person("exe")
			s.member("lab", exe, "executor")
			s.says(exe, "record:edit.labels", "lab", false, "R14")
			s.says(exe, "collection:ingest", "lab", false, "R4")
			job := into[remit.Job](s.t, s.call(exe, "POST", "/api/v1/projects/lab/jobs", remit.JobSpec{Type: builtin.Types()[0].Key, Start: true}), 201)
			if job = s.finished(job.ID); job.State != remit.JobSucceeded {
				s.t.Errorf("the scan %s: %s", job.State, job.Error)
			}
		}},
	}
}

func batchRows() []tricky {
	return []tricky{
		{"34", func(s *scene) {
			ben := s.person("ben")
			s.member("lab", ben, "basic_member")
			at := s.place[remit.VisibilityProject]
			submit := func(on remit.On, start bool) reply {
				return s.call(ben, "POST", "/api/v1/projects/lab/jobs", remit.JobSpec{Type: "ml", On: on, Start: start})
			}
			into[remit.Job](s.t, submit(remit.On{File: at.file}, true), 201)
			s.refuses(submit(remit.On{Collection: at.collection}, true), 403, "job:run.ml")
			into[remit.Job](s.t, submit(remit.On{Collection: at.collection}, false), 201)
			s.says(ben, "job:run.ml.single", "lab", true, "R12")
			s.says(ben, "job:run.ml", "lab", false, "R14")
			exits := map[string]int{"file": 0, "collection": 3, "made": 0}
			for how, want := range exits {
				args := map[string][]string{"file": {string(at.file)}, "collection": {string(at.collection)}, "made": {string(at.collection), "--no-start"}}[how]
				if exit, _, said := s.remit(ben, append([]string{"queue", "ml", "--project", "lab", "--on"}, args...)...); exit != want {
					s.t.Errorf("remit queue %v: exit %d, want %d: %s", args, exit, want, said)
				}
			}
		}},
		{"35", func(s *scene) {
			ben, max := s.person("ben"), s.person("max")
			s.member("lab", ben, "basic_member")
			left := s.member("lab", max, "project_manager")
			batch := into[remit.Job](s.t, s.call(ben, "POST", "/api/v1/projects/lab/jobs",
				remit.JobSpec{Type: "annotate", On: remit.On{Collection: s.place[remit.VisibilityProject].collection}}), 201)
			s.refuses(s.call(ben, "POST", "/api/v1/jobs/"+string(batch.ID)+"/run", nil), 403, "job:run.annotate")
			if exit, _, said := s.remit(max, "run", string(batch.ID)); exit != 0 {
				s.t.Fatalf("remit run: exit %d: %s", exit, said)
			}
			s.call("root", "DELETE", "/api/v1/projects/lab/members/"+string(left), nil)
			got, err := s.hand("node", "lab").Claim(s.t.Context(), client.Want{Types: []string{"annotate"}, Slots: 1})
			if err != nil || len(got) != 0 {
				s.t.Errorf("the next claim gives %v, %v", got, err)
			}
			if job := into[remit.Job](s.t, s.call(ben, "GET", "/api/v1/jobs/"+string(batch.ID), nil), 200); job.State != remit.JobHeld || job.Held == "" {
				s.t.Errorf("the job is %s, %q", job.State, job.Held)
			}
		}},
	}
}

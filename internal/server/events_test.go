package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

// stream is an open event stream of an account: the jobs that it tells of, in order.
type stream struct {
	jobs chan remit.Job
	stop context.CancelFunc
}

func (w *world) events(name string) stream {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	w.t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, "GET", w.url+"/api/v1/events", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.keys[name] != "" {
		req.Header.Set("Authorization", "Bearer "+w.keys[name])
	}
	resp, err := bare.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("the stream of %s: %d %v", name, resp.StatusCode, resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Scan() // the greeting: from here on everything is told
	s := stream{make(chan remit.Job, 1000), stop}
	go func() {
		defer close(s.jobs)
		defer resp.Body.Close()
		event := ""
		for lines.Scan() {
			if e, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				event = e
			}
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			var job remit.Job
			if ok && event == "job" && json.Unmarshal([]byte(data), &job) == nil {
				s.jobs <- job
			}
		}
	}()
	return s
}

// upTo reads until the stream tells of the job with id, and returns all ids before.
func (s stream) upTo(t *testing.T, id remit.JobID) (before map[remit.JobID]remit.Job) {
	t.Helper()
	before = map[remit.JobID]remit.Job{}
	for {
		select {
		case job, open := <-s.jobs:
			if !open {
				t.Fatalf("the stream ended before job %s", id)
			}
			if job.ID == id {
				return before
			}
			before[job.ID] = job
		case <-time.After(patience):
			t.Fatalf("the stream does not tell of job %s", id)
		}
	}
}

// R18: an open stream tells what one may see at that moment, and no more.
func TestTheEventStreamFollowsTheRights(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		w.scan("moths")
		w.account("comes")
		file := w.files("moths")["2023-06-12_meadow/trap_001.jpg"]
		own := into[remit.Project](t, w.call("root", "POST", "/api/v1/projects", client.NewProject{Slug: "common"}), 201)
		for _, name := range []string{"comes", "moths-basic_member", "observatory-student"} {
			w.member(own.Slug, name, "owner")
		}
		member, stranger, comes := w.events("moths-basic_member"), w.events("observatory-student"), w.events("comes")

		submit := func() remit.JobID {
			job := into[remit.Job](t, w.call("moths-basic_member", "POST", mothJobs, remit.JobSpec{Type: "ml", On: remit.On{File: file.ID}}), 201)
			return job.ID
		}
		// A job that everybody sees marks what was told before it.
		mark := func() remit.JobID {
			return into[remit.Job](t, w.call("root", "POST", "/api/v1/projects/common/jobs", remit.JobSpec{Type: "scan"}), 201).ID
		}
		first, seen := submit(), mark()
		if _, told := comes.upTo(t, seen)[first]; told {
			t.Error("who is no member yet is told of a job")
		}
		membership := w.member("moths", "comes", "basic_member")
		second := submit()
		comes.upTo(t, second)
		if err := w.as("root").RemoveMember(t.Context(), "moths", membership); err != nil {
			t.Fatal(err)
		}
		third, end := submit(), mark()
		if _, told := comes.upTo(t, end)[third]; told {
			t.Error("who was removed is still told of jobs")
		}
		toMember, toStranger := member.upTo(t, end), stranger.upTo(t, end)
		for _, id := range []remit.JobID{first, second, third} {
			if job, told := toMember[id]; !told || job.Permissions == nil || job.Project != "moths" {
				t.Errorf("the member was told of job %s: %t, %+v", id, told, job)
			}
			if _, told := toStranger[id]; told {
				t.Errorf("a stranger was told of job %s", id)
			}
		}
	})
}

// member gives an account a role and returns the membership.
func (w *world) member(slug, name, role string) remit.MemberID {
	w.t.Helper()
	m, err := w.as("root").AddMember(w.t.Context(), slug, client.NewMember{User: name, Roles: []string{role}})
	if err != nil {
		w.t.Fatalf("making %s a member of %s: %v", name, slug, err)
	}
	return m.ID
}

// Nothing would ever be told to those who can see no job.
func TestTheEventStreamIsForThoseWhoCanSeeJobs(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		w.account("newcomer")
		w.worker("box", "")
		refused(t, w.try("anonymous", "/api/v1/events"), 401, "unauthenticated")
		p := refused(t, w.try("newcomer", "/api/v1/events"), 403, "denied")
		if p.Permission != "job:read" {
			t.Errorf("refused for %q, want job:read", p.Permission)
		}
		refused(t, w.try("box", "/api/v1/events"), 403, "denied")
		w.member("moths", "newcomer", "basic_member")
		w.events("newcomer")
	})
}

func TestOpenStreamsAreCounted(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	job := into[remit.Job](t, w.call("root", "POST", mothJobs, remit.JobSpec{Type: "scan"}), 201)
	const name, most = "moths-basic_member", 20
	var open []stream
	for range most {
		open = append(open, w.events(name))
	}
	follow := "/api/v1/jobs/" + string(job.ID) + "/log?follow=true"
	for _, path := range []string{"/api/v1/events", follow} {
		p := refused(t, w.try(name, path), 429, "too_many_streams")
		if p.Hint == "" {
			t.Errorf("%s: no hint", path)
		}
	}
	w.events("root") // others have places of their own
	if r := w.call(name, "GET", "/api/v1/jobs", nil); r.status != 200 {
		t.Errorf("with many streams, a list answers %d", r.status)
	}
	open[0].stop()
	w.until("a place is free", func() (bool, error) {
		return w.try(name, "/api/v1/events").status == 200, nil
	})
}

// try asks for a stream; one that opens is closed at once and has no body.
func (w *world) try(name, path string) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), "GET", w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.keys[name] != "" {
		req.Header.Set("Authorization", "Bearer "+w.keys[name])
	}
	resp, err := bare.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	r := reply{asked: "GET " + path, status: resp.StatusCode, header: resp.Header}
	if r.status == 200 {
		return r
	}
	if r.body, err = io.ReadAll(resp.Body); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// A credential that is revoked ends its streams at the next event.
func TestTheEventStreamEndsWithItsCredential(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	key := w.key("root", client.NewKey{Title: "stream"})
	w.keys["revoked"] = key.Secret
	s := w.events("revoked")
	scan := func() remit.JobID {
		return into[remit.Job](t, w.call("root", "POST", mothJobs, remit.JobSpec{Type: "scan"}), 201).ID
	}
	s.upTo(t, scan())
	if err := w.as("root").DeleteKey(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	scan()
	select {
	case job, open := <-s.jobs:
		if open {
			t.Errorf("told of %s after the key was revoked", job.ID)
		}
	case <-time.After(patience):
		t.Error("the stream goes on")
	}
}

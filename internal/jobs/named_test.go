package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

func TestANameMeansTheLiveJobElseTheLatestThatHadIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.newProject("sky")
		_, err := w.projects.AddMember(t.Context(), setup, "sky", projects.NewMember{User: "max", Roles: []string{"manager"}})
		w.must(err)
		submit := func(slug string) remit.JobID {
			t.Helper()
			w.clock.advance(time.Second)
			j, err := w.Submit(t.Context(), w.max, slug, remit.JobSpec{Type: "once", Name: "nightly", Start: true})
			w.must(err)
			return j.ID
		}
		find := func(who authz.Subject, slug, ref string, want remit.JobID, code string) {
			t.Helper()
			j, err := w.FindIn(t.Context(), who, slug, ref)
			w.want(err, code)
			if j.ID != want {
				t.Errorf("%s of %q: got %s, want %s", ref, slug, j.ID, want)
			}
		}
		end := func(id remit.JobID) {
			t.Helper()
			_, err := w.Cancel(t.Context(), w.max, id)
			w.must(err)
		}
		find(w.max, "", "nightly", "", "not_found")
		first := submit("moths")
		find(w.max, "", "nightly", first, "")
		end(first)
		find(w.max, "", "nightly", first, "")
		second := submit("moths")
		end(second)
		find(w.max, "", "nightly", second, "")
		other := submit("sky")
		end(other)
		find(w.max, "", "nightly", other, "")
		find(w.max, "moths", "nightly", second, "")
		_, err = w.Retry(t.Context(), w.max, first)
		w.must(err)
		find(w.max, "", "nightly", first, "") // it lives
		find(w.max, "sky", "nightly", other, "")
		live := submit("sky")
		find(w.max, "", "nightly", "", "ambiguous")
		find(w.max, "sky", "nightly", live, "")
		find(w.max, "moths", "nightly", first, "")
		find(w.max, "moths", string(first), first, "")
		find(w.max, "sky", string(first), "", "not_found")
		find(w.max, "nowhere", "nightly", "", "not_found")
		for _, stranger := range []authz.Subject{w.bob, {Kind: authz.Anonymous}} {
			for _, slug := range []string{"", "moths", "sky", "nowhere"} {
				_, err := w.FindIn(t.Context(), stranger, slug, "nightly")
				w.want(err, "not_found")
				if !strings.Contains(err.Error(), "No such job") {
					t.Errorf("%s: %v", slug, err)
				}
			}
		}
	})
}

func TestANameMeansNoJobThatItsOwnerMayNotRead(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		tim := w.person("tim", "manager")
		for _, slug := range []string{"sky", "sea"} {
			w.newProject(slug)
			_, err := w.projects.AddMember(t.Context(), setup, slug, projects.NewMember{User: "max", Roles: []string{"manager"}})
			w.must(err)
			_, err = w.projects.AddMember(t.Context(), setup, slug, projects.NewMember{User: "tim", Roles: []string{"manager"}})
			w.must(err)
		}
		submit := func(slug string) remit.JobID {
			t.Helper()
			w.clock.advance(time.Second)
			j, err := w.Submit(t.Context(), tim, slug, remit.JobSpec{Type: "once", Name: "nightly", Start: true})
			w.must(err)
			return j.ID
		}
		find := func(slug string, want remit.JobID, code string) {
			t.Helper()
			j, err := w.FindIn(t.Context(), tim, slug, "nightly")
			w.want(err, code)
			if j.ID != want {
				t.Errorf("in %q it is %s, want %s", slug, j.ID, want)
			}
		}
		mine, lost := submit("sky"), submit("moths")
		find("", "", "ambiguous")
		w.leave("tim")
		find("", mine, "")
		find("moths", "", "not_found")
		name := ""
		made, err := w.Requeue(t.Context(), tim, "nightly", jobs.Requeue{Name: &name})
		w.must(err)
		if made.RequeuedFrom != mine {
			t.Errorf("%s was requeued, want %s", made.RequeuedFrom, mine)
		}
		_, err = w.Cancel(t.Context(), tim, mine)
		w.must(err)
		find("", mine, "") // while the other lives
		_, err = w.Cancel(t.Context(), setup, lost)
		w.must(err)
		find("", mine, "") // while the other is the later one
		other := submit("sea")
		find("", other, "")
		limited := tim
		limited.Caps = &authz.Caps{Scopes: []string{"collection:read"}}
		_, err = w.Find(t.Context(), limited, "nightly")
		w.want(err, "key_scope")
		w.leaveIn("sea", "tim")
		find("", mine, "")
	})
}

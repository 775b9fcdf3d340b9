package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
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

package jobs_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

func TestABasicMemberRunsMlOnOneFileButNotOnTheBatch(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job := w.submit(w.ada, w.onFile())
		if job.State != remit.JobQueued || job.Owner != "ada" || job.Runner != "ada" || job.On.File != w.first || job.MaxAttempts != 3 {
			t.Errorf("the job is %+v", job)
		}
		batch := remit.JobSpec{Type: "ml", On: remit.On{Collection: w.night}, Start: true}
		_, err := w.Submit(t.Context(), w.ada, "moths", batch)
		w.want(err, "denied")
		e, _ := errors.AsType[*remit.Error](err)
		if !strings.HasPrefix(e.Message, "Insufficient permissions") || e.Decision.Permission != "job:run.ml" {
			t.Errorf("the refusal is %q and names %q, want job:run.ml", e.Message, e.Decision.Permission)
		}
		if n := len(w.all()); n != 1 {
			t.Errorf("there are %d jobs after a refused submit, want the first one only", n)
		}
		batch.Start = false
		if job := w.submit(w.ada, batch); job.State != remit.JobCreated || job.Runner != "" {
			t.Errorf("the batch without start is %+v", job)
		}
	})
}

func TestWhatCanNeverBeIsRefusedAsInvalid(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		file, collection := remit.On{File: w.first}, remit.On{Collection: w.night}
		for name, c := range map[string]struct {
			spec  remit.JobSpec
			field string
		}{
			"a file and a collection":          {remit.JobSpec{Type: "ml", On: remit.On{File: w.first, Collection: w.night}}, "on"},
			"an unknown type":                  {remit.JobSpec{Type: "nope"}, "type"},
			"a type on nothing":                {remit.JobSpec{Type: "ml"}, "on"},
			"a type on a file":                 {remit.JobSpec{Type: "once", On: file}, "on"},
			"a wrong parameter":                {remit.JobSpec{Type: "ml", On: file, Params: json.RawMessage(`{"threshold":-1}`)}, "params.threshold"},
			"a parameter of no name":           {remit.JobSpec{Type: "ml", On: collection, Params: json.RawMessage(`{"treshold":1}`)}, "params"},
			"no object":                        {remit.JobSpec{Type: "ml", On: file, Params: json.RawMessage(`[]`)}, "params"},
			"no JSON":                          {remit.JobSpec{Type: "ml", On: file, Params: json.RawMessage(`{`)}, "params"},
			"parameters of a type without any": {remit.JobSpec{Type: "once", Params: json.RawMessage(`{"x":1}`)}, "params"},
			"arguments of a type without any":  {remit.JobSpec{Type: "once", Args: []string{"-x"}}, "args"},
			"an argument with a zero byte":     {remit.JobSpec{Type: "ml", On: file, Args: []string{"a\x00b"}}, "args"},
			"a name that is no name":           {remit.JobSpec{Type: "once", Name: "-x"}, "name"},
			"a priority out of bounds":         {remit.JobSpec{Type: "once", Priority: 101}, "priority"},
		} {
			for _, start := range []bool{false, true} {
				c.spec.Start = start
				_, err := w.Submit(t.Context(), w.max, "moths", c.spec)
				e, ok := errors.AsType[*remit.Error](err)
				if !ok || e.Kind != remit.Invalid || e.Code != "invalid" || e.Field != c.field {
					t.Errorf("%s: got %+v, want invalid at %q", name, err, c.field)
				}
			}
		}
		if n := len(w.all()); n != 0 {
			t.Errorf("%d jobs are left", n)
		}
	})
}

func TestNamingBothAFileAndACollectionIsInvalidEvenToStrangers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, err := w.Submit(t.Context(), authz.Subject{}, "no-such-project", remit.JobSpec{On: remit.On{File: "x", Collection: "y"}})
		w.want(err, "invalid")
	})
}

func TestAHiddenFileIsLikeAnAbsentOne(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, err := w.files.SetVisibility(t.Context(), setup, w.night, remit.VisibilityPrivate)
		w.must(err)
		_, hidden := w.Submit(t.Context(), w.ada, "moths", w.onFile())
		absent := w.onFile()
		absent.On.File = remit.NewID[remit.FileID](w.clock.now())
		_, none := w.Submit(t.Context(), w.ada, "moths", absent)
		w.want(hidden, "not_found")
		if diff := cmp.Diff(none.Error(), hidden.Error()); diff != "" {
			t.Errorf("the two answers differ:\n%s", diff)
		}
		outsider := w.person("eve")
		_, err = w.Submit(t.Context(), outsider, "moths", w.onFile())
		_, none = w.Submit(t.Context(), outsider, "nowhere", w.onFile())
		if err == nil || none == nil || err.Error() != none.Error() {
			t.Errorf("a hidden project says %v, an absent one %v", err, none)
		}
	})
}

func TestAFileOfAnotherProjectIsAbsent(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.newProject("birds")
		_, err := w.Submit(t.Context(), setup, "birds", w.onFile())
		w.want(err, "not_found")
	})
}

func TestANameIsUniqueAmongOnesLiveJobs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		named := w.onFile()
		named.Name = "mine"
		job := w.submit(w.ada, named)
		_, err := w.Submit(t.Context(), w.ada, "moths", named)
		w.want(err, "name_taken")
		w.submit(w.bob, named) // another's jobs have names of their own
		found, err := w.Find(t.Context(), w.ada, "mine")
		w.must(err)
		if found.ID != job.ID {
			t.Errorf("mine is %s, want %s", found.ID, job.ID)
		}
		_, err = w.Cancel(t.Context(), w.ada, job.ID)
		w.must(err)
		found, err = w.Find(t.Context(), w.ada, "mine")
		w.must(err)
		if found.ID != job.ID {
			t.Errorf("after its end mine is %s, want %s", found.ID, job.ID)
		}
		w.submit(w.ada, named)
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.want(err, "name_taken")
	})
}

func TestStrangersLearnOfNoTypes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		eve, zoe := w.person("eve"), w.person("zoe")
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "onlooker", Allow: []string{"project:view"}}))
		_, err := w.projects.AddMember(t.Context(), setup, "moths", projects.NewMember{User: "zoe", Roles: []string{"onlooker"}})
		w.must(err)
		for _, c := range []struct {
			who  authz.Subject
			slug string
			code string
		}{{eve, "moths", "not_found"}, {eve, "nowhere", "not_found"}, {authz.Subject{Kind: authz.Anonymous}, "moths", "not_found"}, {zoe, "moths", "denied"}} {
			for _, spec := range []remit.JobSpec{{Type: "once"}, {Type: "ml"}, {Type: "nope"}, {Type: "ml", On: remit.On{File: w.first}}} {
				for _, spec.Start = range []bool{false, true} {
					_, err := w.Submit(t.Context(), c.who, c.slug, spec)
					if w.want(err, c.code); strings.Contains(err.Error(), "ml job") {
						t.Errorf("%s of %s in %s: %v", c.who.Name, spec.Type, c.slug, err)
					}
					_, err = w.SubmitAll(t.Context(), c.who, c.slug, []remit.JobSpec{spec, spec})
					w.want(err, c.code)
				}
			}
		}
	})
}

func TestTheButtonToProcessAThingSaysWhatSubmittingWouldSay(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			who     authz.Subject
			on      remit.On
			allowed bool
			missing string
		}{
			{w.ada, remit.On{File: w.first}, true, ""},
			{w.ada, remit.On{Collection: w.night}, false, "job:run.ml"},
			{w.bob, remit.On{Collection: w.night}, true, ""},
			{w.max, remit.On{}, false, ""},
		} {
			got, err := w.SubmitControl(t.Context(), c.who, "moths", "ml", c.on)
			w.must(err)
			if got.Allowed != c.allowed || got.Missing != c.missing || c.allowed == (got.Reason != "") {
				t.Errorf("%s on %v: %+v", c.who.Name, c.on, got)
			}
		}
		_, err := w.SubmitControl(t.Context(), w.person("eve"), "moths", "ml", remit.On{Collection: w.night})
		w.want(err, "not_found")
	})
}

func TestTypesSayWhatOneMayRunHere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"jobtype:read"}}))
		got := map[string]string{}
		for _, who := range []authz.Subject{w.ada, w.bob, w.max} {
			all, err := w.Types(t.Context(), who, "moths")
			w.must(err)
			for _, kind := range all.Items {
				got[who.Name+" "+kind.Key] = strings.Join(kind.Permissions, " ")
			}
		}
		want := map[string]string{"ada ml": "run_single", "ada note": "", "ada once": "",
			"bob ml": "run run_single", "bob note": "", "bob once": "", "max ml": "run run_single switch", "max note": "run switch", "max once": "run switch"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what may be run (-want +got):\n%s", diff)
		}
	})
}

func TestAListHasWhatCheckAllowsAndLeavesOutWhatOneMayNotSee(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("shy", "project:view job:read@own job:create")
		w.role("blind", "project:view job:read")
		shy, blind := w.person("shy", "shy"), w.person("blind", "blind")
		mine := w.submit(shy, remit.JobSpec{Type: "once"})
		w.clock.advance(time.Millisecond)
		theirs := w.submit(w.ada, w.onFile())
		list := func(who authz.Subject, f jobs.Filter) []remit.Job {
			page, err := w.Jobs(t.Context(), who, f)
			w.must(err)
			return page.Items
		}
		if got := list(shy, jobs.Filter{}); len(got) != 1 || got[0].ID != mine.ID {
			t.Errorf("shy sees %v, want only %s", got, mine.ID)
		}
		_, err := w.Job(t.Context(), shy, theirs.ID)
		w.want(err, "not_found")
		got := list(blind, jobs.Filter{Project: "moths"})
		if len(got) != 2 || got[0].ID != theirs.ID || !got[0].On.IsZero() {
			t.Errorf("blind sees %+v, want both, newest first, without what they are on", got)
		}
		_, err = w.Jobs(t.Context(), blind, jobs.Filter{File: w.first})
		w.want(err, "not_found")
		_, err = w.Log(t.Context(), blind, theirs.ID, 0, 0, 0)
		w.want(err, "not_found")
		if got := list(w.ada, jobs.Filter{File: w.first, Owner: "me", State: remit.JobQueued, Type: "ml"}); len(got) != 1 {
			t.Errorf("ada finds %v on the file", got)
		}
		if got := list(w.max, jobs.Filter{Owner: "nobody"}); len(got) != 0 {
			t.Errorf("nobody has %v", got)
		}
		_, err = w.Jobs(t.Context(), w.person("eve"), jobs.Filter{Project: "moths"})
		w.want(err, "not_found")
	})
}

func TestPagesFollowEachOtherWithoutGapOrRepetition(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		want := map[remit.JobID]bool{}
		for range 7 {
			want[w.submit(w.max, remit.JobSpec{Type: "once"}).ID] = true
		}
		var after remit.JobID
		for pages := 0; ; pages++ {
			page, err := w.Jobs(t.Context(), w.ada, jobs.Filter{Project: "moths", Limit: 3, After: after})
			w.must(err)
			for _, j := range page.Items {
				if !want[j.ID] || after != "" && j.ID >= after {
					t.Errorf("%s comes twice or out of order", j.ID)
				}
				delete(want, j.ID)
			}
			if after = remit.JobID(page.Next); after == "" {
				break
			}
		}
		if len(want) != 0 {
			t.Errorf("%d jobs are on no page", len(want))
		}
	})
}

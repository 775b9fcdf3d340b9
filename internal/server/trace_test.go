package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

// R22: a 403 carries what access/explain says of the same, to whom it is said.
func TestARefusalCarriesItsExplanation(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		u := w.universe()
		const member, manager = "moths-basic_member", "moths-project_manager"
		deny := client.NewEntry{User: member, Permission: "job:run.ml.single", Effect: "deny", Why: "exam week"}
		into[remit.Entry](t, w.call(manager, "POST", "/api/v1/projects/moths/entries", deny), 201)
		explained := map[string]int{}
		for _, name := range []string{member, "moths-researcher", "capped", "stranger", "banned", "anonymous", "worker", "observatory-student"} {
			for _, x := range u.things {
				for verb, operation := range map[string]string{"cancel": "job.cancel", "run": "job.run", "wrest": "job.wrest"} {
					if x.kind != "jobs" {
						continue
					}
					r := w.call(name, "POST", x.address()+"/"+verb, nil)
					if r.status == 200 {
						continue
					}
					p := problemOf(t, r)
					hidden := w.call(name, "GET", x.address(), nil).status != 200
					if p.Explanation == nil {
						if r.status == 403 && !hidden && name != "worker" && !strings.HasPrefix(p.Detail, "You can only") {
							t.Errorf("%s: no explanation: %s", r.asked, r.body)
						}
						continue
					}
					if r.status != 403 || hidden || name == "anonymous" || name == "worker" {
						t.Errorf("%s is explained, %d, hidden: %t: %s", r.asked, r.status, hidden, r.body)
					}
					explained[name]++
					want, err := w.as(name).Explain(t.Context(), client.Question{Permission: p.Explanation.Permission, Job: remit.JobID(x.id)})
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want.Short().Considered, p.Explanation.Considered); diff != "" || p.Explanation.Rule != want.Rule || p.Explanation.Permission != p.Permission || p.Explanation.Thing != x.id {
						t.Errorf("%s, %s: (-by access/explain +in the refusal)\n%s\n%+v", r.asked, operation, diff, p)
					}
				}
			}
		}
		if explained[member] == 0 || explained["capped"] == 0 {
			t.Errorf("explained: %v", explained)
		}
		r := w.call(member, "POST", mothJobs, remit.JobSpec{Type: "ml", On: remit.On{File: w.files("moths")["2023-06-12_meadow/trap_001.jpg"].ID}, Start: true})
		p := problemOf(t, r)
		i := -1
		if p.Explanation != nil {
			i = slices.IndexFunc(p.Explanation.Considered, func(c remit.Considered) bool { return c.Decided })
		}
		if r.status != 403 || i < 0 || p.Explanation.Considered[i].Effect != "deny" || p.Explanation.Considered[i].Written.Why != "exam week" || len(p.Explanation.Flips) != 0 {
			t.Errorf("%d %s", r.status, r.body)
		}
		if strings.Contains(string(r.body), "user_") || strings.Contains(string(r.body), "project_0") {
			t.Errorf("ids in a refusal: %s", r.body)
		}
	})
}

// Names of who wrote what are for those who see the members; when and why is
// told to all whom it is about.
func TestWhoWroteWhatIsNamedToThoseWhoSeeTheMembers(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		w.account("outsider")
		w.account("comes")
		entry := client.NewEntry{User: "outsider", Permission: "file:read", Effect: "allow", Why: "a guest"}
		into[remit.Entry](t, w.call("moths-project_manager", "POST", "/api/v1/projects/moths/entries", entry), 201)
		into[remit.Member](t, w.call("moths-project_manager", "POST", "/api/v1/projects/moths/members", client.NewMember{User: "comes", Roles: []string{"basic_member"}}), 201)
		of := func(asker, user, rule string) remit.Considered {
			t.Helper()
			x, err := w.as(asker).Explain(t.Context(), client.Question{User: user, Permission: "file:read", Project: "moths"})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(x.Considered, func(c remit.Considered) bool { return c.Decided && c.Rule == rule })
			if i < 0 {
				t.Fatalf("%s is told about %s: %+v", asker, user, x)
			}
			return x.Considered[i]
		}
		if w := of("outsider", "", "R11").Written; w == nil || w.By != "" || w.At == nil || w.Why != "a guest" {
			t.Errorf("to who does not see the members it is written by %+v", w)
		}
		if w := of("moths-project_manager", "outsider", "R11").Written; w == nil || w.By != "moths-project_manager" || w.Why != "a guest" {
			t.Errorf("to the manager it is written by %+v", w)
		}
		if g := of("moths-project_manager", "comes", "R12").Given; g == nil || g.By != "moths-project_manager" || g.At == nil {
			t.Errorf("the membership is given by %+v", g)
		}
		w.account("crewed")
		w.team("crewed", "moths", "basic_member")
		if c := of("root", "crewed", "R12"); c.Team != "crew" || c.Given == nil || c.Given.Why != "for the crew" {
			t.Errorf("by the team: %+v, %+v", c, c.Given)
		}
	})
}

// A question about things in general is answered by what goes for own things,
// and by what goes for others' beside it where that is another answer.
func TestAnExplanationInGeneralTellsOfOwnAndOthersThings(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	const member, at = "moths-basic_member", "/api/v1/projects/moths/entries"
	into[remit.Entry](t, w.call("root", "POST", at, client.NewEntry{User: member, Permission: "job:cancel@own", Effect: "deny"}), 201)
	x, err := w.as(member).Explain(t.Context(), client.Question{Permission: "job:cancel", Project: "moths"})
	if err != nil {
		t.Fatal(err)
	}
	if x.Allowed || x.Rule != "R11" || len(x.Parts) != 1 || x.Parts[0].As != "others" || x.Parts[0].Rule != "R14" {
		t.Errorf("both refused: %s", x.Text)
	}
	x, err = w.as("moths-identifier").Explain(t.Context(), client.Question{Permission: "job:cancel", Project: "moths"})
	if err != nil {
		t.Fatal(err)
	}
	if !x.Allowed || len(x.Parts) != 1 || x.Parts[0].As != "others" || x.Parts[0].Allowed {
		t.Errorf("own only: %s", x.Text)
	}
	into[remit.Entry](t, w.call("root", "POST", at, client.NewEntry{User: member, Permission: "job:cancel@others", Effect: "allow"}), 201)
	x, err = w.as(member).Explain(t.Context(), client.Question{Permission: "job:cancel", Project: "moths"})
	if err != nil {
		t.Fatal(err)
	}
	if !x.Allowed || x.Rule != "R11" || len(x.Parts) != 1 || x.Parts[0].As != "own" || x.Parts[0].Allowed {
		t.Errorf("others' only: %s", x.Text)
	}
}

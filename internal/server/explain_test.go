package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

// R19: whoever asks, an explanation is of what check says, and refused where
// check is.
func TestAnExplanationIsThatOfTheCheck(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	u := w.universe()
	for _, name := range []string{"root", "moths-basic_member", "moths-researcher", "observatory-student", "stranger", "capped", "narrow", "anonymous"} {
		questions := []client.Question{{Permission: "job:create", Project: "moths"}, {Permission: "job:cancel", Project: "moths"},
			{Permission: "project:create"}, {Permission: "file:raed"}, {Permission: "job.submit", Project: "observatory"}, {Permission: "me.read"}}
		for _, x := range u.things {
			for _, operation := range verbs[x.kind] {
				questions = append(questions, question(x, operation))
			}
		}
		for _, q := range questions {
			verdict, refused := w.as(name).Check(t.Context(), q)
			x, err := w.as(name).Explain(t.Context(), q)
			switch {
			case q.Permission == "me.read":
				if remit.KindOf(err) != remit.Invalid {
					t.Errorf("%s: what asks for nothing is explained: %+v, %v", name, x, err)
				}
			case (err == nil) != (refused == nil) || remit.KindOf(err) != remit.KindOf(refused):
				t.Errorf("%s, %+v: explain %v, check %v", name, q, err, refused)
			case err == nil && !strings.Contains(q.Permission, ".") && (x.Allowed != verdict.Allowed || x.Rule != verdict.Rule):
				t.Errorf("%s, %+v: explain %t by %s, check %t by %s", name, q, x.Allowed, x.Rule, verdict.Allowed, verdict.Rule)
			case err == nil && x.Allowed != strings.Contains(strings.SplitN(x.Text, "\n", 2)[0], " allowed by "+x.Rule):
				t.Errorf("%s, %+v: %s", name, q, x.Text)
			}
		}
	}
}

func TestAnExplanationNamesWhatDecidesAndWhatWouldChangeIt(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		w.account("stranger")
		const member, manager, at = "moths-basic_member", "moths-project_manager", "/api/v1/projects/moths"
		q := client.Question{Permission: "file:read", Project: "moths"}
		deny := client.NewEntry{User: member, Permission: "file:read", Effect: "deny", Why: "exam week"}
		into[remit.Entry](t, w.call(manager, "POST", at+"/entries", deny), 201)

		own, err := w.as(member).Explain(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(own.Considered, func(c remit.Considered) bool { return c.Decided })
		if own.Allowed || own.Rule != "R11" || i < 0 || own.Considered[i].Effect != "deny" || own.Considered[i].Project != "moths" {
			t.Fatalf("%+v", own)
		}
		if !slices.Contains(own.Flips, "end the entry that denies "+member+" file:read in moths") {
			t.Errorf("flips: %q", own.Flips)
		}

		q.User = member
		told, err := w.as(manager).Explain(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if by := told.Considered[i].Written; by == nil || by.By != manager || by.At == nil || by.Why != "exam week" {
			t.Errorf("to the manager it is written by %+v", by)
		}
		for what, id := range map[string]string{"ids": "user_", "ids of projects": "project_0"} {
			if strings.Contains(told.Text+own.Text+strings.Join(told.Flips, ""), id) {
				t.Errorf("%s in an explanation:\n%s", what, told.Text)
			}
		}
		for _, who := range []string{"stranger", "anonymous", member} {
			q.User = manager
			if _, err := w.as(who).Explain(t.Context(), q); err == nil {
				t.Errorf("%s is told of the manager's rights", who)
			}
		}
	})
}

package projects_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

func TestAVerdictHasBothCells(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		dan, _ := w.member("moths", "dan", "worker")
		for _, permission := range []string{"job:cancel", "job.cancel"} {
			v := w.verdict(dan, permission, "moths")
			wantEqual(w.T, []bool{v.Allowed, v.Own, v.Others}, []bool{true, true, false})
			wantEqual(w.T, v.Rule, "R12")
		}
		v := w.verdict(dan, "job:delete", "moths")
		wantEqual(w.T, v, projects.Verdict{Rule: "R14", Reason: "job:delete: nothing allows it"})
		wantEqual(w.T, w.verdict(dan, "user:read", "").Own, true)
		wantEqual(w.T, w.verdict(dan, "user:read", "").Others, false)
		wantEqual(w.T, w.verdict(dan, "me.read", "").Allowed, true)
	})
}

func TestAVerdictIsAboutRightsNotAboutTheStateOfThings(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		w.wantAllowed(olga, "job.delete", "moths", true) // guarded: only finished ones (R16)
	})
}

func TestUnknownQuestionsAreInvalidWithASuggestion(t *testing.T) {
	inWorlds(t, func(w *world) {
		for permission, want := range map[string]string{
			"job:cansel": `unknown permission "job:cansel", did you mean "job:cancel"?`,
			"job.cansel": `unknown permission "job.cansel", did you mean "job.cancel"?`,
			"job:*":      `unknown permission "job:*"`,
		} {
			_, err := w.Check(w.Context(), w.person("eve"), projects.Question{Permission: permission})
			e := wantKind(w.T, err, remit.Invalid)
			if e.Field != "permission" || len(e.Message) < len(want) || e.Message[:len(want)] != want {
				w.Errorf("%s: %q in %q", permission, e.Message, e.Field)
			}
		}
	})
}

func TestRightsOfOthersNeedARight(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		rita, _ := w.member("moths", "rita", "reader")
		ask := func(who authz.Subject, user, project string) (bool, error) {
			v, err := w.Check(w.Context(), who, projects.Question{User: user, Permission: "job:read", Project: project})
			return v.Allowed, err
		}
		yes, err := ask(olga, "rita", "moths")
		w.must(err)
		wantEqual(w.T, yes, true)
		yes, err = ask(rita, "rita", "moths")
		w.must(err)
		wantEqual(w.T, yes, true)
		_, err = ask(rita, "olga", "moths")
		wantEqual(w.T, wantKind(w.T, err, remit.Denied).Decision.Permission, "access:view")
		_, err = ask(olga, "rita", "")
		wantKind(w.T, err, remit.Denied)
		_, err = ask(w.superuser("root"), "rita", "")
		w.must(err)
		_, err = ask(olga, "nobody", "moths")
		wantKind(w.T, err, remit.Invalid)
		_, err = ask(stranger, "olga", "moths")
		wantKind(w.T, err, remit.NotFound)
	})
}

func TestAThingThatMayNotBeReadIsAsIfItWereAbsent(t *testing.T) {
	inWorlds(t, func(w *world) {
		p, other := w.project("moths"), w.project("other")
		dan, _ := w.member("moths", "dan", "worker")
		w.member("other", "dan", "worker")
		w.override("moths", "worker", "job:read@others", "deny")
		job := authz.Resource{Project: string(p.ID), Thing: string(remit.NewID[remit.JobID](w.clock.Now()))}
		ask := func(project string, on func(*gate.Reader) (authz.Resource, error)) (projects.Verdict, error) {
			return w.Check(w.Context(), dan, projects.Question{Permission: "job.cancel", Project: project, On: on})
		}
		_, hidden := ask("moths", thing(job))
		_, absent := ask("moths", func(*gate.Reader) (authz.Resource, error) { return authz.Resource{}, gate.NotFound("jobs") })
		wantKind(w.T, hidden, remit.NotFound)
		wantSame(w.T, hidden, absent)

		job.Owner = dan.ID
		v, err := ask("moths", thing(job))
		w.must(err)
		wantEqual(w.T, []bool{v.Allowed, v.Own, v.Others}, []bool{true, true, false})

		job.Project = string(other.ID)
		_, elsewhere := ask("moths", thing(job))
		wantSame(w.T, elsewhere, absent)
	})
}

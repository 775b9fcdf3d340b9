package projects_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// oneByOne asks with Check what CheckAll answers at once.
func (w *world) oneByOne(who authz.Subject, q projects.Questions, names []string) []projects.Finding {
	w.Helper()
	found := make([]projects.Finding, len(names))
	for i, name := range names {
		v, err := w.Check(w.Context(), who, projects.Question{User: q.User, Permission: name, Project: q.Project, On: q.On})
		w.must(err)
		found[i] = projects.Finding{Permission: name, Verdict: v}
	}
	return found
}

func TestAllAtOnceIsOneByOne(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		dan, _ := w.member("moths", "dan", "worker")
		w.override("moths", "worker", "job:read", "deny")
		here, err := w.Project(w.Context(), olga, "moths")
		w.must(err)
		thing := func(*gate.Reader) (authz.Resource, error) {
			return authz.Resource{Project: string(here.ID), Owner: dan.ID, Thing: "project_x"}, nil
		}
		some := []string{"job:cancel", "job.cancel", "job:read", "member:read", "job:cancel"}
		for _, who := range []authz.Subject{olga, dan, w.superuser("root"), stranger} {
			for _, q := range []projects.Questions{
				{},
				{Permissions: []string{"user:read", "me.read"}},
				{Project: "moths"},
				{Project: "moths", Permissions: some},
				{Project: "moths", Permissions: some, On: thing},
				{User: "dan", Project: "moths", Permissions: some},
				{Permissions: []string{}},
			} {
				got, err := w.CheckAll(w.Context(), who, q)
				if err != nil {
					_, one := w.Check(w.Context(), who, projects.Question{User: q.User, Permission: "job:read", Project: q.Project, On: q.On})
					wantSame(w.T, one, err)
					continue
				}
				names := q.Permissions
				if names == nil {
					names = namesOf(q.Project != "")
				}
				if diff := cmp.Diff(w.oneByOne(who, q, names), got); diff != "" {
					w.Errorf("%s asks %+v (-one by one +at once):\n%s", who.Name, q, diff)
				}
			}
		}
	})
}

// namesOf are the catalogue's names of a level.
func namesOf(inProject bool) (names []string) {
	for _, p := range remit.Permissions() {
		if (p.Level == authz.InProject) == inProject {
			names = append(names, p.Name)
		}
	}
	if inProject {
		names = append(names, "member:assign.owner", "member:assign.reader", "member:assign.worker")
	}
	slices.Sort(names)
	return names
}

func TestOneUnknownNameAmongManyIsNamed(t *testing.T) {
	inWorlds(t, func(w *world) {
		_, err := w.CheckAll(w.Context(), w.person("eve"), projects.Questions{Permissions: []string{"job:read", "job:cansel"}})
		e := wantKind(w.T, err, remit.Invalid)
		if e.Field != "permissions[1]" || !strings.Contains(e.Message, `did you mean "job:cancel"?`) {
			w.Errorf("%q in %q", e.Message, e.Field)
		}
		_, err = w.CheckAll(w.Context(), w.person("eve"), projects.Questions{Permissions: make([]string, projects.MaxAsked+1)})
		wantEqual(w.T, wantKind(w.T, err, remit.Invalid).Field, "permissions")
	})
}

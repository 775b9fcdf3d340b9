package jobs_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

func labels(of string) remit.JobType {
	return remit.JobType{Key: "annotate", Title: "Write labels", On: []string{"file", "collection"}, Runner: "process", Command: []string{"true"},
		Lends: []remit.Lend{{Permission: "collection:update", Of: of}}}
}

// declarer may declare job types, and holds what the patterns say everywhere.
func (w *world) declarer(name string, holds ...string) authz.Subject {
	w.t.Helper()
	who := w.person(name)
	w.must(w.projects.PutRole(w.t.Context(), setup, remit.Role{Name: name, Site: true, Allow: append(holds, "jobtype:*")}))
	_, err := w.projects.AddSiteMember(w.t.Context(), setup, projects.NewSiteMember{User: name, Role: name})
	w.must(err)
	return who
}

func TestATypeLendsWhatItsDeclarerHoldsEverywhere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		none, half, all := w.declarer("none"), w.declarer("half", "collection:update@own", "collection:read"), w.declarer("all", "collection:update", "collection:read")
		declare := func(who authz.Subject, k remit.JobType) error { return w.DeclareType(t.Context(), who, k) }
		w.must(declare(none, labels("person"))) // which gives nothing
		for _, who := range []authz.Subject{none, half} {
			err := declare(who, labels("type"))
			w.want(err, "gives_more")
			if e := err.(*remit.Error); e.Field != "lends" || e.Decision.Rule != 24 || e.Decision.Permission != "collection:update" {
				t.Errorf("%s: %+v", who.Name, e)
			}
		}
		w.must(declare(all, labels("type")))
		other := labels("type")
		other.Command = []string{"false"}
		w.want(declare(none, other), "gives_more") // its command would use what is lent
		w.must(declare(none, labels("person")))
		w.must(declare(setup, labels("type")))
		_, err := w.projects.AddEntry(t.Context(), setup, "moths", remit.Entry{User: "all", Permission: "collection:update", Effect: "deny"})
		w.must(err)
		w.must(declare(all, labels("type"))) // the very same, which changes nothing
		other.Command = []string{"yes"}
		w.want(declare(all, other), "gives_more") // not in moths
	})
}

func TestWhatIsHeldForADayIsNotLentForEver(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		who, tomorrow := w.declarer("dora"), w.clock.now().Add(24*time.Hour)
		_, err := w.projects.AddSiteEntry(t.Context(), setup, remit.Entry{User: "dora", Permission: "collection:*", Effect: "allow", Until: &tomorrow})
		w.must(err)
		w.want(w.DeclareType(t.Context(), who, labels("type")), "gives_more")
	})
}

// Only superusers use what is reserved, and so only they let a type use it.
func TestWhatIsReservedIsLentBySuperusers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		k := labels("type")
		k.Lends[0].Permission = "collection:ingest"
		w.want(w.DeclareType(t.Context(), w.declarer("dora", "*"), k), "gives_more")
		w.must(w.DeclareType(t.Context(), setup, k))
		w.role("gives", basic+" access:grant job:run.annotate collection:ingest")
		w.person("eve")
		_, err := w.projects.AddEntry(t.Context(), w.person("gwen", "gives"), "moths", remit.Entry{User: "eve", Permission: "job:run.annotate", Effect: "allow"})
		w.must(err) // like what a role names, though it is reserved
	})
}

func TestATypeLendsNothingOfTheSite(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		k := labels("type")
		k.Lends[0].Permission = "user:create"
		w.want(w.DeclareType(t.Context(), setup, k), "invalid")
	})
}

// The right to run a type that lends of itself is a right to all that it lends.
func TestTheRunRightIsGivenByWhoHoldsWhatItsTypeLends(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.DeclareType(t.Context(), setup, labels("person")))
		w.role("gives", basic+" access:grant job:run.annotate job:run.annotate.single")
		w.role("runs", basic+" job:run.annotate.single")
		gwen := w.person("gwen", "gives")
		w.person("eve")
		w.person("eric")
		give := func(who authz.Subject, to string) error {
			_, err := w.projects.AddEntry(t.Context(), who, "moths", remit.Entry{User: to, Permission: "job:run.annotate", Effect: "allow"})
			return err
		}
		hire := func(who authz.Subject, to string) error {
			_, err := w.projects.AddMember(t.Context(), who, "moths", projects.NewMember{User: to, Roles: []string{"runs"}})
			return err
		}
		w.must(give(gwen, "eve")) // of person: nothing comes with it
		w.must(w.DeclareType(t.Context(), setup, labels("type")))
		w.want(give(gwen, "eric"), "gives_more")
		w.want(hire(gwen, "eric"), "gives_more")
		registrar := remit.Entry{User: "eve", Permission: "member:assign.runs", Effect: "allow"}
		_, err := w.projects.AddEntry(t.Context(), gwen, "moths", registrar) // who could hire then
		w.want(err, "gives_more")
		_, err = w.projects.AddEntry(t.Context(), w.max, "moths", registrar)
		w.must(err)
		w.must(hire(w.max, "eric"))
		w.must(give(w.max, "eric"))
	})
}

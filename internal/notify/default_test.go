package notify_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/outward"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// tells declares a type anew: of which states it tells the owners of its jobs.
func (w *world) tells(key string, states ...remit.JobState) {
	w.t.Helper()
	i := slices.IndexFunc(types, func(t remit.JobType) bool { return t.Key == key })
	kind := types[i]
	kind.Notify = states
	w.must(w.jobs.DeclareType(w.t.Context(), setup, kind))
}

// mine are somebody's notifications, in words: "ml failed", "* paused".
func (w *world) mine(who authz.Subject) (all []string) {
	w.t.Helper()
	page, err := w.Notifications(w.t.Context(), who, 0, "")
	w.must(err)
	for _, n := range page.Items {
		text := n.Type
		if text == "" {
			text = "*"
		}
		for _, s := range n.States {
			text += " " + string(s)
		}
		if n.Paused {
			text += " paused"
		}
		if n.Held != "" {
			text += " (" + n.Held + ")"
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// byDefault is the id of what a type tells somebody; "" is that of all types.
func (w *world) byDefault(who authz.Subject, key string) remit.NotificationID {
	w.t.Helper()
	page, err := w.Notifications(w.t.Context(), who, 0, "")
	w.must(err)
	for _, n := range page.Items {
		if n.Default && n.Type == key {
			return n.ID
		}
	}
	w.t.Fatalf("%s has no default of %q: %+v", who.Name, key, page.Items)
	return ""
}

func (w *world) pause(who authz.Subject, id remit.NotificationID, paused bool) remit.Notification {
	w.t.Helper()
	n, err := w.UpdateNotification(w.t.Context(), who, id, notify.NotificationPatch{Paused: &paused})
	w.must(err)
	return n
}

// subjects are those of the letters that came, after a minute.
func (w *world) subjects() (all []string) {
	w.t.Helper()
	w.clock.advance(61 * time.Second)
	w.send()
	for _, l := range w.post.taken() {
		all = append(all, l.to+": "+l.subject)
	}
	slices.Sort(all)
	return all
}

func (w *world) letters(what string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.subjects()); diff != "" {
		w.t.Errorf("%s: letters (-want +got):\n%s", what, diff)
	}
}

func TestATypeTellsTheOwnersOfItsJobsOfTheStatesThatItNames(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("ml", remit.JobFailed)
		job := w.fails(w.ada, "night", "no light")
		w.ends(t, w.ada, remit.JobSpec{Type: "ml", Name: "fine"}, jobs.Outcome{State: remit.JobSucceeded})
		w.ends(t, w.ada, remit.JobSpec{Type: "tidy", Name: "other"}, jobs.Outcome{State: remit.JobFailed})
		if n := w.send(); n != 1 {
			t.Errorf("%d messages", n)
		}
		got := w.post.taken()
		want := "night (ml) in moths: failed: no light\n  https://remit.example.org/jobs/" + string(job.ID) +
			"\n\nJobs of type ml tell this to their owners. To end it: remit notify pause " + string(w.byDefault(w.ada, "ml")) +
			"\nTo be told this by no type: remit notify pause " + string(w.byDefault(w.ada, "")) + "\nOr here, without signing in: https://remit.example.org/notifications/stop?token="
		if len(got) != 1 || got[0].to != "ada@example.org" || got[0].subject != "night (ml) in moths failed" || !strings.HasPrefix(got[0].text, want) {
			t.Errorf("letters: %+v\nwant %s", got, want)
		}
		w.fails(w.ada, "a", "x")
		w.fails(w.ada, "b", "x")
		if w.send() != 0 {
			t.Error("a second letter within a minute")
		}
		w.fails(w.bob, "c", "x")
		w.letters("a minute later", "ada@example.org: 2 jobs: 2 failed", "bob@example.org: c (ml) in moths failed")
	})
}

func TestARuleAndADefaultThatBothFitAreOneLetter(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("ml", remit.JobFailed, remit.JobSucceeded)
		made := w.notifies(w.ada, notify.NewNotification{Project: "moths", Whose: remit.All})
		w.fails(w.ada, "night", "x")
		w.letters("both", "ada@example.org: night (ml) in moths failed")
		w.ends(t, w.ada, remit.JobSpec{Type: "ml", Name: "fine"}, jobs.Outcome{State: remit.JobSucceeded})
		w.letters("what the rule does not say", "ada@example.org: fine (ml) in moths succeeded")
		w.pause(w.ada, made.ID, true)
		w.fails(w.ada, "later", "x")
		w.letters("the rule is paused", "ada@example.org: later (ml) in moths failed")
	})
}

func TestDefaultsArePausedByTypeOrAltogether(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("ml", remit.JobSucceeded, remit.JobFailed)
		w.tells("tidy", remit.JobFailed)
		if diff := cmp.Diff([]string{"*", "ml succeeded failed", "tidy failed"}, w.mine(w.ada)); diff != "" {
			t.Error(diff)
		}
		tidies := func() {
			w.ends(t, w.ada, remit.JobSpec{Type: "tidy", Name: "t"}, jobs.Outcome{State: remit.JobFailed})
		}
		w.fails(w.ada, "a", "x") // waits when it is paused
		ml := w.byDefault(w.ada, "ml")
		if n := w.pause(w.ada, ml, true); !n.Paused || !n.Default || n.Type != "ml" || !slices.Equal(n.Permissions, []string{"update"}) {
			t.Errorf("paused: %+v", n)
		}
		w.fails(w.ada, "b", "x")
		tidies()
		w.letters("ml is paused", "ada@example.org: t (tidy) in moths failed")
		w.post.set(true)
		tidies() // is sorted, and waits for the mail server
		w.subjects()
		w.post.set(false)
		w.pause(w.ada, w.byDefault(w.ada, ""), true)
		tidies()
		w.clock.advance(time.Hour)
		w.letters("all are paused")
		if diff := cmp.Diff([]string{"* paused", "ml succeeded failed paused (all defaults are paused)", "tidy failed (all defaults are paused)"}, w.mine(w.ada)); diff != "" {
			t.Error(diff)
		}
		w.fails(w.bob, "c", "x")
		w.letters("it is ada's alone", "bob@example.org: c (ml) in moths failed")
		w.pause(w.ada, w.byDefault(w.ada, ""), false)
		w.fails(w.ada, "d", "x")
		tidies()
		w.letters("ml stays paused", "ada@example.org: t (tidy) in moths failed")
		w.pause(w.ada, ml, false)
		w.fails(w.ada, "e", "x")
		w.letters("resumed", "ada@example.org: e (ml) in moths failed")
	})
}

func TestNobodyElseTouchesADefaultAndNobodyDeletesOne(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("ml", remit.JobFailed)
		yes, kind := true, "tidy"
		of, all := w.byDefault(w.ada, "ml"), w.byDefault(w.ada, "")
		for range 2 { // before it is stored, and then
			for _, id := range []remit.NotificationID{of, all} {
				_, err := w.UpdateNotification(t.Context(), w.max, id, notify.NotificationPatch{Paused: &yes})
				w.want(err, remit.NotFound, "No such notification")
				w.want(w.DeleteNotification(t.Context(), w.max, id), remit.NotFound, "No such notification")
				w.want(w.DeleteNotification(t.Context(), w.ada, id), remit.Conflict, "default")
				_, err = w.UpdateNotification(t.Context(), w.ada, id, notify.NotificationPatch{Type: &kind})
				w.want(err, remit.Invalid, "type")
				for range 20 { // always the same field
					_, err = w.UpdateNotification(t.Context(), w.ada, id, notify.NotificationPatch{Type: &kind, States: &[]remit.JobState{}, Paused: &yes})
					if e, is := err.(*remit.Error); !is || e.Field != "type" {
						t.Errorf("refused: %+v", err)
					}
				}
				limited := w.ada
				limited.Caps = &authz.Caps{Scopes: []string{"*"}}
				_, err = w.UpdateNotification(t.Context(), limited, id, notify.NotificationPatch{Paused: &yes})
				w.want(err, remit.Denied, "key_scope")
				_, err = w.UpdateNotification(t.Context(), authz.Subject{}, id, notify.NotificationPatch{Paused: &yes})
				w.want(err, remit.Unauthenticated, "")
				w.pause(w.ada, id, false)
			}
		}
		if got := w.mine(w.eve); got != nil {
			t.Errorf("eve, who sees no job types and runs none, is shown %v", got)
		}
		w.entry("eve", "job:run.ml", "allow")
		if diff := cmp.Diff([]string{"*", "ml failed"}, w.mine(w.eve)); diff != "" {
			t.Error(diff)
		}
		first, err := w.Notifications(t.Context(), w.ada, 1, "")
		w.must(err)
		second, err := w.Notifications(t.Context(), w.ada, 1, first.Next)
		w.must(err)
		if len(first.Items) != 1 || len(second.Items) != 1 || second.Next != "" || first.Items[0].ID == second.Items[0].ID {
			t.Errorf("pages: %+v, %+v", first, second)
		}
	})
}

func TestWhoeverCannotBeToldByDefaultIsNot(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("ml", remit.JobFailed)
		email := func(user, address string) {
			_, err := w.people.Update(t.Context(), setup, user, identity.UserPatch{Email: &address})
			w.must(err)
		}
		email("ada", "")
		w.fails(w.ada, "without an address", "x")
		if diff := cmp.Diff([]string{"* (your account has no e-mail address)", "ml failed (your account has no e-mail address)"}, w.mine(w.ada)); diff != "" {
			t.Error(diff)
		}
		email("ada", "ada@example.org")
		w.letters("of then nothing is told later")
		w.fails(w.ada, "with one", "x")
		w.letters("with an address", "ada@example.org: with one (ml) in moths failed")

		w.fails(w.ada, "unread", "x")
		w.entry("ada", "job:read", "deny")
		w.letters("the right is lost")
		w.entry("ada", "job:read", "allow")

		w.fails(w.bob, "disabled", "x")
		disabled := true
		_, err := w.people.Update(t.Context(), setup, "bob", identity.UserPatch{Disabled: &disabled})
		w.must(err)
		w.letters("the account is disabled")
		disabled = false
		_, err = w.people.Update(t.Context(), setup, "bob", identity.UserPatch{Disabled: &disabled})
		w.must(err)
		w.letters("nothing is told later")

		w.fails(w.bob, "deleted", "x")
		_, err = w.people.Delete(t.Context(), setup, "bob", "max")
		w.must(err)
		w.letters("the account is deleted")
	})
}

func TestWhatATypeTellsNoMoreIsNotTold(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("ml", remit.JobFailed)
		w.fails(w.ada, "a", "x")
		w.tells("ml", remit.JobSucceeded)
		w.letters("before it was sorted")
		w.tells("ml", remit.JobFailed)
		w.letters("nothing is told later")
		w.post.set(true)
		w.fails(w.ada, "b", "x")
		w.subjects()
		w.tells("ml")
		w.post.set(false)
		w.clock.advance(time.Hour)
		w.letters("while the mail server was away")
		if got := w.mine(w.bob); got != nil {
			t.Errorf("bob is shown %v", got)
		}
	})
}

func TestJobsOfATypeThatIsSwitchedOffAreToldOfAsFarAsTheyGoOn(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("ml", remit.JobFailed, remit.JobHeld)
		_, err := w.jobs.Submit(t.Context(), w.ada, "moths", remit.JobSpec{Type: "ml", Name: "waits", Start: true})
		w.must(err)
		_, err = w.jobs.Switch(t.Context(), setup, "moths", "ml", false)
		w.must(err)
		given, err := w.nodes.Claim(t.Context(), w.node, nodes.Want{Want: jobs.Want{Runners: []string{"process"}}})
		w.must(err)
		if len(given) != 0 {
			t.Errorf("given: %+v", given)
		}
		w.letters("it is held", "ada@example.org: waits (ml) in moths is held")
	})
}

func TestWithoutAMailServerNothingIsWrittenDown(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		g := gate.New(d, projects.PolicySource{}, w.clock.now, slog.New(slog.DiscardHandler))
		queue := jobs.New(g, jobs.Options{Seal: w.ring})
		mute := notify.New(g, notify.Options{Jobs: queue, Seal: w.ring, Web: outward.NewWeb(outward.WebOptions{}), Log: slog.New(slog.DiscardHandler)})
		cancelled := func() {
			job, err := queue.Submit(t.Context(), w.ada, "moths", remit.JobSpec{Type: "ml"})
			must(t, err)
			_, err = queue.Cancel(t.Context(), w.ada, job.ID)
			must(t, err)
		}
		w.tells("ml", remit.JobCancelled)
		cancelled()
		rename(t, d, "", "away_")
		cancelled()
		rename(t, d, "away_", "")
		page, err := mute.Notifications(t.Context(), w.ada, 0, "")
		must(t, err)
		if len(page.Items) != 2 || page.Items[0].Held != "this installation sends no e-mail" {
			t.Errorf("shown: %+v", page.Items)
		}
	})
}

func TestADefaultThatIsPausedCountsInEveryProcessAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		other := gate.New(d, projects.PolicySource{}, w.clock.now, slog.New(slog.DiscardHandler))
		there := notify.New(other, notify.Options{Jobs: jobs.New(other, jobs.Options{}), Seal: w.ring, Mail: w.post.open(t), Log: slog.New(slog.DiscardHandler)})
		w.tells("ml", remit.JobFailed)
		w.fails(w.ada, "a", "x")
		w.letters("told", "ada@example.org: a (ml) in moths failed")
		yes := true
		_, err := there.UpdateNotification(t.Context(), w.ada, w.byDefault(w.ada, "ml"), notify.NotificationPatch{Paused: &yes})
		must(t, err)
		w.fails(w.ada, "b", "x")
		w.letters("paused there")
	})
}

func TestAWorkflowTellsByDefaultAndItsStepsDoNot(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("tidy", remit.JobFailed, remit.JobCancelled)
		w.must(w.jobs.DeclareType(t.Context(), setup, remit.JobType{Key: "flow", Title: "Flow", On: []string{"none"}, Runner: "workflow",
			Notify: []remit.JobState{remit.JobFailed}, Steps: []remit.Step{{Name: "one", Type: "tidy"}, {Name: "two", Type: "tidy", Needs: []string{"one"}}}}))
		job, err := w.jobs.Submit(t.Context(), w.ada, "moths", remit.JobSpec{Type: "flow", Name: "night", Start: true})
		w.must(err)
		for job.State != remit.JobFailed {
			_, err := w.jobs.Advance(t.Context())
			w.must(err)
			given, err := w.nodes.Claim(t.Context(), w.node, nodes.Want{Want: jobs.Want{Runners: []string{"process"}}})
			w.must(err)
			for _, a := range given {
				w.must(w.jobs.Start(t.Context(), w.node, a.Lease))
				w.must(w.jobs.Finish(t.Context(), w.node, a.Lease, jobs.Outcome{State: remit.JobFailed}))
			}
			job, err = w.jobs.Job(t.Context(), w.ada, job.ID)
			w.must(err)
		}
		w.letters("of the workflow alone", "ada@example.org: night (flow) in moths failed")
	})
}

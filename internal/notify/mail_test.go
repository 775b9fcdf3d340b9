package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/notify"
)

func (w *world) notifies(who authz.Subject, n notify.NewNotification) remit.Notification {
	w.t.Helper()
	made, err := w.CreateNotification(w.t.Context(), who, n)
	w.must(err)
	return made
}

func TestAPersonIsToldWhenAJobOfTheirsFails(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.notifies(w.ada, notify.NewNotification{})
		job := w.fails(w.ada, "night", "no light\nsecond line")
		w.fails(w.bob, "others", "dark")
		w.ends(t, w.ada, remit.JobSpec{Type: "ml", Name: "fine"}, jobs.Outcome{State: remit.JobSucceeded})
		if n := w.send(); n != 1 {
			t.Errorf("%d messages", n)
		}
		got := w.post.taken()
		want := "night (ml) in moths: failed: no light\n  https://remit.example.org/jobs/" + string(job.ID) +
			"\n\nYou asked for this with " + string(made.ID) + ". To end it: remit notify delete " + string(made.ID) + "\n"
		if len(got) != 1 || got[0].to != "ada@example.org" || got[0].subject != "night (ml) in moths failed" ||
			got[0].text != want+"Or here, without signing in: "+got[0].stop+"\nAll that you are told of: https://remit.example.org/notifications\n" {
			t.Errorf("letters: %+v", got)
		}
		if w.clock.advance(time.Hour); w.send() != 0 {
			t.Error("it was told twice")
		}
	})
}

func TestAllThatWaitsIsOneLetterAndTheNextComesAMinuteLater(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.notifies(w.ada, notify.NewNotification{Project: "moths", Whose: remit.All, States: []remit.JobState{remit.JobFailed, remit.JobSucceeded}})
		w.notifies(w.ada, notify.NewNotification{}) // of the same jobs: each is told of once
		w.fails(w.ada, "a", "x")
		w.fails(w.bob, "b", "y")
		w.ends(t, w.bob, remit.JobSpec{Type: "ml", Name: "c"}, jobs.Outcome{State: remit.JobSucceeded})
		w.send()
		var all []string
		for _, l := range w.post.taken() {
			all = append(all, l.subject)
		}
		slices.Sort(all)
		if diff := cmp.Diff([]string{"2 jobs: 1 failed, 1 succeeded", "a (ml) in moths failed"}, all); diff != "" {
			t.Errorf("letters, one of each notification (-want +got):\n%s", diff)
		}
		w.fails(w.bob, "d", "z")
		if n := w.send(); n != 0 {
			t.Errorf("%d messages at once", n)
		}
		if w.clock.advance(61 * time.Second); w.send() != 1 {
			t.Error("the next letter did not come")
		}
	})
}

// manyEnd makes so many jobs of a type and cancels them.
func (w *world) manyEnd(who authz.Subject, slug, kind string, n int) {
	w.t.Helper()
	for range n {
		w.clock.advance(time.Millisecond) // ids come in order
		job, err := w.jobs.Submit(w.t.Context(), who, slug, remit.JobSpec{Type: kind, Start: true})
		w.must(err)
		_, err = w.jobs.Cancel(w.t.Context(), who, job.ID)
		w.must(err)
	}
}

func TestOfMoreThanALetterListsTheOthersAreCounted(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.notifies(w.ada, notify.NewNotification{Project: "moths", Whose: remit.All, States: []remit.JobState{remit.JobCancelled, remit.JobFailed}})
		w.manyEnd(w.ada, "moths", "ml", 201)
		w.manyEnd(w.bob, "moths", "tidy", 199)
		w.fails(w.bob, "last", "x")
		w.send()
		got := w.post.taken()
		if len(got) != 1 || got[0].subject != "401 jobs: 400 was cancelled, 1 failed" {
			t.Fatalf("%d letters, %.200v", len(got), got)
		}
		const list = "\n  https://remit.example.org/projects/moths/jobs?state="
		want := "\n\n… and 201 more:\n1 of type ml in moths: was cancelled" + list + "cancelled\n1 of type ml in moths: failed" + list + "failed\n" +
			"199 of type tidy in moths: was cancelled" + list + "cancelled\n\nYou asked for this with " + string(made.ID)
		if n := strings.Count(got[0].text, "/jobs/job_"); n != 200 || !strings.Contains(got[0].text, want) {
			_, rest, _ := strings.Cut(got[0].text, "…")
			t.Errorf("the letter has %d lines, and ends with …%s\nwant %s", n, rest, want)
		}
		if w.clock.advance(time.Hour); w.send() != 0 {
			t.Error("some were told twice")
		}
		w.manyEnd(w.bob, "moths", "tidy", 201)
		w.manyEnd(w.ada, "moths", "ml", 5)
		w.entry("ada", "job:read@others", "deny")
		w.send()
		if got := w.post.taken(); len(got) != 1 || got[0].subject != "5 jobs: 5 was cancelled" || strings.Contains(got[0].text, "more") {
			t.Errorf("of what ada may not read any more she is told %.400v", got)
		}
		w.entry("ada", "job:read@others", "allow")
		if w.clock.advance(time.Hour); w.send() != 0 {
			t.Error("of then she is told later")
		}
	})
}

func TestNothingIsLostWhenALetterOfManyIsNotTaken(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.notifies(w.ada, notify.NewNotification{States: []remit.JobState{remit.JobCancelled}})
		w.manyEnd(w.ada, "moths", "ml", 202)
		w.post.set(true)
		if n := w.send(); n != 0 {
			t.Errorf("%d messages", n)
		}
		w.post.set(false)
		w.manyEnd(w.ada, "moths", "ml", 1)
		if w.clock.advance(2 * time.Minute); w.send() != 203 {
			t.Error("not all came when it was tried again")
		}
		if got := w.post.taken(); len(got) != 1 || got[0].subject != "203 jobs: 203 was cancelled" {
			t.Errorf("letters: %.200v", got)
		}
	})
}

func TestWhoeverLostTheRightBeforeItIsSentIsToldNothing(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.notifies(w.ada, notify.NewNotification{})
		w.notifies(w.bob, notify.NewNotification{Project: "moths", Whose: remit.All})
		w.fails(w.ada, "night", "no light")
		w.entry("ada", "job:read", "deny")
		disabled := true
		_, err := w.people.Update(t.Context(), setup, "bob", identity.UserPatch{Disabled: &disabled})
		w.must(err)
		if n, got := w.send(), w.post.taken(); n != 0 || len(got) != 0 {
			t.Errorf("told: %+v", got)
		}
		w.entry("ada", "job:read", "allow")
		disabled = false
		_, err = w.people.Update(t.Context(), setup, "bob", identity.UserPatch{Disabled: &disabled})
		w.must(err)
		if n := w.send(); n != 0 {
			t.Errorf("%d messages of then are told later", n)
		}
	})
}

func TestWhoeverCannotReadAJobIsToldNothingOfIt(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.notifies(w.eve, notify.NewNotification{Project: "moths", Whose: remit.All})
		w.fails(w.ada, "night", "no light")
		w.entry("eve", "job:read", "allow")
		if n := w.send(); n != 0 {
			t.Errorf("%d messages of what eve could not read", n)
		}
		w.fails(w.ada, "night", "no light")
		if n := w.send(); n != 1 {
			t.Errorf("%d messages of what eve can read", n)
		}
	})
}

func TestSecretsAndParametersAreInNoMessage(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.notifies(w.ada, notify.NewNotification{})
		w.webhook(w.max, notify.NewWebhook{})
		spec := remit.JobSpec{Type: "ml", Name: "night", Params: []byte(`{"token":"hunter22hunter22","site":"meadow"}`)}
		w.ends(t, w.ada, spec, jobs.Outcome{State: remit.JobFailed, Error: "refused hunter22hunter22", Result: []byte(`{"found":"meadow"}`)})
		w.send()
		letters, events := w.post.taken(), w.hook.events()
		if len(letters) != 1 || len(events) != 1 {
			t.Fatalf("%d letters, %d events", len(letters), len(events))
		}
		for _, text := range []string{letters[0].subject + letters[0].text, events[0].body} {
			if strings.Contains(text, "hunter22") || strings.Contains(text, "meadow") {
				t.Errorf("it tells: %s", text)
			}
		}
	})
}

func TestAHostileNameStaysInItsLine(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.notifies(w.ada, notify.NewNotification{})
		w.webhook(w.max, notify.NewWebhook{})
		w.fails(w.ada, "", "x\r\nBcc: eve@example.org")
		w.fails(w.ada, "", "<!channel> @all [click](http://evil.example.org) `rm`\u2028second")
		w.send()
		for _, l := range w.post.taken() {
			if strings.Contains(l.text, "\nBcc") || strings.Contains(l.text, "second") && strings.Contains(l.text, "\u2028") || l.to != "ada@example.org" {
				t.Errorf("letter: %+v", l)
			}
		}
		for _, e := range w.hook.events() {
			for _, bad := range []string{"<!", "@all", "](http", "http://evil", "`", "\n"} {
				if strings.Contains(e.Text, bad) {
					t.Errorf("%q holds %q", e.Text, bad)
				}
			}
		}
	})
}

func TestAMailServerThatIsDownIsTriedAgain(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.notifies(w.ada, notify.NewNotification{})
		w.post.set(true)
		w.fails(w.ada, "night", "no light")
		if n := w.send(); n != 0 {
			t.Errorf("%d messages", n)
		}
		page, err := w.Notifications(t.Context(), w.ada, 0, "")
		w.must(err)
		if len(page.Items) != 1 || page.Items[0].Problem == "" || page.Items[0].RetryAt == nil || strings.Contains(page.Items[0].Problem, "127.0.0.1") {
			t.Errorf("shown: %+v", page.Items)
		}
		w.post.set(false)
		if n := w.send(); n != 0 {
			t.Error("it did not wait")
		}
		if w.clock.advance(2 * time.Minute); w.send() != 1 {
			t.Error("it was not tried again")
		}
	})
}

func TestNotificationsAreOfTheirOwnerAlone(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.notifies(w.ada, notify.NewNotification{Project: "moths"})
		yes := true
		_, err := w.UpdateNotification(t.Context(), w.max, made.ID, notify.NotificationPatch{Paused: &yes})
		w.want(err, remit.NotFound, "No such notification")
		w.want(w.DeleteNotification(t.Context(), w.max, made.ID), remit.NotFound, "No such notification")
		w.want(w.DeleteNotification(t.Context(), w.max, "notification_x"), remit.NotFound, "No such notification")
		page, err := w.Notifications(t.Context(), w.max, 0, "")
		w.must(err)
		if len(page.Items) != 0 {
			t.Errorf("max sees %v", page.Items)
		}
		limited := w.ada
		limited.Caps = &authz.Caps{Scopes: []string{"job:read"}}
		_, err = w.CreateNotification(t.Context(), limited, notify.NewNotification{})
		w.want(err, remit.Denied, "key_scope")
		w.want(w.DeleteNotification(t.Context(), limited, made.ID), remit.Denied, "key_scope")
		_, err = w.CreateNotification(t.Context(), authz.Subject{}, notify.NewNotification{})
		w.want(err, remit.Unauthenticated, "")
		_, err = w.CreateNotification(t.Context(), w.node, notify.NewNotification{})
		w.want(err, remit.Denied, "")
		now, err := w.UpdateNotification(t.Context(), w.ada, made.ID, notify.NotificationPatch{Paused: &yes})
		w.must(err)
		if !now.Paused {
			t.Errorf("not paused: %+v", now)
		}
		w.fails(w.ada, "night", "x")
		if w.send() != 0 {
			t.Error("told while paused")
		}
		w.must(w.DeleteNotification(t.Context(), w.ada, made.ID))
	})
}

func TestWhatCannotBeToldIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ask := func(who authz.Subject, n notify.NewNotification) error {
			_, err := w.CreateNotification(t.Context(), who, n)
			return err
		}
		w.want(ask(w.ada, notify.NewNotification{Project: "birds"}), remit.NotFound, "No such project")
		w.want(ask(w.ada, notify.NewNotification{Project: "wasps"}), remit.NotFound, "No such project")
		w.want(ask(w.ada, notify.NewNotification{Whose: remit.All}), remit.Invalid, "whose")
		w.want(ask(w.ada, notify.NewNotification{Whose: "theirs"}), remit.Invalid, "whose")
		w.want(ask(w.ada, notify.NewNotification{States: []remit.JobState{"running"}}), remit.Invalid, "states")
		w.want(ask(w.ada, notify.NewNotification{States: []remit.JobState{}}), remit.Invalid, "states")
		w.want(ask(w.ada, notify.NewNotification{Type: "nothing"}), remit.Invalid, "type")
		w.want(ask(setup, notify.NewNotification{}), remit.Denied, "Only accounts")
		none := ""
		_, err := w.people.Update(t.Context(), setup, "ada", identity.UserPatch{Email: &none})
		w.must(err)
		w.want(ask(w.ada, notify.NewNotification{}), remit.Conflict, "no_address")
		w.Service = notify.New(w.gate, notify.Options{Jobs: w.jobs, Seal: w.ring})
		w.want(ask(w.bob, notify.NewNotification{}), remit.Conflict, "no_mail")
	})
}

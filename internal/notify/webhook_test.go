package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/outward"
	"github.com/remit-server/remit/internal/seal"
)

// webhook makes one that goes to w.hook.
func (w *world) webhook(who authz.Subject, n notify.NewWebhook) remit.Webhook {
	w.t.Helper()
	n.URL = w.hook.url
	made, err := w.CreateWebhook(w.t.Context(), who, "moths", n)
	w.must(err)
	return made
}

// signed says whether a receiver believes that it comes from here.
func signed(secret string, e received) bool {
	var at, sum string
	for part := range strings.SplitSeq(e.header.Get("Remit-Signature"), ",") {
		if v, ok := strings.CutPrefix(part, "t="); ok {
			at = v
		} else if v, ok := strings.CutPrefix(part, "v1="); ok {
			sum = v
		}
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "." + e.body))
	return at == fmt.Sprint(noon.Unix()) && hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(sum))
}

func TestAWebhookIsToldOfTheProjectsJobsAndKnowsThatItIsTrue(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{Title: "chat", Type: "ml"})
		if !strings.HasPrefix(made.Secret, "remit_whsec_") || strings.Contains(made.URL, "token") || made.Owner != "max" {
			t.Errorf("made: %+v", made)
		}
		job := w.fails(w.ada, "night", "no light")
		w.ends(t, w.ada, remit.JobSpec{Type: "tidy"}, jobs.Outcome{State: remit.JobFailed})
		if n := w.send(); n != 1 {
			t.Errorf("%d messages", n)
		}
		got := w.hook.events()
		if len(got) != 1 || !signed(made.Secret, got[0]) || signed("other", got[0]) {
			t.Fatalf("events: %+v", got)
		}
		e := got[0]
		if e.Event != "job.failed" || e.Job["id"] != string(job.ID) || e.Job["error"] != "no light" || e.Job["owner"] != "ada" || e.Job["project"] != "moths" ||
			e.header.Get("Remit-Delivery") != e.ID || e.Text != "night (ml) in moths: failed: no light https://remit.example.org/jobs/"+string(job.ID) {
			t.Errorf("event: %+v", e)
		}
		shown, err := w.Webhook(t.Context(), w.max, "moths", made.ID)
		w.must(err)
		if shown.Secret != "" || shown.Held != "" {
			t.Errorf("shown: %+v", shown)
		}
	})
}

func (w *world) deliveries(who authz.Subject, id remit.WebhookID) (all []string) {
	w.t.Helper()
	page, err := w.Deliveries(w.t.Context(), who, "moths", id, 0, "")
	w.must(err)
	for _, d := range page.Items {
		all = append(all, fmt.Sprintf("%s %s %d %s", d.Event, d.State, d.Tries, d.Reason))
	}
	return all
}

func TestAReceiverThatWasDownForAnHourGetsEverythingOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{})
		w.hook.answers(503)
		for i := range 5 {
			w.fails(w.ada, fmt.Sprint("night ", i), "x")
		}
		for range 60 {
			w.send()
			w.clock.advance(time.Minute)
		}
		if w.hook.tried < 3 || w.hook.tried > 6 {
			t.Errorf("tried %d times in an hour", w.hook.tried)
		}
		w.hook.answers(0)
		w.clock.advance(2 * time.Hour)
		if n, got := w.send(), w.hook.events(); n != 5 || len(got) != 5 {
			t.Errorf("%d messages, %d received", n, len(got))
		}
		if n := w.send(); n != 0 {
			t.Errorf("%d messages came twice", n)
		}
		for _, line := range w.deliveries(w.max, made.ID) {
			if !strings.HasPrefix(line, "job.failed sent ") {
				t.Errorf("delivery: %s", line)
			}
		}
	})
}

func TestWhatIsNeverTakenIsGivenUpAndSaysSo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{})
		w.hook.answers(500)
		w.fails(w.ada, "night", "x")
		for range 5 * 24 {
			w.send()
			w.clock.advance(time.Hour)
		}
		all := w.deliveries(w.max, made.ID)
		if len(all) != 1 || !strings.HasPrefix(all[0], "job.failed given_up ") || !strings.HasSuffix(all[0], "it answered 500") {
			t.Errorf("deliveries: %v", all)
		}
	})
}

func TestAMessageThatIsRefusedKeepsNoOthers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{})
		w.hook.answers(400)
		w.fails(w.ada, "bad", "x")
		w.send()
		w.hook.answers(0)
		w.fails(w.ada, "good", "x")
		w.clock.advance(2 * time.Minute)
		if n := w.send(); n != 2 {
			t.Errorf("%d messages", n)
		}
		w.hook.answers(400)
		w.fails(w.ada, "bad", "x")
		for range 24 {
			w.send()
			w.clock.advance(time.Hour)
		}
		if all := w.deliveries(w.max, made.ID); len(all) != 3 || all[0] != "job.failed given_up 5 it answered 400" {
			t.Errorf("deliveries: %v", all)
		}
	})
}

func TestAWebhookRestsWithItsOwnersRights(t *testing.T) {
	for what, take := range map[string]func(w *world){
		"the project":  func(w *world) { w.entry("max", "project:update", "deny") },
		"all jobs":     func(w *world) { w.entry("max", "job:read", "deny") },
		"those of ada": func(w *world) { w.entry("max", "job:read@others", "deny") },
	} {
		t.Run(what, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				w.webhook(w.max, notify.NewWebhook{})
				w.fails(w.ada, "night", "x")
				take(w)
				w.fails(w.ada, "night", "x")
				if n, got := w.send(), w.hook.events(); n != 0 || len(got) != 0 {
					t.Errorf("told: %v", got)
				}
			})
		})
	}
}

func TestOnlyWhoMayChangeTheProjectHasToDoWithItsWebhooks(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{})
		stranger := w.strange()
		for _, try := range []struct {
			what string
			do   func(who authz.Subject) error
		}{
			{"list", func(who authz.Subject) error { _, err := w.Webhooks(t.Context(), who, "moths", 0, ""); return err }},
			{"show", func(who authz.Subject) error { _, err := w.Webhook(t.Context(), who, "moths", made.ID); return err }},
			{"deliveries", func(who authz.Subject) error {
				_, err := w.Deliveries(t.Context(), who, "moths", made.ID, 0, "")
				return err
			}},
			{"create", func(who authz.Subject) error {
				_, err := w.CreateWebhook(t.Context(), who, "moths", notify.NewWebhook{URL: w.hook.url})
				return err
			}},
			{"update", func(who authz.Subject) error {
				_, err := w.UpdateWebhook(t.Context(), who, "moths", made.ID, notify.WebhookPatch{URL: &w.hook.url})
				return err
			}},
			{"test", func(who authz.Subject) error { _, err := w.TestWebhook(t.Context(), who, "moths", made.ID); return err }},
			{"delete", func(who authz.Subject) error { return w.DeleteWebhook(t.Context(), who, "moths", made.ID) }},
		} {
			w.want(try.do(w.ada), remit.Denied, "Insufficient permissions")
			w.want(try.do(stranger), remit.NotFound, "No such project")
			limited := w.max
			limited.Caps = &authz.Caps{Scopes: []string{"job:read", "project:view"}}
			w.want(try.do(limited), remit.Denied, "key_scope")
		}
		limited := w.max
		limited.Caps = &authz.Caps{Scopes: []string{"*"}, Projects: []string{w.projectID()}}
		_, err := w.CreateWebhook(t.Context(), limited, "moths", notify.NewWebhook{URL: w.hook.url})
		w.want(err, remit.Denied, "key_scope")
		_, err = w.Webhook(t.Context(), setup, "birds", made.ID)
		w.want(err, remit.NotFound, "No such webhook")
	})
}

func (w *world) strange() authz.Subject {
	w.t.Helper()
	who := w.person(w.t, "sam", "guest")
	w.entry("sam", "project:view", "deny")
	return who
}

func (w *world) projectID() string {
	w.t.Helper()
	p, err := w.projects.Project(w.t.Context(), setup, "moths")
	w.must(err)
	return string(p.ID)
}

func TestWhoChangesAWebhookLendsItTheirRights(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{})
		w.entry("eve", "project:update", "allow")
		w.fails(w.ada, "night", "x")
		yes, no := true, false
		paused, err := w.UpdateWebhook(t.Context(), w.eve, "moths", made.ID, notify.WebhookPatch{Paused: &yes})
		w.must(err)
		if paused.Owner != "" { // eve sees no members
			t.Errorf("eve is told of %q", paused.Owner)
		}
		if n := w.send(); n != 0 {
			t.Errorf("%d messages though it is paused", n)
		}
		resumed, err := w.UpdateWebhook(t.Context(), w.eve, "moths", made.ID, notify.WebhookPatch{Paused: &no})
		w.must(err)
		if resumed.Owner != "eve" {
			t.Errorf("it has the rights of %q", resumed.Owner)
		}
		w.fails(w.ada, "night", "x")
		if n, got := w.send(), w.hook.events(); n != 0 || len(got) != 0 {
			t.Errorf("eve's webhook is told of what eve cannot read: %v", got)
		}
		if all := w.deliveries(w.eve, made.ID); len(all) != 0 {
			t.Errorf("eve sees %v", all)
		}
	})
}

func TestATestIsSentAndAnAddressInsideIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{})
		_, err := w.TestWebhook(t.Context(), w.max, "moths", made.ID)
		w.must(err)
		if n, got := w.send(), w.hook.events(); n != 1 || len(got) != 1 || got[0].Event != "test" || got[0].Text == "" {
			t.Errorf("test: %v", got)
		}
		for _, url := range []string{"http://169.254.169.254/latest", "http://[::1]/", "http://10.0.0.1/", "ftp://example.org", ""} {
			_, err := w.CreateWebhook(t.Context(), w.max, "moths", notify.NewWebhook{URL: url})
			w.want(err, remit.Invalid, "url")
		}
	})
}

func TestAnHeirGetsWebhooksThatArePaused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{})
		w.person(t, "tim", "manager") // the project keeps a manager
		w.notifies(w.max, notify.NewNotification{})
		_, err := w.people.Delete(t.Context(), setup, "max", "tim")
		w.must(err)
		shown, err := w.Webhook(t.Context(), setup, "moths", made.ID)
		w.must(err)
		if !shown.Paused || shown.Owner != "tim" {
			t.Errorf("left: %+v", shown)
		}
		w.fails(w.ada, "night", "x")
		if n := w.send(); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestAKeyThatSealedWebhooksIsMissed(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.CheckKeys(t.Context()))
		w.webhook(w.max, notify.NewWebhook{})
		w.must(w.CheckKeys(t.Context()))
		w.Service = notify.New(w.gate, notify.Options{Jobs: w.jobs, Seal: seal.New()})
		w.want(w.CheckKeys(t.Context()), remit.Conflict, "secrets_key")
	})
}

func TestANewKeySealsWebhooksAnewSoThatTheOldOneCanGo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.webhook(w.max, notify.NewWebhook{})
		w.fails(w.ada, "night", "no light")
		fresh := seal.New()
		both, err := seal.Parse(fresh.Text() + w.ring.Text())
		w.must(err)
		web := outward.NewWeb(outward.WebOptions{Agent: "Remit/test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		with := func(ring *seal.Ring) *notify.Service {
			return notify.New(w.gate, notify.Options{Jobs: w.jobs, Seal: ring, Web: web, URL: "https://remit.example.org", Log: slog.New(slog.DiscardHandler)})
		}
		w.must(with(fresh).Reseal(t.Context())) // it opens nothing
		w.must(w.CheckKeys(t.Context()))
		for range 2 {
			w.must(with(both).Reseal(t.Context()))
		}
		w.want(w.CheckKeys(t.Context()), remit.Conflict, "secrets_key")
		w.Service = with(fresh)
		w.must(w.CheckKeys(t.Context()))
		if n, got := w.send(), w.hook.events(); n != 1 || len(got) != 1 || !signed(made.Secret, got[0]) {
			t.Errorf("%d messages, %+v", n, got)
		}
	})
}

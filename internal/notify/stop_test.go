package notify_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/seal"
)

// token is that of a letter's link.
func (w *world) token(l letter) string {
	w.t.Helper()
	u, err := url.Parse(l.stop)
	w.must(err)
	if u.Scheme != "https" || u.Path != "/notifications/stop" || !strings.Contains(l.text, l.stop) || strings.Contains(u.RawQuery, "notification_") {
		w.t.Errorf("link: %q", l.stop)
	}
	return u.Query().Get("token")
}

func (w *world) stops(token string) {
	w.t.Helper()
	_, err := w.Stop(w.t.Context(), token)
	w.must(err)
}

func TestTheLinkOfALetterPausesThatNotificationAndNothingElse(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.tells("ml", remit.JobFailed)
		w.tells("tidy", remit.JobFailed)
		rule := w.notifies(w.bob, notify.NewNotification{States: []remit.JobState{remit.JobFailed}})
		w.fails(w.ada, "a", "x")
		w.fails(w.bob, "b", "x")
		w.send()
		for _, l := range w.post.taken() {
			w.stops(w.token(l))
			w.stops(w.token(l)) // again is fine
		}
		lines, err := gate.View(t.Context(), w.gate, w.bob, gate.Query[[]gate.Entry]{Name: "notification.list", Read: func(r *gate.Reader) ([]gate.Entry, error) { return r.History(string(rule.ID)) }})
		w.must(err)
		if last := lines[len(lines)-1]; len(lines) != 2 || last.Operation != "notification.stop" || last.ActorKind != "anonymous" || last.Detail != "paused by the link of a letter" {
			t.Errorf("written down: %+v", lines)
		}
		if diff := w.mine(w.ada); strings.Join(diff, "; ") != "*; ml failed paused; tidy failed" {
			t.Errorf("ada: %q", diff)
		}
		w.fails(w.ada, "c", "x")
		w.letters("both are paused")
		w.fails(w.bob, "d", "x")
		w.letters("the rule of bob's is paused, the default is not", "bob@example.org: d (ml) in moths failed")
		w.pause(w.bob, rule.ID, false)
		w.fails(w.bob, "e", "x")
		w.letters("resumed", "bob@example.org: e (ml) in moths failed")
	})
}

func TestTwoWhoPressALinkAtOnceAreOneLineOfTheLog(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.notifies(w.ada, notify.NewNotification{})
		w.fails(w.ada, "a", "x")
		w.send()
		token := w.token(w.post.taken()[0])
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := w.Stop(t.Context(), token); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		lines, err := gate.View(t.Context(), w.gate, w.ada, gate.Query[[]gate.Entry]{Name: "notification.list", Read: func(r *gate.Reader) ([]gate.Entry, error) { return r.History(string(made.ID)) }})
		w.must(err)
		if len(lines) != 2 {
			t.Errorf("written down: %+v, want that it was made and stopped", lines)
		}
	})
}

func TestWhatIsNoTokenPausesNothing(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.notifies(w.ada, notify.NewNotification{})
		w.fails(w.ada, "a", "x")
		w.send()
		token := w.token(w.post.taken()[0])
		for name, bad := range map[string]string{
			"nothing": "", "an id": string(made.ID), "cut off": token[:len(token)-4], "changed": token[:20] + strings.ToLower(token[20:]),
			"of another key":   seal.New().Seal(string(made.ID), "link that pauses a notification"),
			"of another place": w.ring.Seal(string(made.ID), string(made.ID)+" secret"),
			"not there":        w.ring.Seal(string(remit.NewID[remit.NotificationID](noon)), "link that pauses a notification"),
			"a webhook":        w.ring.Seal(string(w.webhook(w.max, notify.NewWebhook{}).ID), "link that pauses a notification"),
		} {
			_, err := w.Stop(t.Context(), bad)
			w.want(err, remit.NotFound, "No such notification")
			if got := w.mine(w.ada); len(got) != 1 || strings.Contains(got[0], "paused") {
				t.Errorf("%s: %v", name, got)
			}
		}
		w.must(w.DeleteNotification(t.Context(), w.ada, made.ID))
		_, err := w.Stop(t.Context(), token)
		w.want(err, remit.NotFound, "No such notification")
	})
}

func TestALinkStillWorksWhenTheKeyWasReplacedAndTheOldOneKept(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.notifies(w.ada, notify.NewNotification{})
		w.fails(w.ada, "a", "x")
		w.send()
		token := w.token(w.post.taken()[0])
		both, err := seal.Parse(seal.New().Text() + w.ring.Text())
		w.must(err)
		w.Service = notify.New(w.gate, notify.Options{Jobs: w.jobs, Seal: both, Mail: w.post.open(t)})
		w.clock.advance(time.Hour)
		w.stops(token)
		if got := w.mine(w.ada); len(got) != 1 || !strings.HasSuffix(got[0], "paused") {
			t.Errorf("shown: %v", got)
		}
	})
}

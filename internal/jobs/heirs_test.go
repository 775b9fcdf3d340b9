package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

// office is a world in which accounts are administered by the clerk, who holds
// nothing in "moths", and by max, who holds everything there.
func (w *world) office() (clerk authz.Subject) {
	w.t.Helper()
	w.people.OnDelete(jobs.HandOver, archive.HandOver)
	w.people.OnGive(projects.Rights, jobs.Owned, archive.Owned)
	w.must(w.projects.PutRole(w.t.Context(), setup, remit.Role{Name: "office", Site: true, Allow: []string{"user:*"}}))
	clerk = w.person("clerk")
	for _, name := range []string{"clerk", "max"} {
		_, err := w.projects.AddSiteMember(w.t.Context(), setup, projects.NewSiteMember{User: name, Role: "office"})
		w.must(err)
	}
	return clerk
}

func (w *world) delete(who authz.Subject, name, heir string) error {
	_, err := w.people.Delete(w.t.Context(), who, name, heir)
	return err
}

func TestNoFriendInheritsWhatTheAskerDoesNotHold(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		clerk := w.office()
		job := w.submit(w.ada, w.onFile())
		w.person("friend", "basic")
		w.person("stranger")
		for _, heir := range []string{"friend", "stranger"} { // who may be made a member tomorrow
			err := w.delete(clerk, "ada", heir)
			w.want(err, "denied")
			if e := err.(*remit.Error); e.Decision.Rule != 24 || strings.Contains(e.Hint, "job:") || strings.Contains(e.Hint, "moths") {
				t.Errorf("it tells of what is hidden, or by rule %d: %s", e.Decision.Rule, e.Hint)
			}
		}
		if w.wantState(job.ID, remit.JobQueued).Owner != "ada" {
			t.Error("a refusal handed the job over")
		}
		w.must(w.delete(w.max, "ada", "friend"))
		if owner := w.wantState(job.ID, remit.JobQueued).Owner; owner != "friend" {
			t.Errorf("the job is %s's", owner)
		}
		w.must(w.delete(clerk, "stranger", "friend")) // who owns nothing
		w.want(w.delete(clerk, "friend", "max"), "denied") // max may do all that already, but friend holds what the clerk does not
	})
}

func TestAnHeirGainsNothingWhenTheAskersRightsEnd(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.office()
		w.submit(w.ada, w.onFile())
		w.person("friend", "basic")
		noon := w.clock.now().Add(time.Hour)
		mia := w.person("mia")
		_, err := w.projects.AddMember(t.Context(), setup, "moths", projects.NewMember{User: "mia", Roles: []string{"manager"}, Until: &noon})
		w.must(err)
		_, err = w.projects.AddSiteMember(t.Context(), setup, projects.NewSiteMember{User: "mia", Role: "office"})
		w.must(err)
		err = w.delete(mia, "ada", "friend")
		w.want(err, "denied")
		if e := err.(*remit.Error); !strings.Contains(e.Hint, "@others to friend, at "+noon.Format(time.RFC3339)) || !strings.HasPrefix(e.Decision.Permission, "job:") {
			t.Errorf("it names %s: %s", e.Decision.Permission, e.Hint)
		}
		w.must(w.delete(mia, "ada", "max"))
	})
}

func TestASuperusersLimitedKeyNamesNoHeir(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.office()
		w.submit(w.ada, w.onFile())
		w.person("friend", "basic")
		u, err := w.people.Create(t.Context(), setup, identity.NewUser{Name: "root", Password: "correct horse", Superuser: true})
		w.must(err)
		root := authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: u.Name}
		tomorrow := w.clock.now().Add(24 * time.Hour)
		for _, n := range []identity.NewKey{{Scopes: []string{"user:*"}}, {ExpiresAt: &tomorrow}} {
			n.Title = "of a test"
			key, err := w.people.CreateKey(t.Context(), root, n)
			w.must(err)
			byKey, err := w.people.AuthenticateKey(t.Context(), key.Secret)
			w.must(err)
			w.want(w.delete(byKey, "ada", "friend"), "denied")
		}
		w.must(w.delete(root, "ada", "friend"))
	})
}

// Whoever could be ada could cancel her jobs.
func TestThePasswordOfAnOwnerIsSetByWhoMayDoAsMuchWithWhatTheyOwn(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.office()
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"user:read", "user:password"}}))
		set := func(who authz.Subject) error {
			return w.people.SetPassword(t.Context(), who, "ada", identity.PasswordChange{New: "battery staple"})
		}
		peer := w.person("peer", "basic")
		w.must(set(peer))
		w.submit(w.ada, w.onFile())
		w.want(set(peer), "denied")
		w.must(set(w.max))
	})
}

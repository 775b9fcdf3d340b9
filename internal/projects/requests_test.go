package projects_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

// office is a project with an owner, and somebody who sees it and no more.
type office struct {
	*world
	olga, rita authz.Subject // owner, reader
	eve        authz.Subject // nothing here
}

func inOffices(t *testing.T, fn func(o *office)) {
	t.Helper()
	inWorlds(t, func(w *world) {
		w.project("moths")
		o := &office{world: w, eve: w.person("eve")}
		o.olga, _ = w.member("moths", "olga", "owner")
		o.rita, _ = w.member("moths", "rita", "reader")
		fn(o)
	})
}

// asks makes a request that must go through.
func (o *office) asks(who authz.Subject, n projects.NewRequest) remit.AccessRequest {
	o.Helper()
	o.clock.Advance(time.Millisecond)
	n.Project = "moths"
	if n.Reason == "" {
		n.Reason = "I need it"
	}
	q, err := o.Request(o.Context(), who, n)
	o.must(err)
	return q
}

func (o *office) requests(who authz.Subject, f projects.RequestFilter) (ids []remit.RequestID) {
	o.Helper()
	page, err := o.Requests(o.Context(), who, f, 0, "")
	o.must(err)
	for _, q := range page.Items {
		ids = append(ids, q.ID)
		shown, err := o.ShowRequest(o.Context(), who, q.ID)
		o.must(err)
		wantEqual(o.T, shown, q)
	}
	return ids
}

func (o *office) told(who authz.Subject) (what []string) {
	o.Helper()
	page, err := o.Notices(o.Context(), who, true, 0, "")
	o.must(err)
	for _, n := range page.Items {
		what = append(what, n.What+" "+string(n.Request))
	}
	unread, err := o.Unread(o.Context(), who)
	o.must(err)
	wantEqual(o.T, unread, len(page.Items))
	return what
}

func TestARequestIsSeenByItsAskerAndByWhoDecides(t *testing.T) {
	inOffices(t, func(o *office) {
		other, _ := o.member("moths", "other", "reader")
		q := o.asks(o.rita, projects.NewRequest{Permission: "job:create", Reason: "to try"})
		wantEqual(o.T, q, remit.AccessRequest{ID: q.ID, Project: "moths", User: "rita", Permission: "job:create", Reason: "to try", State: remit.RequestOpen,
			CreatedAt: o.clock.Now(), ExpiresAt: o.clock.Now().Add(30 * 24 * time.Hour), Permissions: []string{"withdraw"}})
		for _, who := range []authz.Subject{o.rita, o.olga, o.superuser("sue")} {
			wantEqual(o.T, o.requests(who, projects.RequestFilter{}), []remit.RequestID{q.ID})
		}
		shown, err := o.ShowRequest(o.Context(), o.olga, q.ID)
		o.must(err)
		wantEqual(o.T, shown.Permissions, []string{"approve", "reject"})
		none := remit.NewID[remit.RequestID](o.clock.Now())
		for _, who := range []authz.Subject{other, o.eve, stranger} {
			wantEqual(o.T, o.requests(who, projects.RequestFilter{}), nil)
			for _, ask := range []func(id remit.RequestID) error{
				func(id remit.RequestID) error { _, err := o.ShowRequest(o.Context(), who, id); return err },
				func(id remit.RequestID) error {
					_, err := o.Approve(o.Context(), who, id, projects.Approval{})
					return err
				},
				func(id remit.RequestID) error { _, err := o.Reject(o.Context(), who, id, "no"); return err },
				func(id remit.RequestID) error { _, err := o.Withdraw(o.Context(), who, id); return err },
			} {
				wantKind(o.T, ask(q.ID), remit.NotFound)
				wantSame(o.T, ask(q.ID), ask(none))
				wantSame(o.T, ask(q.ID), ask("x\x00"))
			}
		}
		wantEqual(o.T, o.told(o.olga), []string{"asked " + string(q.ID)})
		wantEqual(o.T, o.told(o.rita), nil)
		wantEqual(o.T, o.told(o.superuser("sue")), nil) // there is somebody nearer
	})
}

func TestAnApprovedRequestIsWrittenWithItsReasonAndEnd(t *testing.T) {
	inOffices(t, func(o *office) {
		soon, later := o.clock.Now().Add(time.Hour), o.clock.Now().Add(48*time.Hour)
		q := o.asks(o.rita, projects.NewRequest{Permission: "job:create", Reason: "to try", Until: &later})
		past := o.clock.Now().Add(-time.Second)
		for _, until := range []time.Time{later.Add(time.Second), past} {
			_, err := o.Approve(o.Context(), o.olga, q.ID, projects.Approval{Until: &until})
			wantEqual(o.T, wantKind(o.T, err, remit.Invalid).Field, "until")
		}
		done, err := o.Approve(o.Context(), o.olga, q.ID, projects.Approval{Until: &soon, Answer: "have fun"})
		o.must(err)
		now := o.clock.Now()
		wantEqual(o.T, []any{done.State, done.DecidedBy, *done.DecidedAt, done.Answer, *done.GivenUntil, done.Permissions},
			[]any{remit.RequestApproved, "olga", now, "have fun", soon, []string{}})
		o.wantAllowed(o.rita, "job:create", "moths", true)
		a, err := o.Access(o.Context(), o.olga, "moths")
		o.must(err)
		wantEqual(o.T, a.Entries, []remit.Entry{{ID: a.Entries[0].ID, User: "rita", Permission: "job:create", Effect: "allow", Until: &soon,
			Why: "request " + string(q.ID) + ": to try", By: "olga", CreatedAt: now}})
		wantEqual(o.T, o.told(o.rita), []string{"approved " + string(q.ID)})
		wantEqual(o.T, o.told(o.olga), nil) // it was answered
		o.must(o.ReadNotices(o.Context(), o.eve, nil))
		wantEqual(o.T, len(o.told(o.rita)), 1)
		o.must(o.ReadNotices(o.Context(), o.rita, nil))
		wantEqual(o.T, o.told(o.rita), nil)
		_, err = o.Reject(o.Context(), o.olga, q.ID, "after all")
		wantEqual(o.T, wantKind(o.T, err, remit.Conflict).Code, "not_open")
		o.clock.Advance(time.Hour)
		o.wantAllowed(o.rita, "job:create", "moths", false)
	})
}

func TestARoleIsAskedForAndGivenInACollection(t *testing.T) {
	inOffices(t, func(o *office) {
		night := remit.NewID[remit.CollectionID](o.clock.Now())
		q := o.asks(o.rita, projects.NewRequest{Role: "worker", Collection: night})
		_, err := o.Approve(o.Context(), o.olga, q.ID, projects.Approval{})
		o.must(err)
		page, err := o.Members(o.Context(), o.olga, "moths", 0, "")
		o.must(err)
		m := page.Items[2]
		wantEqual(o.T, []any{m.User, m.Roles, m.Collection}, []any{"rita", []string{"worker"}, night})
		o.wantAllowed(o.rita, "job:create", "moths", false)
	})
}

func TestARejectedRequestTellsWhy(t *testing.T) {
	inOffices(t, func(o *office) {
		q := o.asks(o.rita, projects.NewRequest{Role: "owner"})
		_, err := o.Reject(o.Context(), o.olga, q.ID, "")
		wantEqual(o.T, wantKind(o.T, err, remit.Invalid).Field, "answer")
		_, err = o.Reject(o.Context(), o.olga, q.ID, "not yet")
		o.must(err)
		shown, err := o.ShowRequest(o.Context(), o.rita, q.ID)
		o.must(err)
		wantEqual(o.T, []any{shown.State, shown.Answer}, []any{remit.RequestRejected, "not yet"})
		wantEqual(o.T, o.told(o.rita), []string{"rejected " + string(q.ID)})
		o.wantAllowed(o.rita, "access:grant", "moths", false)
		o.asks(o.rita, projects.NewRequest{Role: "owner"}) // one may ask again
	})
}

func TestNobodyDecidesOnTheirOwnRequest(t *testing.T) {
	inOffices(t, func(o *office) {
		o.must(o.PutRole(o.Context(), setup, remit.Role{Name: "giver", Allow: []string{"access:grant", "member:read", "project:view", "job:read"}}))
		gil, _ := o.member("moths", "gil", "giver")
		for _, who := range []authz.Subject{o.rita, gil} {
			q := o.asks(who, projects.NewRequest{Permission: "job:create"})
			_, err := o.Approve(o.Context(), who, q.ID, projects.Approval{})
			wantKind(o.T, err, remit.Denied)
			_, err = o.Reject(o.Context(), who, q.ID, "no")
			wantKind(o.T, err, remit.Denied)
			o.wantAllowed(who, "job:create", "moths", false)
			done, err := o.Withdraw(o.Context(), who, q.ID)
			o.must(err)
			wantEqual(o.T, done.State, remit.RequestWithdrawn)
			_, err = o.Approve(o.Context(), o.olga, q.ID, projects.Approval{})
			wantEqual(o.T, wantKind(o.T, err, remit.Conflict).Code, "not_open")
		}
	})
}

func TestNobodyApprovesWhatTheyDoNotHold(t *testing.T) {
	inOffices(t, func(o *office) {
		o.must(o.PutRole(o.Context(), setup, remit.Role{Name: "giver", Allow: []string{"access:grant", "member:read", "project:view", "job:read"}}))
		gil, _ := o.member("moths", "gil", "giver")
		for _, n := range []projects.NewRequest{{Permission: "job:create"}, {Permission: "*"}, {Role: "owner"}} {
			q := o.asks(o.rita, n)
			_, err := o.Approve(o.Context(), gil, q.ID, projects.Approval{})
			wantEqual(o.T, wantKind(o.T, err, remit.Denied).Code, "gives_more")
			shown, err := o.ShowRequest(o.Context(), gil, q.ID)
			o.must(err)
			wantEqual(o.T, shown.State, remit.RequestOpen)
		}
		wantEqual(o.T, o.told(o.rita), nil)
		// An owner for an hour gives for an hour.
		hour := o.clock.Now().Add(time.Hour)
		otto, _ := o.memberFor("moths", projects.NewMember{User: "otto", Roles: []string{"owner"}, Until: &hour})
		q := o.asks(o.rita, projects.NewRequest{Permission: "job:update"})
		_, err := o.Approve(o.Context(), otto, q.ID, projects.Approval{})
		wantEqual(o.T, wantKind(o.T, err, remit.Denied).Code, "gives_more")
		_, err = o.Approve(o.Context(), otto, q.ID, projects.Approval{Until: &hour})
		o.must(err)
	})
}

func TestKeysAskAndDecideWithinWhatTheyCover(t *testing.T) {
	inOffices(t, func(o *office) {
		ask := func(who authz.Subject, n projects.NewRequest) error {
			n.Project, n.Reason = "moths", "because"
			_, err := o.Request(o.Context(), who, n)
			return err
		}
		elsewhere := keyOf(o.rita, "*")
		elsewhere.Caps.Projects = []string{"project_of_another_kind"}
		for _, who := range []authz.Subject{keyOf(o.rita, "job:read"), keyOf(o.rita, "project:view"), elsewhere} {
			wantKind(o.T, ask(who, projects.NewRequest{Permission: "job:create"}), remit.Denied)
		}
		wantEqual(o.T, wantKind(o.T, ask(keyOf(o.rita, "project:view", "job:*"), projects.NewRequest{Role: "worker"}), remit.Denied).Code, "key_scope")
		o.must(ask(keyOf(o.rita, "project:view", "job:*"), projects.NewRequest{Permission: "job:create"}))
		id := o.requests(o.rita, projects.RequestFilter{Mine: true})[0]
		for _, who := range []authz.Subject{keyOf(o.olga, "project:view"), keyOf(o.olga, "job:*", "project:view")} {
			wantEqual(o.T, o.requests(who, projects.RequestFilter{}), nil)
			wantEqual(o.T, o.told(who), nil)
			_, err := o.ShowRequest(o.Context(), who, id)
			wantEqual(o.T, wantKind(o.T, err, remit.Denied).Code, "key_scope")
			_, err = o.Approve(o.Context(), who, id, projects.Approval{})
			wantEqual(o.T, wantKind(o.T, err, remit.Denied).Code, "key_scope")
			_, err = o.Reject(o.Context(), who, id, "no")
			wantEqual(o.T, wantKind(o.T, err, remit.Denied).Code, "key_scope")
		}
		_, err := o.Approve(o.Context(), keyOf(o.olga, "access:grant", "member:read", "project:view"), id, projects.Approval{})
		wantKind(o.T, err, remit.Denied) // the key gives no more than it covers
		wantEqual(o.T, o.requests(keyOf(o.rita, "job:read"), projects.RequestFilter{}), nil)
	})
}

func TestARequestIntoAHiddenProjectIsIntoNone(t *testing.T) {
	inOffices(t, func(o *office) {
		ask := func(who authz.Subject, slug string) error {
			_, err := o.Request(o.Context(), who, projects.NewRequest{Project: slug, Permission: "job:read", Reason: "please"})
			return err
		}
		for _, who := range []authz.Subject{o.eve, stranger, setupless()} {
			wantKind(o.T, ask(who, "moths"), remit.NotFound)
			wantSame(o.T, ask(who, "moths"), ask(who, "absent"))
		}
		_, err := o.Publish(o.Context(), o.olga, "moths", projects.Publication{Permission: "collection:read", Public: true})
		o.must(err)
		wantKind(o.T, ask(stranger, "moths"), remit.Unauthenticated)
		o.must(ask(o.eve, "moths"))
		q := o.requests(o.eve, projects.RequestFilter{})[0]
		_, err = o.Publish(o.Context(), o.olga, "moths", projects.Publication{Permission: "collection:read", Public: false})
		o.must(err)
		wantEqual(o.T, o.requests(o.eve, projects.RequestFilter{}), nil) // she may not know of it any more
		_, err = o.ShowRequest(o.Context(), o.eve, q)
		wantKind(o.T, err, remit.NotFound)
		_, err = o.Approve(o.Context(), o.olga, q, projects.Approval{})
		o.must(err)
		wantEqual(o.T, o.told(o.eve), []string{"approved " + string(q)})
		_, err = o.Delete(o.Context(), o.olga, "moths")
		o.must(err)
		for _, who := range []authz.Subject{o.eve, o.olga, o.superuser("sue")} {
			wantEqual(o.T, o.requests(who, projects.RequestFilter{}), nil)
			wantEqual(o.T, o.told(who), nil)
			_, err = o.ShowRequest(o.Context(), who, q)
			wantKind(o.T, err, remit.NotFound)
		}
	})
}

// setupless is a node: it asks for nothing.
func setupless() authz.Subject { return authz.Subject{Kind: authz.Node, ID: "node", Site: true} }

func TestWhatIsWrongWithARequestIsSaid(t *testing.T) {
	inOffices(t, func(o *office) {
		past := o.clock.Now()
		for name, n := range map[string]projects.NewRequest{
			"nothing asked":    {Reason: "x"},
			"two asked":        {Reason: "x", Role: "worker", Permission: "job:create"},
			"no reason":        {Permission: "job:create"},
			"no such name":     {Reason: "x", Permission: "job:craete"},
			"of the site":      {Reason: "x", Permission: "user:create"},
			"no such role":     {Reason: "x", Role: "emperor"},
			"a role of site":   {Reason: "x", Role: "signed_in"},
			"over already":     {Reason: "x", Permission: "job:create", Until: &past},
			"no collection":    {Reason: "x", Permission: "job:create", Collection: "x"},
			"zero in a reason": {Reason: "\x00", Permission: "job:create"},
		} {
			n.Project = "moths"
			if _, err := o.Request(o.Context(), o.rita, n); remit.KindOf(err) != remit.Invalid {
				o.Errorf("%s: %v", name, err)
			}
		}
		for want, n := range map[string]projects.NewRequest{"held": {Permission: "job:read"}, "already_asked": {Permission: "job:create"}} {
			n.Project, n.Reason = "moths", "x"
			if want == "already_asked" {
				o.asks(o.rita, n)
			}
			_, err := o.Request(o.Context(), o.rita, n)
			wantEqual(o.T, wantKind(o.T, err, remit.Conflict).Code, want)
		}
		_, err := o.Request(o.Context(), o.rita, projects.NewRequest{Project: "moths", Role: "reader", Reason: "x"})
		wantEqual(o.T, wantKind(o.T, err, remit.Conflict).Code, "held")
		_, err = o.Requests(o.Context(), o.rita, projects.RequestFilter{State: "lost"}, 0, "")
		wantKind(o.T, err, remit.Invalid)
	})
}

func TestOnePersonAsksForSoMuchAtOnceAndNoMore(t *testing.T) {
	inOffices(t, func(o *office) {
		ask := func(i int) error {
			_, err := o.Request(o.Context(), o.rita, projects.NewRequest{Project: "moths", Permission: "job:create", Reason: "x",
				Collection: remit.NewID[remit.CollectionID](o.clock.Now().Add(time.Duration(i)))})
			return err
		}
		for i := range 20 {
			o.must(ask(i))
		}
		wantEqual(o.T, wantKind(o.T, ask(20), remit.Limited).Code, "too_many_requests")
		o.clock.Advance(30 * 24 * time.Hour)
		o.must(ask(21)) // those have expired
	})
}

func TestAnExpiredRequestIsThereForItsAskerOnly(t *testing.T) {
	inOffices(t, func(o *office) {
		q := o.asks(o.rita, projects.NewRequest{Permission: "job:create"})
		o.clock.Advance(30*24*time.Hour - time.Microsecond)
		wantEqual(o.T, o.requests(o.olga, projects.RequestFilter{State: remit.RequestOpen}), []remit.RequestID{q.ID})
		o.clock.Advance(time.Microsecond)
		wantEqual(o.T, o.requests(o.olga, projects.RequestFilter{}), nil)
		wantEqual(o.T, o.told(o.olga), nil)
		_, err := o.Approve(o.Context(), o.olga, q.ID, projects.Approval{})
		wantKind(o.T, err, remit.NotFound)
		wantEqual(o.T, o.requests(o.rita, projects.RequestFilter{State: remit.RequestOpen}), nil)
		wantEqual(o.T, o.requests(o.rita, projects.RequestFilter{State: remit.RequestExpired}), []remit.RequestID{q.ID})
		_, err = o.Withdraw(o.Context(), o.rita, q.ID)
		wantEqual(o.T, wantKind(o.T, err, remit.Conflict).Code, "not_open")
		again := o.asks(o.rita, projects.NewRequest{Permission: "job:create"}) // the old one does not stand in the way
		wantEqual(o.T, o.requests(o.rita, projects.RequestFilter{State: remit.RequestExpired}), []remit.RequestID{q.ID})
		wantEqual(o.T, o.requests(o.olga, projects.RequestFilter{}), []remit.RequestID{again.ID})
	})
}

func TestAnArchivedProjectTakesNoRequestsAndGivesNothing(t *testing.T) {
	inOffices(t, func(o *office) {
		q, p := o.asks(o.rita, projects.NewRequest{Permission: "job:create"}), o.asks(o.rita, projects.NewRequest{Permission: "job:update"})
		_, err := o.Archive(o.Context(), o.olga, "moths", true)
		o.must(err)
		_, err = o.Request(o.Context(), o.rita, projects.NewRequest{Project: "moths", Permission: "job:delete", Reason: "x"})
		wantEqual(o.T, wantKind(o.T, err, remit.Conflict).Code, "archived")
		_, err = o.Approve(o.Context(), o.olga, q.ID, projects.Approval{})
		wantEqual(o.T, wantKind(o.T, err, remit.Conflict).Code, "archived")
		_, err = o.Reject(o.Context(), o.olga, q.ID, "it is over")
		o.must(err)
		_, err = o.Withdraw(o.Context(), o.rita, p.ID)
		o.must(err)
	})
}

// A list of requests is what reading one by one allows, for everybody.
func TestRequestsOfManyAreListedAsTheyAreShown(t *testing.T) {
	inOffices(t, func(o *office) {
		o.project("bees")
		otto, _ := o.member("bees", "otto", "owner")
		o.member("bees", "rita", "reader")
		var all []remit.RequestID
		for i, slug := range []string{"moths", "bees", "moths", "bees"} {
			o.clock.Advance(time.Millisecond)
			q, err := o.Request(o.Context(), o.rita, projects.NewRequest{Project: slug, Permission: fmt.Sprintf("job:%s", []string{"create", "create", "update", "update"}[i]), Reason: "x"})
			o.must(err)
			all = append(all, q.ID)
		}
		for _, who := range []authz.Subject{o.olga, otto, o.rita, o.eve, o.superuser("sue"), keyOf(o.rita, "job:read"), stranger} {
			var want []remit.RequestID
			for _, id := range all {
				if _, err := o.ShowRequest(o.Context(), who, id); err == nil {
					want = append(want, id)
				}
			}
			if diff := cmp.Diff(want, o.requests(who, projects.RequestFilter{}), cmpopts.EquateEmpty()); diff != "" {
				o.Errorf("%s (-shown +listed):\n%s", who.Name, diff)
			}
		}
		wantEqual(o.T, len(o.requests(o.superuser("sue"), projects.RequestFilter{Project: "bees"})), 2)
		_, err := o.Requests(o.Context(), o.eve, projects.RequestFilter{Project: "bees"}, 0, "")
		wantKind(o.T, err, remit.NotFound)
	})
}

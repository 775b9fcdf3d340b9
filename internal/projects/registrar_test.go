package projects_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

// inDesks are offices with registrars of the role worker: reg here, sid on the
// whole site, ned who is denied to give access, and the same for readers.
func inDesks(t *testing.T, fn func(o *office, reg, sid, ned, other authz.Subject)) {
	t.Helper()
	inOffices(t, func(o *office) {
		held := []string{"project:view", "member:read", "job:read", "job:create", "job:cancel@own"}
		o.must(o.PutRole(o.Context(), setup, remit.Role{Name: "registrar", Allow: append(held, "member:assign.worker")}))
		o.must(o.PutRole(o.Context(), setup, remit.Role{Name: "of_readers", Allow: append(held, "member:assign.reader")}))
		o.must(o.PutRole(o.Context(), setup, remit.Role{Name: "registrars", Site: true, Allow: append(held, "member:assign.worker")}))
		reg, _ := o.member("moths", "reg", "registrar")
		ned, _ := o.member("moths", "ned", "registrar")
		other, _ := o.member("moths", "other", "of_readers")
		sid := o.person("sid")
		_, err := o.AddSiteMember(o.Context(), setup, projects.NewSiteMember{User: "sid", Role: "registrars"})
		o.must(err)
		_, err = o.AddEntry(o.Context(), setup, "moths", remit.Entry{User: "ned", Permission: "access:grant", Effect: "deny"})
		o.must(err)
		fn(o, reg, sid, ned, other)
	})
}

// R24: who may make people workers sees who asks to be one, is told, and decides;
// nothing else that is asked for is there for them (R21).
func TestARegistrarSeesAndDecidesWhoAsksForTheRole(t *testing.T) {
	inDesks(t, func(o *office, reg, sid, ned, other authz.Subject) {
		role := o.asks(o.rita, projects.NewRequest{Role: "worker"})
		permission := o.asks(o.rita, projects.NewRequest{Permission: "job:create"})
		owner := o.asks(o.rita, projects.NewRequest{Role: "owner"})
		all := []remit.RequestID{role.ID, permission.ID, owner.ID}
		for who, want := range map[*authz.Subject][]remit.RequestID{&o.olga: all, &reg: all[:1], &sid: all[:1], &ned: nil, &other: nil, &o.eve: nil} {
			wantEqual(o.T, o.requests(*who, projects.RequestFilter{}), want)
			for i, id := range all {
				_, err := o.ShowRequest(o.Context(), *who, id)
				_, no := o.Reject(o.Context(), *who, id, "")
				if i < len(want) {
					o.must(err)
					wantKind(o.T, no, remit.Invalid) // a rejection needs an answer
					continue
				}
				absent := remit.NewID[remit.RequestID](o.clock.Now())
				_, none := o.ShowRequest(o.Context(), *who, absent)
				wantSame(o.T, none, err)
				_, err = o.Approve(o.Context(), *who, id, projects.Approval{})
				_, none = o.Approve(o.Context(), *who, absent, projects.Approval{})
				wantSame(o.T, none, err)
				_, err = o.Reject(o.Context(), *who, id, "no")
				wantSame(o.T, none, err)
			}
		}
		wantEqual(o.T, len(o.told(o.olga)), 3)
		wantEqual(o.T, o.told(reg), []string{"asked " + string(role.ID)})
		wantEqual(o.T, o.told(sid), nil) // holds nothing here, and others who do are told
		wantEqual(o.T, o.told(ned), nil)

		until := o.clock.Now().Add(time.Hour)
		given, err := o.Approve(o.Context(), reg, role.ID, projects.Approval{Until: &until})
		o.must(err)
		wantEqual(o.T, given.State, remit.RequestApproved)
		o.wantAllowed(o.rita, "job:create", "moths", true)
		o.clock.Advance(time.Hour)
		o.wantAllowed(o.rita, "job:create", "moths", false)
		again := o.asks(o.rita, projects.NewRequest{Role: "worker"})
		_, err = o.Reject(o.Context(), sid, again.ID, "not twice")
		o.must(err)
	})
}

// A key decides by what it covers, and learns of what its account knows alone.
func TestAKeyOfARegistrarDecidesByWhatItCovers(t *testing.T) {
	inDesks(t, func(o *office, reg, _, ned, _ authz.Subject) {
		q := o.asks(o.rita, projects.NewRequest{Role: "worker"})
		wantEqual(o.T, o.requests(keyOf(reg, "member:*", "project:view"), projects.RequestFilter{}), []remit.RequestID{q.ID})
		narrow := keyOf(reg, "job:read", "project:view")
		wantEqual(o.T, o.requests(narrow, projects.RequestFilter{}), nil)
		_, err := o.Approve(o.Context(), narrow, q.ID, projects.Approval{})
		wantEqual(o.T, wantKind(o.T, err, remit.Denied).Code, "key_scope")
		_, err = o.Approve(o.Context(), keyOf(ned, "job:read", "project:view"), q.ID, projects.Approval{})
		wantKind(o.T, err, remit.NotFound)
	})
}

// R19: with rights given and denied in every way, the list is what reading one by one allows.
func TestRequestsForRolesAreListedAsTheyAreShown(t *testing.T) {
	inDesks(t, func(o *office, reg, sid, ned, other authz.Subject) {
		var all []remit.RequestID
		people := []authz.Subject{reg, sid, ned, other, o.olga, o.rita, o.superuser("sue"), keyOf(reg, "member:assign.worker"), stranger}
		for _, slug := range []string{"bees", "ants"} {
			o.project(slug)
			o.member(slug, "rita", "reader")
			o.member(slug, "other", "registrar")
		}
		o.override("bees", "registrar", "access:grant", "deny")
		for _, e := range []remit.Entry{{User: "sid", Permission: "access:grant", Effect: "deny"}, {User: "reg", Permission: "member:assign.*", Effect: "allow"}, {User: "ned", Permission: "access:*", Effect: "allow"}} {
			_, err := o.AddEntry(o.Context(), setup, "bees", e)
			o.must(err)
		}
		for _, slug := range []string{"moths", "bees", "ants"} {
			for _, n := range []projects.NewRequest{{Role: "worker"}, {Role: "owner"}, {Permission: "job:create"}} {
				n.Project, n.Reason = slug, "x"
				q, err := o.Request(o.Context(), o.rita, n)
				o.must(err)
				all = append(all, q.ID)
				o.clock.Advance(time.Millisecond)
			}
		}
		for _, who := range people {
			var want []remit.RequestID
			for _, id := range all {
				if _, err := o.ShowRequest(o.Context(), who, id); err == nil {
					want = append(want, id)
				}
			}
			if diff := cmp.Diff(want, o.requests(who, projects.RequestFilter{}), cmpopts.EquateEmpty()); diff != "" {
				o.Errorf("%s (-shown +listed):\n%s", who.Name, diff)
			}
			if who.Kind != authz.Anonymous {
				o.told(who)
			}
		}
	})
}

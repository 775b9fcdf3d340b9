package gate_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// refusals is R21 row by row, as people read it.
var refusals = []struct {
	why  string
	who  authz.Subject
	does string
	on   authz.Resource
	want remit.Error
}{
	{"a disabled account", person("gone"), "job.read", p1("ada"),
		remit.Error{Kind: remit.Unauthenticated, Code: "invalid_key", Message: "Invalid API key", Hint: "It may be mistyped, expired or revoked. Make a new one, or sign in again."}},
	{"outside the key's scopes", key("ada", "job:read"), "job.cancel", p1("ada"),
		remit.Error{Kind: remit.Denied, Code: "key_scope", Message: "Insufficient permissions", Hint: "The scopes of this API key do not cover job:cancel. Use a key that has it."}},
	{"a superuser outside the key's scopes", key("sue", "job:read"), "job.delete", p1("ada"),
		remit.Error{Kind: remit.Denied, Code: "key_scope", Message: "Insufficient permissions", Hint: "The scopes of this API key do not cover job:delete. Use a key that has it."}},
	{"the project hides before the scopes speak", key("eve", "job:read"), "job.cancel", p1("ada"), absent("job")},
	{"a hidden project to a key that covers nothing of it", key("eve", "user:read"), "member.list", authz.Resource{Project: "p1"}, absent("project")},
	{"the thing hides before the scopes speak", key("vic", "member:read"), "job.cancel", p1("ada"), absent("job")},
	{"the scopes hide nothing that the account may know of", key("ada", "member:read"), "job.read", p1("ada"),
		remit.Error{Kind: remit.Denied, Code: "key_scope", Message: "Insufficient permissions", Hint: "The scopes of this API key do not cover job:read. Use a key that has it."}},
	{"an unreadable thing of the site to a key that does not cover it", key("eve", "job:read"), "user.read", authz.Resource{Owner: "dan", Thing: "dan"}, absent("user")},
	{"one's own thing of the site to a key that does not cover it", key("eve", "job:read"), "user.read", authz.Resource{Owner: "eve", Thing: "eve"},
		remit.Error{Kind: remit.Denied, Code: "key_scope", Message: "Insufficient permissions", Hint: "The scopes of this API key do not cover user:read. Use a key that has it."}},
	{"another's private thing to a key that covers what is not private", key("ada", "collection:read"), "collection.read", private("dan"), uncovered("collection:read_private")},
	{"another's private thing to a key that covers nothing of it", key("ada", "job:read"), "collection.read", private("dan"), uncovered("collection:read_private")},
	{"another's private thing to a key limited to another project", inProject("p2", key("ada", "*")), "collection.read", private("dan"), uncovered("collection:read")},
	{"one's own private thing to a key that covers nothing of it", key("ada", "job:read"), "collection.read", private("ada"), uncovered("collection:read")},
	{"a superuser's key and a private thing", key("sue", "collection:read"), "collection.read", private("dan"), uncovered("collection:read_private")},
	{"a key that lacks what its scope requires of private things", key("ada", "file:download", "collection:read"), "file.download", private("dan"), uncovered("file:read_private")},
	{"a private thing that is hidden, to a key", key("dan", "collection:read"), "collection.read", private("ada"), absent("collection")},
	{"a private thing that is hidden", person("dan"), "collection.read", private("ada"), absent("collection")},
	{"a thing of a hidden project", person("eve"), "job.read", p1("ada"), absent("job")},
	{"own work in a project that is hidden now", person("eve"), "job.cancel", p1("eve"), absent("job")},
	{"a hidden project", person("eve"), "project.read", authz.Resource{Project: "p1", Thing: "p1"}, absent("project")},
	{"a list of a hidden project", person("eve"), "member.list", authz.Resource{Project: "p1"}, absent("project")},
	{"a project that does not exist", person("dan"), "member.list", authz.Resource{Project: "p9"}, absent("project")},
	{"a hidden project to a stranger", nobody, "job.read", p1("ada"), absent("job")},
	{"another's, readable", person("dan"), "job.cancel", p1("ada"),
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "You can only cancel your own jobs", Hint: "For those of others you need job:cancel."}},
	{"another's, unreadable", person("sol"), "job.cancel", p1("ada"),
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "You can only cancel your own jobs", Hint: "For those of others you need job:cancel."}},
	{"ownerless", person("dan"), "job.cancel", p1(""),
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "You can only cancel your own jobs", Hint: "For those of others you need job:cancel."}},
	{"another's on the site, to one who sees accounts", person("sam"), "user.update", authz.Resource{Owner: "dan", Thing: "dan"},
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "You can only update your own users", Hint: "For those of others you need user:update. sue can grant it.", Grantors: []string{"sue"}}},
	{"merely reading what is another's", person("sol"), "job.read", p1("ada"), absent("job")},
	{"an unreadable thing", person("vic"), "job.delete", p1("ada"), absent("job")},
	{"an unreadable thing of the site", person("eve"), "user.read", authz.Resource{Owner: "dan", Thing: "dan"}, absent("user")},
	{"a node and a job it never held", n1, "job.finish", p1("ada"), absent("job")},
	{"a node and what is no thing", n1, "role.list", authz.Resource{},
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "Insufficient permissions", Hint: "You need role:read."}},
	{"a stranger where something is public", nobody, "job.create", authz.Resource{Project: "p2"},
		remit.Error{Kind: remit.Unauthenticated, Message: "Sign in first", Hint: "Use `remit login`, an API key, or the login page."}},
	{"a stranger on the site", nobody, "project.create", authz.Resource{},
		remit.Error{Kind: remit.Unauthenticated, Message: "Sign in first", Hint: "Use `remit login`, an API key, or the login page."}},
	{"a member who may not see the others", person("dan"), "job.wrest", p1("ada"),
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "Insufficient permissions", Hint: "You need job:wrest."}},
	{"a member who may see the others", person("mel"), "job.wrest", p1("ada"),
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "Insufficient permissions", Hint: "You need job:wrest. ada, sue can grant it.", Grantors: []string{"ada", "sue"}}},
	{"the site, to one who sees no accounts", person("ada"), "user.create", authz.Resource{},
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "Insufficient permissions", Hint: "You need user:create."}},
	{"the site, to one who sees the accounts", person("sam"), "user.create", authz.Resource{},
		remit.Error{Kind: remit.Denied, Code: "denied", Message: "Insufficient permissions", Hint: "You need user:create. sue can grant it.", Grantors: []string{"sue"}}},
}

// private is a private collection of p1.
func private(owner string) authz.Resource {
	return authz.Resource{Project: "p1", Owner: owner, Collection: "c1", Visibility: authz.Private, Thing: "c1"}
}

func inProject(id string, who authz.Subject) authz.Subject {
	who.Caps.Projects = []string{id}
	return who
}

// uncovered is the refusal by a key whose scopes lack the permission.
func uncovered(permission string) remit.Error {
	return remit.Error{Kind: remit.Denied, Code: "key_scope", Message: "Insufficient permissions",
		Hint: "The scopes of this API key do not cover " + permission + ". Use a key that has it."}
}

// Who is let into one collection needs no more of a key than that right.
func TestAKeyIsToldTheLeastThatOpensAPrivateThing(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		_, err := do(w, w.gate, person("sue"), change(w.T, func(src *authz.Source) {
			src.Users = append(src.Users, authz.User{ID: "cal", Name: "cal"})
			src.Projects[0].Members = append(src.Projects[0].Members, authz.Member{User: "cal", Role: "worker", Collection: "c1"})
		}))
		w.must(err)
		w.reads(setup, func(r *gate.Reader) {
			w.wantRefusal("let in", r.RequireAs(key("cal", "job:read"), "collection.read", private("ada")), uncovered("collection:read"))
			if c := r.As(key("ada", "collection:read")).Control("collection.read", private("dan")); c.Allowed || c.Missing != "collection:read_private" {
				w.Errorf("the button says %+v", c)
			}
		})
	})
}

func absent(noun string) remit.Error {
	return remit.Error{Kind: remit.NotFound, Message: "No such " + noun, Hint: "Check the name or id; you see only what you have access to."}
}

func TestRefusalsReadAsR21OrdersThem(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		for _, row := range refusals {
			_, err := do(w, w.gate, row.who, note(row.does, row.on, row.why))
			w.wantRefusal(row.why, err, row.want)
			w.reads(setup, func(r *gate.Reader) {
				w.wantRefusal(row.why+", asked", r.RequireAs(row.who, row.does, row.on), row.want)
			})
		}
		wantEqual(w.T, w.notes(), []string{})
	})
}

func (w *world) wantRefusal(why string, err error, want remit.Error) {
	w.Helper()
	got, ok := err.(*remit.Error)
	if !ok {
		w.Errorf("%s: %v", why, err)
		return
	}
	if diff := cmp.Diff(&want, got, cmpopts.IgnoreFields(remit.Error{}, "Decision")); diff != "" {
		w.Errorf("%s (-want +got):\n%s", why, diff)
	}
}

// What hides and what is not there must be one answer, to the last letter.
func TestWhatIsHiddenReadsLikeWhatIsAbsent(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		_, hidden := do(w, w.gate, person("eve"), note("job.cancel", p1("ada"), "a"))
		if diff := cmp.Diff(error(gate.NotFound("jobs")), hidden); diff != "" {
			w.Errorf("(-absent +hidden):\n%s", diff)
		}
		wantEqual(w.T, gate.NotFound("entries").Message, "No such entry")
	})
}

// guarded are operations of those who hold the right, on things in the wrong state (R16).
var guarded = []struct {
	who   authz.Subject
	does  string
	facts authz.Facts
	code  string
}{
	{n1, "job.start", authz.HoldsLock | authz.IsWorkflow, "not_workable"},
	{person("sue"), "job.claim", 0, "not_a_node"},
	{n1, "job.finish", authz.HeldLock, "lease_lost"},
	{person("sue"), "job.finish", authz.IsWorkflow, "not_workable"},
	{person("sue"), "job.cleanup", 0, "never_held"},
	{person("dan"), "job.cancel", authz.HasParent, "not_top_level"},
	{person("ada"), "job.delete", authz.HasParent | authz.IsFinished, "not_top_level"},
	{person("ada"), "job.wrest", 0, "not_claimed"},
	{person("ada"), "job.delete", authz.IsClaimed, "not_finished"},
}

func TestAFailedGuardIsAConflictWithItsCode(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		for _, row := range guarded {
			on := p1("dan")
			on.Facts = row.facts
			_, err := do(w, w.gate, row.who, note(row.does, on, row.does))
			if remit.KindOf(err) != remit.Conflict || remit.CodeOf(err) != row.code || err.Error() == "" {
				w.Errorf("%s %s: %q %v, want %s", row.who.ID, row.does, remit.CodeOf(err), err, row.code)
			}
		}
		wantEqual(w.T, w.notes(), []string{})
		for _, e := range w.entries() {
			wantEqual(w.T, e.Rule, "R16")
			wantEqual(w.T, e.Allowed, false)
		}
		wantEqual(w.T, len(w.entries()), len(guarded))
	})
}

func TestAGuardIsNeverShownToSomebodyWhoIsRefused(t *testing.T) {
	t.Parallel()
	refused := []struct {
		who  authz.Subject
		does string
		want remit.Kind
	}{
		{person("dan"), "job.delete", remit.Denied},
		{person("vic"), "job.delete", remit.NotFound},
		{person("eve"), "job.wrest", remit.NotFound},
		{person("ada"), "job.claim", remit.Denied},
		{n1, "job.finish", remit.NotFound},
		{nobody, "job.delete", remit.NotFound},
	}
	engines(t, func(w *world) {
		for _, row := range refused {
			_, err := do(w, w.gate, row.who, note(row.does, p1("ada"), "a"))
			wantKind(w.T, err, row.want)
		}
	})
}

// Who may give access gives no more than they hold (R24), and nobody lifts
// themselves.
func TestOnlyThoseAreNamedWhoHoldWhatIsMissing(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		roles := map[string][]string{
			"giver":  {"access:grant", "member:read", "job:read"},                            // lacks it
			"owning": {"access:grant", "member:read", "job:read", "job:cancel@own"},          // for own jobs alone
			"full":   {"access:grant", "member:read", "job:read", "job:cancel", "job:wrest"}, // holds it
		}
		_, err := do(w, w.gate, person("sue"), change(w.T, func(src *authz.Source) {
			for _, name := range []string{"full", "giver", "owning"} {
				src.Roles = append(src.Roles, authz.Role{Name: name, Allow: roles[name]})
				src.Users = append(src.Users, authz.User{ID: "x-" + name, Name: "x-" + name})
				src.Projects[0].Members = append(src.Projects[0].Members, authz.Member{User: "x-" + name, Role: name})
			}
		}))
		w.must(err)
		ask := func(who, operation string, want ...string) {
			w.reads(person("sue"), func(r *gate.Reader) {
				e, _ := errors.AsType[*remit.Error](r.RequireAs(person(who), operation, p1("dan")))
				if e == nil {
					w.Fatalf("%s may %s", who, operation)
				}
				wantEqual(w.T, e.Grantors, want)
			})
		}
		ask("x-giver", "job.wrest", "ada", "x-full", "sue")
		ask("x-owning", "job.cancel", "ada", "x-full", "sue")
		_, err = do(w, w.gate, person("sue"), change(w.T, func(src *authz.Source) {
			src.Roles = append(src.Roles, authz.Role{Name: "giver", Allow: roles["giver"]})
			src.Users = append(src.Users, authz.User{ID: "x-giver", Name: "x-giver"})
			src.Projects[0].Members = []authz.Member{{User: "x-giver", Role: "giver"}}
		}))
		w.must(err)
		ask("x-giver", "job.wrest", "sue")
	})
}

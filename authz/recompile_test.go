package authz_test

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// edit is one change of a policy as its owner makes it: lists that change are
// new, all others stay the very same.
type edit struct {
	name string
	do   change
}

// busyWorld has some of everything that an edit may touch.
func busyWorld() authz.Source {
	src := world()
	src.Users = append(src.Users, authz.User{ID: "zoe"})
	for _, given := range []change{
		alias("jobs:look", "job:read"), tokens, reading,
		member("p1", "ada", "owner"), member("p1", "dan", "drummer", "sound_tech"), member("p2", "dan", "drummer"),
		member("p2", "pam", "reader"), override("p2", "drummer", authz.Allow, budget), override("p2", "reader", authz.Deny, "job:*"),
		entry("p2", "pam", authz.Deny, events), during("p2", "pam", authz.Allow, "job:read", authz.Interval{From: 5, Until: 9}),
		members("p3", authz.Member{Team: "band", Role: "reader", Collection: "c1"}, authz.Member{Team: "band", Role: "drummer"}),
		public("p3", events), siteMember(authz.Member{User: "bob", Role: "staff"}), siteEntry("eve", authz.Allow, "job:read"),
	} {
		given(&src)
	}
	return src
}

// inProject is an edit of one project's lists; those of the others stay.
func inProject(id string, do func(p *authz.Project)) change {
	return func(src *authz.Source) {
		src.Projects = slices.Clone(src.Projects)
		p := project(src, id)
		p.Public, p.Overrides = slices.Clone(p.Public), slices.Clone(p.Overrides)
		p.Members, p.Entries = slices.Clone(p.Members), slices.Clone(p.Entries)
		do(p)
	}
}

var edits = []edit{
	{"nothing", func(*authz.Source) {}},
	{"a member more", inProject("p1", func(p *authz.Project) {
		p.Members = append(p.Members, authz.Member{User: "eve", Role: "sound_tech"}, authz.Member{User: "eve", Role: "reader"})
	})},
	{"a member less", inProject("p1", func(p *authz.Project) { p.Members = p.Members[:1] })},
	{"an override", inProject("p1", func(p *authz.Project) {
		p.Overrides = []authz.Override{{Role: "drummer", Pattern: "job:*", Effect: authz.Allow}}
	})},
	{"no override any more", inProject("p2", func(p *authz.Project) { p.Overrides = nil })},
	{"an entry in a collection", inProject("p2", func(p *authz.Project) {
		p.Entries = append(p.Entries, authz.Entry{User: "ada", Pattern: "*", Effect: authz.Allow, Collection: "c1"})
	})},
	{"a project opened", inProject("p1", func(p *authz.Project) { p.HasPublic = true })},
	{"a project closed", inProject("p3", func(p *authz.Project) { p.Public = nil })},
	{"a new project", func(src *authz.Source) {
		src.Projects = append(slices.Clone(src.Projects), authz.Project{
			ID: "p0", Public: []string{events}, Members: []authz.Member{{User: "pam", Role: "owner"}},
		})
	}},
	{"a project gone", func(src *authz.Source) { src.Projects = slices.Clone(src.Projects[1:]) }},
	{"a project that was gone is back", func(src *authz.Source) {
		src.Projects = append(slices.Clone(src.Projects), authz.Project{ID: "p1", Members: []authz.Member{{User: "bob", Role: "owner"}}})
	}},
	{"an open project gone", func(src *authz.Source) {
		src.Projects = slices.DeleteFunc(slices.Clone(src.Projects), func(p authz.Project) bool { return p.ID == "p3" })
	}},
	{"a user more", func(src *authz.Source) {
		src.Users = append([]authz.User{{ID: "abe"}}, src.Users...)
		inProject("p2", func(p *authz.Project) { p.Members = append(p.Members, authz.Member{User: "abe", Role: "owner"}) })(src)
	}},
	{"a user off, another a superuser", func(src *authz.Source) {
		src.Users = slices.Clone(src.Users)
		src.Users[2].Disabled, src.Users[3].Superuser = true, true
	}},
	{"a user gone", func(src *authz.Source) {
		src.Users = slices.DeleteFunc(slices.Clone(src.Users), func(u authz.User) bool { return u.ID == "zoe" })
	}},
	{"a team that changes", func(src *authz.Source) { src.Teams = []authz.Team{{ID: "band", Users: []string{"eve", "ada"}}} }},
	{"a team more", func(src *authz.Source) { src.Teams = append(slices.Clone(src.Teams), authz.Team{ID: "choir"}) }},
	{"a team gone", func(src *authz.Source) {
		src.Teams = slices.DeleteFunc(slices.Clone(src.Teams), func(t authz.Team) bool { return t.ID == "choir" })
	}},
	{"a template", func(src *authz.Source) {
		src.Roles = slices.Clone(src.Roles)
		src.Roles[2] = authz.Role{Name: "drummer", Allow: []string{"job:*", "file:read@own"}}
	}},
	{"a role more", func(src *authz.Source) {
		src.Roles = append(slices.Clone(src.Roles), authz.Role{Name: "aaa", Allow: []string{"*"}})
	}},
	{"a role gone", func(src *authz.Source) { src.Roles = slices.Clone(src.Roles[:len(src.Roles)-1]) }},
	{"a role with another name", func(src *authz.Source) {
		src.Roles = slices.Clone(src.Roles)
		src.Roles[5].Name = "simple"
	}},
	{"the site roles", func(src *authz.Source) {
		src.SiteRoles = []authz.Role{{Name: "staff", Allow: []string{"job:*"}}, {Name: "anonymous", Allow: []string{"record:view.*"}}}
	}},
	{"the site's overrides", func(src *authz.Source) {
		src.SiteOverrides = []authz.Override{{Role: "staff", Pattern: "job:read@others", Effect: authz.Deny}}
	}},
	{"the site's members", func(src *authz.Source) { src.SiteMembers = []authz.Member{{User: "pam", Role: "staff"}} }},
	{"the site's entries", func(src *authz.Source) { src.SiteEntries = nil }},
	{"a reservation", func(src *authz.Source) { src.Reserved = []string{"job:read"} }},
	{"an opening", func(src *authz.Source) { src.Reserved, src.Opened = nil, []string{"node:create"} }},
	{"a catalogue", func(src *authz.Source) {
		src.Catalog.Permissions = append(slices.Clone(src.Catalog.Permissions), authz.Permission{Name: "job:run.new"})
	}},
	{"everything at once", func(src *authz.Source) {
		*src = busyWorld()
		src.Reserved = []string{"job:create"}
	}},
}

func TestAnEditedPolicyAnswersAsOneReadFromTheStart(t *testing.T) {
	t.Parallel()
	for _, e := range edits {
		if e.name == "a project that was gone is back" || e.name == "a team gone" { // only after another edit
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			src := busyWorld()
			before := mustCompile(src)
			was := everyAnswer(before)
			recompiled(t, before, src, e.do)
			sameAnswers(t, "the policy before has changed: -was +is", was, everyAnswer(before))
		})
	}
}

func TestManyEditsOneAfterAnother(t *testing.T) {
	t.Parallel()
	src := busyWorld()
	p := mustCompile(src)
	for _, e := range edits {
		src, p = recompiled(t, p, src, e.do)
		if t.Failed() {
			t.Fatalf("after %s", e.name)
		}
	}
	for _, e := range slices.Backward(edits[:8]) {
		src, p = recompiled(t, p, src, e.do)
	}
}

// recompiled edits a policy and compares it with a new one.
func recompiled(t *testing.T, p *authz.Policy, src authz.Source, do change) (authz.Source, *authz.Policy) {
	t.Helper()
	do(&src)
	got, err := p.Recompile(src)
	if err != nil {
		t.Fatal(err)
	}
	sameAnswers(t, "-compiled +recompiled", everyAnswer(mustCompile(src)), everyAnswer(got))
	return src, got
}

func sameAnswers(t *testing.T, what string, a, b map[string]any) {
	t.Helper()
	if !reflect.DeepEqual(a, b) { // cmp takes its time
		t.Errorf("%s\n%s", what, cmp.Diff(a, b))
	}
}

// everyAnswer asks everybody about everything.
func everyAnswer(p *authz.Policy) map[string]any {
	all := map[string]any{}
	subjects := []authz.Subject{
		{}, n1, bearer("j1"), everybody, {Kind: authz.System, ID: "sweeper"}, asUser("sue", "dan"), asRole("sue", "drummer"), capped("ada", "job:read"),
	}
	for _, id := range []string{"abe", "ada", "bob", "dan", "eve", "pam", "sue", "zoe"} {
		subjects = append(subjects, person(id))
	}
	names := append(p.Names(""), "jobs:look", "job:run.new")
	for i, who := range subjects {
		for _, at := range []int64{0, 7} {
			about := fmt.Sprintf("%s (%d) at %d: ", who.ID, i, at)
			for _, in := range []string{"", "p0", "p1", "p2", "p3"} {
				things := []authz.Resource{{Project: in}, {Project: in, Owner: who.ID}, {Project: in, Collection: "c1", Visibility: authz.Private}}
				for i, r := range things {
					all[fmt.Sprint(about, in, i)] = p.CheckAll(who, names, r, at, nil)
				}
				all[about+in+" holds"] = p.Permissions(who, in, at)
			}
			all[about+"lists"] = []authz.Scope{p.Scope(who, "collection:read", at), p.Scope(who, events, at), p.Scope(who, "job:read", at)}
		}
	}
	for _, in := range []string{"p0", "p1", "p2", "p3"} {
		all["who in "+in] = [][]string{p.Who(events, authz.Resource{Project: in}, 0), p.Who("job:read", authz.Resource{Project: in, Owner: "eve"}, 7)}
	}
	return all
}

func TestAnEditThatCannotBeMeantIsRefusedAsFromTheStart(t *testing.T) {
	t.Parallel()
	for _, list := range [][]fault{patternFaults, memberFaults, siteFaults, doubleFaults, publicFaults, catalogFaults} {
		for _, f := range list {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				src := ownLists(world())
				before := mustCompile(src)
				broken := ownLists(src)
				f.given(&broken)
				_, want := authz.Compile(broken)
				got, err := before.Recompile(broken)
				if err == nil || got != nil || err.Error() != want.Error() {
					t.Errorf("recompiled: %v\nwant %v", err, want)
				}
			})
		}
	}
}

// ownLists copies what the faults of the tests write into.
func ownLists(src authz.Source) authz.Source {
	src.Projects, src.Roles = slices.Clone(src.Projects), slices.Clone(src.Roles)
	src.Users, src.Teams = slices.Clone(src.Users), slices.Clone(src.Teams)
	src.SiteRoles = slices.Clone(src.SiteRoles)
	return src
}

// A policy can be asked while the next ones are made of it. (It is the race
// detector that this test is for, so that nothing else here locks anything.)
func TestAskersAreNotDisturbedByEdits(t *testing.T) {
	t.Parallel()
	src := busyWorld()
	p := mustCompile(src)
	want := everyAnswer(p)
	next := make([][]*authz.Policy, 4)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range next {
		all.Go(func() {
			<-start
			for _, e := range edits[:8] {
				edited := src
				e.do(&edited)
				policy, _ := p.Recompile(edited)
				next[i] = append(next[i], policy)
			}
		})
		all.Go(func() {
			<-start
			for range 50 {
				p.CheckAll(person("dan"), []string{budget, events, "job:read"}, jobOf("dan"), 7, nil)
				p.Scope(person("ada"), events, 7)
			}
		})
	}
	close(start)
	all.Wait()
	sameAnswers(t, "-before +after", want, everyAnswer(p))
	for i := range next {
		for j, policy := range next[i] {
			sameAnswers(t, edits[j].name+": -first +another", everyAnswer(next[0][j]), everyAnswer(policy))
		}
	}
}

// Users come in pages, of which a change copies those that it touches.
func TestAnEditOfManyUsers(t *testing.T) {
	t.Parallel()
	src := world()
	all := authz.Project{ID: "all"}
	for i := range 1000 {
		id := fmt.Sprintf("u%03d", i)
		src.Users = append(src.Users, authz.User{ID: id})
		all.Members = append(all.Members, authz.Member{User: id, Role: "drummer"})
	}
	src.Projects = append(src.Projects, all)
	p := mustCompile(src)
	src, p = lists(t, p, src, "u999", 1, inProject("all", func(p *authz.Project) { p.Members = p.Members[1:] }))
	src, p = lists(t, p, src, "u000", 0, func(*authz.Source) {})
	src, p = lists(t, p, src, "u999", 2, inProject("p1", func(p *authz.Project) {
		p.Members = append(p.Members, authz.Member{User: "u999", Role: "drummer"})
	}))
	src, p = lists(t, p, src, "u999", 1, func(src *authz.Source) { src.Projects = slices.Clone(src.Projects[1:]) })
	lists(t, p, src, "v", 1, func(src *authz.Source) {
		src.Users = slices.Clone(src.Users)
		for i := range 300 {
			src.Users = append(src.Users, authz.User{ID: fmt.Sprintf("v%d", i)})
		}
		src.Users = append(src.Users, authz.User{ID: "v"})
		inProject("all", func(p *authz.Project) { p.Members = append(p.Members, authz.Member{User: "v", Role: "drummer"}) })(src)
	})
}

// lists edits, and counts the projects in which a user sees events.
func lists(t *testing.T, p *authz.Policy, src authz.Source, user string, want int, do change) (authz.Source, *authz.Policy) {
	t.Helper()
	do(&src)
	next, err := p.Recompile(src)
	if err != nil {
		t.Fatal(err)
	}
	if scope := next.Scope(person(user), events, 0); len(scope.Projects) != want {
		t.Errorf("%s sees events in %v, want %d", user, scope.Projects, want)
	}
	return src, next
}

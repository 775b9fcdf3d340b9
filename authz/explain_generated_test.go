package authz_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/remit-server/remit/authz"
)

// town draws small sources that are crowded enough for explanations to have
// much to weigh.
type town struct{ *rand.Rand }

func (w town) chance(in int) bool { return w.IntN(in) == 0 }

func pick[T any](w town, of ...T) T { return of[w.IntN(len(of))] }

func several[T any](w town, most int, make func() T) []T {
	var list []T
	for range w.IntN(most + 1) {
		list = append(list, make())
	}
	return list
}

func townCatalog() authz.Catalog {
	return authz.Catalog{
		Permissions: []authz.Permission{
			{Name: "project:view", PublicOK: true, Aliases: []string{"plan:see"}},
			{Name: "record:view", PublicOK: true, Reads: true, Aliases: []string{"old:both"}},
			{Name: "record:edit", Requires: []string{"record:view"}, Aliases: []string{"old:both", "old:edit"}},
			{Name: "record:purge", Requires: []string{"record:edit"}},
			{Name: "job:read", Selectors: true, Reads: true},
			{Name: "job:cancel", Selectors: true, Requires: []string{"job:read"}},
			{Name: "job:run.ml", Requires: []string{"set:read", "record:view"}},
			{Name: "set:read", Selectors: true, PublicOK: true, Reads: true, Private: "set:read_private"},
			{Name: "set:read_private", Requires: []string{"set:read"}},
			{Name: "set:update", Selectors: true, Requires: []string{"set:read"}},
			{Name: "file:read", Selectors: true, PublicOK: true, Reads: true, Requires: []string{"set:read"}, Private: "file:read_private"},
			{Name: "file:read_private"},
			{Name: "user:read", Level: authz.OnSite, Selectors: true},
			{Name: "node:make", Level: authz.OnSite, Reserved: true, Requires: []string{"user:read"}},
			{Name: "audit:wipe", Level: authz.OnSite, Never: true},
		},
		Token:  []string{"job:read", "file:read", "set:read_private"},
		System: map[string][]string{"j1": {"job:*@others", "set:*@own", "record:view", "user:read@own"}, "j2": {"*@own", "*"}},
		Node: []authz.NodeRight{
			{Permission: "job:read", Needs: authz.HoldsLock | authz.HeldLock}, {Permission: "record:view", Serves: true},
			{Permission: "set:update", Needs: authz.IsSelf, Serves: true}, {Permission: "user:read"},
		},
	}
}

func (w town) name() string {
	all := townCatalog().Permissions
	return all[w.IntN(len(all))].Name
}

func (w town) pattern() string {
	if w.chance(3) {
		return pick(w, "*", "record:*", "job:*", "set:*", "*@own", "job:*@others", "old:*", "set:*@own", "user:*")
	}
	name := pick(w, w.name(), w.name(), w.name(), "old:both", "old:edit", "plan:see")
	selectors := slices.ContainsFunc(townCatalog().Permissions, func(p authz.Permission) bool { return p.Name == name && p.Selectors })
	if selectors {
		name += pick(w, "", "@own", "@others")
	}
	return name
}

func (w town) interval() (i authz.Interval) {
	if w.chance(5) {
		i.From = int64(1 + w.IntN(9))
	}
	if w.chance(5) {
		i.Until = int64(1 + w.IntN(9))
	}
	return i
}

func (w town) user() string { return pick(w, "u1", "u1", "u2", "u3") }

func (w town) entry(collections ...string) authz.Entry {
	return authz.Entry{
		User: w.user(), Pattern: w.pattern(), Effect: pick(w, authz.Allow, authz.Allow, authz.Deny),
		Collection: pick(w, collections...), Interval: w.interval(),
	}
}

func (w town) member(role string, collections ...string) authz.Member {
	m := authz.Member{Role: role, Collection: pick(w, collections...), Interval: w.interval()}
	if m.Team = pick(w, "", "", "t1"); m.Team == "" {
		m.User = w.user()
	}
	return m
}

func (w town) override(roles ...string) authz.Override {
	return authz.Override{Role: pick(w, roles...), Pattern: w.pattern(), Effect: pick(w, authz.Allow, authz.Remove, authz.Deny)}
}

func (w town) role(name string, most int) authz.Role {
	return authz.Role{Name: name, Allow: several(w, most, w.pattern)}
}

func (w town) project(id string) authz.Project {
	p := authz.Project{ID: id, HasPublic: w.chance(8)}
	for _, name := range []string{"record:view", "set:read", "plan:see"} {
		if w.chance(8) {
			p.Public = append(p.Public, name)
		}
	}
	p.Overrides = several(w, 3, func() authz.Override { return w.override("r1", "r2") })
	p.Members = several(w, 5, func() authz.Member { return w.member(pick(w, "r1", "r2"), "", "c1", "c2") })
	p.Entries = several(w, 5, func() authz.Entry { return w.entry("", "", "c1", "c2") })
	return p
}

func (w town) source() authz.Source {
	src := authz.Source{
		Catalog:       townCatalog(),
		Users:         []authz.User{{ID: "u1"}, {ID: "u2", Superuser: w.chance(2)}, {ID: "u3", Disabled: w.chance(4)}},
		Teams:         []authz.Team{{ID: "t1", Users: []string{"u1", "u2"}}},
		Roles:         []authz.Role{w.role("r1", 4), w.role("r2", 3)},
		SiteRoles:     []authz.Role{w.role("s1", 3), w.role("signed_in", 1)},
		SiteOverrides: several(w, 1, func() authz.Override { return w.override("s1", "signed_in") }),
		SiteMembers:   several(w, 2, func() authz.Member { return w.member("s1", "") }),
		SiteEntries:   several(w, 1, func() authz.Entry { return w.entry("") }),
		Projects:      []authz.Project{w.project("p1"), w.project("p2")},
	}
	src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: pick(w, nil, nil, []string{"record:*"}, []string{"set:read"})})
	if w.chance(4) {
		src.SiteOverrides = append(src.SiteOverrides, authz.Override{Role: "anonymous", Pattern: w.pattern(), Effect: pick(w, authz.Deny, authz.Remove)})
	}
	if w.chance(8) {
		src.Reserved = []string{pick(w, w.name(), "old:both")}
	}
	return src
}

// riddle is a question to explain.
type riddle struct {
	who   authz.Subject
	what  string
	thing authz.Resource
	now   int64
}

func (w town) riddle() riddle {
	q := riddle{who: w.asker(), what: w.name(), now: int64(1 + w.IntN(9))}
	if w.chance(10) {
		q.what = pick(w, "old:both", "plan:see", "no:such", "record:veiw")
	}
	q.thing = authz.Resource{
		Project: pick(w, "p1", "p1", "p1", "p1", "p2", "p9", ""), Collection: pick(w, "", "c1", "c2"), Thing: pick(w, "j1", "j2"),
		Owner: pick(w, "", "u1", "u2"), Visibility: pick(w, authz.ProjectWide, authz.Private, authz.Private, authz.Public),
	}
	if q.who.Kind == authz.Node {
		q.thing.Facts, q.thing.Loan = pick(w, authz.IsLent, authz.IsLent|authz.HoldsLock, 0), w.loan()
	}
	return q
}

func (w town) asker() authz.Subject {
	if w.chance(6) {
		kind := pick(w, authz.Anonymous, authz.Bearer, authz.Local, authz.Node, authz.Node, authz.System, 9)
		return authz.Subject{Kind: kind, ID: pick(w, "j1", "j1", "j2"), Projects: pick(w, nil, []string{"p1"})}
	}
	s := w.person()
	if w.chance(40) {
		s.ID = "u9"
	}
	if w.chance(6) {
		s.Preview = &authz.Preview{User: pick(w, "", "u1", "u2", "u3", "u9")}
		if s.Preview.User == "" {
			s.Preview.Role = pick(w, "", "r1", "r1", "r2", "s1", "signed_in", "anonymous", "r9")
		}
	}
	return s
}

func (w town) person() authz.Subject {
	s := person(pick(w, "u1", "u1", "u1", "u2", "u2", "u3"))
	if w.chance(6) {
		s.Caps = &authz.Caps{Scopes: several(w, 3, w.pattern), Projects: pick(w, nil, nil, []string{"p1"}, []string{})}
	}
	return s
}

func (w town) loan() *authz.Loan {
	right := func() authz.LentRight { return authz.LentRight{Permission: w.name(), OfType: w.chance(4)} }
	return pick(w, nil, &authz.Loan{Rights: several(w, 9, right), Owner: w.person(), Runner: w.person()})
}

func (q riddle) String() string {
	return fmt.Sprintf("%+v %+v %+v asks %s on %+v %+v at %d", q.who, q.who.Caps, q.who.Preview, q.what, q.thing, q.thing.Loan, q.now)
}

func (q riddle) check(t *testing.T, src authz.Source) authz.Decision {
	t.Helper()
	p, err := authz.Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	return p.Check(q.who, q.what, q.thing, q.now)
}

// inTowns asks questions of generated sources, the same ones every time.
func inTowns(t *testing.T, towns, riddles int, ask func(*testing.T, *authz.Policy, authz.Source, riddle)) {
	for seed := range uint64(towns) {
		w := town{rand.New(rand.NewPCG(seed, 22))}
		src := w.source()
		p, err := authz.Compile(src)
		if err != nil {
			t.Fatalf("town %d: %v", seed, err)
		}
		for range riddles {
			q := w.riddle()
			if ask(t, p, src, q); t.Failed() {
				t.Fatalf("town %d: %v\n%v", seed, q, p.Explain(q.who, q.what, q.thing, q.now))
			}
		}
	}
}

// leaves are the parts in which an explanation ends.
func leaves(x authz.Explanation) (all []authz.Explanation) {
	for _, part := range x.Parts {
		all = append(all, leaves(part.Explanation)...)
	}
	if len(all) == 0 {
		return []authz.Explanation{x}
	}
	return all
}

// byWriting are the rules that something written decides.
var byWriting = []authz.Rule{9, 10, 11, 12, 13}

func TestWhatIsSaidToDecideFitsTheDecision(t *testing.T) {
	t.Parallel()
	rules := map[string]int{}
	inTowns(t, 800, 40, func(t *testing.T, p *authz.Policy, _ authz.Source, q riddle) {
		top := p.Explain(q.who, q.what, q.thing, q.now)
		if d := p.Check(q.who, q.what, q.thing, q.now); d != top.Decision {
			t.Errorf("check %+v, explain %+v", d, top.Decision)
		}
		if read := p.Reread(q.who, q.what, q.thing, q.now); q.who.Kind != authz.Node && read != top.Decision {
			t.Errorf("what is explained comes to %+v", read)
		}
		for _, x := range leaves(top) {
			rules[answer(x.Decision)]++
			someDecided(t, x)
			for _, c := range x.Considered {
				fitting(t, x, c)
			}
		}
	})
	t.Log(rules)
	for _, rule := range []string{"no R1", "no R2", "no R3", "no R4", "no R5", "yes R7", "yes R8", "no R9", "no R10", "yes R10", "no R11", "yes R11", "no R12", "yes R12", "yes R13", "no R14", "yes R31", "yes R32", "no R6", "yes R6", "yes R28"} {
		if rules[rule] == 0 {
			t.Errorf("%s never happened", rule)
		}
	}
}

func someDecided(t *testing.T, x authz.Explanation) {
	t.Helper()
	if len(x.Decisive()) == 0 && slices.Contains(byWriting, x.Rule) && x.Detail != "something in it is public" {
		t.Errorf("nothing decided by R%d", x.Rule)
	}
}

func fitting(t *testing.T, x authz.Explanation, c authz.Considered) {
	t.Helper()
	switch effect := map[bool]authz.Effect{true: authz.Allow, false: authz.Deny}[x.Allowed]; {
	case c.Decided && (c.Rule != x.Rule || c.Effect != effect || !c.Live):
		t.Errorf("decided: %v", c)
	case c.Decided == (c.Why != ""):
		t.Errorf("decided %t, and %q", c.Decided, c.Why)
	}
}

// Exceptions: a thing that is public itself, a project in which something else
// is public, background loops (which the catalogue lists), and the target of a
// preview of a role, who is nobody.
func TestNothingIsSaidToDecideInVain(t *testing.T) {
	t.Parallel()
	removed := map[authz.Rule]int{}
	inTowns(t, 500, 20, func(t *testing.T, p *authz.Policy, src authz.Source, q riddle) {
		for _, x := range leaves(p.Explain(q.who, q.what, q.thing, q.now)) {
			decisive := x.Decisive()
			byRole := q.who.Preview != nil && q.who.Preview.Role != ""
			if len(decisive) == 0 || byRole || x.Who.Kind == authz.System || x.Detail == "the thing is public" || x.Detail == "something in it is public" && project(&src, q.thing.Project).HasPublic {
				continue
			}
			removed[x.Rule]++
			less := src
			for _, c := range decisive {
				less = without(less, x.Who.ID, c)
			}
			q := riddle{x.Who, x.Asked, q.thing, q.now}
			q.thing.Loan = nil
			if d := q.check(t, less); d.Allowed == x.Allowed && d.Rule == x.Rule {
				t.Errorf("still %s without\n%v", answer(d), decisive)
			}
		}
	})
	for _, rule := range append(byWriting, 7) {
		if removed[rule] == 0 {
			t.Errorf("R%d never removed", rule)
		}
	}
}

// without takes away the entry, the membership or the public permission; of a
// built-in role the pattern, or the effect of the override.
func without(src authz.Source, user string, c authz.Considered) authz.Source {
	edit := func(o []authz.Override, m []authz.Member, e []authz.Entry, public []string) ([]authz.Override, []authz.Member, []authz.Entry, []string) {
		switch {
		case c.Public:
			public = slices.DeleteFunc(slices.Clone(public), func(name string) bool { return name == c.Pattern })
		case c.Role == "":
			gone := authz.Entry{User: user, Pattern: c.Pattern, Effect: c.Effect, Collection: c.Collection, Interval: c.Interval, Note: c.Note}
			e = slices.DeleteFunc(slices.Clone(e), func(e authz.Entry) bool { return e == gone })
		case c.Role == "anonymous" || c.Role == "signed_in":
			o = slices.Clone(o)
			for i := range o {
				if c.Override && o[i].Role == c.Role && o[i].Pattern == c.Pattern && o[i].Effect == c.Effect {
					o[i].Effect = authz.Remove
				}
			}
		default:
			m = slices.DeleteFunc(slices.Clone(m), func(m authz.Member) bool {
				return m.Role == c.Role && m.Team == c.Team && (m.User == user || m.Team != "") && m.Collection == c.Collection && m.Interval == c.Interval
			})
		}
		return o, m, e, public
	}
	if c.Project == "" {
		if !c.Override {
			src.SiteRoles = withoutPattern(src.SiteRoles, c)
		}
		src.SiteOverrides, src.SiteMembers, src.SiteEntries, _ = edit(src.SiteOverrides, src.SiteMembers, src.SiteEntries, nil)
		return src
	}
	src.Projects = slices.Clone(src.Projects)
	p := project(&src, c.Project)
	p.Overrides, p.Members, p.Entries, p.Public = edit(p.Overrides, p.Members, p.Entries, p.Public)
	return src
}

func withoutPattern(roles []authz.Role, c authz.Considered) []authz.Role {
	roles = slices.Clone(roles)
	for i, r := range roles {
		if r.Name == c.Role && (c.Role == "anonymous" || c.Role == "signed_in") {
			roles[i].Allow = slices.DeleteFunc(slices.Clone(r.Allow), func(pattern string) bool { return pattern == c.Pattern })
		}
	}
	return roles
}

func TestExplanationsAreData(t *testing.T) {
	t.Parallel()
	inTowns(t, 100, 10, func(t *testing.T, p *authz.Policy, _ authz.Source, q riddle) {
		x := p.Explain(q.who, q.what, q.thing, q.now)
		written, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		var read authz.Explanation
		if err := json.Unmarshal(written, &read); err != nil || read.String() != x.String() {
			t.Errorf("%v: read %v", err, read)
		}
		if !reflect.DeepEqual(x, p.Explain(q.who, q.what, q.thing, q.now)) {
			t.Error("another the second time")
		}
	})
}

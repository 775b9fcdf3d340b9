package authz_test

import (
	"slices"
	"testing"

	"github.com/remit-server/remit/bench/authz"
)

// loaded are all peers with the model in them.
func loaded(tb testing.TB, m authz.Model) []authz.Peer {
	tb.Helper()
	peers := authz.Peers()
	for _, p := range peers {
		if err := p.Load(m); err != nil {
			tb.Fatalf("%s: %v", p.Name(), err)
		}
	}
	return peers
}

func TestEveryPeerAgreesOnEveryQuestion(t *testing.T) {
	t.Parallel()
	m := authz.NewModel(authz.Full)
	questions := m.Questions(20_000)
	for _, p := range loaded(t, m) {
		wrong := 0
		for _, q := range questions[:patience(p, len(questions))] {
			got, err := p.Allowed(q)
			if err != nil {
				t.Fatalf("%s: %v", p.Name(), err)
			}
			if got != q.Allowed && wrong < 10 {
				wrong++
				t.Errorf("%s: %+v: %v", p.Name(), q, got)
			}
		}
	}
}

// patience is how many questions a test asks of a peer, n at most.
func patience(p authz.Peer, n int) int {
	if slow, ok := p.(authz.Slow); ok {
		return min(n, slow.Patience())
	}
	return n
}

func TestEveryPeerAgreesOnAllPermissionsAtOnce(t *testing.T) {
	t.Parallel()
	m := authz.NewModel(small)
	for _, p := range loaded(t, m) {
		all, ok := p.(authz.Batcher)
		if !ok {
			continue
		}
		got, want := make([]bool, len(m.Permissions)), make([]bool, len(m.Permissions))
		for _, q := range m.Questions(100) {
			if err := all.AllowedAll(q, got); err != nil {
				t.Fatalf("%s: %v", p.Name(), err)
			}
			for i := range want {
				at := q.Places
				at.Permission = i
				want[i] = m.Expect(at)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %+v: %v, want %v", p.Name(), q, got, want)
			}
		}
	}
}

func TestLoopsCountWrongAnswers(t *testing.T) {
	t.Parallel()
	m := authz.NewModel(small)
	questions := m.Questions(40)
	for i := range 7 {
		questions[i].Allowed = !questions[i].Allowed
	}
	for _, p := range loaded(t, m) {
		if l, ok := p.(authz.Looper); ok {
			if wrong := l.Loop(questions)(30, 50); wrong != 7 {
				t.Errorf("%s: %d wrong, want 7", p.Name(), wrong)
			}
		}
	}
}

// small has all that the full size has.
var small = authz.Size{Projects: 12, Users: 60, Memberships: 3, Permissions: 12}

// tiny is small enough to be judged by eye: ada is writer in the one project,
// dan is reader and writer in the other, which blocks writing for readers.
var tiny = authz.Model{
	Permissions: []string{"thing:read", "thing:write", "thing:burn"},
	Roles: []authz.Role{
		{Name: "reader", Grants: []authz.Grant{{Permission: 0}}},
		{Name: "writer", Grants: []authz.Grant{{Permission: 0, OwnOnly: true}, {Permission: 1, OwnOnly: true}}},
	},
	Projects: []authz.Project{{Name: "free"}, {Name: "strict", Overrides: []authz.Override{{Role: 0, Permission: 1, Deny: true}, {Role: 1, Permission: 2}}}},
	Users: []authz.User{
		{Name: "ada", Memberships: []authz.Membership{{Project: 0, Role: 1}}},
		{Name: "dan", Memberships: []authz.Membership{{Project: 1, Role: 1}, {Project: 1, Role: 0}}},
	},
}

func TestVerdictsAreThoseTypedByHand(t *testing.T) {
	t.Parallel()
	const ada, dan, read, write, burn, free, strict = 0, 1, 0, 1, 2, 0, 1
	peers := loaded(t, tiny)
	for _, row := range []struct {
		authz.Places
		want bool
	}{
		{authz.Places{User: ada, Permission: write, Project: free, Owner: ada}, true},
		{authz.Places{User: ada, Permission: write, Project: free, Owner: dan}, false},
		{authz.Places{User: ada, Permission: burn, Project: free, Owner: ada}, false},
		{authz.Places{User: ada, Permission: read, Project: strict, Owner: ada}, false},
		{authz.Places{User: dan, Permission: read, Project: strict, Owner: ada}, true},
		{authz.Places{User: dan, Permission: write, Project: strict, Owner: dan}, false},
		{authz.Places{User: dan, Permission: burn, Project: strict, Owner: ada}, true},
	} {
		if got := tiny.Expect(row.Places); got != row.want {
			t.Errorf("the loop: %+v: %v", row.Places, got)
		}
		q := authz.Question{User: tiny.Users[row.User].Name, Permission: tiny.Permissions[row.Permission],
			Project: tiny.Projects[row.Project].Name, Owner: tiny.Users[row.Owner].Name, Places: row.Places}
		for _, p := range peers {
			if got, err := p.Allowed(q); err != nil || got != row.want {
				t.Errorf("%s: %+v: %v, %v", p.Name(), q, got, err)
			}
		}
	}
}

func TestTheModelIsOfTheSizeThatTheReadmeSays(t *testing.T) {
	t.Parallel()
	m := authz.NewModel(authz.Full)
	overridden := 0
	for _, p := range m.Projects {
		if len(p.Overrides) > 0 {
			overridden++
		}
	}
	got := []int{len(m.Projects), len(m.Users), len(m.Permissions), len(m.Roles), overridden}
	for i, want := range []int{1000, 10_000, 60, 5, 334} {
		if got[i] != want {
			t.Errorf("%v, want %d at %d", got, want, i)
		}
	}
	for _, u := range m.Users {
		if len(u.Memberships) != 5 {
			t.Fatalf("%s has %d memberships", u.Name, len(u.Memberships))
		}
	}
	asked := map[string]int{}
	for _, q := range m.Questions(1000) {
		if q.Allowed {
			asked["allowed"]++
		}
		if q.Owner == q.User {
			asked["own"]++
		}
	}
	if asked["allowed"] != 500 || asked["own"] < 300 || asked["own"] > 800 {
		t.Errorf("of 1000 questions: %v", asked)
	}
}

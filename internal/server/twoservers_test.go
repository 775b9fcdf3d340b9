package server_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// twoServers are a world and another server over its database, with the same people.
func twoServers(t *testing.T) (a, b *world) {
	t.Helper()
	db := testkit.Postgres(t)
	a = serve(t, db)
	other, err := server.New(t.Context(), plainOptions(t.TempDir(), db))
	if err != nil {
		t.Fatal(err)
	}
	copied := *a
	b = &copied
	b.server, b.url = other, other.URL()
	b.background("the other server", other.Run)
	return a, b
}

// R18: what is taken on one server is refused on the other at the very next
// request, whichever it is.
func TestWhatIsTakenOnOneServerIsRefusedOnTheOtherAtOnce(t *testing.T) {
	t.Parallel()
	a, b := twoServers(t)
	a.account("comes")
	const jobs = "/api/v1/projects/moths/jobs"
	statuses := func(name, path string, cookie ...header) []int {
		t.Helper()
		var got []int
		for _, w := range []*world{a, b} {
			if len(cookie) > 0 {
				got = append(got, w.send("GET", path, nil, cookie...).status)
			} else {
				got = append(got, w.call(name, "GET", path, nil).status)
			}
		}
		return got
	}
	want := func(what string, got []int, status int) {
		t.Helper()
		if diff := cmp.Diff([]int{status, status}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	want("who is no member", statuses("comes", jobs), 404)
	for round := range 5 {
		taker, teller := a, b
		if round%2 == 1 {
			taker, teller = b, a
		}
		member := taker.member("moths", "comes", "basic_member")
		want("a member", statuses("comes", jobs), 200)
		if err := taker.as("root").RemoveMember(t.Context(), "moths", member); err != nil {
			t.Fatal(err)
		}
		if r := teller.call("comes", "GET", jobs, nil); r.status != 404 {
			t.Errorf("who was removed on one server sees the jobs on the other: %d", r.status)
		}
		if r := teller.call("comes", "POST", jobs, remit.JobSpec{Type: "scan"}); r.status != 404 {
			t.Errorf("who was removed on one server makes jobs on the other: %d", r.status)
		}
	}

	key := a.key("root", client.NewKey{Title: "gone soon"})
	a.keys["key"], b.keys["key"] = key.Secret, key.Secret
	want("a key", statuses("key", jobs), 200)
	if err := a.as("root").DeleteKey(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	want("a revoked key", []int{b.call("key", "GET", jobs, nil).status, a.call("key", "GET", jobs, nil).status}, 401)

	cookie := cookieHeader(a.login("root"))
	want("a session", statuses("", "/api/v1/me", cookie), 200)
	if r := a.send("DELETE", "/api/v1/session", nil, cookie); r.status != 204 {
		t.Fatalf("signing out: %d %s", r.status, r.body)
	}
	want("an ended session", []int{b.send("GET", "/api/v1/me", nil, cookie).status, a.send("GET", "/api/v1/me", nil, cookie).status}, 401)

	a.team("comes", "moths", "basic_member")
	want("in a team that is a member", statuses("comes", jobs), 200)
	a.write("DELETE FROM team_users", gate.Teams)
	want("out of the team", []int{b.call("comes", "GET", jobs, nil).status, a.call("comes", "GET", jobs, nil).status}, 404)

	disabled := true
	a.member("moths", "comes", "basic_member")
	want("a member again", statuses("comes", jobs), 200)
	if _, err := a.as("root").UpdateUser(t.Context(), "comes", client.UserPatch{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	want("disabled", []int{b.call("comes", "GET", jobs, nil).status, a.call("comes", "GET", jobs, nil).status}, 401)
}

// R18: an open stream on another server stops telling.
func TestAStreamOnTheOtherServerStopsTellingWhatWasTaken(t *testing.T) {
	t.Parallel()
	a, b := twoServers(t)
	a.account("comes")
	into[remit.Project](t, a.call("root", "POST", "/api/v1/projects", client.NewProject{Slug: "common"}), 201)
	a.member("common", "comes", "owner")
	member := a.member("moths", "comes", "basic_member")
	stream := b.events("comes")
	submit := func(slug string) remit.JobID {
		return into[remit.Job](t, a.call("root", "POST", "/api/v1/projects/"+slug+"/jobs", remit.JobSpec{Type: "scan"}), 201).ID
	}
	stream.awaits(t, func() { submit("moths") })
	if err := a.as("root").RemoveMember(t.Context(), "moths", member); err != nil {
		t.Fatal(err)
	}
	hidden, mark := submit("moths"), submit("common")
	if _, told := stream.upTo(t, mark)[hidden]; told {
		t.Error("a stream on the other server tells of a job to who was removed")
	}
}

// awaits makes what the stream tells of until it does: a server that has just
// begun may not be listening to the other yet.
func (s stream) awaits(t *testing.T, happens func()) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		happens()
		select {
		case <-s.jobs:
			return
		case <-time.After(time.Second):
		}
	}
	t.Fatal("the stream tells of nothing")
}

// team puts somebody into a team that is a member of a project, without a
// service: only what reads is tested.
func (w *world) team(user, slug, role string) {
	w.t.Helper()
	w.write(`INSERT INTO teams (id, name, title, created_at) VALUES ('team_1', 'crew', '', 0)`, gate.Teams)
	w.write(`INSERT INTO team_users (team_id, user_id) SELECT 'team_1', id FROM users WHERE name = '`+user+`'`, gate.Teams)
	w.write(`INSERT INTO members (id, project_id, team_id, collection_id, why, written_by, created_at)
		SELECT 'member_team', id, 'team_1', '', 'for the crew', '', 0 FROM projects WHERE slug = '`+slug+`'`, gate.Everything)
	w.write(`INSERT INTO member_roles (member_id, role) VALUES ('member_team', '`+role+`')`, gate.Everything)
}

// write runs one statement as a change of a part of the policy.
func (w *world) write(statement string, part gate.Part) {
	w.t.Helper()
	_, err := gate.Do(w.t.Context(), w.server.Gate, server.Setup, gate.Op[int64]{
		Name: "role.update",
		On:   func(*gate.Tx) (authz.Resource, error) { return authz.Resource{}, nil },
		Apply: func(tx *gate.Tx) (int64, error) {
			if part != gate.Everything {
				tx.Changed(part)
			}
			return tx.Exec(statement)
		},
	})
	if err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

package nodes_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// world is an installation with the projects "moths" and "birds" and the job
// types "any" and "big", which needs 8 CPUs and a label.
type world struct {
	t *testing.T
	*nodes.Service
	jobs     *jobs.Service
	people   *identity.Service
	projects *projects.Service
	micros   atomic.Int64
}

func engines(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d, 20*time.Millisecond)) })
}

func newWorld(t *testing.T, d *db.DB, heartbeat time.Duration) *world {
	t.Helper()
	w := &world{t: t}
	w.micros.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMicro())
	g := gate.New(d, projects.PolicySource{}, w.now, slog.New(slog.DiscardHandler))
	blobs, err := blob.Open(t.TempDir())
	w.must(err)
	t.Cleanup(func() { blobs.Close() })
	w.people = identity.New(g, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	w.projects = projects.New(g, projects.Options{})
	w.jobs = jobs.New(g, jobs.Options{Blobs: blobs, Heartbeat: heartbeat})
	w.Service = nodes.New(g, nodes.Options{Jobs: w.jobs})
	for _, slug := range []string{"moths", "birds"} {
		_, err := w.projects.Create(t.Context(), setup, projects.NewProject{Slug: slug})
		w.must(err)
	}
	plain := remit.JobType{Key: "any", Title: "Any", On: []string{"none"}, Runner: "process", Command: []string{"true"}}
	big := plain
	big.Key, big.Resources = "big", remit.Resources{CPUs: 8, Labels: map[string]string{"disk": "fast"}}
	built := remit.JobType{Key: "inner", Title: "Built in", On: []string{"none"}, Runner: "builtin"}
	for _, kind := range []remit.JobType{plain, big, built} {
		w.must(w.jobs.DeclareType(t.Context(), setup, kind))
	}
	return w
}

func (w *world) now() time.Time { return time.UnixMicro(w.micros.Load()).UTC() }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v (%s)", err, remit.CodeOf(err))
	}
}

func (w *world) want(err error, code string) {
	w.t.Helper()
	if remit.CodeOf(err) != code {
		w.t.Fatalf("got error %v with code %q, want %q", err, remit.CodeOf(err), code)
	}
}

func (w *world) register(n nodes.NewNode) (remit.Node, authz.Subject) {
	w.t.Helper()
	node, err := w.Register(w.t.Context(), setup, n)
	w.must(err)
	who, err := w.Authenticate(w.t.Context(), node.Secret)
	w.must(err)
	return node, who
}

// own is the server's own node.
func (w *world) own() authz.Subject {
	w.t.Helper()
	node, err := w.Own(w.t.Context(), setup, "server")
	w.must(err)
	who, err := w.Authenticate(w.t.Context(), node.Secret)
	w.must(err)
	return who
}

func (w *world) submit(project, kind string) remit.JobID {
	w.t.Helper()
	job, err := w.jobs.Submit(w.t.Context(), setup, project, remit.JobSpec{Type: kind, Start: true})
	w.must(err)
	return job.ID
}

// claimed are the jobs that a claim without waiting gives.
func (w *world) claimed(who authz.Subject, want nodes.Want) []remit.JobID {
	w.t.Helper()
	given, err := w.Claim(w.t.Context(), who, want)
	w.must(err)
	ids := []remit.JobID{}
	for _, as := range given {
		ids = append(ids, as.Job)
	}
	return ids
}

func (w *world) person(name string, roles ...string) authz.Subject {
	w.t.Helper()
	u, err := w.people.Create(w.t.Context(), setup, identity.NewUser{Name: name, Password: "correct horse"})
	w.must(err)
	if len(roles) > 0 {
		_, err = w.projects.AddMember(w.t.Context(), setup, "moths", projects.NewMember{User: name, Roles: roles})
		w.must(err)
	}
	return authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name}
}

func TestANodesCredentialWorksUntilItIsRetired(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node, who := w.register(nodes.NewNode{Name: "n1", Labels: map[string]string{"disk": "fast"}, Slots: 2})
		if !strings.HasPrefix(node.Secret, "remit_node_") || node.Slots != 2 || node.State != remit.NodeActive {
			t.Errorf("the node is %+v", node)
		}
		self, err := w.Self(t.Context(), who)
		w.must(err)
		if self.ID != node.ID || self.Secret != "" {
			t.Errorf("it sees itself as %+v", self)
		}
		for _, bad := range []string{"", "remit_node_x", node.Secret + "x", strings.ToUpper(node.Secret)} {
			_, err := w.Authenticate(t.Context(), bad)
			w.want(err, "invalid_key")
		}
		_, err = w.SetState(t.Context(), setup, node.ID, remit.NodeRetired)
		w.must(err)
		_, err = w.Authenticate(t.Context(), node.Secret)
		w.want(err, "invalid_key")
		_, err = w.SetState(t.Context(), setup, node.ID, remit.NodeActive)
		w.want(err, "retired")
		_, err = w.SetState(t.Context(), setup, node.ID, "asleep")
		w.want(err, "invalid")
	})
}

func TestBadRegistrationsAreRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.register(nodes.NewNode{Name: "n1"})
		for code, n := range map[string]nodes.NewNode{
			"name_taken": {Name: "n1"},
			"invalid":    {Name: "-"},
			"not_found":  {Name: "n2", Project: "nowhere"},
		} {
			_, err := w.Register(t.Context(), setup, n)
			w.want(err, code)
		}
		_, err := w.Register(t.Context(), setup, nodes.NewNode{Name: "n3", Slots: -1})
		w.want(err, "invalid")
		_, err = w.Register(t.Context(), w.person("eve"), nodes.NewNode{Name: "n4"})
		w.want(err, "denied")
	})
}

func TestANodeTakesOnlyWhatItServesAndCanDo(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, moths := w.register(nodes.NewNode{Name: "moths-node", Project: "moths"})
		_, site := w.register(nodes.NewNode{Name: "site-node"})
		bird, moth, big, inner := w.submit("birds", "any"), w.submit("moths", "any"), w.submit("birds", "big"), w.submit("moths", "inner")
		process := func(w jobs.Want) nodes.Want { return nodes.Want{Want: w, Max: 10} }
		got := [][]remit.JobID{
			w.claimed(moths, process(jobs.Want{})),
			w.claimed(site, process(jobs.Want{Types: []string{"big"}})),
			w.claimed(site, process(jobs.Want{CPUs: 8, Labels: map[string]string{"disk": "slow"}})),
			w.claimed(site, process(jobs.Want{CPUs: 16, Labels: map[string]string{"disk": "fast", "x": "y"}})),
			w.claimed(site, process(jobs.Want{Runners: []string{"builtin"}})),
		}
		want := [][]remit.JobID{{moth}, {}, {bird}, {big}, {}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("given (-want +got):\n%s", diff)
		}
		if got := w.claimed(w.own(), process(jobs.Want{})); cmp.Diff([]remit.JobID{inner}, got) != "" {
			t.Errorf("the server's own node was given %v, want %s", got, inner)
		}
	})
}

func TestOnlyTheServersOwnNodeIsGivenBuiltInJobsAndOnlyThose(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		inner := w.submit("moths", "inner")
		_, site := w.register(nodes.NewNode{Name: "site-node"})
		_, moths := w.register(nodes.NewNode{Name: "moths-node", Project: "moths"})
		for _, who := range []authz.Subject{site, moths} {
			for _, runners := range [][]string{nil, {"builtin"}, {"builtin", "process"}} {
				if got := w.claimed(who, nodes.Want{Want: jobs.Want{Runners: runners, Types: []string{"inner"}}}); len(got) != 0 {
					t.Errorf("%s was given %v for the runners %v", who.Name, got, runners)
				}
			}
		}
		outer := w.submit("moths", "any")
		got := w.claimed(w.own(), nodes.Want{Max: 10, Want: jobs.Want{Runners: []string{"builtin", "process"}}})
		if cmp.Diff([]remit.JobID{inner}, got) != "" {
			t.Errorf("the server's own node was given %v, want %s and not %s", got, inner, outer)
		}
		_, err := w.Own(t.Context(), setup, "site-node")
		w.want(err, "not_own")
		if got := w.claimed(site, nodes.Want{}); cmp.Diff([]remit.JobID{outer}, got) != "" {
			t.Errorf("after the refused claim to its name, the node was given %v, want %s", got, outer)
		}
	})
}

func TestOnlyAnActiveNodeIsGivenJobs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node, who := w.register(nodes.NewNode{Name: "n1"})
		id := w.submit("moths", "any")
		for _, state := range []string{remit.NodeDraining, remit.NodePaused} {
			_, err := w.SetState(t.Context(), setup, node.ID, state)
			w.must(err)
			if got := w.claimed(who, nodes.Want{}); len(got) != 0 {
				t.Errorf("a node that is %s was given %v", state, got)
			}
		}
		_, err := w.SetState(t.Context(), setup, node.ID, remit.NodeActive)
		w.must(err)
		if got := w.claimed(who, nodes.Want{}); len(got) != 1 || got[0] != id {
			t.Errorf("it was given %v, want %s", got, id)
		}
	})
}

func TestAWaitingClaimGetsAJobAsSoonAsThereIsOne(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, time.Hour) // only the event can wake it
		_, who := w.register(nodes.NewNode{Name: "n1"})
		given := make(chan []remit.Assignment, 1)
		go func() {
			got, err := w.Claim(t.Context(), who, nodes.Want{Wait: nodes.MaxWait})
			if err != nil {
				t.Errorf("claiming: %v", err)
			}
			given <- got
		}()
		for { // until it waits: it has arrived, and found nothing
			if self, err := w.Self(t.Context(), who); err != nil || self.LastSeenAt != nil {
				break
			}
		}
		id := w.submit("moths", "any")
		if got := <-given; len(got) != 1 || got[0].Job != id {
			t.Errorf("it was given %v, want %s", got, id)
		}
	})
}

func TestAWaitingClaimEndsWithItsContext(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, who := w.register(nodes.NewNode{Name: "n1"})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := w.Claim(ctx, who, nodes.Want{Wait: nodes.MaxWait})
			ended <- err
		}()
		cancel()
		if err := <-ended; err == nil {
			t.Error("a cancelled claim ends without an error")
		}
		got, err := w.Claim(t.Context(), who, nodes.Want{Wait: 50 * time.Millisecond})
		w.must(err)
		if got == nil || len(got) != 0 {
			t.Errorf("a claim without jobs gives %v, want an empty list", got)
		}
	})
}

func TestANodeIsOnlineWhileItIsHeardOf(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node, who := w.register(nodes.NewNode{Name: "n1"})
		online := func() bool {
			n, err := w.Node(t.Context(), setup, node.ID)
			w.must(err)
			return n.Online
		}
		if online() {
			t.Error("a node that never came is online")
		}
		w.submit("moths", "any")
		given, err := w.Claim(t.Context(), who, nodes.Want{Version: "1.2.3", Want: jobs.Want{Types: []string{"any"}}})
		w.must(err)
		if !online() {
			t.Error("a node that has just claimed is offline")
		}
		w.micros.Add((time.Second).Microseconds())
		if online() {
			t.Error("a node that has been silent for fifty heartbeats is online")
		}
		_, err = w.jobs.Heartbeat(t.Context(), who, given[0].Lease)
		w.must(err)
		if !online() {
			t.Error("a node that has just renewed a lease is offline")
		}
		n, err := w.Self(t.Context(), who)
		w.must(err)
		if n.Version != "1.2.3" || cmp.Diff(n.Types, []string{"any"}) != "" || len(n.Running) != 1 {
			t.Errorf("the node is %+v", n)
		}
	})
}

func TestARestartedNodeFindsItsJobs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, who := w.register(nodes.NewNode{Name: "n1"})
		id := w.submit("moths", "any")
		given, err := w.Claim(t.Context(), who, nodes.Want{})
		w.must(err)
		if again := w.claimed(who, nodes.Want{}); len(again) != 0 {
			t.Errorf("a second claim gives %v", again)
		}
		held, err := w.Held(t.Context(), who, "")
		w.must(err)
		if diff := cmp.Diff([]remit.Lease{given[0].Lease}, held); diff != "" {
			t.Errorf("it finds (-want +got):\n%s", diff)
		}
		w.must(w.jobs.Release(t.Context(), who, held[0]))
		if again := w.claimed(who, nodes.Want{}); len(again) != 1 || again[0] != id {
			t.Errorf("after the release it is given %v", again)
		}
		_, err = w.Held(t.Context(), authz.Subject{}, "")
		w.want(err, "not_found")
	})
}

func TestPeopleSeeTheNodesThatTheyMaySee(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "watcher", Allow: []string{"project:view", "node:read"}}))
		ours, _ := w.register(nodes.NewNode{Name: "ours", Project: "moths"})
		_, other := w.register(nodes.NewNode{Name: "theirs", Project: "birds"})
		w.register(nodes.NewNode{Name: "everybodys"})
		got := map[string]int{}
		for _, who := range []authz.Subject{setup, w.person("wat", "watcher"), w.person("eve"), other, {}} {
			page, err := w.Nodes(t.Context(), who, 0, "")
			w.must(err)
			got[who.Name] = len(page.Items)
		}
		want := map[string]int{"setup": 3, "wat": 1, "eve": 0, "theirs": 0, "": 0}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("nodes seen (-want +got):\n%s", diff)
		}
		_, err := w.Node(t.Context(), other, ours.ID)
		w.want(err, "not_found")
	})
}

func TestAServersOwnNodeGetsANewSecretAtEachStart(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		first, err := w.Own(t.Context(), setup, "server")
		w.must(err)
		second, err := w.Own(t.Context(), setup, "server")
		w.must(err)
		if first.ID != second.ID || first.Secret == second.Secret {
			t.Errorf("the starts give %+v and %+v", first, second)
		}
		_, err = w.Authenticate(t.Context(), first.Secret)
		w.want(err, "invalid_key")
		_, err = w.Authenticate(t.Context(), second.Secret)
		w.must(err)
	})
}

func TestAServersStartLeavesTheStateOfItsNodeAlone(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node, err := w.Own(t.Context(), setup, "server")
		w.must(err)
		w.submit("moths", "inner")
		for _, state := range []string{remit.NodePaused, remit.NodeDraining} {
			_, err = w.SetState(t.Context(), setup, node.ID, state)
			w.must(err)
			again, err := w.Own(t.Context(), setup, "server")
			w.must(err)
			if again.State != state {
				t.Errorf("a node that was %s is %s after a start", state, again.State)
			}
			if got := w.claimed(w.own(), nodes.Want{}); len(got) != 0 {
				t.Errorf("a node that is %s was given %v", state, got)
			}
		}
		_, err = w.SetState(t.Context(), setup, node.ID, remit.NodeRetired)
		w.must(err)
		again, err := w.Own(t.Context(), setup, "server")
		w.must(err)
		if again.State != remit.NodeRetired {
			t.Errorf("a retired node is %s after a start", again.State)
		}
		_, err = w.Authenticate(t.Context(), again.Secret)
		w.want(err, "invalid_key")
	})
}

func TestTextThatNoEngineKeepsIsRefusedAlike(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, who := w.register(nodes.NewNode{Name: "n1"})
		for _, bad := range []string{"\x00", "a\x00b", "\xff", "node_\xff0000000000000000000000000"} {
			_, err := w.Node(t.Context(), setup, remit.NodeID(bad))
			w.want(err, "not_found")
			_, err = w.SetState(t.Context(), setup, remit.NodeID(bad), remit.NodePaused)
			w.want(err, "not_found")
			_, err = w.Nodes(t.Context(), setup, 0, bad)
			w.want(err, "invalid")
			_, err = w.Claim(t.Context(), who, nodes.Want{Version: bad})
			if (remit.CodeOf(err) == "invalid") != !remit.IsText(bad) {
				t.Errorf("the version %q gives %v", bad, err)
			}
			_, err = w.Own(t.Context(), setup, bad)
			w.want(err, "invalid")
			for _, n := range []nodes.NewNode{{Name: bad}, {Name: "n2", Labels: map[string]string{"x": bad}}, {Name: "n2", Labels: map[string]string{bad: "x"}}} {
				_, err = w.Register(t.Context(), setup, n)
				w.want(err, "invalid")
			}
			_, err = w.Register(t.Context(), setup, nodes.NewNode{Name: "n2", Project: bad})
			w.want(err, "not_found")
			_, err = w.Authenticate(t.Context(), bad)
			w.want(err, "invalid_key")
			w.claimed(who, nodes.Want{Want: jobs.Want{Types: []string{bad}, Runners: []string{bad}, Labels: map[string]string{bad: bad}}})
		}
		page, err := w.Nodes(t.Context(), setup, 0, string(remit.NewID[remit.NodeID](w.now().Add(time.Hour))))
		w.must(err)
		if len(page.Items) != 0 {
			t.Errorf("after the last one there are %v", page.Items)
		}
	})
}

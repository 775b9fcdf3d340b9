package jobs_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/testkit"
)

// modelFor bounds the search on each engine. For a long one:
// go test ./internal/jobs -run Model -model 10m -rapid.checks 1000000
var modelFor = flag.Duration("model", 16*time.Second, "how long jobs are compared with their model, on each engine")

// So many are played however long it takes: fewer would say little.
const (
	leastSequences = 10
	leastEvents    = 500
)

// TestJobsAreAsTheirModelSays plays random sequences of what users, nodes and the clock do,
// and compares all that can be seen with a model that shares no code with the package.
func TestJobsAreAsTheirModelSays(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, jobs.Options{})
		w.modelled()
		nodes := map[string]authz.Subject{"n1": w.node("n1"), "n2": w.node("n2"), "n3": w.node("n3")}
		budget, cancel := context.WithTimeout(t.Context(), *modelFor)
		defer cancel()
		failed, sequences, events := false, 0, 0
		rapid.Check(t, func(rt *rapid.T) {
			if budget.Err() != nil && !failed && sequences >= leastSequences && events >= leastEvents {
				return
			}
			defer func() { failed = failed || rt.Failed() }()
			m := &jobModel{w: w, rt: rt, nodes: nodes, jobs: map[remit.JobID]*mJob{}, away: map[string]bool{}, off: map[string]bool{}, used: map[string]bool{}}
			m.clean(d)
			rt.Repeat(map[string]func(*rapid.T){"": func(*rapid.T) { m.compare() }, "event": m.event})
			m.compareWhole()
			m.drain()
			m.compareWhole()
			sequences++
			events += m.n
		})
		t.Logf("%d sequences of %d events", sequences, events)
		if sequences < leastSequences || events < leastEvents {
			t.Errorf("%d sequences of %d events were played, want %d of %d or more", sequences, events, leastSequences, leastEvents)
		}
	})
}

func init() {
	if f := flag.Lookup("rapid.steps"); f != nil { // no other test here uses it
		f.DefValue = "70"
		_ = f.Value.Set("70")
	}
}

// modelled adds the job types of the model and its roles: ada runs what is hers, bob
// what is anybody's, max everything.
func (w *world) modelled() {
	w.t.Helper()
	run := []string{"true"}
	for _, t := range []remit.JobType{
		{Key: "plain", Title: "Plain", On: []string{"none"}, Runner: "process", Command: run, MaxAttempts: 2, BackoffS: 10},
		{Key: "brief", Title: "Brief", On: []string{"none"}, Runner: "process", Command: run, MaxAttempts: 1},
		{Key: "sight", Title: "Sight", On: []string{"file"}, Runner: "process", Command: run, MaxAttempts: 3},
		{Key: "flow", Title: "Flow", On: []string{"none"}, Runner: "workflow", Steps: []remit.Step{
			{Name: "first", Type: "plain"},
			{Name: "side", Type: "brief", Continue: true},
			{Name: "last", Type: "brief", Needs: []string{"first", "side"}},
		}},
	} {
		w.must(w.DeclareType(w.t.Context(), setup, t))
	}
	const sees = "project:view collection:read file:read job:read job:create "
	w.role("own", sees+"job:run.plain@own job:run.brief@own job:run.sight.single@own job:run.flow@own")
	w.role("any", sees+"job:run.plain job:run.brief job:run.sight.single job:run.flow")
	w.leave("ada")
	w.leave("bob")
	w.join("ada", roleOf["ada"])
	w.join("bob", roleOf["bob"])
}

var roleOf = map[string]string{"ada": "own", "bob": "any"}

// clean takes away what a sequence before left.
func (m *jobModel) clean(d *db.DB) {
	w := m.w
	m.must(d.Write(w.t.Context(), db.Shared, func(tx *db.Tx) error {
		if _, err := tx.Exec(`DELETE FROM jobs`); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM job_due`)
		return err
	}))
	for _, kind := range kinds {
		_, err := w.Switch(w.t.Context(), w.max, "moths", kind, true)
		m.must(err)
	}
	page, err := w.projects.Members(w.t.Context(), setup, "moths", 0, "")
	m.must(err)
	here := map[string]bool{}
	for _, member := range page.Items {
		here[member.User] = true
	}
	for name, role := range roleOf {
		if !here[name] {
			w.join(name, role)
		}
	}
}

// event is one thing that happens, each at a time of its own.
func (m *jobModel) event(rt *rapid.T) {
	m.rt = rt
	m.n++
	m.w.clock.advance(time.Millisecond)
	events := []func(){
		m.submit, m.submit, m.submit, m.submit, m.submitMany, m.run, m.run, m.cancel, m.cancel, m.retry, m.retry, m.requeue, m.remove, m.wrest, m.update,
		m.comeOrGo, m.switchType,
		m.work, m.work, m.work, m.work, m.work, m.work, m.work, m.claim, m.claim, m.claim, m.start, m.start, m.heartbeat, m.progress, m.log, m.finish, m.finish, m.finish, m.finish, m.finishAll, m.finishAll, m.release, m.cleanup,
		m.wait, m.wait, m.sweep, m.sweep, m.advance, m.advance, m.advance,
	}
	events[rapid.IntRange(0, len(events)-1).Draw(rt, "event")]()
}

package jobs_test

import (
	"time"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/internal/jobs"
)

func (m *jobModel) wait() {
	m.w.clock.advance(time.Duration(rapid.SampledFrom([]int{1, 5, 10, 20, 30, 45, 60, 120}).Draw(m.rt, "seconds")) * time.Second)
}

// lose ends a lease that its node did not end. A few that never began do not count.
func (m *jobModel) lose(j *mJob) {
	unstarted := 0
	for _, t := range j.tries {
		if t.state == "lost" && !t.started && !t.claimedAt.Before(j.queuedAt) {
			unstarted++
		}
	}
	spared := j.state == "claimed" && unstarted < 5
	j.last().state = "lost"
	if !spared && j.spent() && j.state != "cancelling" {
		j.move("exhaust")
		return
	}
	j.move("lose")
	if spared {
		j.spared++
	}
}

func (m *jobModel) sweep() {
	_, err := m.w.Sweep(m.w.t.Context())
	m.must(err)
	now := m.w.clock.now()
	for _, j := range m.order {
		if j.gone || !j.leased() || j.workflow() {
			continue
		}
		if !j.leaseUntil.After(now) || !j.cancelUntil.IsZero() && !j.cancelUntil.After(now) {
			m.lose(j)
			m.tells(j, "system sweeper", "lease ended")
		}
	}
	for _, j := range m.order {
		if !j.gone && j.state == "held" && j.why == "right" && m.admitted(j) {
			j.move("free")
			m.tells(j, "system sweeper", "freed")
		}
	}
}

const mover = "system workflows"

// advance moves on whatever waits for something, until nothing does.
func (m *jobModel) advance() {
	for n, err := 1, error(nil); n > 0; {
		n, err = m.w.Advance(m.w.t.Context())
		m.must(err)
	}
	for moved := true; moved; {
		moved = false
		for _, j := range m.order {
			moved = !j.gone && (m.freed(j) || j.workflow() && m.drive(j)) || moved
		}
	}
}

func (m *jobModel) freed(j *mJob) bool {
	if j.state != "held" || j.why != "dependency" || m.waits(j) {
		return false
	}
	j.move("free")
	j.queuedAt = m.w.clock.now()
	m.tells(j, mover, "freed")
	return true
}

// drive does what is to be done about a workflow now.
func (m *jobModel) drive(j *mJob) bool {
	switch {
	case j.state == "queued" && !m.admitted(j):
		j.hold()
		m.tells(j, mover, "held")
	case j.state == "queued":
		j.move("begin")
		j.shown, j.inRun = 0, map[string]bool{}
		for name, step := range j.steps {
			j.inRun[name] = step.state == "succeeded"
		}
		m.tells(j, mover, "begun")
	case j.state == "cancelling":
		return m.endCancelled(j, mover)
	case j.state == "running":
		return m.driveSteps(j)
	default:
		return false
	}
	return true
}

func (m *jobModel) endCancelled(j *mJob, who string) bool {
	for _, step := range j.steps {
		if !step.over() {
			return false
		}
	}
	j.move("stop")
	m.tells(j, who, "finished")
	return true
}

// driveSteps is for the one workflow that the model has: "first" and "side" begin at once,
// "last" needs both, and "side" may fail.
func (m *jobModel) driveSteps(j *mJob) bool {
	is := func(step string, states ...string) bool {
		if !j.inRun[step] {
			return false
		}
		for _, s := range states {
			if j.steps[step].state == s {
				return true
			}
		}
		return false
	}
	if is("first", "failed", "cancelled") || is("last", "failed", "cancelled") {
		return m.giveUp(j)
	}
	if is("first", "succeeded") && is("last", "succeeded") && is("side", "succeeded", "failed", "cancelled") {
		j.move("succeed")
		j.fraction = 1
		m.tells(j, mover, "finished")
		return true
	}
	made := false
	for _, step := range []string{"first", "side"} {
		if !j.inRun[step] {
			m.makeStep(j, step)
			made = true
		}
	}
	if !j.inRun["last"] && is("first", "succeeded") && is("side", "succeeded", "failed", "cancelled") {
		m.makeStep(j, "last")
		made = true
	}
	return made
}

func (m *jobModel) giveUp(j *mJob) bool {
	atWork := false
	for name, step := range j.steps {
		if !j.inRun[name] || step.over() {
			continue
		}
		if step.leased() {
			atWork = true
			continue
		}
		m.tells(step, mover, "cancelled")
		step.move("cancel")
	}
	if !atWork {
		j.move("fail")
		m.tells(j, mover, "finished")
	}
	return !atWork
}

var kindOf = map[string]string{"first": "plain", "side": "brief", "last": "brief"}

// makeStep is the job of a step, a new one or the one of the run before.
func (m *jobModel) makeStep(parent *mJob, name string) {
	step, event, what := parent.steps[name], "retry", "asked to run again"
	if step == nil {
		page, err := m.w.Jobs(m.w.t.Context(), m.w.max, jobs.Filter{Parent: parent.id})
		m.must(err)
		for _, job := range page.Items {
			if job.Step == name {
				step = &mJob{id: job.ID, kind: kindOf[name], owner: parent.owner, priority: parent.priority, state: "created", parent: parent, step: name}
			}
		}
		if step == nil {
			m.rt.Fatalf("workflow %s has no job for step %s, whose inputs are there", parent.id, name)
		}
		m.add(step)
		parent.steps[name], event, what = step, "run", "created and asked to run"
	}
	if m.nameTaken(step.owner, step.name, step) {
		step.name = ""
	}
	parent.inRun[name] = true
	step.runner, step.spared, step.notBefore, step.queuedAt, step.fraction = parent.runner, step.attempt, noTime, m.w.clock.now(), 0
	step.priority = parent.priority
	step.move(event)
	m.tells(step, mover, what)
	if !m.admitted(step) {
		step.hold()
		m.tells(step, mover, "held")
	}
}

// drain brings everything to an end that can come to one: nothing is lost.
func (m *jobModel) drain() {
	for who, away := range m.away {
		if away {
			m.w.join(who, roleOf[who])
			m.away[who] = false
		}
	}
	for kind, off := range m.off {
		if off {
			_, err := m.w.Switch(m.w.t.Context(), m.w.max, "moths", kind, true)
			m.must(err)
			m.off[kind] = false
		}
	}
	for range 40 {
		m.w.clock.advance(10 * time.Minute)
		m.sweep()
		m.advance()
		before := len(m.said)
		m.claimMost("n1", 100)
		if len(m.said) == before {
			break
		}
		var all []jobs.Ending
		for _, s := range m.said[before:] {
			all = append(all, jobs.Ending{Lease: s.lease, Outcome: jobs.Outcome{State: "succeeded"}})
		}
		m.finishThese("n1", all)
		m.compare()
	}
	for _, j := range m.order {
		if !j.gone && !j.over() && j.state != "created" && (j.state != "held" || j.why != "dependency" || !m.waits(j)) {
			m.rt.Fatalf("job %s does not come to an end: %+v", j.id, j)
		}
	}
}

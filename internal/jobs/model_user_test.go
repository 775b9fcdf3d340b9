package jobs_test

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

const tooMany = 30 // jobs of one sequence

func (m *jobModel) spec(who string) remit.JobSpec {
	s := remit.JobSpec{Type: rapid.SampledFrom(kinds).Draw(m.rt, "type"), Start: rapid.IntRange(0, 4).Draw(m.rt, "start") > 0}
	if s.Type == "sight" {
		s.On.File = m.w.first
	}
	s.Priority = rapid.SampledFrom([]int{0, 0, 0, -3}).Draw(m.rt, "priority")
	if who == "max" && s.Priority == 0 {
		s.Priority = rapid.SampledFrom([]int{0, 5}).Draw(m.rt, "raised")
	}
	return s
}

func (m *jobModel) submit() {
	if len(m.order) >= tooMany {
		return
	}
	who := m.someone()
	s := m.spec(who)
	s.Name = rapid.SampledFrom([]string{"", "", "x", "y"}).Draw(m.rt, "name")
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(m.rt, "needs") {
		if j := m.some(func(j *mJob) bool { return !j.gone && !j.over() }); j != nil && !j.gone && !slices.Contains(s.Needs, j.id) {
			s.Needs = append(s.Needs, j.id)
		}
	}
	code := m.maySubmit(who, s.Type)
	if code == "" && m.nameTaken(who, s.Name, nil) {
		code = "name_taken"
	}
	job, err := m.w.Submit(m.w.t.Context(), m.subject(who), "moths", s)
	if m.want(err, code) {
		m.made(job, who, s, "created")
	}
}

func (m *jobModel) maySubmit(who, kind string) string {
	switch {
	case m.away[who]:
		return "not_found"
	case m.off[kind]:
		return "type_off"
	}
	return ""
}

// made is a new job of somebody's.
func (m *jobModel) made(job remit.Job, who string, s remit.JobSpec, what string) *mJob {
	j := &mJob{id: job.ID, kind: s.Type, name: s.Name, owner: who, priority: s.Priority, state: "created", needs: s.Needs,
		steps: map[string]*mJob{}, inRun: map[string]bool{}}
	if s.Start {
		m.toQueue(j, "run", who)
		if what == "created" {
			what = "created and asked to run"
		}
	}
	m.add(j)
	m.tells(j, who, what)
	return j
}

// toQueue asks to run a job.
func (m *jobModel) toQueue(j *mJob, event, who string) {
	j.runner, j.spared, j.notBefore = who, j.attempt, noTime
	if who != "max" && j.priority > 0 {
		j.priority = 0
		m.tells(j, who, "changed")
	}
	if m.waits(j) {
		j.move("wait")
		j.why = "dependency"
		return
	}
	j.move(event)
	j.queuedAt = m.w.clock.now()
}

func (m *jobModel) submitMany() {
	n := rapid.IntRange(2, 4).Draw(m.rt, "n")
	if len(m.order)+n >= tooMany {
		return
	}
	who := m.someone()
	s := m.spec(who)
	specs := slices.Repeat([]remit.JobSpec{s}, n)
	made, err := m.w.SubmitAll(m.w.t.Context(), m.subject(who), "moths", specs)
	if !m.want(err, m.maySubmit(who, s.Type)) {
		return
	}
	if len(made) != n {
		m.rt.Fatalf("%d of %d jobs were made", len(made), n)
	}
	for _, job := range made {
		m.made(job, who, s, "created")
	}
}

func (m *jobModel) run() {
	who, j := m.someone(), m.some(func(j *mJob) bool { return !j.gone && (j.state == "created" || j.state == "held") })
	if j == nil {
		return
	}
	code := m.may(who, j)
	switch {
	case code != "":
	case j.state == "held" && j.why == "dependency":
		code = "wrong_state"
	case m.off[j.kind]:
		code = "type_off"
	case j.state != "created" && j.state != "held":
		code = "wrong_state"
	}
	_, err := m.w.Run(m.w.t.Context(), m.subject(who), j.id)
	if m.want(err, code) {
		m.toQueue(j, "run", who)
		m.tells(j, who, "asked to run")
	}
}

func (m *jobModel) cancel() {
	who, j := m.someone(), m.some(m.is("created", "held", "queued", "claimed", "running", "cancelling"))
	if j == nil {
		return
	}
	code := m.may(who, j)
	if code == "" && j.parent != nil {
		code = "not_top_level"
	}
	_, err := m.w.Cancel(m.w.t.Context(), m.subject(who), j.id)
	if !m.want(err, code) {
		return
	}
	if !j.over() && j.state != "cancelling" {
		m.tells(j, who, "cancelled")
		m.stop(j, who)
	}
}

func (m *jobModel) stop(j *mJob, who string) {
	if j.workflow() && j.state == "running" {
		j.state = "cancelling" // it is over with its steps
		for _, step := range j.steps {
			if !step.over() && step.state != "cancelling" {
				m.tells(step, who, "cancelled")
				m.stop(step, who)
			}
		}
		m.endCancelled(j, who)
		return
	}
	j.move("cancel")
	if j.state == "cancelling" {
		j.cancelUntil = m.w.clock.now().Add(cancelTimeout)
	}
}

func (m *jobModel) retry() {
	who, j := m.someone(), m.some(m.is("failed", "cancelled"))
	if j == nil {
		return
	}
	code := m.may(who, j)
	switch {
	case code != "":
	case j.parent != nil:
		code = "not_top_level"
	case m.off[j.kind]:
		code = "type_off"
	case j.state != "failed" && j.state != "cancelled":
		code = "wrong_state"
	case m.nameTaken(j.owner, j.name, j):
		code = "name_taken"
	}
	_, err := m.w.Retry(m.w.t.Context(), m.subject(who), j.id)
	if m.want(err, code) {
		m.toQueue(j, "retry", who)
		m.tells(j, who, "asked to run again")
	}
}

func (m *jobModel) requeue() {
	who, j := m.someone(), m.some(func(*mJob) bool { return true })
	if j == nil || len(m.order) >= tooMany {
		return
	}
	s := remit.JobSpec{Type: j.kind, Name: j.name, Priority: j.priority, Start: true}
	if m.nameTaken(who, s.Name, nil) {
		s.Name = ""
	}
	if who != "max" {
		s.Priority = min(s.Priority, 0)
	}
	lost := false
	for _, id := range j.needs {
		if need := m.jobs[id]; !need.gone || need.state != "succeeded" {
			s.Needs = append(s.Needs, id)
			lost = lost || need.gone
		}
	}
	code := m.may(who, j)
	switch {
	case code != "":
	case m.off[j.kind]:
		code = "type_off"
	case lost:
		code = "needs_lost"
	}
	job, err := m.w.Requeue(m.w.t.Context(), m.subject(who), j.id, jobs.Requeue{})
	if m.want(err, code) {
		m.made(job, who, s, "requeued")
		m.tells(j, who, "requeued")
	}
}

func (m *jobModel) remove() {
	who, j := m.someone(), m.some(m.is("succeeded", "failed", "cancelled"))
	if j == nil {
		return
	}
	all := []*mJob{j}
	for _, step := range j.steps {
		all = append(all, step)
	}
	code := m.mayAll(who, j)
	switch {
	case code != "":
	case j.parent != nil:
		code = "not_top_level"
	case !j.over():
		code = "not_finished"
	case slices.ContainsFunc(all, m.isNeeded):
		code = "needed"
	}
	if m.want(m.w.Delete(m.w.t.Context(), m.subject(who), j.id), code) {
		for _, one := range all {
			one.gone = true
		}
	}
}

func (m *jobModel) isNeeded(j *mJob) bool {
	return slices.ContainsFunc(m.order, func(o *mJob) bool {
		return !o.gone && slices.Contains(o.needs, j.id) && (o.state == "created" || o.state == "held" && o.why == "dependency")
	})
}

func (m *jobModel) wrest() {
	who, j := m.someone(), m.some(m.is("claimed", "running", "cancelling"))
	if j == nil {
		return
	}
	code := m.mayAll(who, j)
	if code == "" && (!j.leased() || j.workflow()) {
		code = "not_claimed"
	}
	_, err := m.w.Wrest(m.w.t.Context(), m.subject(who), j.id)
	if m.want(err, code) {
		m.lose(j)
		m.tells(j, who, "taken from its node")
	}
}

func (m *jobModel) update() {
	who, j := m.someone(), m.some(func(j *mJob) bool { return !j.gone })
	if j == nil {
		return
	}
	name, priority := rapid.SampledFrom([]string{"", "x", "y"}).Draw(m.rt, "name"), rapid.IntRange(-2, 2).Draw(m.rt, "priority")
	code := m.mayAll(who, j)
	if code == "" && !j.over() && m.nameTaken(j.owner, name, j) {
		code = "name_taken"
	}
	_, err := m.w.Update(m.w.t.Context(), m.subject(who), j.id, jobs.Patch{Name: &name, Priority: &priority})
	if m.want(err, code) {
		j.name, j.priority = name, priority
		m.tells(j, who, "changed")
	}
}

// comeOrGo takes all rights from somebody, or gives them back.
func (m *jobModel) comeOrGo() {
	who := rapid.SampledFrom([]string{"ada", "bob"}).Draw(m.rt, "who")
	if m.away[who] = !m.away[who]; m.away[who] {
		m.w.leave(who)
	} else {
		m.w.join(who, roleOf[who])
	}
}

func (m *jobModel) switchType() {
	kind := rapid.SampledFrom(kinds).Draw(m.rt, "type")
	m.off[kind] = !m.off[kind]
	_, err := m.w.Switch(m.w.t.Context(), m.w.max, "moths", kind, !m.off[kind])
	m.must(err)
}

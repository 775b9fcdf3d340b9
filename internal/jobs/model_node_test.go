package jobs_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
)

var noTime time.Time

var nodeNames = []string{"n1", "n2", "n3"}

func (m *jobModel) claim() {
	m.claimMost(rapid.SampledFrom([]string{"n1", "n1", "n1", "n2", "n2", "n3"}).Draw(m.rt, "node"), rapid.SampledFrom([]int{1, 1, 2, 5}).Draw(m.rt, "most"))
}

// claimMost lets a node claim. Which of several jobs it is given is the queue's to say; that
// each may be given, and that none is passed over, is the model's.
func (m *jobModel) claimMost(node string, most int) {
	given, err := m.w.nodes.Claim(m.w.t.Context(), m.nodes[node], nodes.Want{Want: jobs.Want{Runners: []string{"process"}}, Max: most})
	m.must(err)
	if len(given) > most {
		m.rt.Fatalf("node %s was given %d jobs, and asked for %d", node, len(given), most)
	}
	due := m.due()
	lowest := 1000
	for _, a := range given {
		j := m.jobs[a.Job]
		at := slices.Index(due, j)
		if at < 0 || !m.admitted(j) {
			m.rt.Fatalf("node %s was given job %s, which is %+v", node, a.Job, j)
		}
		due = slices.Delete(due, at, at+1)
		lowest = min(lowest, j.priority)
		m.give(j, node, a.Lease)
	}
	for _, j := range due {
		m.notGiven(j, node, len(given) < most, lowest)
	}
}

// due are the jobs that a node may find in the queue.
func (m *jobModel) due() (due []*mJob) {
	for _, j := range m.order {
		if !j.gone && !j.workflow() && j.state == "queued" && !j.notBefore.After(m.w.clock.now()) {
			due = append(due, j)
		}
	}
	return due
}

func (m *jobModel) give(j *mJob, node string, l remit.Lease) {
	if m.used[l.Lease] || l.Attempt != j.attempt+1 {
		m.rt.Fatalf("lease %+v is given after attempt %d of %+v", l, j.attempt, j)
	}
	m.used[l.Lease] = true
	now := m.w.clock.now()
	j.move("claim")
	j.attempt, j.node, j.lease, j.leaseUntil, j.fraction, j.notBefore = l.Attempt, node, l.Lease, now.Add(leaseTTL), 0, noTime
	j.counted = map[string]int64{}
	j.tries = append(j.tries, mTry{node: node, lease: l.Lease, state: "claimed", claimedAt: now})
	m.said = append(m.said, mLease{node, l})
	m.tells(j, "node "+node, "claimed")
}

// notGiven is a job that a claim left: it had enough, or the job may not run and is held.
func (m *jobModel) notGiven(j *mJob, node string, had bool, lowest int) {
	seen := had || j.priority > lowest
	if m.admitted(j) {
		if seen {
			m.rt.Fatalf("node %s was not given job %s, which is %+v", node, j.id, j)
		}
		return
	}
	job, err := m.w.Job(m.w.t.Context(), m.w.max, j.id)
	m.must(err)
	if job.State == remit.JobHeld || seen {
		j.hold()
		m.tells(j, "node "+node, "held")
	}
}

// saying is a node that says something under a lease, mostly its own and a live one.
// code is what it must be answered.
func (m *jobModel) saying() (node string, l remit.Lease, j *mJob, code string) {
	if len(m.said) == 0 {
		return "", l, nil, ""
	}
	if m.works != nil {
		j = m.jobs[m.works.lease.Job]
		return m.works.node, m.works.lease, j, m.mayWork(m.works.node, j, m.works.lease)
	}
	var live, late []mLease // late is one of a job that has another lease now
	for _, s := range m.said {
		if j := m.jobs[s.lease.Job]; j.lease == s.lease.Lease {
			live = append(live, s)
		} else if j.lease != "" {
			late = append(late, s)
		}
	}
	from := [][]mLease{live, live, live, late, m.said}[rapid.IntRange(0, 4).Draw(m.rt, "which lease")]
	if len(from) == 0 {
		from = m.said
	}
	s := from[rapid.IntRange(0, len(from)-1).Draw(m.rt, "lease")]
	if rapid.IntRange(0, 9).Draw(m.rt, "other node") == 9 {
		s.node = rapid.SampledFrom(nodeNames).Draw(m.rt, "node")
	}
	j = m.jobs[s.lease.Job]
	return s.node, s.lease, j, m.mayWork(s.node, j, s.lease)
}

func (m *jobModel) mayWork(node string, j *mJob, l remit.Lease) string {
	switch {
	case j.gone || !slices.ContainsFunc(j.tries, func(t mTry) bool { return t.node == node }):
		return "not_found"
	case j.node != node || j.lease != l.Lease:
		return "lease_lost"
	}
	return ""
}

func (m *jobModel) start() {
	node, l, j, code := m.saying()
	if j == nil || !m.want(m.w.Start(m.w.t.Context(), m.nodes[node], l), code) {
		return
	}
	if j.state == "claimed" {
		j.last().state, j.last().started = "running", true
	}
	j.move("start")
	j.leaseUntil = m.w.clock.now().Add(leaseTTL)
	m.tells(j, "node "+node, "started")
}

func (m *jobModel) heartbeat() {
	node, l, j, code := m.saying()
	if j == nil {
		return
	}
	r, err := m.w.Heartbeat(m.w.t.Context(), m.nodes[node], l)
	if !m.want(err, code) {
		return
	}
	if r.Cancel != (j.state == "cancelling") {
		m.rt.Fatalf("node %s is told %+v of a job that is %s", node, r, j.state)
	}
	j.leaseUntil = m.w.clock.now().Add(leaseTTL)
}

func (m *jobModel) progress() {
	node, l, j, code := m.saying()
	f := rapid.SampledFrom([]float64{0.5, 0.2, 0.9, 0, 1}).Draw(m.rt, "fraction")
	var stages []remit.Stage
	for _, label := range []string{"Read", "Write"} {
		if done := rapid.Int64Range(-1, 9).Draw(m.rt, label); done >= 0 {
			stages = append(stages, remit.Stage{Label: label, Done: done, Total: 9})
		}
	}
	if j == nil || !m.want(m.w.Progress(m.w.t.Context(), m.nodes[node], l, remit.Progress{Fraction: f, Stages: stages}), code) {
		return
	}
	j.fraction = max(j.fraction, f)
	for _, s := range stages {
		j.counted[s.Label] = max(j.counted[s.Label], s.Done)
	}
}

func (m *jobModel) log() {
	node, l, j, code := m.saying()
	if j != nil {
		m.want(m.w.AppendLog(m.w.t.Context(), m.nodes[node], l, jobs.LogChunk{Stream: "stdout", Data: []byte("word\n")}), code)
	}
}

// work is what a node does in a row about one job, mostly a new one.
func (m *jobModel) work() {
	if rapid.IntRange(0, 3).Draw(m.rt, "another") > 0 {
		m.claimMost("n1", 1)
	}
	if len(m.said) == 0 {
		return
	}
	m.works = &m.said[len(m.said)-1]
	for _, n := range rapid.SliceOfN(rapid.IntRange(0, 6), 1, 5).Draw(m.rt, "work") {
		m.w.clock.advance(time.Millisecond)
		[]func(){m.progress, m.progress, m.start, m.finish, m.finish, m.release, m.cleanup}[n]()
	}
	m.works = nil
}

var ends = []remit.JobState{"succeeded", "succeeded", "failed", "failed", "cancelled"}

func (m *jobModel) finish() {
	node, l, j, code := m.saying()
	if j == nil {
		return
	}
	o := jobs.Outcome{State: rapid.SampledFrom(ends).Draw(m.rt, "outcome")}
	err := m.w.Finish(m.w.t.Context(), m.nodes[node], l, o)
	m.ended(err, node, l, j, code, string(o.State))
}

// ended is what must have become of a job whose node said that it has ended.
func (m *jobModel) ended(err error, node string, l remit.Lease, j *mJob, code, outcome string) {
	if code == "lease_lost" && slices.ContainsFunc(j.tries, func(t mTry) bool { return t.node == node && t.lease == l.Lease && t.state == outcome }) {
		m.must(err) // it was said before
		return
	}
	if code == "" && outcome == "cancelled" && j.state != "cancelling" {
		code = "wrong_state"
	}
	if !m.want(err, code) {
		return
	}
	j.last().state = outcome
	m.tells(j, "node "+node, "finished")
	switch {
	case outcome == "succeeded":
		if j.move("succeed"); j.state == "succeeded" {
			j.fraction = 1
		}
	case outcome == "cancelled":
		j.move("stop")
	case j.state == "cancelling" || j.spent():
		j.move("fail")
	default:
		wait := map[string]time.Duration{"plain": 10 * time.Second}[j.kind] << (j.attempt - j.spared - 1)
		j.move("again")
		j.notBefore = m.w.clock.now().Add(wait)
	}
}

// finishAll ends some of what a node has or had, all in one request.
func (m *jobModel) finishAll() {
	node := rapid.SampledFrom(nodeNames).Draw(m.rt, "node")
	var all []jobs.Ending
	for _, s := range m.said {
		live := m.jobs[s.lease.Job].lease == s.lease.Lease
		if s.node == node && rapid.IntRange(0, 9).Draw(m.rt, "take") < map[bool]int{true: 8, false: 1}[live] {
			all = append(all, jobs.Ending{Lease: s.lease, Outcome: jobs.Outcome{State: rapid.SampledFrom(ends[:4]).Draw(m.rt, "outcome")}})
		}
	}
	m.finishThese(node, all)
}

func (m *jobModel) finishThese(node string, all []jobs.Ending) {
	errs, err := m.w.FinishAll(m.w.t.Context(), m.nodes[node], all)
	m.must(err)
	for i, e := range all {
		j := m.jobs[e.Job]
		m.ended(errs[i], node, e.Lease, j, m.mayWork(node, j, e.Lease), string(e.State))
	}
}

func (m *jobModel) release() {
	node, l, j, code := m.saying()
	if j == nil || !m.want(m.w.Release(m.w.t.Context(), m.nodes[node], l), code) {
		return
	}
	j.last().state = "released"
	j.spared++
	j.move("release")
	m.tells(j, "node "+node, "given back")
}

func (m *jobModel) cleanup() {
	node, l, j, code := m.saying()
	if j == nil {
		return
	}
	switch had := slices.ContainsFunc(j.tries, func(t mTry) bool { return t.node == node && t.lease == l.Lease }); {
	case code == "":
		code = "still_held"
	case code == "lease_lost" && had:
		code = ""
	}
	if m.want(m.w.Cleanup(m.w.t.Context(), m.nodes[node], l, "bye\n"), code) {
		m.tells(j, "node "+node, "cleaned up")
	}
}

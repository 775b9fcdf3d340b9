package jobs_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// jobModel is what the rules say of all jobs.
type jobModel struct {
	w     *world
	rt    *rapid.T
	n     int
	nodes map[string]authz.Subject
	jobs  map[remit.JobID]*mJob
	order []*mJob
	said  []mLease        // all leases that there ever were
	works *mLease         // the one that is worked under now
	used  map[string]bool // their ids
	away  map[string]bool // who has left the project
	off   map[string]bool // which types are switched off
}

// mJob is a job as the model knows it.
type mJob struct {
	id                                           remit.JobID
	kind, name, owner, runner                    string
	priority                                     int
	state, why                                   string // why it is held: "right" or "dependency"
	attempt, spared                              int
	node, lease                                  string
	leaseUntil, cancelUntil, notBefore, queuedAt time.Time
	fraction                                     float64
	counted                                      map[string]int64 // the stages of this attempt's progress
	needs                                        []remit.JobID
	parent                                       *mJob
	step                                         string
	steps                                        map[string]*mJob
	inRun                                        map[string]bool // steps that have a job in this run
	tries                                        []mTry
	story                                        []mEvent
	gone                                         bool
	shown                                        float64 // progress of a workflow in this run, as it was shown
}

type mTry struct {
	node, lease, state string
	started            bool
	claimedAt          time.Time
}

type mEvent struct {
	At       time.Time
	By, What string
}

type mLease struct {
	node  string
	lease remit.Lease
}

var (
	kinds    = []string{"plain", "brief", "sight", "flow"}
	people   = []string{"ada", "bob", "max"}
	maxTries = map[string]int{"plain": 2, "brief": 1, "sight": 3, "flow": 1}
)

// life is the table of moves as the design has it.
var life = map[string]string{
	"created run": "queued", "created wait": "held", "created cancel": "cancelled",
	"queued claim": "claimed", "queued begin": "running", "queued hold": "held", "queued cancel": "cancelled",
	"held free": "queued", "held run": "queued", "held cancel": "cancelled",
	"claimed start": "running", "claimed succeed": "succeeded", "claimed fail": "failed", "claimed again": "queued",
	"claimed release": "queued", "claimed lose": "queued", "claimed exhaust": "failed", "claimed cancel": "cancelling",
	"running start": "running", "running succeed": "succeeded", "running fail": "failed", "running again": "queued",
	"running release": "queued", "running lose": "queued", "running exhaust": "failed", "running cancel": "cancelling",
	"cancelling start": "cancelling", "cancelling succeed": "cancelled", "cancelling fail": "cancelled", "cancelling stop": "cancelled",
	"cancelling release": "cancelled", "cancelling lose": "cancelled",
	"failed retry": "queued", "cancelled retry": "queued", "failed wait": "held", "cancelled wait": "held",
}

func (j *mJob) move(event string) {
	to, ok := life[j.state+" "+event]
	if !ok {
		panic("the model moves a job that is " + j.state + " by " + event)
	}
	j.state = to
	if to != "held" {
		j.why = ""
	}
	if !j.leased() {
		j.node, j.lease, j.leaseUntil, j.cancelUntil = "", "", time.Time{}, time.Time{}
	}
}

func (j *mJob) over() bool {
	return j.state == "succeeded" || j.state == "failed" || j.state == "cancelled"
}
func (j *mJob) leased() bool {
	return j.state == "claimed" || j.state == "running" || j.state == "cancelling"
}
func (j *mJob) workflow() bool { return j.kind == "flow" }
func (j *mJob) last() *mTry    { return &j.tries[len(j.tries)-1] }
func (j *mJob) spent() bool    { return j.attempt-j.spared >= maxTries[j.kind] }

func (j *mJob) hold() {
	j.move("hold")
	j.why = "right"
}

// tells adds to the history that the job must have.
func (m *jobModel) tells(j *mJob, by, what string) {
	j.story = append(j.story, mEvent{m.w.clock.now(), by, what})
}

func (m *jobModel) must(err error) {
	if err != nil {
		m.rt.Fatalf("%v (%s)", err, remit.CodeOf(err))
	}
}

// want compares the code of a refusal; it says whether there was to be none.
func (m *jobModel) want(err error, code string) bool {
	if got := remit.CodeOf(err); err == nil && code != "" || err != nil && got != code {
		m.rt.Fatalf("got %v (%q), want code %q", err, got, code)
	}
	return code == ""
}

// may is the code of who may not run, retry, cancel or requeue a job.
func (m *jobModel) may(who string, j *mJob) string {
	switch {
	case m.away[who] || j.gone:
		return "not_found"
	case who == "ada" && j.owner != "ada":
		return "denied"
	}
	return ""
}

// mayAll is that of what only max may.
func (m *jobModel) mayAll(who string, j *mJob) string {
	if code := m.may(who, j); code == "not_found" || who == "max" {
		return code
	}
	return "denied"
}

// admitted says whether a job may run now (R26).
func (m *jobModel) admitted(j *mJob) bool {
	return !m.off[j.kind] && !m.away[j.runner] && (j.kind != "sight" || !m.away[j.owner])
}

// waits says whether a job needs one that has not succeeded.
func (m *jobModel) waits(j *mJob) bool {
	return slices.ContainsFunc(j.needs, func(id remit.JobID) bool { return m.jobs[id].state != "succeeded" })
}

func (m *jobModel) nameTaken(owner, name string, but *mJob) bool {
	return name != "" && slices.ContainsFunc(m.order, func(j *mJob) bool {
		return j != but && !j.gone && !j.over() && j.owner == owner && j.name == name
	})
}

func (m *jobModel) add(j *mJob) {
	if m.jobs[j.id] != nil {
		m.rt.Fatalf("job %s was made twice", j.id)
	}
	m.jobs[j.id] = j
	m.order = append(m.order, j)
}

// subject is who acts under a name.
func (m *jobModel) subject(name string) authz.Subject {
	return map[string]authz.Subject{"ada": m.w.ada, "bob": m.w.bob, "max": m.w.max}[name]
}

func (m *jobModel) someone() string { return rapid.SampledFrom(people).Draw(m.rt, "who") }

// some is a job that is or was; nil when there is none.
func (m *jobModel) some(fits func(*mJob) bool) *mJob {
	var all []*mJob
	for _, j := range m.order {
		if fits(j) {
			all = append(all, j)
		}
	}
	if len(all) == 0 || rapid.IntRange(0, 5).Draw(m.rt, "whatever") == 5 {
		all = m.order
	}
	if len(all) == 0 {
		return nil
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(m.rt, "job")]
}

func (m *jobModel) is(states ...string) func(*mJob) bool {
	return func(j *mJob) bool { return !j.gone && slices.Contains(states, j.state) }
}

package jobs_test

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

// compare looks at all jobs at once: those that there are, and how each is.
func (m *jobModel) compare() {
	page, err := m.w.Jobs(m.w.t.Context(), m.w.max, jobs.Filter{Project: "moths", Steps: true, Limit: remit.MaxLimit})
	m.must(err)
	there := 0
	for _, j := range m.order {
		if !j.gone {
			there++
		}
	}
	if len(page.Items) != there {
		m.rt.Fatalf("there are %d jobs, want %d", len(page.Items), there)
	}
	for _, job := range page.Items {
		j := m.jobs[job.ID]
		if j == nil || j.gone {
			m.rt.Fatalf("job %s should not be there: %+v", job.ID, job)
		}
		m.compareOne(j, job)
	}
}

// sight is what a list tells of a job.
type sight struct {
	State, Name, Owner, Runner, Node, Step string
	Parent                                 remit.JobID
	Attempt, Priority                      int
	Held                                   bool
	Fraction                               float64
}

func (m *jobModel) compareOne(j *mJob, job remit.Job) {
	want := sight{j.state, j.name, j.owner, j.runner, j.node, j.step, "", j.attempt, j.priority, j.state == "held", j.fraction}
	if j.parent != nil {
		want.Parent = j.parent.id
	}
	got := sight{string(job.State), job.Name, job.Owner, job.Runner, job.Node, job.Step, job.Parent, job.Attempt, job.Priority, job.Held != "", job.Progress.Fraction}
	m.countsOn(j, job)
	if j.workflow() {
		m.forward(j, job)
		got.Fraction = want.Fraction
	}
	if diff := cmp.Diff(want, got); diff != "" {
		m.rt.Fatalf("job %s (%s) is not as the model says (-want +got):\n%s", j.id, j.kind, diff)
	}
	if dependency := strings.HasPrefix(job.Held, "it needs "); job.State == remit.JobHeld && dependency != (j.why == "dependency") {
		m.rt.Fatalf("job %s is held with %q, want for a %s", j.id, job.Held, j.why)
	}
	if (job.FinishedAt != nil) != j.over() {
		m.rt.Fatalf("job %s is %s and finished at %v", j.id, job.State, job.FinishedAt)
	}
}

// countsOn holds that no stage of an attempt goes back, whatever a report leaves out.
func (m *jobModel) countsOn(j *mJob, job remit.Job) {
	if j.workflow() || j.node == "" {
		return
	}
	shown := map[string]int64{}
	for _, s := range job.Progress.Stages {
		shown[s.Label] = s.Done
	}
	for label, done := range j.counted {
		if shown[label] != done {
			m.rt.Fatalf("stage %s of job %s is at %d, want %d", label, j.id, shown[label], done)
		}
	}
}

// forward holds that a workflow's progress goes on within a run.
func (m *jobModel) forward(j *mJob, job remit.Job) {
	if j.state != "running" && j.state != "cancelling" {
		return
	}
	if job.Progress.Fraction < j.shown {
		m.rt.Fatalf("workflow %s went back from %v to %v", j.id, j.shown, job.Progress.Fraction)
	}
	j.shown = job.Progress.Fraction
}

// compareWhole looks into every job: its attempts, its history, and who holds it.
func (m *jobModel) compareWhole() {
	m.compare()
	for _, j := range m.order {
		if j.gone {
			continue
		}
		tries, err := m.w.Attempts(m.w.t.Context(), m.w.max, j.id)
		m.must(err)
		var want, got []string
		for i, t := range j.tries {
			want = append(want, string(rune('1'+i))+t.node+t.state)
		}
		for _, t := range tries {
			got = append(got, string(rune('0'+t.Number))+t.Node+t.State)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			m.rt.Fatalf("the attempts of job %s (-want +got):\n%s", j.id, diff)
		}
		m.compareStory(j)
	}
	m.compareLeases()
}

// compareStory holds that every move has its entry, with who and when, in the order
// of their times.
func (m *jobModel) compareStory(j *mJob) {
	told, err := m.w.History(m.w.t.Context(), m.w.max, j.id)
	m.must(err)
	var got []mEvent
	for i, e := range told {
		got = append(got, mEvent{e.At, e.By, e.What})
		if i > 0 && e.At.Before(told[i-1].At) {
			m.rt.Fatalf("the history of job %s goes back: %v", j.id, told)
		}
		if (e.What == "held" || e.What == "lease ended" || e.What == "freed") && e.Detail == "" {
			m.rt.Fatalf("job %s was %s without a reason", j.id, e.What)
		}
	}
	if diff := cmp.Diff(inOrder(j.story), inOrder(got)); diff != "" {
		m.rt.Fatalf("the history of job %s (%s) (-want +got):\n%s", j.id, j.kind, diff)
	}
}

// inOrder sorts what happened at one time.
func inOrder(story []mEvent) []mEvent {
	story = slices.Clone(story)
	slices.SortStableFunc(story, func(a, b mEvent) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.By+a.What, b.By+b.What)
	})
	return story
}

// compareLeases holds that each node has what the model says, and nobody else has it.
func (m *jobModel) compareLeases() {
	for _, name := range nodeNames {
		var want, got []string
		for _, j := range m.order {
			if !j.gone && j.node == name {
				want = append(want, string(j.id)+j.lease)
			}
		}
		held, err := m.w.nodes.Held(m.w.t.Context(), m.nodes[name], "")
		m.must(err)
		for _, l := range held {
			got = append(got, string(l.Job)+l.Lease)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			m.rt.Fatalf("the leases of node %s (-want +got):\n%s", name, diff)
		}
	}
}

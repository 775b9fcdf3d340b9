package jobs_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

func (w *world) statistics(who authz.Subject, in jobs.Interval) remit.Statistics {
	w.t.Helper()
	s, err := w.Statistics(w.t.Context(), who, in)
	w.must(err)
	return s
}

func TestStatisticsCountAndRankTheJobsOfATime(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		begin := w.clock.now()
		// Ten jobs of type once wait 1 … 10 s and run 10 … 100 s; the last one fails.
		for i := 1; i <= 10; i++ {
			w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
			w.clock.advance(time.Duration(i) * time.Second)
			as := w.started(node)
			for range i {
				w.clock.advance(10 * time.Second)
				_, err := w.Heartbeat(t.Context(), node, as.Lease)
				w.must(err)
			}
			w.finish(node, as.Lease, map[bool]remit.JobState{true: remit.JobFailed, false: remit.JobSucceeded}[i == 10])
		}
		cancelled := w.submit(w.ada, w.onFile())
		_, err := w.Cancel(t.Context(), w.ada, cancelled.ID)
		w.must(err)
		w.clock.advance(time.Second)
		once := remit.StatisticsGroup{Key: "once", Submitted: 10, Finished: map[remit.JobState]int{remit.JobSucceeded: 9, remit.JobFailed: 1},
			Waiting: &remit.Durations{Count: 10, MedianS: 5, P90S: 9, P99S: 10}, Running: &remit.Durations{Count: 10, MedianS: 50, P90S: 90, P99S: 100}}
		ml := remit.StatisticsGroup{Key: "ml", Submitted: 1, Finished: map[remit.JobState]int{remit.JobCancelled: 1}}
		total := once
		total.Key, total.Submitted, total.Finished = "", 11, map[remit.JobState]int{remit.JobSucceeded: 9, remit.JobFailed: 1, remit.JobCancelled: 1}
		want := remit.Statistics{From: w.clock.now().AddDate(0, 0, -7), To: w.clock.now(), By: "type", Total: total, Groups: []remit.StatisticsGroup{ml, once}}
		if diff := cmp.Diff(want, w.statistics(w.max, jobs.Interval{})); diff != "" {
			t.Errorf("by type (-want +got):\n%s", diff)
		}
		keys := func(in jobs.Interval) (all []string) {
			for _, g := range w.statistics(w.max, in).Groups {
				all = append(all, g.Key)
			}
			return all
		}
		for by, want := range map[string][]string{"owner": {"ada", "max"}, "node": {"", "n1"}, "hour": {"2026-03-01T12:00:00Z"}, "day": {"2026-03-01T00:00:00Z"}} {
			if diff := cmp.Diff(want, keys(jobs.Interval{By: by, Project: "moths"})); diff != "" {
				t.Errorf("by %s (-want +got):\n%s", by, diff)
			}
		}
		first := w.statistics(w.max, jobs.Interval{From: begin, To: begin.Add(time.Second), Type: "once"}).Total
		if first.Submitted != 1 || len(first.Finished) != 0 || first.Running != nil {
			t.Errorf("of the first second: %+v", first)
		}
	})
}

func TestStatisticsAreOfJobsThatTheAskerMayRead(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.role("loner", "project:view job:read@own job:create")
		lon := w.person("lon", "loner")
		w.submit(lon, remit.JobSpec{Type: "once"})
		w.submit(w.max, remit.JobSpec{Type: "once", Start: true})
		w.submit(w.ada, w.onFile())
		w.clock.advance(time.Second)
		capped := w.max
		capped.Caps = &authz.Caps{Scopes: []string{"project:view"}}
		stranger := w.person("out")
		for name, c := range map[string]struct {
			who  authz.Subject
			want int
		}{"a manager": {w.max, 3}, "who sees own jobs": {lon, 1}, "a stranger": {stranger, 0}, "a key without the scope": {capped, 0}, "nobody": {authz.Subject{}, 0}} {
			s := w.statistics(c.who, jobs.Interval{By: "owner"})
			if s.Total.Submitted != 0 != (len(s.Groups) > 0) || s.Total.Submitted != c.want {
				t.Errorf("%s counts %+v, want %d", name, s, c.want)
			}
			if c.want == 1 && s.Groups[0].Key != "lon" {
				t.Errorf("%s is shown %+v", name, s.Groups)
			}
		}
		_, err := w.Statistics(t.Context(), stranger, jobs.Interval{Project: "moths"})
		w.want(err, "not_found")
	})
}

func TestWrongIntervalsAreRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		now := w.clock.now()
		for field, in := range map[string]jobs.Interval{
			"by":   {By: "colour"},
			"from": {From: now, To: now.Add(-time.Second)},
			"type": {Type: "../x"},
		} {
			_, err := w.Statistics(t.Context(), w.max, in)
			w.want(err, "invalid")
			if got := err.(*remit.Error).Field; got != field {
				t.Errorf("the field is %q, want %q", got, field)
			}
		}
		_, err := w.Statistics(t.Context(), w.max, jobs.Interval{By: "hour", From: now.AddDate(-1, 0, 0)})
		w.want(err, "invalid")
	})
}

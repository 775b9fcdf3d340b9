package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Interval asks for the statistics of a time.
type Interval struct {
	Project  string    // slug; "" = all that the asker may see
	Type     string    // "" = all types
	From, To time.Time // zero: the week before To; now
	By       string    // "type" (default), "owner", "node", "hour" or "day"
}

// most bounds how long a time by's statistics may be of.
var most = map[string]time.Duration{"type": tenYears, "owner": tenYears, "node": tenYears, "day": tenYears, "hour": 100 * 24 * time.Hour}

const tenYears = 10 * 366 * 24 * time.Hour

// Statistics counts the jobs that the asker may read (R19).
func (s *Service) Statistics(ctx context.Context, who authz.Subject, in Interval) (remit.Statistics, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.Statistics]{
		Name: "job.list",
		Read: func(r *gate.Reader) (remit.Statistics, error) {
			in, err := in.checked(r.Now())
			if err != nil {
				return remit.Statistics{}, err
			}
			c := conditions{}
			if err := in.narrow(r, &c); err != nil {
				return remit.Statistics{}, err
			}
			return in.count(r, c)
		},
	})
}

func (in Interval) checked(now time.Time) (Interval, error) {
	in.By = cmp.Or(in.By, "type")
	longest, known := most[in.By]
	if in.To.IsZero() {
		in.To = now
	}
	if in.From.IsZero() {
		in.From = in.To.AddDate(0, 0, -7)
	}
	in.From, in.To = stored(in.From), stored(in.To)
	switch {
	case !known:
		return in, invalid("by", "There are no statistics by %.40q", in.By).WithHint("There are type, owner, node, hour and day.")
	case !in.From.Before(in.To):
		return in, invalid("from", "The time ends before it begins")
	case in.To.Sub(in.From) > longest || in.From.Year() < 1970 || in.To.Year() > 9999:
		return in, invalid("from", "Statistics by %s are of at most %d days, after 1970", in.By, int(longest.Hours()/24))
	case in.Type != "" && !typeKey.MatchString(in.Type):
		return in, invalid("type", "%.40q is no job type", in.Type)
	}
	return in, nil
}

func (in Interval) narrow(r *gate.Reader, c *conditions) error {
	if in.Type != "" {
		c.add(whereType, in.Type)
	}
	if in.Project == "" {
		return nil
	}
	project, err := projects.Locate(r, in.Project)
	if err == nil {
		err = r.Require("project.read", project.Resource())
	}
	c.add(whereProject, project.ID)
	return err
}

// count fills the statistics, the groups first and then all together.
func (in Interval) count(r *gate.Reader, c conditions) (remit.Statistics, error) {
	all := remit.Statistics{From: in.From, To: in.To, By: in.By, Groups: []remit.StatisticsGroup{}}
	groups, err := in.groups(r, c)
	if err != nil {
		return all, err
	}
	times, err := in.times(r, c)
	if err != nil {
		return all, err
	}
	for key, g := range groups {
		g.Key = in.word(r, key)
		g.Waiting, g.Running = times.waiting(key), times.running(key)
		all.Groups = append(all.Groups, *g)
	}
	slices.SortFunc(all.Groups, func(a, b remit.StatisticsGroup) int { return cmp.Compare(a.Key, b.Key) })
	all.Total = total(all.Groups, times)
	return all, nil
}

// groups are the rows by what the database groups by, without their times.
func (in Interval) groups(r *gate.Reader, c conditions) (map[string]*remit.StatisticsGroup, error) {
	found := map[string]*remit.StatisticsGroup{}
	of := func(key string) *remit.StatisticsGroup {
		if found[key] == nil {
			found[key] = &remit.StatisticsGroup{Finished: map[remit.JobState]int{}}
		}
		return found[key]
	}
	var key string
	var state remit.JobState
	var n int
	for _, q := range []struct {
		query string
		at    string
		into  []any
		take  func()
	}{
		{countSubmitted, "created_at", []any{&key, &n}, func() { of(key).Submitted = n }},
		{countFinished, "finished_at", []any{&key, &state, &n}, func() { of(key).Finished[state] = n }},
	} {
		query, args := c.within(r, q.query, in.By, q.at, in)
		err := db.Each(r, func(s db.Scanner) error {
			err := s.Scan(q.into...)
			q.take()
			return err
		}, query, args...)
		if err != nil {
			return nil, fmt.Errorf("counting jobs: %w", err)
		}
	}
	return found, nil
}

// total is all groups together.
func total(groups []remit.StatisticsGroup, times times) remit.StatisticsGroup {
	all := remit.StatisticsGroup{Finished: map[remit.JobState]int{}}
	for _, g := range groups {
		all.Submitted += g.Submitted
		for state, n := range g.Finished {
			all.Finished[state] += n
		}
	}
	all.Waiting, all.Running = times.allWaiting(), times.allRunning()
	return all
}

// word is what people call a group.
func (in Interval) word(r *gate.Reader, key string) string {
	width := map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour}[in.By]
	switch {
	case in.By == "owner":
		return r.UserName(remit.UserID(key))
	case width == 0:
		return key
	}
	n, _ := strconv.ParseInt(key, 10, 64)
	return time.UnixMicro(n * width.Microseconds()).UTC().Format(time.RFC3339)
}

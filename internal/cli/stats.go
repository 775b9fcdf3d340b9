package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) stats() *cobra.Command {
	var project, from, to, by, jobType string
	cmd := &cobra.Command{
		Use: "stats", Short: "Count jobs, and how long they waited and ran",
		Example: "  remit stats --project moths --by owner --from 2026-03-01\n  remit stats --by hour",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q := client.Query{"by": by, "type": jobType}
			for name, text := range map[string]string{"from": from, "to": to} {
				at, err := typedMoment(name, text)
				if err != nil {
					return err
				}
				if at != nil {
					q[name] = at.Format(time.RFC3339Nano)
				}
			}
			server, err := a.client()
			if err != nil {
				return err
			}
			found, err := server.Statistics(c.Context(), project, q)
			if err != nil {
				return err
			}
			return a.showStatistics(found)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&project, "project", "p", "", "of one project")
	f.StringVar(&from, "from", "", "from this moment on (default: a week before the end)")
	f.StringVar(&to, "to", "", "until this moment (default: now)")
	f.StringVar(&by, "by", "type", "type, owner, node, hour or day")
	f.StringVar(&jobType, "type", "", "of one job type")
	return cmd
}

func (a *app) showStatistics(s remit.Statistics) error {
	if a.json {
		return a.document(s)
	}
	a.tell("Jobs from %s until %s:", moment(&s.From), moment(&s.To))
	rows := s.Groups
	if s.Total.Key = "all"; !a.jsonl && len(rows) > 0 {
		rows = append(rows, s.Total)
	}
	type group = remit.StatisticsGroup
	count := func(states ...remit.JobState) func(group) string {
		return func(g group) string {
			n := 0
			for _, state := range states {
				n += g.Finished[state]
			}
			return fmt.Sprint(n)
		}
	}
	return list(a, remit.Page[group]{Items: rows},
		column[group]{s.By, func(g group) string { return first(g.Key, "-") }},
		column[group]{"SUBMITTED", func(g group) string { return fmt.Sprint(g.Submitted) }},
		column[group]{"SUCCEEDED", count(remit.JobSucceeded)},
		column[group]{"FAILED", count(remit.JobFailed)},
		column[group]{"CANCELLED", count(remit.JobCancelled)},
		column[group]{"WAITED (50, 90, 99 %)", func(g group) string { return durationsText(g.Waiting) }},
		column[group]{"RAN (50, 90, 99 %)", func(g group) string { return durationsText(g.Running) }},
	)
}

func durationsText(d *remit.Durations) string {
	if d == nil {
		return "-"
	}
	text := func(s float64) string {
		return time.Duration(s * float64(time.Second)).Round(10 * time.Millisecond).String()
	}
	return text(d.MedianS) + ", " + text(d.P90S) + ", " + text(d.P99S)
}

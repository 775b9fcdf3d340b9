package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) status() *cobra.Command {
	var all, watch, steps bool
	var limit int
	var project, state string
	cmd := &cobra.Command{
		Use:   "status [JOB]",
		Short: "Show my jobs, all jobs that I may see, or one job by its id or name",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			server, err := a.client()
			if err != nil {
				return err
			}
			show := func() error {
				if len(args) == 1 {
					return a.showJob(c, server, project, args[0])
				}
				q := client.Query{"project": project, "state": state, "limit": fmt.Sprint(limit), "owner": "me"}
				if steps {
					q["steps"] = "true"
				}
				if all {
					delete(q, "owner")
				}
				return a.showJobs(c, server, q)
			}
			for {
				if err := show(); err != nil || !watch {
					return err
				}
				select {
				case <-c.Context().Done():
					return nil
				case <-time.After(2 * time.Second):
				}
				fmt.Fprintln(a.Out)
			}
		},
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "everybody's jobs, where permitted")
	f.BoolVar(&steps, "steps", false, "the steps of workflows as well")
	f.BoolVar(&watch, "watch", false, "show again every two seconds")
	f.IntVar(&limit, "limit", 20, "how many at most")
	f.StringVarP(&project, "project", "p", "", "of one project")
	f.StringVar(&state, "state", "", "in one state")
	return cmd
}

// shownAs is who lists look for: somebody's name, or whom they look as.
func (a *app) shownAs(name string) string {
	if a.as != "" {
		return strings.TrimPrefix(a.as, "user:")
	}
	return name
}

func (a *app) showJobs(c *cobra.Command, server *client.Client, q client.Query) error {
	if q["owner"] == "me" {
		me, err := server.Me(c.Context())
		if err != nil {
			return err
		}
		if me.User == nil {
			delete(q, "owner")
		} else {
			a.tell("Jobs of %s:", a.shownAs(me.User.Name))
		}
	}
	page, err := server.Jobs(c.Context(), q)
	if err != nil {
		return err
	}
	columns := []column[remit.Job]{
		{"JOB", func(j remit.Job) string { return string(j.ID) }},
		{"PROJECT", func(j remit.Job) string { return j.Project }},
		{"TYPE", func(j remit.Job) string { return j.Type }},
		{"NAME", func(j remit.Job) string { return j.Name }},
		{"STATE", func(j remit.Job) string { return string(j.State) }},
		{"DONE", func(j remit.Job) string { return fmt.Sprintf("%.0f %%", 100*j.Progress.Fraction) }},
		{"OWNER", func(j remit.Job) string { return j.Owner }},
		{"CREATED", func(j remit.Job) string { return moment(&j.CreatedAt) }},
	}
	if q["steps"] == "true" {
		columns = append(columns,
			column[remit.Job]{"STEP", func(j remit.Job) string { return j.Step }},
			column[remit.Job]{"WORKFLOW", func(j remit.Job) string { return string(j.Parent) }})
	}
	return list(a, page, columns...)
}

func (a *app) showJob(c *cobra.Command, server *client.Client, project, ref string) error {
	job, err := server.JobIn(c.Context(), project, ref)
	if err != nil {
		return err
	}
	return one(a, job, func(j remit.Job) {
		rows := [][2]string{{"job", string(j.ID)}, {"project", j.Project}, {"type", j.Type}, {"name", j.Name}, {"state", string(j.State)},
			{"held", j.Held}, {"owner", j.Owner}, {"runner", j.Runner}, {"on", string(j.On.File) + string(j.On.Collection)},
			{"params", string(j.Params)}, {"secrets", strings.Join(j.SecretParams, " ")}, {"args", fmt.Sprintf("%q", j.Args)}, {"attempt", attemptText(j)},
			{"node", j.Node}, {"progress", fmt.Sprintf("%.0f %% %s", 100*j.Progress.Fraction, stageNow(j))},
			{"needs", jobIDs(j.Needs)}, {"result", string(j.Result)}, {"error", j.Error}, {"from", string(j.RequeuedFrom)}, {"workflow", string(j.Parent)}, {"step", j.Step},
			{"created", moment(&j.CreatedAt)}, {"started", moment(j.StartedAt)}, {"finished", moment(j.FinishedAt)}, {"expires", moment(j.ExpiresAt)}, {"expired", moment(j.ExpiredAt)}}
		for _, row := range rows {
			if row[1] != "" && row[1] != "-" && row[1] != "[]" {
				a.say("%-9s %s", row[0], printable(row[1]))
			}
		}
		a.saySteps(j.Steps)
	})
}

// attemptText is nothing before the first one.
func attemptText(j remit.Job) string {
	if j.Attempt == 0 {
		return ""
	}
	return fmt.Sprintf("%d of at most %d", j.Attempt, j.MaxAttempts)
}

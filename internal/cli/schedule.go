package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) schedule() *cobra.Command {
	cmd := &cobra.Command{Use: "schedule", Short: "Jobs that are made again and again, at set times"}
	cmd.AddCommand(a.scheduleList(), a.scheduleShow(), a.scheduleCreate(), a.scheduleUpdate(), a.schedulePause(true), a.schedulePause(false),
		a.scheduleRun(), a.scheduleHistory(), a.scheduleDelete())
	return cmd
}

func (a *app) scheduleList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the schedules of a project", Args: cobra.NoArgs}
	query := limited(cmd)
	project := cmd.Flags().StringP("project", "p", "", "project (default: $REMIT_PROJECT, or the only one)")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		slug, err := a.chosen(c.Context(), server, *project)
		if err != nil {
			return err
		}
		page, err := server.Schedules(c.Context(), slug, query())
		if err != nil {
			return err
		}
		type row = remit.Schedule
		return list(a, page,
			column[row]{"SCHEDULE", func(s row) string { return string(s.ID) }},
			column[row]{"TITLE", func(s row) string { return s.Title }},
			column[row]{"TYPE", func(s row) string { return s.Job.Type }},
			column[row]{"CRON", func(s row) string { return s.Cron }},
			column[row]{"ZONE", func(s row) string { return s.Zone }},
			column[row]{"OWNER", func(s row) string { return s.Owner }},
			column[row]{"NEXT", nextText},
		)
	})
	return cmd
}

// nextText is when it fires, or why it does not.
func nextText(s remit.Schedule) string {
	switch {
	case s.Paused:
		return "paused"
	case s.Held != "":
		return s.Held
	case len(s.Next) == 0:
		return "-"
	}
	return inZone(s, s.Next[0])
}

// inZone is a time as the schedule's clocks show it.
func inZone(s remit.Schedule, t time.Time) string {
	if zone, err := time.LoadLocation(s.Zone); err == nil {
		t = t.In(zone)
	}
	return t.Format("2006-01-02 15:04 MST")
}

func (a *app) scheduleShow() *cobra.Command {
	return &cobra.Command{Use: "show SCHEDULE", Short: "Show a schedule and when it fires next", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			s, err := server.Schedule(c.Context(), remit.ScheduleID(args[0]))
			if err != nil {
				return err
			}
			return one(a, s, a.saySchedule)
		})}
}

func (a *app) saySchedule(s remit.Schedule) {
	rows := [][2]string{{"schedule", string(s.ID)}, {"title", s.Title}, {"project", s.Project}, {"owner", s.Owner}, {"cron", s.Cron}, {"zone", s.Zone},
		{"type", s.Job.Type}, {"name", s.Job.Name}, {"on", string(s.Job.On.File) + string(s.Job.On.Collection)}, {"params", string(s.Job.Params)},
		{"args", strings.Join(s.Job.Args, " ")}, {"missed", string(s.Missed)}, {"overlap", string(s.Overlap)}, {"held", s.Held}}
	if s.Paused {
		rows = append(rows, [2]string{"paused", "yes"})
	}
	for _, t := range s.Next {
		rows = append(rows, [2]string{"next", inZone(s, t)})
	}
	for _, row := range rows {
		if row[1] != "" {
			a.say("%-9s %s", row[0], printable(row[1]))
		}
	}
}

// scheduled are the flags of what a schedule does.
type scheduled struct {
	title, cron, zone, missed, overlap string
	onThing, name                      string
	sets                               []string
	priority                           int
}

func scheduling(cmd *cobra.Command) *scheduled {
	s, f := &scheduled{}, cmd.Flags()
	f.StringVar(&s.title, "title", "", "a title for people")
	f.StringVar(&s.cron, "cron", "", "minute, hour, day of the month, month, day of the week: \"30 2 * * 1-5\"; or @hourly, @daily, @weekly, @monthly, @yearly")
	f.StringVar(&s.zone, "zone", "", "the time zone that is meant, such as Europe/Berlin (default UTC)")
	f.StringVar(&s.missed, "missed", "", "what was missed while no server was there: skip (default), or once to make up for it")
	f.StringVar(&s.overlap, "overlap", "", "while a job of it has not ended: allow another (default), skip, or replace")
	f.StringVar(&s.onThing, "on", "", "id of the file or collection that its jobs are on")
	f.StringVar(&s.name, "name", "", "a name for its jobs; {date} and {time} are those of the firing")
	f.StringArrayVar(&s.sets, "set", nil, "a parameter, "+setHelp)
	f.IntVar(&s.priority, "priority", 0, "higher goes first")
	return s
}

func (a *app) scheduleCreate() *cobra.Command {
	cmd := &cobra.Command{Use: "create TYPE --cron EXPRESSION [-- ARGS…]", Short: "Make a schedule of mine: its jobs are mine, by the rights that I have then", Args: cobra.MinimumNArgs(1),
		Example: "  remit schedule create scan -p moths --cron \"30 2 * * *\" --zone Europe/Berlin --overlap skip"}
	s := scheduling(cmd)
	project := cmd.Flags().StringP("project", "p", "", "project (default: $REMIT_PROJECT, or the only one)")
	paused := cmd.Flags().Bool("paused", false, "make it without starting it")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		job, err := specOf(args, s.name, s.onThing, s.sets, s.priority)
		if err != nil {
			return err
		}
		slug, err := a.chosen(c.Context(), server, *project)
		if err != nil {
			return err
		}
		if job.Params, err = paramsFor(c.Context(), server, slug, job.Type, s.sets); err != nil {
			return err
		}
		made, err := server.CreateSchedule(c.Context(), slug, client.NewSchedule{Title: s.title, Cron: s.cron, Zone: s.zone, Job: job,
			Missed: remit.MissedPolicy(s.missed), Overlap: remit.OverlapPolicy(s.overlap), Paused: *paused})
		if err != nil {
			return err
		}
		return one(a, made, a.saySchedule)
	})
	return cmd
}

func (a *app) scheduleUpdate() *cobra.Command {
	cmd := &cobra.Command{Use: "update SCHEDULE [-- ARGS…]", Short: "Change a schedule of mine; what is omitted is kept", Args: cobra.MinimumNArgs(1),
		Example: "  remit schedule update schedule_01… --cron @daily"}
	s := scheduling(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		id := remit.ScheduleID(args[0])
		p, err := s.patch(c, server, id, args[1:])
		if err != nil {
			return err
		}
		now, err := server.UpdateSchedule(c.Context(), id, p)
		if err != nil {
			return err
		}
		return one(a, now, a.saySchedule)
	})
	return cmd
}

// patch is what was typed; of the job the rest is kept.
func (s *scheduled) patch(c *cobra.Command, server *client.Client, id remit.ScheduleID, args []string) (p client.SchedulePatch, err error) {
	typed := c.Flags().Changed
	if typed("title") {
		p.Title = &s.title
	}
	if typed("cron") {
		p.Cron = &s.cron
	}
	if typed("zone") {
		p.Zone = &s.zone
	}
	if typed("missed") {
		p.Missed = (*remit.MissedPolicy)(&s.missed)
	}
	if typed("overlap") {
		p.Overlap = (*remit.OverlapPolicy)(&s.overlap)
	}
	if !typed("on") && !typed("name") && !typed("set") && !typed("priority") && c.ArgsLenAtDash() < 0 {
		return p, nil
	}
	now, err := server.Schedule(c.Context(), id)
	if err != nil {
		return p, err
	}
	fresh, err := specOf(append([]string{now.Job.Type}, args...), cleared(s.name), s.onThing, s.sets, s.priority)
	if err == nil {
		fresh.Params, err = paramsFor(c.Context(), server, now.Project, now.Job.Type, s.sets)
	}
	p.Job = &now.Job
	if typed("on") {
		p.Job.On = fresh.On
	}
	if typed("name") {
		p.Job.Name = fresh.Name
	}
	if typed("set") {
		p.Job.Params = fresh.Params
	}
	if typed("priority") {
		p.Job.Priority = fresh.Priority
	}
	if c.ArgsLenAtDash() >= 0 {
		p.Job.Args = fresh.Args
	}
	return p, err
}

func (a *app) schedulePause(paused bool) *cobra.Command {
	cmd := &cobra.Command{Use: "pause SCHEDULE", Short: "Let a schedule rest", Args: cobra.ExactArgs(1)}
	if !paused {
		cmd.Use, cmd.Short = "resume SCHEDULE", "Let a paused schedule of mine go on; what was due meanwhile is let go"
	}
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		s, err := server.UpdateSchedule(c.Context(), remit.ScheduleID(args[0]), client.SchedulePatch{Paused: &paused})
		if err != nil {
			return err
		}
		return one(a, s, func(s remit.Schedule) { a.say("%s  %s", s.ID, nextText(s)) })
	})
	return cmd
}

func (a *app) scheduleRun() *cobra.Command {
	var w waiting
	cmd := &cobra.Command{Use: "run SCHEDULE", Short: "Make and start its job now, as mine", Args: cobra.ExactArgs(1)}
	w.flags(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		job, err := server.RunSchedule(c.Context(), remit.ScheduleID(args[0]))
		if err != nil {
			return err
		}
		return a.queued(c.Context(), server, job, w)
	})
	return cmd
}

func (a *app) scheduleHistory() *cobra.Command {
	cmd := &cobra.Command{Use: "history SCHEDULE", Short: "List what came of its times, the latest first", Args: cobra.ExactArgs(1)}
	query := limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		page, err := server.Firings(c.Context(), remit.ScheduleID(args[0]), query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Firing]{"DUE", func(f remit.Firing) string { return moment(&f.DueAt) }},
			column[remit.Firing]{"OUTCOME", func(f remit.Firing) string { return string(f.Outcome) }},
			column[remit.Firing]{"JOB", func(f remit.Firing) string { return string(f.Job) }},
			column[remit.Firing]{"BY", func(f remit.Firing) string { return f.By }},
			column[remit.Firing]{"REASON", func(f remit.Firing) string { return f.Reason }},
		)
	})
	return cmd
}

func (a *app) scheduleDelete() *cobra.Command {
	return &cobra.Command{Use: "delete SCHEDULE", Short: "Delete a schedule; its jobs stay", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			return server.DeleteSchedule(c.Context(), remit.ScheduleID(args[0]))
		})}
}

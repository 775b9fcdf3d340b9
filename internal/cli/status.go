package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) status() *cobra.Command {
	var all, watch bool
	var limit int
	var project, state string
	cmd := &cobra.Command{
		Use:   "status [JOB]",
		Short: "Show my jobs, all jobs that I may see, or one job",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			server, err := a.client()
			if err != nil {
				return err
			}
			show := func() error {
				if len(args) == 1 {
					return a.showJob(c, server, args[0])
				}
				q := client.Query{"project": project, "state": state, "limit": fmt.Sprint(limit), "owner": "me"}
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
	f.BoolVar(&watch, "watch", false, "show again every two seconds")
	f.IntVar(&limit, "limit", 20, "how many at most")
	f.StringVarP(&project, "project", "p", "", "of one project")
	f.StringVar(&state, "state", "", "in one state")
	return cmd
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
			a.tell("Jobs of %s:", me.User.Name)
		}
	}
	page, err := server.Jobs(c.Context(), q)
	if err != nil {
		return err
	}
	return list(a, page,
		column[remit.Job]{"JOB", func(j remit.Job) string { return string(j.ID) }},
		column[remit.Job]{"PROJECT", func(j remit.Job) string { return j.Project }},
		column[remit.Job]{"TYPE", func(j remit.Job) string { return j.Type }},
		column[remit.Job]{"NAME", func(j remit.Job) string { return j.Name }},
		column[remit.Job]{"STATE", func(j remit.Job) string { return string(j.State) }},
		column[remit.Job]{"DONE", func(j remit.Job) string { return fmt.Sprintf("%.0f %%", 100*j.Progress.Fraction) }},
		column[remit.Job]{"OWNER", func(j remit.Job) string { return j.Owner }},
		column[remit.Job]{"CREATED", func(j remit.Job) string { return moment(&j.CreatedAt) }},
	)
}

func (a *app) showJob(c *cobra.Command, server *client.Client, ref string) error {
	job, err := server.Job(c.Context(), ref)
	if err != nil {
		return err
	}
	return one(a, job, func(j remit.Job) {
		rows := [][2]string{{"job", string(j.ID)}, {"project", j.Project}, {"type", j.Type}, {"name", j.Name}, {"state", string(j.State)},
			{"held", j.Held}, {"owner", j.Owner}, {"runner", j.Runner}, {"on", string(j.On.File) + string(j.On.Collection)},
			{"params", string(j.Params)}, {"args", fmt.Sprintf("%q", j.Args)}, {"attempt", fmt.Sprintf("%d of at most %d", j.Attempt, j.MaxAttempts)},
			{"node", j.Node}, {"progress", fmt.Sprintf("%.0f %% %s", 100*j.Progress.Fraction, stageText(j.Progress))},
			{"result", string(j.Result)}, {"error", j.Error}, {"from", string(j.RequeuedFrom)},
			{"created", moment(&j.CreatedAt)}, {"started", moment(j.StartedAt)}, {"finished", moment(j.FinishedAt)}}
		for _, row := range rows {
			if row[1] != "" && row[1] != "-" && row[1] != "[]" {
				a.say("%-9s %s", row[0], printable(row[1]))
			}
		}
	})
}

func (a *app) logs() *cobra.Command {
	var follow bool
	var attempt int
	cmd := &cobra.Command{
		Use: "logs JOB", Short: "Print a job's log", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			server, err := a.client()
			if err != nil {
				return err
			}
			job, err := find(c.Context(), server, args[0])
			if err != nil {
				return err
			}
			text, err := server.Log(c.Context(), job.ID, attempt, follow)
			if err != nil {
				return err
			}
			defer text.Close()
			_, err = io.Copy(a.Out, text)
			if c.Context().Err() != nil {
				a.tell("The job goes on; see it with `remit status %s`.", job.ID)
			}
			return err
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the job has finished")
	cmd.Flags().IntVar(&attempt, "attempt", 0, "of one attempt (default: the latest)")
	return cmd
}

func (a *app) artifacts() *cobra.Command {
	var dir string
	var attempt int
	cmd := &cobra.Command{
		Use: "artifacts JOB", Short: "List what a job made, or get it all", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			server, err := a.client()
			if err != nil {
				return err
			}
			job, err := server.Job(c.Context(), args[0])
			if err != nil {
				return err
			}
			page, err := server.Artifacts(c.Context(), job.ID, attempt)
			if err != nil {
				return err
			}
			if dir != "" {
				return a.fetchAll(c, server, job, page.Items, dir)
			}
			return list(a, page,
				column[remit.Artifact]{"NAME", func(x remit.Artifact) string { return x.Name }},
				column[remit.Artifact]{"SIZE", func(x remit.Artifact) string { return bytesText(x.Size) }},
				column[remit.Artifact]{"TYPE", func(x remit.Artifact) string { return x.MediaType }},
				column[remit.Artifact]{"SHA-256", func(x remit.Artifact) string { return x.SHA256 }},
			)
		},
	}
	cmd.Flags().StringVar(&dir, "get", "", "download everything into this directory, with a job.json")
	cmd.Flags().IntVar(&attempt, "attempt", 0, "of one attempt (default: the one whose result counts)")
	return cmd
}

// fetchAll writes the artifacts into dir and nowhere else, whatever their names say.
func (a *app) fetchAll(c *cobra.Command, server *client.Client, job remit.Job, made []remit.Artifact, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, x := range made {
		if err := fetch(c, server, job.ID, x, root); err != nil {
			return fmt.Errorf("getting %s: %w", x.Name, err)
		}
		a.tell("%s", filepath.Join(dir, filepath.FromSlash(x.Name)))
	}
	description, err := root.Create("job.json")
	if err != nil {
		return err
	}
	defer description.Close()
	return (&app{Streams: Streams{Out: description}}).document(job)
}

func fetch(c *cobra.Command, server *client.Client, id remit.JobID, x remit.Artifact, root *os.Root) error {
	body, err := server.OpenArtifact(c.Context(), id, x.Attempt, x.Name)
	if err != nil {
		return err
	}
	defer body.Close()
	name := filepath.FromSlash(x.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.Create(name)
	if err != nil {
		return err
	}
	if _, err = io.Copy(f, body); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

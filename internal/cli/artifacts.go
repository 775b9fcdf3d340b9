package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) artifacts() *cobra.Command {
	var dir, file string
	var attempt int
	var project string
	var force bool
	cmd := &cobra.Command{
		Use: "artifacts JOB", Short: "List what a job made, or get it all",
		Long: `List what a job made, or get it all with --get DIR, along with a description of
the job: job.json, or remit-job.json when an artifact has that name.

Files that are there already are not replaced, unless DIR holds an earlier
download of the same job, or with --force.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			server, err := a.client()
			if err != nil {
				return err
			}
			job, err := server.JobIn(c.Context(), project, args[0])
			if err != nil {
				return err
			}
			if file != "" {
				return a.fetchZip(c, server, job.ID, attempt, file, force)
			}
			page, err := server.Artifacts(c.Context(), job.ID, attempt)
			if err != nil {
				return err
			}
			if len(job.Steps) > 0 && len(page.Items) == 0 {
				a.tellOfSteps("artifacts", "artifacts", job)
			}
			if dir != "" && goneSince(job, page.Items) != nil {
				return tellGone(job, page.Items)
			}
			if dir != "" {
				return a.fetchAll(c, server, job, page.Items, dir, force)
			}
			return a.listArtifacts(job, page)
		},
	}
	cmd.Flags().StringVar(&dir, "get", "", "download everything into this directory, with a description of the job")
	cmd.Flags().StringVar(&file, "zip", "", "download everything into this file as one ZIP; - for standard output")
	cmd.MarkFlagsMutuallyExclusive("get", "zip")
	cmd.Flags().BoolVar(&force, "force", false, "replace files that are there already")
	cmd.Flags().StringVarP(&project, "project", "p", "", "of this project, for a name")
	cmd.Flags().IntVar(&attempt, "attempt", 0, "of one attempt (default: the one whose result counts)")
	return cmd
}

// fetchAll writes the artifacts into dir and nowhere else, whatever their
// names say. The description goes first: a download that broke off can be
// repeated.
func (a *app) fetchAll(c *cobra.Command, server *client.Client, job remit.Job, made []remit.Artifact, dir string, force bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	description := descriptionName(made)
	if !force && !describes(root, description, job.ID) {
		if err := allNew(root, dir, description, made); err != nil {
			return err
		}
	}
	if err := describe(root, description, described{job, server.URL("")}); err != nil {
		return fmt.Errorf("writing %s: %w", description, err)
	}
	for _, x := range made {
		if err := fetch(c, server, job.ID, x, root); err != nil {
			return fmt.Errorf("getting %s: %w", x.Name, err)
		}
		a.tell("%s", printable(filepath.Join(dir, filepath.FromSlash(x.Name))))
	}
	return nil
}

// descriptionName is a name at the top that no artifact has.
func descriptionName(made []remit.Artifact) string {
	name := "job.json"
	for slices.ContainsFunc(made, func(x remit.Artifact) bool {
		top, _, _ := strings.Cut(x.Name, "/")
		return top == name
	}) {
		name = "remit-" + name
	}
	return name
}

// describes says whether an earlier download of the job left its description.
func describes(root *os.Root, name string, id remit.JobID) bool {
	var before struct {
		ID remit.JobID `json:"id"`
	}
	data, err := root.ReadFile(name)
	return err == nil && json.Unmarshal(data, &before) == nil && before.ID == id
}

func allNew(root *os.Root, dir, description string, made []remit.Artifact) error {
	names := []string{description}
	for _, x := range made {
		names = append(names, filepath.FromSlash(x.Name))
	}
	for _, name := range names {
		if _, err := root.Lstat(name); err == nil {
			return remit.Errorf(remit.Conflict, "%s is there already", filepath.Join(dir, name)).
				WithHint("Choose another directory, or replace it with --force.")
		}
	}
	return nil
}

// described is a job with the server that it is on.
type described struct {
	remit.Job
	Server string `json:"server"`
}

func describe(root *os.Root, name string, job described) error {
	f, err := root.Create(name)
	if err != nil {
		return err
	}
	return errors.Join((&app{Streams: Streams{Out: f}}).document(job), f.Close())
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

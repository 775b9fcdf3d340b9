package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) can() *cobra.Command {
	cmd, question := asking("can [USER] PERMISSION", "Ask whether something is permitted; exit 0 for yes, 1 for no",
		"  remit can job:run.ml --project moths\n  remit can bob job:cancel --on job_01…")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		q, err := question(a, args)
		if err != nil {
			return err
		}
		verdict, err := server.Check(c.Context(), q)
		if err != nil {
			return err
		}
		if err := one(a, verdict, func(v client.Verdict) { a.say("%s", verdictText(v, q.On != nil || q.Job != "")) }); err != nil {
			return err
		}
		if !verdict.Allowed {
			return errNo
		}
		return nil
	})
	return cmd
}

func (a *app) why() *cobra.Command {
	cmd, question := asking("why [USER] PERMISSION", "Ask why something is permitted or not, and what would change that",
		"  remit why job:run.ml --project moths\n  remit why bob file:download --on file_01…")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		q, err := question(a, args)
		if err != nil {
			return err
		}
		x, err := server.Explain(c.Context(), q)
		if err != nil {
			return err
		}
		return one(a, x, func(x remit.Explanation) {
			for line := range strings.Lines(x.Text) {
				a.say("%s", printable(strings.TrimSuffix(line, "\n")))
			}
		})
	})
	return cmd
}

// tellWhy says what a refusal rests on, or how to ask for that.
func (a *app) tellWhy(x *remit.Explanation) {
	switch {
	case x == nil:
	case a.verbose:
		for line := range strings.Lines(x.Text) {
			a.tell("%s", printable(strings.TrimSuffix(line, "\n")))
		}
	case x.Rule == "R5" && x.Thing != "" && (strings.HasSuffix(x.Permission, ":read") || strings.HasSuffix(x.Permission, ":read_private")):
		// a key that may not look at the thing is told no more of it
	default:
		command := whyCommand(x)
		if a.as != "" {
			command += " --as " + a.as
		}
		a.tell("hint: `%s` tells why.", printable(command))
	}
}

// whyCommand is the command that explains the same.
func whyCommand(x *remit.Explanation) string {
	command := "remit why " + x.Permission
	if q := new(client.Question); x.Thing != "" && aim(q, x.Thing) == nil {
		return command + " --on " + x.Thing
	}
	if x.Project != "" {
		return command + " --project " + x.Project
	}
	return command
}

// asking is a command that puts a question about rights, without its work.
func asking(use, short, example string) (cmd *cobra.Command, question func(a *app, args []string) (client.Question, error)) {
	var project, onThing string
	cmd = &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.RangeArgs(1, 2)}
	cmd.Flags().StringVarP(&project, "project", "p", "", "in this project (default: $REMIT_PROJECT, else the site)")
	cmd.Flags().StringVar(&onThing, "on", "", "on this file, collection or job")
	return cmd, func(a *app, args []string) (q client.Question, err error) {
		q.Permission, q.Project = args[len(args)-1], first(project, a.Env("REMIT_PROJECT"))
		if len(args) == 2 {
			q.User = args[0]
		}
		if cmd.Flags().Changed("on") {
			err = aim(&q, onThing)
		}
		return q, err
	}
}

// aim puts the thing asked about into the question.
func aim(q *client.Question, thing string) error {
	switch {
	case remit.IsID[remit.JobID](thing):
		q.Job = remit.JobID(thing)
	case remit.IsID[remit.FileID](thing):
		q.On = &remit.On{File: remit.FileID(thing)}
	case remit.IsID[remit.CollectionID](thing):
		q.On = &remit.On{Collection: remit.CollectionID(thing)}
	default:
		return remit.Errorf(remit.Invalid, "--on is %q; it takes the id of a file, a collection or a job", thing)
	}
	return nil
}

func verdictText(v client.Verdict, thing bool) string {
	word := "no"
	if v.Allowed {
		word = "yes"
	}
	parts := []string{word}
	if !thing && v.Own != v.Others {
		parts = append(parts, map[bool]string{true: "on own things only", false: "on others' things only"}[v.Own])
	}
	parts = append(parts, "("+v.Rule+")")
	if v.Reason != "" {
		parts = append(parts, printable(v.Reason))
	}
	return strings.Join(parts, " ")
}

package cli

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// many are the flags of commands that take jobs by a filter as well.
type many struct {
	filter      string
	yes, dryRun bool
}

func (m *many) flags(cmd *cobra.Command) *cobra.Command {
	f := cmd.Flags()
	f.StringVar(&m.filter, "filter", "", "all jobs that fit: state=, type=, owner= (or me), project=, name= (with * at its end), older= (7d, 12h), file=, collection=; with commas between")
	f.BoolVarP(&m.yes, "yes", "y", false, "with --filter: do it without asking")
	f.BoolVar(&m.dryRun, "dry-run", false, "with --filter: only say what it would do")
	return cmd
}

// check holds that jobs are named in one of the two ways.
func (m *many) check(args []string) error {
	switch {
	case m.filter == "" && len(args) == 0:
		return usage("no job is named; name jobs, or give a --filter")
	case m.filter != "" && len(args) > 0:
		return usage("name jobs or give a --filter, not both")
	case m.filter == "" && (m.yes || m.dryRun):
		return usage("--yes and --dry-run go with --filter")
	}
	return nil
}

// filterOf reads "state=queued,type=render".
func filterOf(text string) (f remit.JobFilter, err error) {
	fields := map[string]*string{"project": &f.Project, "owner": &f.Owner, "state": (*string)(&f.State), "type": &f.Type, "name": &f.Name,
		"older": &f.Older, "file": (*string)(&f.File), "collection": (*string)(&f.Collection)}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		field, known := fields[name]
		switch {
		case !known:
			return f, usage("--filter has no %q; it takes %s", name, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		case value == "":
			return f, usage("--filter: %s has no value", name)
		case *field != "":
			return f, usage("--filter names %s twice", name)
		}
		*field = value
	}
	return f, nil
}

// bulk shows what an action on many jobs would do, asks, and does it.
func (a *app) bulk(ctx context.Context, server *client.Client, action string, m many) error {
	filter, err := filterOf(m.filter)
	if err != nil {
		return err
	}
	plan, err := server.Bulk(ctx, client.Bulk{Action: action, Filter: filter, DryRun: true})
	if err != nil {
		return err
	}
	if m.dryRun || plan.Jobs == 0 && (a.json || a.jsonl) {
		return one(a, plan, func(r remit.BulkReport) { a.planned(a.say, r) })
	}
	a.planned(a.tell, plan)
	if plan.Jobs == 0 {
		return nil
	}
	if err := a.confirmed(m.yes, fmt.Sprintf("%s %s?", action, jobsText(plan.Jobs))); err != nil {
		return err
	}
	done, err := server.Bulk(ctx, client.Bulk{Action: action, Filter: filter, Expect: plan.Version})
	if remit.CodeOf(err) == "changed" {
		return remit.Errorf(remit.Conflict, "the jobs have changed since they were shown; nothing was done").WithCode("changed").
			WithHint("Do it again and look anew; single jobs are named by their ids.")
	}
	if err != nil {
		return err
	}
	return a.finished(done)
}

// planned tells what an action would do.
func (a *app) planned(say func(string, ...any), r remit.BulkReport) {
	say("would %s %s%s", r.Action, jobsText(r.Jobs), statesText(r.States))
	for _, id := range r.First {
		say("  %s", id)
	}
	if rest := r.Jobs - len(r.First); rest > 0 {
		say("  and %d more", rest)
	}
	a.leftOut(say, r)
}

func (a *app) leftOut(say func(string, ...any), r remit.BulkReport) {
	for _, left := range []struct {
		n   int
		why string
	}{{sum(r.Unfit), "whose state does not take it" + statesText(r.Unfit)}, {r.Refused, "that you may not " + r.Action}, {r.Changed, "that changed in between"}} {
		if left.n > 0 {
			say("leaves out %s %s", jobsText(left.n), left.why)
		}
	}
	for _, f := range r.Failed {
		say("failed %s: %s", f.Job, f.Detail)
	}
	if r.More {
		say("more jobs fit the filter than one call takes; do it again for the rest")
	}
}

// finished tells what an action did; jobs that failed are an exit code of 1.
func (a *app) finished(r remit.BulkReport) error {
	err := one(a, r, func(r remit.BulkReport) {
		a.say("%s: %s%s", r.Action, jobsText(r.Jobs), statesText(r.States))
		a.leftOut(a.tell, r)
	})
	if err == nil && len(r.Failed) > 0 {
		return errNo
	}
	return err
}

// confirmed asks on a terminal; elsewhere --yes says it.
func (a *app) confirmed(yes bool, question string) error {
	if yes {
		return nil
	}
	if f, ok := a.In.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return remit.Errorf(remit.Invalid, "nobody is there to be asked").WithHint("Add --yes to do it, or --dry-run to look only.")
	}
	fmt.Fprintf(a.Err, "%s [y/N] ", question)
	line, _ := bufio.NewReader(a.In).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		a.tell("Nothing was done.")
		return errNo
	}
	return nil
}

func jobsText(n int) string {
	if n == 1 {
		return "1 job"
	}
	return fmt.Sprintf("%d jobs", n)
}

func statesText(states map[remit.JobState]int) string {
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(states)) {
		parts = append(parts, fmt.Sprintf("%d %s", states[state], state))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func sum(states map[remit.JobState]int) (n int) {
	for _, count := range states {
		n += count
	}
	return n
}

func (a *app) deleteJobs() *cobra.Command {
	var m many
	return m.flags(&cobra.Command{
		Use: "delete JOB…|--filter FILTER", Short: "Delete finished jobs with their logs and artifacts",
		Example: "  remit delete --filter owner=me,state=failed,older=30d",
		RunE: func(c *cobra.Command, args []string) error {
			if err := m.check(args); err != nil {
				return err
			}
			server, err := a.client()
			if err != nil {
				return err
			}
			if m.filter != "" {
				return a.bulk(c.Context(), server, "delete", m)
			}
			return a.deleteEach(c.Context(), server, args)
		},
	})
}

// deleteEach deletes jobs until one cannot be; those before it are gone and said.
func (a *app) deleteEach(ctx context.Context, server *client.Client, refs []string) error {
	type deleted struct {
		ID remit.JobID `json:"deleted"`
	}
	gone := remit.Page[deleted]{Items: []deleted{}}
	var failed error
	for _, ref := range refs {
		job, err := findLive(ctx, server, ref)
		if err == nil {
			err = server.DeleteJob(ctx, job.ID)
		}
		if err != nil {
			failed = err
			break
		}
		if gone.Items = append(gone.Items, deleted{job.ID}); !a.json && !a.jsonl {
			a.say("%s  deleted", job.ID)
		}
	}
	if a.json || a.jsonl {
		return cmp.Or(failed, list(a, gone))
	}
	return failed
}

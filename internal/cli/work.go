package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) queue() *cobra.Command {
	var project, onThing, name, key string
	var sets, needs []string
	var noStart bool
	var w waiting
	var priority int
	var secrets secretParams
	var batch *string
	var checkBatch func() error
	cmd := &cobra.Command{
		Use:     "queue TYPE [-- ARGS…]",
		Short:   "Make a job and start it",
		Example: "  remit queue ml --project moths --on file_01… -- --threshold 7\n  remit queue scan --project moths --wait",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			server, err := a.client()
			if err == nil {
				err = w.check(noStart)
			}
			if err == nil {
				err = checkBatch()
			}
			if err != nil {
				return err
			}
			if c.Flags().Changed("on") && onThing == "" {
				return usage("--on names nothing; leave it out for a job on nothing")
			}
			spec, err := specOf(args, name, onThing, sets, priority)
			if err != nil {
				return err
			}
			if spec.Needs, err = neededJobs(needs); err != nil {
				return err
			}
			spec.Start = !noStart
			if project, err = a.chosen(c.Context(), server, project); err != nil {
				return err
			}
			if spec.Params, err = paramsFor(c.Context(), server, project, spec.Type, sets); err != nil {
				return err
			}
			if err := secrets.check(c.Context(), server, project, spec.Type); err != nil {
				return err
			}
			if spec.Params, err = secrets.into(spec.Params); err != nil {
				return err
			}
			if *batch != "" {
				return a.queueBatch(c.Context(), server, project, *batch, spec)
			}
			job, err := submitted(c.Context(), server, project, spec, key)
			if err != nil && c.Context().Err() != nil {
				a.tell("The job may have been made before the interrupt; `remit status` shows it.")
			}
			if err != nil {
				return err
			}
			return a.queued(c.Context(), server, job, w)
		},
	}
	secrets = a.secretFlag(cmd)
	batch, checkBatch = batchFlag(cmd)
	f := cmd.Flags()
	f.StringVarP(&project, "project", "p", "", "project (default: $REMIT_PROJECT, or the only one)")
	f.StringVar(&onThing, "on", "", "id of the file or collection that the job is on")
	f.StringVar(&name, "name", "", "a name for the job")
	f.StringArrayVar(&sets, "set", nil, "a parameter, "+setHelp)
	f.IntVar(&priority, "priority", 0, "higher goes first; above 0 takes job:priority.10 (up to 10), job:priority.50 or job:priority (up to 100)")
	f.StringSliceVar(&needs, "needs", nil, "a job that must have succeeded before, by its id or the name of a live job of mine")
	f.BoolVar(&noStart, "no-start", false, "make the job only; somebody may run it later")
	w.flags(cmd)
	f.StringVar(&key, "idempotency-key", "", "a key of your own: typed again within 24 hours, the same job")
	return cmd
}

func submitted(ctx context.Context, server *client.Client, project string, spec remit.JobSpec, key string) (remit.Job, error) {
	if key == "" {
		return server.Submit(ctx, project, spec)
	}
	return server.SubmitOnce(ctx, project, spec, key)
}

// specOf is the job that was typed.
func specOf(args []string, name, onThing string, sets []string, priority int) (remit.JobSpec, error) {
	spec := remit.JobSpec{Type: args[0], Name: name, Args: args[1:], Priority: priority}
	switch {
	case onThing == "":
	case remit.IsID[remit.FileID](onThing):
		spec.On.File = remit.FileID(onThing)
	case remit.IsID[remit.CollectionID](onThing):
		spec.On.Collection = remit.CollectionID(onThing)
	default:
		return spec, remit.Errorf(remit.Invalid, "--on is %q; it takes the id of a file or a collection", onThing).
			WithHint("Find it with `remit collection list` or `remit file list`.")
	}
	_, err := pairsOf(sets) // their values are read when the project is known
	return spec, err
}

// chosen is the project that was named, or the only one that there is besides
// that of the site.
func (a *app) chosen(ctx context.Context, server *client.Client, named string) (string, error) {
	if named = first(named, a.Env("REMIT_PROJECT")); named != "" {
		return named, nil
	}
	page, err := server.Projects(ctx, client.Query{"limit": "3"})
	if err != nil {
		return "", err
	}
	if own := slices.DeleteFunc(slices.Clone(page.Items), func(p remit.Project) bool { return p.Site }); len(own) > 0 {
		page.Items = own
	}
	switch len(page.Items) {
	case 0:
		return "", remit.Errorf(remit.Invalid, "there is no project that you may see").
			WithHint("Ask a manager of one to make you a member, or make one with `remit project create`.")
	case 1:
		return page.Items[0].Slug, nil
	}
	return "", remit.Errorf(remit.Invalid, "no project is named").WithHint("Use --project, or set REMIT_PROJECT. `remit project list` shows them.")
}

// act makes the commands that do one thing to some jobs.
func (a *app) act(verb, short string) *cobra.Command {
	var m many
	named := find
	if verb == "cancel" {
		named = findLive
	}
	return m.flags(&cobra.Command{
		Use: verb + " JOB…|--filter FILTER", Short: short,
		Example: "  remit " + verb + " --filter project=moths,type=ml,owner=me --dry-run",
		RunE: func(c *cobra.Command, args []string) error {
			if err := m.check(args); err != nil {
				return err
			}
			server, err := a.client()
			if err != nil {
				return err
			}
			if m.filter != "" {
				return a.bulk(c.Context(), server, verb, m)
			}
			for _, ref := range args {
				job, err := named(c.Context(), server, ref)
				if err != nil {
					return err
				}
				if job, err = server.Act(c.Context(), job.ID, verb); err != nil {
					return err
				}
				if err := one(a, job, func(j remit.Job) { a.say("%s  %s  %s", j.ID, j.Type, j.State) }); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

func (a *app) run() *cobra.Command { return a.act("run", "Run jobs that were made without starting") }
func (a *app) cancel() *cobra.Command {
	return a.act("cancel", "Cancel jobs, by id or the name of a live job of mine")
}
func (a *app) retry() *cobra.Command {
	return a.act("retry", "Try failed or cancelled jobs again, by id or name")
}

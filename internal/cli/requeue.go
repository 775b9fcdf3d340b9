package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// changes are what a requeued job has of its own, as typed. A dash clears.
type changes struct {
	name                string
	set, params, unset  []string
	needs               []string
	priority            int
	namedToo, ranked    bool
	args                []string
	withArgs, allParams bool
}

func (a *app) requeue() *cobra.Command {
	var ch changes
	var w waiting
	var secrets secretParams
	cmd := &cobra.Command{
		Use:   "requeue JOB|PATH [-- ARGS…]",
		Short: "Make a new job from an old one; what is given replaces, what is omitted is kept",
		Long: `Make a new job from an old one, by its id, by the name of a job of yours, or by the
folder that "remit artifacts --get" wrote (a path has a slash in it: ./first).
What is given replaces, what is omitted is kept; a dash clears.`,
		Example: "  remit requeue job_01… -- --threshold 7\n  remit requeue nightly --param threshold=7 --name -\n  remit requeue ./results/ --priority 10 -- -",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if at := c.ArgsLenAtDash(); at >= 0 {
				ch.withArgs, ch.args, args = true, args[at:], args[:at]
			}
			if len(args) != 1 {
				return usage("requeue takes one job; arguments for it come after --")
			}
			ch.namedToo, ch.ranked, ch.allParams = c.Flags().Changed("name"), c.Flags().Changed("priority"), c.Flags().Changed("set")
			if err := w.check(false); err != nil {
				return err
			}
			r, err := ch.request(nil)
			if err != nil {
				return err
			}
			server, err := a.client()
			if err != nil {
				return err
			}
			source, err := sourceOf(server, args[0])
			if err != nil {
				return err
			}
			if source, err = ch.inWordsOf(c.Context(), server, source, &r); err != nil {
				return err
			}
			if source, err = secrets.add(c.Context(), server, source, &r); err != nil {
				return err
			}
			job, err := server.Requeue(c.Context(), source, r)
			if err != nil {
				return err
			}
			return a.queued(c.Context(), server, job, w)
		},
	}
	secrets = a.secretFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&ch.name, "name", "", "another name")
	f.StringArrayVar(&ch.params, "param", nil, "a parameter; the others are kept: "+setHelp)
	f.StringArrayVar(&ch.unset, "unset", nil, "a parameter to leave out")
	f.StringArrayVar(&ch.set, "set", nil, "a parameter, as --param; replaces all parameters but my own secrets")
	f.StringSliceVar(&ch.needs, "needs", nil, "a job that must have succeeded before; replaces all those that the old one needs")
	f.IntVar(&ch.priority, "priority", 0, "another priority")
	w.flags(cmd)
	return cmd
}

// add puts the secrets that were asked for beside what is kept. It returns the
// id of the job whose type was looked at.
func (s secretParams) add(ctx context.Context, server *client.Client, source remit.JobID, r *client.Requeue) (remit.JobID, error) {
	if len(*s.given) == 0 {
		return source, nil
	}
	job, err := server.Job(ctx, string(source))
	if err == nil {
		err = s.check(ctx, server, job.Project, job.Type)
	}
	if err != nil {
		return source, err
	}
	secrets, err := s.into(nil)
	if err != nil {
		return source, err
	}
	return job.ID, json.Unmarshal(secrets, &r.Set)
}

// inWordsOf reads the parameters anew as the type of the source takes them.
func (ch changes) inWordsOf(ctx context.Context, server *client.Client, source remit.JobID, r *client.Requeue) (remit.JobID, error) {
	if len(ch.set)+len(ch.params) == 0 {
		return source, nil
	}
	job, err := server.Job(ctx, string(source))
	if err != nil {
		return source, err
	}
	*r, err = ch.request(schemaOf(ctx, server, job.Project, job.Type))
	return job.ID, err
}

// request is what was typed in the words of the API, for a type with this schema.
func (ch changes) request(schema json.RawMessage) (r client.Requeue, err error) {
	if ch.namedToo {
		name := cleared(ch.name)
		r.Name = &name
	}
	if ch.ranked {
		r.Priority = &ch.priority
	}
	if ch.withArgs {
		if r.Args = &ch.args; len(ch.args) == 1 {
			if ch.args[0] == "-" {
				r.Args = &[]string{}
			}
		}
	}
	if needed, err := neededJobs(ch.needs); err != nil {
		return r, err
	} else if needed != nil {
		r.Needs = &needed
	}
	pairs, err := pairsOf(ch.set)
	if err != nil {
		return r, err
	}
	if r.Params, err = client.ParamsFor(schema, pairs); err != nil {
		return r, err
	}
	return r, ch.merge(&r, schema)
}

// merge reads the parameters that are replaced one by one.
func (ch changes) merge(r *client.Requeue, schema json.RawMessage) error {
	var typed []string
	for _, p := range ch.params {
		if p == "-" {
			r.Params = json.RawMessage("{}")
			continue
		}
		typed = append(typed, p)
	}
	if ch.allParams && len(ch.params)+len(ch.unset) > 0 {
		return usage("--set replaces all parameters; --param and --unset replace single ones. Use one of the two")
	}
	r.Set = map[string]json.RawMessage{}
	pairs, err := pairsOf(typed)
	if err != nil {
		return err
	}
	given, err := client.ParamsFor(schema, pairs)
	if err == nil && given != nil {
		err = json.Unmarshal(given, &r.Set)
	}
	for _, name := range ch.unset {
		r.Set[name] = json.RawMessage("null")
	}
	return err
}

func cleared(text string) string {
	if text == "-" {
		return ""
	}
	return text
}

// sourceOf is the id or name of the job that was named, maybe by a folder.
func sourceOf(server *client.Client, ref string) (remit.JobID, error) {
	if !strings.ContainsRune(ref, '/') && !strings.ContainsRune(ref, filepath.Separator) && ref != "." && ref != ".." {
		return remit.JobID(ref), nil
	}
	found, err := readDescription(ref)
	if err != nil {
		return "", err
	}
	if at := server.URL(""); found.Server != at {
		return "", remit.Errorf(remit.Invalid, "the job of %s is on %s, and this is %s", ref, orUnknown(found.Server), at).
			WithHint("Ask that server with --url, or name a job of this one by its id.")
	}
	return found.ID, nil
}

func orUnknown(server string) string {
	if server == "" {
		return "a server that it does not name"
	}
	return server
}

// readDescription reads the description that a download left in a folder. The
// names that it can have may be those of artifacts too: when two of them tell
// of different jobs, neither is believed.
func readDescription(dir string) (found described, err error) {
	for _, name := range []string{"job.json", "remit-job.json", "remit-remit-job.json"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return found, remit.Errorf(remit.Invalid, "reading %s: %w", filepath.Join(dir, name), err)
		}
		var d described
		if json.Unmarshal(data, &d) != nil || !remit.IsID[remit.JobID](string(d.ID)) {
			continue
		}
		if found.ID != "" && (found.ID != d.ID || found.Server != d.Server) {
			return found, remit.Errorf(remit.Conflict, "%s describes two jobs, %s and %s", dir, found.ID, d.ID).WithHint("Name the one that is meant by its id.")
		}
		found = d
	}
	if found.ID == "" {
		return found, remit.Errorf(remit.NotFound, "%s holds no job.json of a job", dir).WithHint("Write one with `remit artifacts JOB --get DIR`.")
	}
	return found, nil
}

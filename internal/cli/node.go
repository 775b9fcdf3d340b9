package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/agent"
)

func (a *app) node() *cobra.Command {
	var address, keyFile, dir, executor string
	var labels, types []string
	var slots, cpus, memory, gpus int
	cmd := &cobra.Command{
		Use:   "node --server URL --key-file FILE",
		Short: "Work for a server; or list, show, register and change nodes",
		Long: `Work for a server: claim jobs and run them as processes of this machine.

The credential comes from ` + "`remit node register`" + `, in a file or in REMIT_NODE_KEY.
On an interrupt the running jobs are stopped and given back to the queue.

A credential is for one program at a time. One that is started again in the same
directory goes on at once; one in another directory waits until the first has not
been heard of for a while. For a second at the same time, register a second node.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if address == "" {
				return usage("--server is missing: whom shall the node work for?")
			}
			if slots < 1 || cpus < 0 || memory < 0 || gpus < 0 {
				return usage("--slots is 1 or more; --cpus, --memory and --gpus are not negative")
			}
			if executor != "process" {
				return remit.Errorf(remit.Invalid, "there is no executor %q", executor).WithHint("There is: process.")
			}
			server, err := a.nodeClient(address, keyFile)
			if err != nil {
				return err
			}
			pairs, err := labelsOf(labels)
			if err != nil {
				return err
			}
			if dir == "" {
				if dir, err = a.nodeDir(address); err != nil {
					return err
				}
			}
			a.tell("Working for %s, %d at once. Stop with Ctrl-C.", address, slots)
			return agent.New(agent.Options{
				Client:    server,
				Want:      client.Want{Types: types, Labels: pairs, Slots: slots, CPUs: cpus, MemoryMB: memory, GPUs: gpus, Version: Version},
				Executors: map[string]agent.Executor{"process": &agent.Process{}},
				Dir:       dir, Now: time.Now, Log: a.log(),
			}).Run(c.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&address, "server", "", "address of the server")
	f.StringVar(&keyFile, "key-file", "", "file with the node's credential (default: $REMIT_NODE_KEY)")
	f.StringVar(&dir, "dir", "", "directory for the attempts, the node's alone (default: in $XDG_STATE_HOME or ~/.local/state, one per server)")
	f.StringVar(&executor, "executor", "process", "how jobs are run: process")
	f.StringArrayVar(&labels, "label", nil, "name=value that job types may ask for; may be repeated")
	f.StringArrayVar(&types, "type", nil, "take only this job type; may be repeated")
	f.IntVar(&slots, "slots", 1, "jobs at once")
	f.IntVar(&cpus, "cpus", 0, "processors that it offers")
	f.IntVar(&memory, "memory", 0, "memory that it offers, in MiB")
	f.IntVar(&gpus, "gpus", 0, "GPUs that it offers")
	cmd.AddCommand(a.nodeList(), a.nodeShow(), a.nodeRegister())
	for _, state := range []string{remit.NodePaused, remit.NodeDraining, remit.NodeRetired, remit.NodeActive} {
		cmd.AddCommand(a.nodeState(state))
	}
	return cmd
}

// nodeDir is a directory in the user's own place for state. A name in a
// directory for all could be taken by somebody else first.
func (a *app) nodeDir(address string) (string, error) {
	state := a.Env("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home := a.Env("HOME")
		if home == "" {
			return "", remit.Errorf(remit.Invalid, "HOME is not set, so there is no place for the node's directory").WithHint("Name one with --dir.")
		}
		state = filepath.Join(home, ".local", "state")
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", usage("--server %q is no address", address)
	}
	return filepath.Join(state, "remit-node", strings.ReplaceAll(u.Host, ":", "-")), nil
}

func (a *app) nodeClient(address, keyFile string) (*client.Client, error) {
	key := a.Env("REMIT_NODE_KEY")
	if keyFile != "" {
		data, err := os.ReadFile(keyFile)
		if err != nil {
			return nil, remit.Errorf(remit.Invalid, "the node's credential cannot be read: %w", err)
		}
		key = strings.TrimSpace(string(data))
	}
	if key == "" {
		return nil, remit.Errorf(remit.Invalid, "the node has no credential").WithHint("Register it with `remit node register NAME`, and give --key-file.")
	}
	return client.New(address, key)
}

func labelsOf(texts []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usage("--label %q is not name=value", text)
		}
		labels[name] = value
	}
	return labels, nil
}

func (a *app) nodeList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List nodes", Args: cobra.NoArgs}
	query := limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		page, err := server.Nodes(c.Context(), query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Node]{"NODE", func(n remit.Node) string { return string(n.ID) }},
			column[remit.Node]{"NAME", func(n remit.Node) string { return n.Name }},
			column[remit.Node]{"PROJECT", func(n remit.Node) string { return first(n.Project, "every") }},
			column[remit.Node]{"STATE", func(n remit.Node) string { return n.State }},
			column[remit.Node]{"ONLINE", func(n remit.Node) string { return map[bool]string{true: "yes", false: "no"}[n.Online] }},
			column[remit.Node]{"SLOTS", func(n remit.Node) string { return fmt.Sprint(n.Slots) }},
			column[remit.Node]{"BY", func(n remit.Node) string { return n.RegisteredBy }},
			column[remit.Node]{"LAST SEEN", func(n remit.Node) string { return moment(n.LastSeenAt) }},
		)
	})
	return cmd
}

func (a *app) sayNode(n remit.Node) {
	a.say("%s  %s  %s  last seen %s", n.ID, printable(n.Name), n.State, moment(n.LastSeenAt))
}

func (a *app) nodeShow() *cobra.Command {
	return &cobra.Command{Use: "show NODE", Short: "Show a node", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			n, err := server.Node(c.Context(), remit.NodeID(args[0]))
			if err != nil {
				return err
			}
			return one(a, n, a.sayNode)
		})}
}

func (a *app) nodeRegister() *cobra.Command {
	var project, keyFile string
	var slots int
	cmd := &cobra.Command{Use: "register NAME", Aliases: []string{"create"}, Short: "Register a node; its credential is given once", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if err := reserve(keyFile); err != nil {
				return err
			}
			n, err := server.Register(c.Context(), client.NewNode{Name: args[0], Project: project, Slots: slots})
			if err != nil && keyFile != "" {
				return errors.Join(err, os.Remove(keyFile))
			}
			if err != nil {
				return err
			}
			if keyFile != "" {
				if err := writeWhole(keyFile, []byte(n.Secret+"\n")); err != nil {
					return err
				}
				a.tell("The credential is in %s. Start the node with:\n  remit node --server %s --key-file %s", keyFile, server.URL(""), keyFile)
				n.Secret = ""
			}
			return one(a, n, func(n remit.Node) {
				a.sayNode(n)
				if n.Secret != "" {
					a.tell("Keep its credential, it is not shown again:")
					a.say("%s", n.Secret)
				}
			})
		})}
	cmd.Flags().StringVar(&project, "only-project", "", "serve this project only (default: every one)")
	cmd.Flags().StringVar(&keyFile, "key-file", "", "write the credential into this file instead of printing it")
	cmd.Flags().IntVar(&slots, "slots", 0, "jobs at once")
	return cmd
}

// reserve makes the file of a credential before there is one that could get
// lost. One that is there already is left alone.
func reserve(keyFile string) error {
	if keyFile == "" {
		return nil
	}
	if exists(keyFile) {
		return remit.Errorf(remit.Conflict, "%s is there already, so nothing was registered", keyFile).WithHint("Choose another --key-file.")
	}
	if err := writeWhole(keyFile, nil); err != nil {
		return remit.Errorf(remit.Invalid, "the credential could not be kept, so nothing was registered: %w", err)
	}
	return nil
}

// nodeState makes the command that puts a node into a state.
func (a *app) nodeState(state string) *cobra.Command {
	verb := map[string]string{remit.NodePaused: "pause", remit.NodeDraining: "drain", remit.NodeRetired: "retire", remit.NodeActive: "activate"}[state]
	return &cobra.Command{Use: verb + " NODE", Short: "Make a node " + state, Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			n, err := server.UpdateNode(c.Context(), remit.NodeID(args[0]), client.NodePatch{State: state})
			if err != nil {
				return err
			}
			return one(a, n, a.sayNode)
		})}
}

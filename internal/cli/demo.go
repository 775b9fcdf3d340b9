package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/sample"
	"github.com/remit-server/remit/internal/server"
)

// demoOptions are the flags of the demo.
type demoOptions struct {
	dir, listen, data string
	noBrowser         bool
}

func (a *app) demo() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Start everything with sample data: server, node, two projects, an account per role",
		Long: `Start everything with sample data: a server on SQLite, a node, two projects with
pictures, and an account per role. The address and the logins are printed, and
written to DIR/demo.json. Ctrl-C stops all; started again with the same
directory it goes on where it was.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runDemo(c.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.dir, "dir", "", "directory (default: a new temporary one)")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "address to listen on; port 0 picks one")
	f.StringVar(&o.data, "data", "", "a directory of your own data, added to the project observatory")
	f.BoolVar(&o.noBrowser, "no-browser", false, "do not open a browser")
	return cmd
}

// demoRun is a demo that is running.
type demoRun struct {
	*app
	dir    string
	server *server.Server
	demo   server.Demo
}

func (a *app) runDemo(ctx context.Context, o demoOptions) error {
	d := &demoRun{app: a}
	roots, err := d.prepare(o)
	if err != nil {
		return err
	}
	log := a.quietLog()
	slog.SetDefault(log)
	// A short lease shows within the demo what happens when a node dies.
	d.server, err = server.New(ctx, server.Options{Dir: filepath.Join(d.dir, "server"), Listen: o.listen, Version: Version,
		Log: log, LeaseTTL: 15 * time.Second, Heartbeat: 3 * time.Second})
	if err != nil {
		return err
	}
	if err := d.build(ctx, roots); err != nil {
		return errors.Join(err, d.server.Close())
	}
	return d.run(ctx, o)
}

// prepare makes the directory and the sample data, and reads what an earlier
// start has left.
func (d *demoRun) prepare(o demoOptions) (map[string][]string, error) {
	var err error
	if d.dir = o.dir; d.dir == "" {
		if d.dir, err = os.MkdirTemp("", "remit-demo-"); err != nil {
			return nil, err
		}
	}
	if d.dir, err = filepath.Abs(d.dir); err != nil {
		return nil, err
	}
	data := filepath.Join(d.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("making the demo's directory: %w", err)
	}
	if err := sample.Tree(data); err != nil {
		return nil, fmt.Errorf("making the sample data: %w", err)
	}
	roots := map[string][]string{"moths": {filepath.Join(data, "moths")}, "observatory": {filepath.Join(data, "observatory")}}
	if o.data != "" {
		own, err := filepath.Abs(o.data)
		if err != nil {
			return nil, err
		}
		roots["observatory"] = append(roots["observatory"], own)
	}
	return roots, d.readKnown()
}

func (d *demoRun) path() string { return filepath.Join(d.dir, "demo.json") }

func (d *demoRun) readKnown() error {
	data, err := os.ReadFile(d.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, &d.demo)
	}
	if err != nil {
		return remit.Errorf(remit.Invalid, "%s cannot be read: %w", d.path(), err).WithHint("Choose another --dir, or delete this one.")
	}
	// It is written again when everything runs; until then nobody shall trust it.
	return os.Rename(d.path(), d.path()+".before")
}

func (d *demoRun) build(ctx context.Context, roots map[string][]string) error {
	if len(d.demo.Accounts) == 0 { // an interrupted start may have set it aside
		if data, err := os.ReadFile(d.path() + ".before"); err == nil {
			if err := json.Unmarshal(data, &d.demo); err != nil {
				return fmt.Errorf("reading %s.before: %w", d.path(), err)
			}
		}
	}
	made, err := d.server.BuildDemo(ctx, d.demo, roots)
	if err == nil {
		err = d.server.Complete(ctx)
	}
	if err != nil {
		return fmt.Errorf("building the demo: %w", err)
	}
	made.URL = d.server.URL()
	d.demo = made
	return nil
}

// run serves, starts the node and the first jobs, and tells the person.
func (d *demoRun) run(ctx context.Context, o demoOptions) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ctx, stopNode := context.WithCancel(ctx)
	defer stopNode()
	served, node := make(chan error, 1), make(chan error, 1)
	go func() { served <- d.server.Run(serving) }()
	if err := d.startNode(ctx, node); err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	if err := d.show(ctx, o); err != nil && ctx.Err() == nil {
		stopNode()
		<-node
		stop()
		return errors.Join(err, <-served)
	}
	err := awaitEnd(ctx, served, node, stop, stopNode)
	d.tell("Stopped. Go on with: remit demo --dir %s", d.dir)
	return err
}

// awaitEnd waits until the server or the node has ended, and then for the
// other. On Ctrl-C that is the node, while the server still takes its jobs back.
func awaitEnd(ctx context.Context, served, node <-chan error, stop, stopNode context.CancelFunc) error {
	select {
	case err := <-served:
		stopNode()
		<-node
		return err
	case ended := <-node:
		asked := ctx.Err() != nil
		stop()
		err := <-served
		if !asked {
			err = errors.Join(fmt.Errorf("the demo's node stopped: %w", ended), err)
		}
		return err
	}
}

// show runs the first jobs, writes demo.json and prints the logins.
func (d *demoRun) show(ctx context.Context, o demoOptions) error {
	if err := d.firstJobs(ctx); err != nil {
		return fmt.Errorf("running the first jobs: %w", err)
	}
	text, err := json.MarshalIndent(d.demo, "", "  ")
	if err != nil {
		return err
	}
	if err := writeWhole(d.path(), append(text, '\n')); err != nil {
		return err
	}
	d.print()
	if !o.noBrowser {
		openBrowser(d.demo.URL)
	}
	return nil
}

func (d *demoRun) print() {
	d.say("Remit answers on %s\n", d.demo.URL)
	w := tabwriter.NewWriter(d.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tPASSWORD\tPROJECT\tROLE")
	for _, account := range d.demo.Accounts {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", account.Name, account.Password, first(account.Project, "(all)"), first(account.Role, "superuser"))
	}
	w.Flush()
	d.say("\nAccounts and API keys: %s\nStop with Ctrl-C.", d.path())
}

// account is the client of one of the demo's accounts.
func (d *demoRun) account(name string) (*client.Client, error) {
	for _, account := range d.demo.Accounts {
		if account.Name == name {
			return client.New(d.demo.URL, account.Key)
		}
	}
	return nil, fmt.Errorf("the demo has no account %s", name)
}

// startNode runs a node as a process of its own, as an installation would.
func (d *demoRun) startNode(ctx context.Context, ended chan<- error) error {
	key := filepath.Join(d.dir, "node.key")
	if !exists(key) {
		if err := d.registerNode(ctx, key); err != nil {
			return fmt.Errorf("registering the demo's node: %w", err)
		}
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	node := exec.CommandContext(ctx, program, "node", "--server", d.demo.URL, "--key-file", key, "--dir", filepath.Join(d.dir, "node"), "--slots", "2")
	node.Stderr = d.nodeLog()
	node.Cancel = func() error { return node.Process.Signal(syscall.SIGTERM) }
	node.WaitDelay = 15 * time.Second
	// The kernel ends the node when the demo is killed; that binds to the
	// thread which starts it, so that thread stays.
	node.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := node.Start()
		started <- err
		if err == nil {
			ended <- node.Wait()
		}
	}()
	return <-started
}

func (d *demoRun) registerNode(ctx context.Context, keyFile string) error {
	root, err := d.account("root")
	if err != nil {
		return err
	}
	n, err := root.Register(ctx, client.NewNode{Name: fmt.Sprintf("demo-%d", time.Now().Unix()), Slots: 2})
	if err != nil {
		return err
	}
	return writeWhole(keyFile, []byte(n.Secret+"\n"))
}

// openBrowser shows the page where there is a desktop to show it on.
func openBrowser(url string) {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return
	}
	if path, err := exec.LookPath("xdg-open"); err == nil {
		_ = exec.Command(path, url).Start() // the address is printed as well
	}
}

// Package cli is the command line, one file per command.
//
// Its rules: results go to standard output, everything said to the person to
// standard error; --json gives one document, --jsonl one line per item; an
// error says what, why and what to do next, and its kind is the exit code; a
// prompt appears only on a terminal.
//
// Its one invariant: but for init, serve, demo, sample and files that it is
// given it asks the server for everything, with the caller's own credential.
//
//	os.Exit(cli.Main(os.Args[1:], cli.System()))
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/policyfile"
)

// Version is what `remit version` says.
const Version = "0.1.0"

// Streams are what a command talks through.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
}

// System is the process's own streams.
func System() Streams {
	return Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv}
}

// app is one call of the program.
type app struct {
	Streams
	server      string // flag; "" = environment, then the stored login
	json, jsonl bool
	verbose     bool
	mistyped    error  // a command that there is not, of which help was asked
	as          string // whom to look as (R23); "" = as oneself
}

// errNo is the code of a question answered with no, and of a job that did not succeed.
var errNo = errors.New("no")

// exitCodes is the one table from kinds of error to exit codes.
var exitCodes = map[remit.Kind]int{
	remit.Invalid: 2, remit.Unauthenticated: 3, remit.Denied: 3, remit.NotFound: 4, remit.Gone: 4,
	remit.Conflict: 5, remit.Stale: 5, remit.Limited: 6, remit.Unavailable: 6, remit.Internal: 7,
}

// Main runs one command line and returns its exit code.
func Main(args []string, s Streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{Streams: s}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = a.mistyped
	}
	return a.report(err)
}

// report prints an error and finds its exit code.
func (a *app) report(err error) int {
	var exit exitStatus
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNo):
		return 1
	case errors.As(err, &exit):
		return int(exit)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(a.Err, "interrupted")
		return 130
	}
	e, known := errors.AsType[*remit.Error](err)
	if known && e.Code == policyfile.CodeFile {
		a.tell("%v", err) // FILE:LINE:COL: message, as editors look for it
	} else {
		a.tell("remit: %v", err)
	}
	if !known {
		return exitCodes[remit.Internal]
	}
	if e.Hint != "" {
		a.tell("hint: %s", e.Hint)
	}
	a.tellWhy(e.Explanation)
	return exitCodes[e.Kind]
}

// exitStatus ends the program with the code of another program.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "remit",
		Short: "Run a team's jobs, and decide who may run what, on which data, on whose machines",
		Long: `Run a team's jobs, and decide who may run what, on which data, on whose machines.

Start with:  remit demo                      everything, with sample data
             remit init && remit serve       an installation of your own
             remit login http://host:8080    the command line against a server

Exit codes: 0 ok, 1 no (or the job did not succeed), 2 usage or invalid,
3 unauthenticated or refused, 4 not found, 5 conflict, 6 unreachable, 7 internal.

Environment: REMIT_URL and REMIT_KEY (the server, and an API key for it),
REMIT_PROJECT (the project of commands that take one), REMIT_DATA, REMIT_DB,
REMIT_LISTEN, REMIT_PUBLIC_URL and REMIT_OIDC_CLIENT_SECRET (of remit serve),
REMIT_NODE_KEY (of remit node).`,
		SilenceUsage: true, SilenceErrors: true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.server, "url", "", "the server (default: $REMIT_URL, then the stored login)")
	flags.BoolVar(&a.json, "json", false, "print one JSON document")
	flags.BoolVar(&a.jsonl, "jsonl", false, "print one JSON line per item")
	flags.StringVar(&a.as, "as", "", "look as user:NAME or role:NAME; changes nothing")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "say more on standard error")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%v", err) })
	root.AddCommand(a.version(), a.sample())
	group(root, "Jobs:", a.queue(), a.status(), a.logs(), a.artifacts(), a.run(), a.cancel(), a.retry(), a.requeue(), a.expire(), a.extend(), a.deleteJobs(), a.schedule(), a.stats(), a.notify(), a.webhook())
	group(root, "Data:", a.collection(), a.file(), a.dataRoot())
	group(root, "What one may do:", a.can(), a.why(), a.whoCan(), a.access())
	group(root, "Projects and people:", a.project(), a.member(), a.team(), a.role(), a.user(), a.session(), a.keys())
	group(root, "The installation:", a.site(), a.policy(), a.jobType(), a.audit(), a.node())
	group(root, "Server and login:", a.demo(), a.init(), a.serve(), a.config(), a.login(), a.logout())
	checkArgs(root)
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		if typed := c.Flags().Args(); c.HasSubCommands() && len(typed) > 0 { // `remit entry --help`
			a.mistyped = unknownCommand(c, typed)
			return
		}
		help(c, args)
	})
	return root
}

// group adds commands that the help lists together.
func group(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, c := range commands {
		c.GroupID = title
	}
	root.AddCommand(commands...)
}

// usage is an error of the one who typed.
func usage(format string, args ...any) error {
	return remit.Errorf(remit.Invalid, format, args...).WithHint("See `remit help`, or the command with --help.")
}

// checkArgs makes wrong numbers of arguments errors of the one who typed, and
// a group without a command show its help.
func checkArgs(c *cobra.Command) {
	c.SuggestionsMinimumDistance = 2
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			err := check(c, args)
			switch {
			case err == nil && emptyFlag(c) != nil:
				return emptyFlag(c)
			case err == nil:
				return nil
			case c.HasSubCommands() && len(args) > 0: // `remit node lst`
				return unknownCommand(c, args)
			}
			return usage("%s: %v", c.CommandPath(), err)
		}
	} else if c.HasSubCommands() {
		c.Args = func(c *cobra.Command, args []string) error { return unknownCommand(c, args) }
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	for _, sub := range c.Commands() {
		checkArgs(sub)
	}
}

func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	e := remit.Errorf(remit.Invalid, "%s has no command %q", c.CommandPath(), args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return e.WithHint("Did you mean %s?", strings.Join(near, " or "))
	}
	return e.WithHint("See `%s --help`.", c.CommandPath())
}

// client speaks to the server with the caller's credential.
func (a *app) client() (*client.Client, error) {
	at, err := a.credentials()
	if err != nil {
		return nil, err
	}
	if at.URL == "" {
		return nil, remit.Errorf(remit.Invalid, "no server is named").WithHint("Use `remit login URL`, or set REMIT_URL and REMIT_KEY.")
	}
	c, err := client.New(at.URL, at.Key)
	if err != nil {
		return nil, err
	}
	return c.As(a.as), nil
}

// terminal says whether standard output is one.
func (a *app) terminal() bool {
	f, ok := a.Out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) log() *slog.Logger {
	level := slog.LevelInfo
	if a.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: level}))
}

package cli

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/server"
)

// configuration is what serve and init can be told; flags go before the
// environment (REMIT_DATA, REMIT_DB, REMIT_LISTEN, REMIT_PUBLIC_URL), that
// before the file, that before the defaults.
type configuration struct {
	Data   string   `toml:"data"`
	DB     string   `toml:"db"`
	Listen string   `toml:"listen"`
	URL    string   `toml:"url"`   // how browsers reach the server, when that is by a proxy
	Roots  []string `toml:"roots"` // directories that data roots must lie in
	Lease  string   `toml:"lease"` // a duration: how long a silent node keeps its job
	Beat   string   `toml:"heartbeat"`

	OIDC     *oidcConfig     `toml:"oidc"`
	SMTP     *smtpConfig     `toml:"smtp"`
	Webhooks *webhooksConfig `toml:"webhooks"`
}

const configKeys = "data, db, listen, url, roots, lease, heartbeat, and the tables oidc (see docs/sign-in.md), smtp and webhooks (see docs/notifications.md)"

const configHelp = `Configuration: flags, then REMIT_DATA, REMIT_DB, REMIT_LISTEN and
REMIT_PUBLIC_URL, then the file of --config (TOML: ` + configKeys + `),
then the defaults.

The key that seals secret parameters of jobs is in the file secrets.key of the
data directory, or where REMIT_SECRETS_KEY_FILE says, or in REMIT_SECRETS_KEY.`

// configFlags adds the flags; the result is called when they are known.
func (a *app) configFlags(cmd *cobra.Command) func() (server.Options, error) {
	sources := configSources(cmd)
	return func() (server.Options, error) {
		flags, stored, err := sources()
		if err != nil {
			return server.Options{}, err
		}
		return a.options(flags, stored)
	}
}

// configSources is configFlags with what flags and file say apart.
func configSources(cmd *cobra.Command) func() (flags, stored configuration, err error) {
	var c configuration
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", "", "data directory (default: ./remit-data)")
	f.StringVar(&c.DB, "db", "", "database: postgres://… (default: SQLite in the data directory)")
	f.StringVar(&c.Listen, "listen", "", "address to listen on (default: 127.0.0.1:8080)")
	f.StringVar(&c.URL, "public-url", "", "address that browsers use, such as https://remit.example.org; with https, cookies travel only so")
	f.StringSliceVar(&c.Roots, "roots", nil, "directories that data roots must lie in (default: anywhere)")
	file := f.String("config", "", "configuration file")
	return func() (configuration, configuration, error) {
		stored, err := readConfig(*file)
		return c, stored, err
	}
}

func readConfig(path string) (configuration, error) {
	var c configuration
	if path == "" {
		return c, nil
	}
	meta, err := toml.DecodeFile(path, &c)
	if errors.Is(err, fs.ErrNotExist) {
		return c, remit.Errorf(remit.Invalid, "the configuration file %s does not exist", path)
	}
	if err != nil {
		return c, remit.Errorf(remit.Invalid, "%s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return c, remit.Errorf(remit.Invalid, "%s: unknown key %q", path, unknown[0]).WithHint("There are: %s.", configKeys)
	}
	return c, nil
}

// options merges what was said, the earlier the stronger.
func (a *app) options(flags, file configuration) (server.Options, error) {
	o := server.Options{
		Dir:    first(flags.Data, a.Env("REMIT_DATA"), file.Data, "remit-data"),
		DB:     first(flags.DB, a.Env("REMIT_DB"), file.DB),
		Listen: first(flags.Listen, a.Env("REMIT_LISTEN"), file.Listen, "127.0.0.1:8080"),
		Log:    a.log(), Version: Version,
		SecretsKey: a.Env("REMIT_SECRETS_KEY"), SecretsKeyFile: a.Env("REMIT_SECRETS_KEY_FILE"),
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return o, err
	}
	if o.PublicURL, err = publicURL(first(flags.URL, a.Env("REMIT_PUBLIC_URL"), file.URL)); err != nil {
		return o, err
	}
	if o.Roots, err = absolute(flags.Roots, file.Roots); err != nil {
		return o, err
	}
	if o.LeaseTTL, err = duration("lease", file.Lease); err != nil {
		return o, err
	}
	if o.Heartbeat, err = duration("heartbeat", file.Beat); err != nil {
		return o, err
	}
	if o.OIDC, err = a.oidc(file.OIDC); err != nil {
		return o, err
	}
	if o.SMTP, err = a.smtp(file.SMTP); err != nil {
		return o, err
	}
	o.WebhookNetworks, err = networks(file.Webhooks)
	return o, err
}

// publicURL checks an address that browsers use; "" is none.
func publicURL(text string) (string, error) {
	u, err := url.Parse(text)
	if text == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && strings.Trim(u.Path, "/") == "" {
		return u.String(), nil // with its scheme in lower case
	}
	return "", remit.Errorf(remit.Invalid, "url is %q; it is an address such as https://remit.example.org, without a path", text)
}

// absolute is the first list of directories that has any, by absolute paths.
func absolute(lists ...[]string) ([]string, error) {
	i := slices.IndexFunc(lists, func(l []string) bool { return len(l) > 0 })
	if i < 0 {
		return nil, nil
	}
	dirs := slices.Clone(lists[i])
	for i, dir := range dirs {
		if dir == "" {
			return nil, remit.Errorf(remit.Invalid, "roots has an empty directory in it")
		}
		var err error
		if dirs[i], err = filepath.Abs(dir); err != nil {
			return nil, err
		}
	}
	return dirs, nil
}

func duration(key, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, remit.Errorf(remit.Invalid, "%s is %q; it is a duration such as 45s", key, text)
	}
	return d, nil
}

// noInstallation keeps a mistyped directory from looking like lost data.
func noInstallation(dir string) error {
	return remit.Errorf(remit.Invalid, "%s is no installation yet", dir).WithHint("Make it one with `remit init --data %s`.", dir)
}

func (a *app) serve() *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "Run the server", Long: "Run the server until it is interrupted.\n\n" + configHelp, Args: cobra.NoArgs}
	options := a.configFlags(cmd)
	auth := cmd.Flags().String("auth", "on", "off: nobody signs in, and everybody may do everything; on loopback addresses only")
	cmd.RunE = func(c *cobra.Command, _ []string) error {
		opts, err := options()
		if err == nil {
			opts.NoAuth, err = authOff(*auth)
		}
		if err != nil {
			return err
		}
		if opts.DB == "" && !exists(filepath.Join(opts.Dir, "remit.db")) {
			return noInstallation(opts.Dir)
		}
		s, err := server.New(c.Context(), opts)
		if err != nil {
			return err
		}
		has, err := s.HasUsers(c.Context())
		if err != nil {
			return errors.Join(err, s.Close())
		}
		if !has {
			return errors.Join(noInstallation(opts.Dir), s.Close())
		}
		if err := s.Complete(c.Context()); err != nil {
			return errors.Join(err, s.Close())
		}
		if opts.NoAuth {
			a.shoutAuthOff()
		}
		a.tell("Remit %s answers on %s", Version, s.URL())
		return s.Run(c.Context())
	}
	return cmd
}

// sourceWords are the flags by which serve finds an installation that was made; a
// database is not said, since its address may hold a password.
func sourceWords(c *cobra.Command, dir string) (words string) {
	if c.Flags().Changed("config") {
		words = " --config " + c.Flag("config").Value.String()
	}
	if c.Flags().Changed("data") || !c.Flags().Changed("config") {
		words += " --data " + dir
	}
	return words
}

func (a *app) init() *cobra.Command {
	var name, blueprint string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make an installation: data directory, first superuser, starter policy",
		Long:  "Make an installation: data directory, first superuser and starter policy.\nThe password is asked for, or read from standard input.\n\n" + configHelp,
		Args:  cobra.NoArgs,
	}
	options := a.configFlags(cmd)
	cmd.Flags().StringVar(&name, "name", "admin", "name of the first superuser")
	cmd.Flags().StringVar(&blueprint, "blueprint", "starter", "starting point: "+strings.Join(server.Blueprints(), ", ")+", or a file of your own.yaml")
	cmd.RunE = func(c *cobra.Command, _ []string) error {
		opts, err := options()
		if err != nil {
			return err
		}
		opts.Listen = ""
		password, err := a.secret(bufio.NewReader(a.In), "Password of "+name+": ")
		if err != nil {
			return err
		}
		if err := initialize(c.Context(), opts, blueprint, name, password); err != nil {
			return err
		}
		a.tell("Made %s with the superuser %s. Start it with:\n  remit serve%s", opts.Dir, name, sourceWords(c, opts.Dir))
		return nil
	}
	return cmd
}

func initialize(ctx context.Context, opts server.Options, blueprint, name, password string) error {
	s, err := server.New(ctx, opts)
	if err != nil {
		return err
	}
	return errors.Join(s.Init(ctx, blueprint, name, password), s.Close())
}

// exists says whether a path is there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

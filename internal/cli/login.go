package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// login is what is stored of a `remit login`.
type credentials struct {
	URL string `toml:"url"`
	Key string `toml:"key"`
}

// credentials are the server and key to use: flags, environment, stored login.
// A server named by flag or environment is never shown a key stored for another.
func (a *app) credentials() (credentials, error) {
	stored, err := a.stored()
	if err != nil {
		return credentials{}, err
	}
	at := credentials{URL: first(a.server, a.Env("REMIT_URL"), stored.URL), Key: a.Env("REMIT_KEY")}
	if at.Key == "" && at.URL == stored.URL {
		at.Key = stored.Key
	}
	return at, nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// storedPath is the file of the stored login, in the user's configuration directory.
func (a *app) storedPath() (string, error) {
	dir := a.Env("XDG_CONFIG_HOME")
	if dir == "" {
		home := a.Env("HOME")
		if home == "" {
			return "", remit.Errorf(remit.Invalid, "HOME is not set, so there is no place for the login").WithHint("Set REMIT_URL and REMIT_KEY instead.")
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "remit", "login.toml"), nil
}

func (a *app) stored() (credentials, error) {
	var c credentials
	path, err := a.storedPath()
	if err != nil {
		return c, nil // nothing can be stored, so nothing is
	}
	if _, err := toml.DecodeFile(path, &c); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, remit.Errorf(remit.Invalid, "the stored login %s cannot be read: %w", path, err).WithHint("Delete it and use `remit login` again.")
	}
	return c, nil
}

func (a *app) login() *cobra.Command {
	var name string
	var key bool
	cmd := &cobra.Command{
		Use:   "login URL",
		Short: "Sign in to a server and remember it",
		Long: `Sign in to a server and remember it.

With --name the password is asked for (or read from standard input) and an API
key for this command line is made. With --key an API key is read instead.

Without a login, set REMIT_URL to the server and REMIT_KEY to an API key; they
are used before what is stored.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			at, err := a.signIn(c, strings.TrimRight(args[0], "/"), name, key)
			if err != nil {
				return err
			}
			return a.store(at)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "user name (default: asked for)")
	cmd.Flags().BoolVar(&key, "key", false, "read an API key instead of a password")
	return cmd
}

// signIn gets a key that works, and says whose it is.
func (a *app) signIn(c *cobra.Command, url, name string, key bool) (credentials, error) {
	at := credentials{URL: url}
	var err error
	in := bufio.NewReader(a.In)
	if key {
		at.Key, err = a.secret(in, "API key: ")
	} else {
		at.Key, err = a.keyByPassword(c, in, url, name)
	}
	if err != nil {
		return at, err
	}
	server, err := client.New(url, at.Key)
	if err != nil {
		return at, err
	}
	me, err := server.Me(c.Context())
	if err != nil {
		return at, err
	}
	if me.User == nil {
		return at, remit.Errorf(remit.Invalid, "this is not the key of a person").WithHint("Nodes use `remit node --key-file`.")
	}
	a.tell("Signed in to %s as %s.", url, me.User.Name)
	return at, nil
}

func (a *app) keyByPassword(c *cobra.Command, in *bufio.Reader, url, name string) (string, error) {
	if name == "" {
		fmt.Fprint(a.Err, "Name: ")
		line, err := in.ReadString('\n')
		if err != nil && line == "" {
			return "", usage("no user name was given")
		}
		name = strings.TrimSpace(line)
	}
	password, err := a.secret(in, "Password: ")
	if err != nil {
		return "", err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	made, err := client.KeyFromPassword(c.Context(), url, client.Login{Name: name, Password: password}, client.NewKey{Title: "remit login on " + host})
	return made.Secret, err
}

// secret reads one line, without echo when a person types it.
func (a *app) secret(in *bufio.Reader, prompt string) (string, error) {
	if f, ok := a.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(a.Err, prompt)
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(a.Err)
		return string(typed), err
	}
	line, err := in.ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		if err == nil || errors.Is(err, io.EOF) {
			err = usage("nothing on standard input; %s was expected", strings.ToLower(strings.TrimSuffix(prompt, ": ")))
		}
		return "", err
	}
	return line, nil
}

// store writes the login whole, readable by its owner only.
func (a *app) store(at credentials) error {
	path, err := a.storedPath()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("storing the login: %w", err)
	}
	var text strings.Builder
	if err := toml.NewEncoder(&text).Encode(at); err != nil {
		return fmt.Errorf("storing the login: %w", err)
	}
	return writeWhole(path, []byte(text.String()))
}

// writeWhole replaces a file at once, mode 0600.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // CreateTemp makes it 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

func (a *app) logout() *cobra.Command {
	return &cobra.Command{
		Use: "logout", Short: "Forget the stored login and revoke its key", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			at, err := a.stored()
			if err != nil {
				return err
			}
			if at.URL == "" {
				a.tell("Nobody was signed in.")
				return nil
			}
			revoked := a.revoke(c, at)
			path, err := a.storedPath()
			if err != nil {
				return err
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("forgetting the login: %w", err)
			}
			if revoked != nil {
				a.tell("The login is forgotten, but its key could not be revoked: %v", revoked)
				return nil
			}
			a.tell("Signed out of %s.", at.URL)
			return nil
		},
	}
}

// revoke kills the stored key on the server.
func (a *app) revoke(c *cobra.Command, at credentials) error {
	server, err := client.New(at.URL, at.Key)
	if err != nil {
		return err
	}
	return server.RevokeThis(c.Context())
}

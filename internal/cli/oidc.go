package cli

import (
	"net/url"
	"os"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/server"
)

// oidcConfig is the table [oidc] of the configuration file. The client's secret
// comes from REMIT_OIDC_CLIENT_SECRET or a file, never from a flag.
type oidcConfig struct {
	Issuer     string            `toml:"issuer"`
	ClientID   string            `toml:"client_id"`
	SecretFile string            `toml:"client_secret_file"`
	Title      string            `toml:"title"` // of the button on the login page
	Scopes     []string          `toml:"scopes"`
	Name       string            `toml:"name_claim"`
	Groups     string            `toml:"groups_claim"`
	Create     bool              `toml:"create_accounts"`
	Teams      map[string]string `toml:"teams"` // the provider's group → our team
}

// oidc is the identity provider that serve is told of; none without a table.
func (a *app) oidc(c *oidcConfig) (server.OIDC, error) {
	if c == nil {
		return server.OIDC{}, nil
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")) {
		return server.OIDC{}, remit.Errorf(remit.Invalid, "oidc.issuer is %q; it is an address such as https://id.example.org/realms/lab", c.Issuer)
	}
	if c.ClientID == "" {
		return server.OIDC{}, remit.Errorf(remit.Invalid, "oidc.client_id is missing").WithHint("It is what the identity provider calls this server.")
	}
	o := server.OIDC{Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: a.Env("REMIT_OIDC_CLIENT_SECRET"), Title: c.Title,
		Scopes: c.Scopes, NameClaim: c.Name, GroupsClaim: c.Groups, Create: c.Create, Teams: c.Teams}
	if o.ClientSecret == "" && c.SecretFile != "" {
		text, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return o, remit.Errorf(remit.Invalid, "oidc.client_secret_file: %w", err)
		}
		o.ClientSecret = strings.TrimSpace(string(text))
	}
	return o, nil
}

// authOff reads what --auth says.
func authOff(text string) (bool, error) {
	switch text {
	case "on":
		return false, nil
	case "off":
		return true, nil
	}
	return false, usage("--auth is %q; it is on or off", text)
}

// shoutAuthOff is for whoever looks at the terminal.
func (a *app) shoutAuthOff() {
	const line = "************************************************************************"
	a.tell("%s\n*  AUTHENTICATION IS OFF. Everybody on this machine may do everything: *\n*  each request is a superuser's, cookies and API keys are ignored,    *\n*  and what is made belongs to nobody. Never do this on a network.     *\n%s", line, line)
}

package cli

import (
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
)

// setting is one value of the server's configuration and where it comes from.
type setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Source string `json:"source"` // "flag", "environment", "file" or "default"
}

func (a *app) config() *cobra.Command {
	const short = "Show what serve would run with, and where each value comes from"
	cmd := &cobra.Command{Use: "config", Short: short, Long: short + ".\n\n" + configHelp, Args: cobra.NoArgs}
	sources := configSources(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		flags, file, err := sources()
		if err == nil {
			_, err = a.options(flags, file) // complains as serve would
		}
		if err != nil {
			return err
		}
		return list(a, remit.Page[setting]{Items: a.settings(flags, file)},
			column[setting]{"KEY", func(s setting) string { return s.Key }},
			column[setting]{"VALUE", func(s setting) string { return first(s.Value, "-") }},
			column[setting]{"SOURCE", func(s setting) string { return s.Source }},
		)
	}
	return cmd
}

func (a *app) settings(flags, file configuration) []setting {
	all := []setting{
		settled("data", flags.Data, a.Env("REMIT_DATA"), file.Data, "remit-data"),
		settled("db", shownDB(flags.DB), shownDB(a.Env("REMIT_DB")), shownDB(file.DB), ""),
		settled("listen", flags.Listen, a.Env("REMIT_LISTEN"), file.Listen, "127.0.0.1:8080"),
		settled("url", flags.URL, a.Env("REMIT_PUBLIC_URL"), file.URL, ""),
		settled("roots", strings.Join(flags.Roots, ","), "", strings.Join(file.Roots, ","), ""),
		settled("lease", "", "", file.Lease, "45s"),
		settled("heartbeat", "", "", file.Beat, "10s"),
	}
	if file.OIDC != nil {
		all = append(all, settled("oidc.issuer", "", "", file.OIDC.Issuer, ""), settled("oidc.client_id", "", "", file.OIDC.ClientID, ""))
	}
	return append(all, outwardSettings(file)...)
}

// settled takes the first value that is given: flag, environment, file, default.
func settled(key string, values ...string) setting {
	for i, source := range []string{"flag", "environment", "file"} {
		if values[i] != "" {
			return setting{key, values[i], source}
		}
	}
	return setting{key, values[3], "default"}
}

// shownDB is the address of a database without what may hold a password.
func shownDB(db string) string {
	u, err := url.Parse(db)
	if err != nil {
		return "(not an address)"
	}
	u.RawQuery = ""
	return u.Redacted()
}

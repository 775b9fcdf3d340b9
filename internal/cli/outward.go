package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/server"
)

// smtpConfig is the table [smtp] of the configuration file. The password comes
// from REMIT_SMTP_PASSWORD or a file, never from a flag.
type smtpConfig struct {
	Host         string `toml:"host"`
	Port         int    `toml:"port"` // 587, or 465 for tls
	From         string `toml:"from"`
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	TLS          string `toml:"tls"` // starttls, tls, none
}

// webhooksConfig is the table [webhooks]: networks inside that may be reached.
type webhooksConfig struct {
	Allow []string `toml:"allow"`
}

// smtp is the mail server that serve is told of; none without a table.
func (a *app) smtp(c *smtpConfig) (server.SMTP, error) {
	if c == nil {
		return server.SMTP{}, nil
	}
	if c.Host == "" {
		return server.SMTP{}, remit.Errorf(remit.Invalid, "smtp.host is missing").WithHint("It is the name of the mail server.")
	}
	m := server.SMTP{Host: c.Host, Port: c.Port, From: c.From, User: c.User, TLS: c.TLS, Password: a.Env("REMIT_SMTP_PASSWORD")}
	if m.Password == "" && c.PasswordFile != "" {
		text, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return m, remit.Errorf(remit.Invalid, "smtp.password_file: %w", err)
		}
		m.Password = strings.TrimSpace(string(text))
	}
	return m, m.Check()
}

func networks(c *webhooksConfig) ([]string, error) {
	if c == nil {
		return nil, nil
	}
	if err := server.CheckNetworks(c.Allow); err != nil {
		return nil, remit.Errorf(remit.Invalid, "webhooks.allow: %w", err).WithHint("Write networks like 10.0.0.0/8.")
	}
	return c.Allow, nil
}

// outwardSettings say whether people are told of jobs by mail, and what webhooks may reach.
func outwardSettings(file configuration) []setting {
	var all []setting
	if m := file.SMTP; m != nil {
		all = append(all, settled("smtp.host", "", "", m.Host, ""), settled("smtp.port", "", "", port(m.Port), map[bool]string{true: "465", false: "587"}[m.TLS == "tls"]),
			settled("smtp.from", "", "", m.From, ""), settled("smtp.user", "", "", m.User, ""), settled("smtp.tls", "", "", m.TLS, "starttls"))
	} else {
		all = append(all, settled("smtp", "", "", "", "none: nobody is told of jobs by e-mail"))
	}
	if file.Webhooks != nil {
		all = append(all, settled("webhooks.allow", "", "", strings.Join(file.Webhooks.Allow, ","), ""))
	}
	return all
}

func port(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

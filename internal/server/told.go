package server

import (
	"context"
	"net/mail"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/outward"
	"github.com/remit-server/remit/internal/seal"
)

// SMTP is the mail server that letters go to.
type SMTP struct {
	Host           string // "" = there is none
	Port           int    // 0 = 587, or 465 for TLS
	From           string // "remit@example.org"
	User, Password string
	TLS            string // "starttls" ("" too), "tls" or "none"
}

// Check refuses what cannot be used.
func (m SMTP) Check() error {
	if m.Host == "" {
		return nil
	}
	from, err := mail.ParseAddress(m.From)
	switch {
	case err != nil || from.Address != m.From:
		return remit.Errorf(remit.Invalid, "smtp.from is %q; it is an address such as remit@example.org", m.From)
	case m.Port < 0 || m.Port > 65535:
		return remit.Errorf(remit.Invalid, "smtp.port is %d; it is a port such as 587", m.Port)
	case m.TLS != "" && m.TLS != outward.StartTLS && m.TLS != outward.TLS && m.TLS != outward.Cleartext:
		return remit.Errorf(remit.Invalid, "smtp.tls is %q; it is starttls, tls or none", m.TLS)
	case m.User == "" && m.Password != "":
		return remit.Errorf(remit.Invalid, "smtp has a password and no user")
	}
	return nil
}

// newNotify makes the service that tells people of jobs.
func (s *Server) newNotify(g *gate.Gate, ring *seal.Ring) (*notify.Service, error) {
	networks, err := outward.Networks(s.opts.WebhookNetworks)
	if err == nil {
		err = s.opts.SMTP.Check()
	}
	if err != nil {
		return nil, err
	}
	o := notify.Options{Jobs: s.Jobs, Seal: ring, URL: s.opts.PublicURL, Log: s.opts.Log,
		Web: outward.NewWeb(outward.WebOptions{Agent: "Remit/" + s.opts.Version, Allow: networks})}
	if m := s.opts.SMTP; m.Host != "" {
		o.Mail = outward.Mailer{Host: m.Host, Port: m.Port, From: m.From, User: m.User, Password: m.Password, Secure: m.TLS}
	}
	return notify.New(g, o), nil
}

// tell sends what people are to be told of jobs.
func (s *Server) tell(ctx context.Context) error {
	n, err := s.Notify.Send(ctx)
	if n > 0 {
		s.opts.Log.Info("told of jobs", "messages", n)
	}
	return err
}

// CheckNetworks refuses a list of networks that has anything else in it.
func CheckNetworks(texts []string) error {
	_, err := outward.Networks(texts)
	return err
}

// Package notify tells people of jobs: by letters to their own address, and
// projects by webhooks.
//
// Its one invariant: whatever leaves tells of a job that the person in whose
// name it leaves may read at that moment. What is to be told is written in the
// transaction of the transition and sent behind it, at least once; to send it
// never keeps a job.
//
//	told := notify.New(g, notify.Options{Jobs: queue, Seal: ring, Web: web, Mail: mailer})
//	hook, err := told.CreateWebhook(ctx, who, "moths", notify.NewWebhook{URL: "https://…", States: …})
//	sent, err := told.Send(ctx) // every few seconds, in one process at a time
package notify

import (
	"context"
	"log/slog"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/outward"
	"github.com/remit-server/remit/internal/seal"
)

// Web posts to addresses that people name, and says which it never would.
type Web interface {
	CheckURL(text string) error
	Post(ctx context.Context, to string, header map[string]string, body []byte) (status int, err error)
}

// Mail sends letters.
type Mail interface {
	Send(ctx context.Context, l outward.Letter) error
}

// Options are what an installation has.
type Options struct {
	Jobs *jobs.Service
	Seal *seal.Ring // seals addresses and secrets of webhooks
	Web  Web
	Mail Mail   // nil = no mail server is configured
	URL  string // "https://remit.example.org": for links; "" = none
	Log  *slog.Logger
}

// Service is all that can be asked about notifications. It is safe for concurrent use.
type Service struct {
	gate      *gate.Gate
	opts      Options
	kept      *gate.Kept[*listeners]
	reachable *gate.Kept[bool] // who can be sent letters, by account
}

// New makes the service that works through g, and hears of the transitions of
// opts.Jobs from then on.
func New(g *gate.Gate, opts Options) *Service {
	s := &Service{gate: g, opts: opts, kept: gate.Keep[*listeners](gate.Listening), reachable: gate.Keep[bool](gate.Users, gate.Listening)}
	opts.Jobs.OnTransition(s.hear)
	return s
}

// notifier is who sends.
var notifier = authz.Subject{Kind: authz.System, ID: "notifier", Name: "notifier"}

func invalid(field, format string, args ...any) *remit.Error {
	return remit.Errorf(remit.Invalid, format, args...).WithCode("invalid").WithField(field)
}

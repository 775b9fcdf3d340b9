// Package identity knows who asks: accounts, their passwords, the sessions of
// browsers and the API keys of programs.
//
// Its one invariant: a secret is stored only as a hash, and every answer to a
// bad one is the same, whatever is wrong with it (R1).
//
//	people := identity.New(g, identity.Options{})
//	user, err := people.Create(ctx, who, identity.NewUser{Name: "ada", Password: password})
//	secret, session, err := people.Login(ctx, "ada", password)
//	who, err := people.AuthenticateSession(ctx, secret)
//	decision := policy.Can(who, "job.submit", on, now)
package identity

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Options are what an installation may choose. The zero value suits all.
type Options struct {
	Password   Cost          // of each new password hash; zero = DefaultCost
	SessionTTL time.Duration // from login to its end, however much it is used; 0 = 14 days
	Log        *slog.Logger  // nil = silent
}

// Service is all that can be asked about accounts and their credentials. It
// is safe for concurrent use.
type Service struct {
	gate       *gate.Gate
	passwords  *passwords
	tries      *tries
	keys       *gate.Kept[*knownKey] // by the hash of their secret
	uses       *uses
	disabling  func(tx *gate.Tx, change func() error) error
	handOver   []HandOver
	rights     Rights
	owns       []Owns
	synced     func(tx *gate.Tx, why string, change func() error) error
	sessionTTL time.Duration
	log        *slog.Logger
}

// New makes the service that works through g.
func New(g *gate.Gate, opts Options) *Service {
	return &Service{
		gate:       g,
		passwords:  newPasswords(cmp.Or(opts.Password, DefaultCost)),
		tries:      newTries(),
		keys:       gate.Keep[*knownKey](gate.Keys, gate.Users),
		uses:       newUses(),
		disabling:  func(_ *gate.Tx, change func() error) error { return change() },
		synced:     func(_ *gate.Tx, _ string, change func() error) error { return change() },
		sessionTTL: cmp.Or(opts.SessionTTL, 14*24*time.Hour),
		log:        cmp.Or(opts.Log, slog.New(slog.DiscardHandler)),
	}
}

// OnDisable sets who makes the change that disables an account, and may refuse
// it: what the account leaves behind is not known here (R25). Set it before
// anything is asked.
func (s *Service) OnDisable(make func(tx *gate.Tx, change func() error) error) { s.disabling = make }

// authenticator is who looks at credentials before it is known who asks.
var authenticator = authz.Subject{Kind: authz.System, ID: "authenticator", Name: "authenticator"}

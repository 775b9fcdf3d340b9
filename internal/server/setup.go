package server

import (
	"context"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/blueprints"
	"github.com/remit-server/remit/internal/builtin"
	"github.com/remit-server/remit/internal/identity"
)

// Blueprints are the names that Init knows.
func Blueprints() []string { return blueprints.Names() }

// Init makes the first superuser and applies a blueprint, with the starter
// before any other. Done once; an installation that has accounts is remit.Conflict.
func (s *Server) Init(ctx context.Context, blueprint, name, password string) error {
	has, err := s.HasUsers(ctx)
	if err != nil {
		return err
	}
	if has {
		return remit.Errorf(remit.Conflict, "%s is an installation already", s.opts.Dir).
			WithHint("Use `remit serve`; accounts are made with `remit user create`.")
	}
	if err := s.Complete(ctx); err != nil {
		return err
	}
	for _, b := range []string{"starter", blueprint} {
		if err := s.apply(ctx, b); err != nil {
			return err
		}
	}
	_, err = s.Identity.Create(ctx, Setup, identity.NewUser{Name: name, Password: password, Superuser: true})
	return err
}

// HasUsers says whether anybody could sign in.
func (s *Server) HasUsers(ctx context.Context) (bool, error) {
	page, err := s.Identity.Users(ctx, Setup, 1, "")
	return len(page.Items) > 0, err
}

// Prepare declares the job types that are built in.
func (s *Server) Prepare(ctx context.Context) error {
	for _, t := range builtin.Types() {
		if err := s.Jobs.DeclareType(ctx, Setup, t); err != nil {
			return err
		}
	}
	return nil
}

// Complete makes what this program brings and the installation does not have
// yet: built-in job types, and the project of the site. An installation that an
// older program made gets them so.
func (s *Server) Complete(ctx context.Context) error {
	known, err := s.Jobs.Types(ctx, Setup, "")
	if err != nil {
		return err
	}
	for _, t := range builtin.Types() {
		if slices.ContainsFunc(known.Items, func(k remit.JobType) bool { return k.Key == t.Key }) {
			continue
		}
		if err := s.Jobs.DeclareType(ctx, Setup, t); err != nil {
			return err
		}
	}
	return s.Projects.MakeSite(ctx, Setup)
}

func (s *Server) apply(ctx context.Context, name string) error {
	b, err := blueprints.Load(name)
	if err != nil {
		return err
	}
	return blueprints.Apply(ctx, Setup, blueprints.Services{Projects: s.Projects, Jobs: s.Jobs}, b)
}

// Demo is a site to try things on, as demo.json describes it.
type Demo = blueprints.Demo

// BuildDemo makes the demo's projects, accounts and data roots; see blueprints.BuildDemo.
func (s *Server) BuildDemo(ctx context.Context, known Demo, roots map[string][]string) (Demo, error) {
	if err := s.Prepare(ctx); err != nil {
		return Demo{}, err
	}
	return blueprints.BuildDemo(ctx, Setup, blueprints.DemoServices{Identity: s.Identity, Projects: s.Projects, Archive: s.Archive, Jobs: s.Jobs}, known, roots)
}

package policyfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Service reads and writes what is stored. Make one with New; it is safe for
// concurrent use.
type Service struct {
	gate       *gate.Gate
	collection func(r *gate.Reader, in projects.Row, id remit.CollectionID) error
}

// New makes the service that works through g.
func New(g *gate.Gate) *Service {
	return &Service{gate: g, collection: func(*gate.Reader, projects.Row, remit.CollectionID) error { return nil }}
}

// OnCollection sets who says Invalid of a collection that members and entries
// may not name, as projects.Service.KnownCollection does. What is stored
// already, and stays, is not asked about.
func (s *Service) OnCollection(known func(r *gate.Reader, in projects.Row, id remit.CollectionID) error) {
	s.collection = known
}

// Request is what to plan or apply.
type Request struct {
	Files   []File
	Prune   bool   // roles and teams go that the files do not name, where they have such a section
	Version string // of the plan; "" = whatever is stored
}

// Export is all that is stored and that who may read, as the text of a policy
// file, with its version.
func (s *Service) Export(ctx context.Context, who authz.Subject) (text, version string, err error) {
	text, err = gate.View(ctx, s.gate, who, gate.Query[string]{
		Name: "policy.read",
		Read: func(r *gate.Reader) (string, error) {
			s, err := see(r)
			return s.text(), err
		},
	})
	return text, versionOf(text), err
}

// versionOf tells two states of what is stored apart.
func versionOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// Plan says what applying would do, and does nothing. Faults of the files are
// remit.Invalid.
func (s *Service) Plan(ctx context.Context, who authz.Subject, q Request) (Plan, error) {
	doc, err := Parse(q.Files...)
	if err != nil {
		return Plan{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[Plan]{
		Name: "policy.plan",
		Read: func(r *gate.Reader) (Plan, error) {
			p, _, err := s.planned(r, doc, q.Prune)
			return p, err
		},
	})
}

// Apply writes what Plan says, as a whole or not at all, and returns it. It is
// remit.Stale when something else is stored than at the plan, remit.Denied when
// it gives or takes what the applier does not hold (R24), and remit.Conflict
// when a project would be left without anybody to give access (R25).
func (s *Service) Apply(ctx context.Context, who authz.Subject, q Request) (Plan, error) {
	doc, err := Parse(q.Files...)
	if err != nil {
		return Plan{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[Plan]{
		Name: "policy.apply",
		Apply: func(tx *gate.Tx) (Plan, error) {
			p, c, err := s.planned(&tx.Reader, doc, q.Prune)
			if err != nil {
				return p, err
			}
			if err := fresh(q.Version, p.Version); err != nil {
				return p, err
			}
			return p, c.write(tx, "policy.apply")
		},
	})
}

// Lint is the function of that name in the world of what is stored, for those
// who may plan. Faults in reading are remit.Invalid, as of Plan.
func (s *Service) Lint(ctx context.Context, who authz.Subject, files []File) ([]Finding, error) {
	doc, err := Parse(files...)
	if err != nil {
		return nil, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[[]Finding]{
		Name: "policy.plan",
		Read: func(r *gate.Reader) ([]Finding, error) { return lint(r, doc) },
	})
}

func lint(r *gate.Reader, doc *Document) ([]Finding, error) {
	s, err := see(r)
	if err == nil {
		err = s.admits(r, doc)
	}
	if err != nil {
		return nil, err
	}
	world := worldOf(r, s)
	world.Held = heldIn(s.Written)
	words, faults := check(doc, world)
	if len(faults) == 0 {
		c, _ := compare(doc, s.Written, false)
		if world.After, err = r.Policy().Recompile(c.source(r.Source(), world, words)); err != nil {
			return nil, fmt.Errorf("compiling what the files say: %w", err)
		}
	}
	return Lint(doc, world, r.Now()), nil
}

// fresh refuses what was planned on something else.
func fresh(planned, stored string) error {
	if planned == "" || planned == stored {
		return nil
	}
	return remit.Errorf(remit.Stale, "What is stored changed since it was read").WithCode("stale").WithHint("Read or plan it again, and name that version.")
}

// planned compares the document with what is stored.
func (s *Service) planned(r *gate.Reader, doc *Document, prune bool) (Plan, *comparison, error) {
	seen, err := see(r)
	if err != nil {
		return Plan{}, nil, err
	}
	p, c, err := s.plan(r, doc, seen, prune)
	p.Version = versionOf(seen.text())
	return p, c, err
}

func (s *Service) plan(r *gate.Reader, doc *Document, seen sight, prune bool) (Plan, *comparison, error) {
	if err := seen.admits(r, doc); err != nil {
		return Plan{}, nil, err
	}
	world := worldOf(r, seen)
	words, faults := check(doc, world)
	if len(faults) > 0 {
		return Plan{}, nil, faults.err()
	}
	c, faults := compare(doc, seen.Written, prune)
	more, err := s.collections(r, c)
	if err != nil {
		return Plan{}, nil, err
	}
	if faults = append(faults, more...); len(faults) > 0 {
		return Plan{}, nil, faults.err()
	}
	p := Plan{Changes: c.changes, Partial: len(seen.closed) > 0}
	if len(c.changes) == 0 {
		return p, c, nil
	}
	after, err := r.Policy().Recompile(c.source(r.Source(), world, words))
	if err != nil {
		return p, nil, fmt.Errorf("compiling what the files say: %w", err)
	}
	p.Effects = tellerOf(r, seen, world).effects(authz.Diff(r.Policy(), after, r.Now().UnixMicro()), r.Now())
	return p, c, nil
}

// worldOf is what is stored and seen, for reading files against. Accounts and
// teams may be named by those too who may not list them.
func worldOf(r *gate.Reader, s sight) World {
	source := r.Source()
	w := World{Catalog: source.Catalog, Roles: map[string]bool{}, Users: make(map[string]string, len(source.Users)), Teams: map[string]string{},
		Projects: make(map[string]string, len(s.Projects)), HushUsers: !r.Can("user.read", authz.Resource{}).Allowed, HushTeams: !s.teams}
	for _, u := range source.Users {
		w.Users[u.Name] = u.ID
	}
	for _, role := range s.Roles {
		w.Roles[role.Name] = role.Site
	}
	for _, t := range s.Teams {
		w.Teams[t.Name] = string(t.ID)
	}
	for _, p := range s.Projects {
		w.Projects[p.Slug] = string(p.ID)
	}
	return w
}

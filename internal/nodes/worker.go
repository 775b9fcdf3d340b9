package nodes

import (
	"context"
	"errors"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
)

// worker is what of a node its requests and claims go by. It stays in memory
// until a node is registered or changed.
type worker struct {
	jobs.NodeInfo
	state string
}

func (w worker) subject() authz.Subject {
	who := authz.Subject{Kind: authz.Node, ID: string(w.ID), Name: w.Name, Site: w.Site}
	if !who.Site {
		who.Projects = []string{string(w.Project)}
	}
	return who
}

// where it claims: in its project, or anywhere.
func (w worker) where() authz.Resource { return authz.Resource{Project: string(w.Project)} }

func scanWorker(s db.Scanner, w *worker) error {
	err := s.Scan(&w.ID, &w.Name, &w.Project, &w.Own, &w.state)
	w.Site = w.Project == ""
	return err
}

// Authenticate turns a node's secret into who asks; gate.InvalidKey for all
// that is wrong with it, a retired node's included (R1).
func (s *Service) Authenticate(ctx context.Context, secret string) (authz.Subject, error) {
	if !identity.ValidSecret(secretPrefix, secret) {
		return authz.Subject{}, invalidKey()
	}
	return gate.View(ctx, s.gate, authenticator, gate.Query[authz.Subject]{
		Name: "identity.authenticate",
		Read: func(r *gate.Reader) (authz.Subject, error) {
			w, err := s.worker(r, selectWorkerByHash, identity.Hash(secret))
			if errors.Is(err, db.ErrNoRows) || err == nil && w.state == remit.NodeRetired {
				return authz.Subject{}, invalidKey()
			}
			if err != nil {
				return authz.Subject{}, fmt.Errorf("reading a node's credential: %w", err)
			}
			return w.subject(), nil
		},
		Kept: true,
	})
}

// self is the asking node, nothing for anybody else: the gate has the answer to
// those. While a transaction of it lasts, it stays as it is.
func (s *Service) self(r *gate.Reader, who authz.Subject) (worker, error) {
	if who.Kind != authz.Node {
		return worker{}, nil
	}
	w, err := s.worker(r, selectWorker, who.ID)
	if errors.Is(err, db.ErrNoRows) {
		return w, gate.NotFound("nodes")
	}
	if err != nil {
		return w, fmt.Errorf("reading node %s: %w", who.ID, err)
	}
	return w, nil
}

// worker finds one by the query's only argument.
func (s *Service) worker(r *gate.Reader, query, by string) (worker, error) {
	return s.known.Of(r, by, func() (worker, error) { return db.One(r, scanWorker, query, by) })
}

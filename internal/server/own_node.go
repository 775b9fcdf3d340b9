package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/agent"
	"github.com/remit-server/remit/internal/builtin"
)

// ownName names the node inside this server. Several servers on one database
// have one each, so the name is kept in the data directory.
func (s *Server) ownName() (string, error) {
	path := filepath.Join(s.opts.Dir, "server.name")
	known, err := os.ReadFile(path)
	if err == nil && len(known) > 0 {
		return string(known), nil
	}
	name := "server-" + strings.ToLower(rand.Text()[:6])
	if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
		return "", fmt.Errorf("naming the server's own node: %w", err)
	}
	return name, nil
}

// startOwnNode runs the server's own node, which takes built-in types only: an
// ordinary agent whose client reaches the handler without a network.
func (s *Server) startOwnNode(ctx context.Context, handler http.Handler, loops *sync.WaitGroup) error {
	name, err := s.ownName()
	if err != nil {
		return err
	}
	node, err := s.Nodes.Own(ctx, Setup, name)
	if err != nil {
		return fmt.Errorf("registering the server's own node: %w", err)
	}
	if node.State == remit.NodeRetired {
		s.opts.Log.Warn("the server's own node was retired: nothing runs built-in jobs here", "node", name)
		return nil
	}
	s.own = authz.Subject{Kind: authz.Node, ID: string(node.ID), Name: node.Name, Site: true}
	pipe := newPipe()
	inner := &http.Server{Handler: handler, BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	c, err := client.NewWithTransport("http://remit.internal", node.Secret, pipe.transport())
	if err != nil {
		return err
	}
	run := builtin.New(builtin.Options{Archive: s.Archive, Jobs: s.Jobs, Node: s.own})
	a := agent.New(agent.Options{Client: c, Want: client.Want{Slots: 2, Version: s.opts.Version},
		Executors: map[string]agent.Executor{"builtin": functions{run}}, Dir: filepath.Join(s.opts.Dir, "work"), Now: time.Now, Log: s.opts.Log})
	go func() { _ = inner.Serve(pipe) }() // ends when pipe is closed
	loops.Go(func() {
		defer shut(inner)
		if err := a.Run(ctx); err != nil {
			s.opts.Log.Error("the server's own node stopped", "error", err)
		}
	})
	return nil
}

// shut waits for the node's last calls, which use the database.
func shut(inner *http.Server) {
	last, done := context.WithTimeout(context.Background(), stopping)
	defer done()
	if inner.Shutdown(last) != nil {
		_ = inner.Close() // they had their time
	}
}

// functions makes the built-in functions an executor of the agent.
type functions struct{ *builtin.Functions }

// Execute implements agent.Executor.
func (f functions) Execute(ctx context.Context, w agent.Work) agent.Outcome {
	result, err := f.Run(ctx, w.Assignment, func(p remit.Progress) error { w.Progress(p); return ctx.Err() }, w.Stdout)
	if err != nil {
		o := agent.Failed("%v", err)
		o.Result = result
		return o
	}
	return agent.Outcome{State: remit.JobSucceeded, Result: json.RawMessage(result)}
}

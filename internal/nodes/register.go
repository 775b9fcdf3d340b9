package nodes

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// NewNode is a node to register.
type NewNode struct {
	Name    string            // unique on the site
	Project string            // slug of the one it serves; "" = every project
	Labels  map[string]string // what job types can require
	Slots   int               // jobs at once; 0 = 1
}

// MaxSlots bounds how many jobs a node has at once.
const MaxSlots = 1024

const maxLabels = 50

var nodeName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

func (n *NewNode) complete() error {
	if n.Slots == 0 {
		n.Slots = 1
	}
	switch {
	case !nodeName.MatchString(n.Name):
		return invalid("name", "%.80q is no name for a node: use up to 63 lower-case letters, digits and . _ -, and begin with a letter or digit", n.Name)
	case n.Slots < 1 || n.Slots > MaxSlots:
		return invalid("slots", "A node has 1 to %d slots, not %d", MaxSlots, n.Slots)
	case len(n.Labels) > maxLabels:
		return invalid("labels", "A node has at most %d labels", maxLabels)
	}
	for key, value := range n.Labels {
		if key == "" || len(key) > 63 || len(value) > 255 || !remit.IsText(key+value) {
			return invalid("labels", "%.80q is no label: text without zero bytes, a key of 1 to 63 bytes, a value of at most 255", key)
		}
	}
	return nil
}

// Register makes a node. Its Secret is in this answer and nowhere else.
// remit.Conflict when the name is taken.
func (s *Service) Register(ctx context.Context, who authz.Subject, n NewNode) (remit.Node, error) {
	return s.enrol(ctx, who, n, false)
}

// enrol registers a node; own is only for Own to say.
func (s *Service) enrol(ctx context.Context, who authz.Subject, n NewNode, own bool) (remit.Node, error) {
	if err := n.complete(); err != nil {
		return remit.Node{}, err
	}
	var project projects.Row
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Node]{
		Name: "node.register",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			if n.Project != "" {
				project, err = projects.Locate(tx, n.Project)
			}
			return project.Resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.Node, error) { return s.register(tx, n, project, own) },
	})
}

func (s *Service) register(tx *gate.Tx, n NewNode, project projects.Row, own bool) (remit.Node, error) {
	if err := identity.Endless(&tx.Reader); err != nil {
		return remit.Node{}, err
	}
	secret, hash := identity.NewSecret(secretPrefix)
	id := remit.NewID[remit.NodeID](tx.Now())
	labels := n.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	_, err := tx.Exec(insertNode, id, n.Name, project.ID, own, db.JSON(labels), n.Slots, hash, tx.Now().UnixMicro(), by(tx.Who()))
	if db.IsUnique(err) {
		return remit.Node{}, remit.Errorf(remit.Conflict, "There is a node named %s already", n.Name).WithCode("name_taken").WithField("name")
	}
	if err != nil {
		return remit.Node{}, fmt.Errorf("storing node %s: %w", n.Name, err)
	}
	tx.Changed(gate.Nodes)
	tx.About(string(id))
	tx.Note("node %s", n.Name)
	return s.withSecret(tx, id, secret)
}

// by is the account that registers a node; "" for a server and where nobody signs in.
func by(who authz.Subject) string {
	if who.Kind != authz.Person {
		return ""
	}
	return who.ID
}

func (s *Service) withSecret(tx *gate.Tx, id remit.NodeID, secret string) (remit.Node, error) {
	stored, err := find(tx, id)
	if err != nil {
		return remit.Node{}, err
	}
	node, err := s.present(&tx.Reader, stored)
	node.Secret = secret
	return node, err
}

// Own is the node of a server itself, which serves every project and is the
// only kind that runs built-in jobs: registered at its first start, with a new
// secret at each later one. Its state stays what somebody made it; a retired
// one comes back retired, and its secret is as dead as the old one.
// remit.Conflict when another node has the name.
func (s *Service) Own(ctx context.Context, who authz.Subject, name string) (remit.Node, error) {
	id, err := s.named(ctx, who, name)
	if err != nil {
		return remit.Node{}, err
	}
	if id == "" {
		return s.enrol(ctx, who, NewNode{Name: name}, true)
	}
	return s.change(ctx, who, id, func(tx *gate.Tx, n *row) (string, error) {
		if !n.Own {
			return "", remit.Errorf(remit.Conflict, "Node %s was registered by somebody and is not part of a server", n.Name).WithCode("not_own")
		}
		secret, hash := identity.NewSecret(secretPrefix)
		tx.Note("new secret for node %s", n.Name)
		_, err := tx.Exec(updateSecret, n.ID, hash)
		return secret, err
	})
}

// named is the id of a node, "" when there is none.
func (s *Service) named(ctx context.Context, who authz.Subject, name string) (remit.NodeID, error) {
	if !nodeName.MatchString(name) {
		return "", nil // registering it is refused
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.NodeID]{
		Name: "node.register",
		Read: func(r *gate.Reader) (remit.NodeID, error) {
			n, err := db.One(r, scanNode, selectNodeByName, name)
			if errors.Is(err, db.ErrNoRows) {
				return "", nil
			}
			return n.ID, err
		},
	})
}

// change is an update of a node; a secret that apply returns is shown.
func (s *Service) change(ctx context.Context, who authz.Subject, id remit.NodeID, apply func(*gate.Tx, *row) (string, error)) (remit.Node, error) {
	var n row
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Node]{
		Name: "node.update",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			n, err = find(tx, id)
			return n.resource(who), err
		},
		Apply: func(tx *gate.Tx) (remit.Node, error) {
			secret, err := apply(tx, &n)
			if err != nil {
				return remit.Node{}, fmt.Errorf("changing node %s: %w", n.Name, err)
			}
			tx.Changed(gate.Nodes)
			tx.Notify("node", string(n.ID))
			return s.withSecret(tx, n.ID, secret)
		},
	})
}

// states that a node can be put in.
var states = []string{remit.NodeActive, remit.NodeDraining, remit.NodePaused, remit.NodeRetired}

// SetState drains, pauses, retires or activates a node. A retired one stays
// retired: its credential is dead, and what it holds comes back when its
// leases end.
func (s *Service) SetState(ctx context.Context, who authz.Subject, id remit.NodeID, state string) (remit.Node, error) {
	if !known(state) {
		return remit.Node{}, invalid("state", "There is no node state %.40q", state).WithHint("There are active, draining, paused and retired.")
	}
	return s.change(ctx, who, id, func(tx *gate.Tx, n *row) (string, error) {
		if n.State == remit.NodeRetired && state != n.State {
			return "", remit.Errorf(remit.Conflict, "Node %s is retired", n.Name).WithCode("retired").WithHint("Register a new one.")
		}
		tx.Note("node %s is %s", n.Name, state)
		if _, err := tx.Exec(updateState, n.ID, n.State, state); err != nil {
			return "", err
		}
		tx.Notify("queue", string(n.ProjectID)) // it may be waiting
		return "", nil
	})
}

func invalid(field, format string, args ...any) *remit.Error {
	return remit.Errorf(remit.Invalid, format, args...).WithCode("invalid").WithField(field)
}

package nodes

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

func known(state string) bool { return slices.Contains(states, state) }

// Nodes lists those that the asker may see, oldest first. after is the id of
// the last one of the page before.
func (s *Service) Nodes(ctx context.Context, who authz.Subject, limit int, after string) (remit.Page[remit.Node], error) {
	limit, err := remit.Limit(limit)
	if err != nil {
		return remit.Page[remit.Node]{}, err
	}
	if after != "" && !remit.IsID[remit.NodeID](after) {
		return remit.Page[remit.Node]{}, invalid("after", "%.80q is no cursor of this list", after).WithHint("Use the `next` of the page before.")
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Node]]{
		Name: "node.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Node], error) { return s.list(r, limit, after) },
	})
}

func (s *Service) list(r *gate.Reader, limit int, after string) (page remit.Page[remit.Node], err error) {
	visible, args := gate.Where(r.Scope("node.list"), gate.Columns{Project: "project_id"}, 3)
	rows, err := db.Rows(r, scanNode, fmt.Sprintf(selectNodes, visible), append([]any{after, limit + 1}, args...)...)
	if err != nil {
		return page, fmt.Errorf("listing nodes: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = string(rows[limit-1].ID)
	}
	page.Permissions = []string{}
	if r.Can("node.register", authz.Resource{}).Allowed {
		page.Permissions = append(page.Permissions, "create")
	}
	page.Items, err = s.presentAll(r, rows)
	return page, err
}

// Node is one node, or gate.NotFound.
func (s *Service) Node(ctx context.Context, who authz.Subject, id remit.NodeID) (remit.Node, error) {
	var n row
	return gate.View(ctx, s.gate, who, gate.Query[remit.Node]{
		Name: "node.read",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			n, err = find(r, id)
			return n.resource(who), err
		},
		Read: func(r *gate.Reader) (remit.Node, error) { return s.present(r, n) },
	})
}

// Self is the asking node.
func (s *Service) Self(ctx context.Context, who authz.Subject) (remit.Node, error) {
	return s.Node(ctx, who, remit.NodeID(who.ID))
}

// Held lists the leases that the asking node has, so that one that was
// restarted can release its jobs or go on with them. session is as of Want: the
// leases of another program that works as the node are remit.Conflict "node_busy".
func (s *Service) Held(ctx context.Context, who authz.Subject, session string) ([]remit.Lease, error) {
	if err := checkSession(session); err != nil {
		return nil, err
	}
	var n row
	return gate.View(ctx, s.gate, who, gate.Query[[]remit.Lease]{
		Name: "node.read",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			n, err = find(r, remit.NodeID(who.ID))
			return n.resource(who), err
		},
		Read: func(r *gate.Reader) ([]remit.Lease, error) {
			if err := s.alone(r, n, session); err != nil {
				return nil, err
			}
			return s.jobs.Held(r, n.ID)
		},
	})
}

func (s *Service) present(r *gate.Reader, n row) (remit.Node, error) {
	all, err := s.presentAll(r, []row{n})
	if err != nil {
		return remit.Node{}, err
	}
	return all[0], nil
}

func (s *Service) presentAll(r *gate.Reader, rows []row) ([]remit.Node, error) {
	var in []remit.ProjectID
	var ids []remit.NodeID
	for _, n := range rows {
		ids = append(ids, n.ID)
		if n.ProjectID != "" {
			in = append(in, n.ProjectID)
		}
	}
	slugs, err := projects.Slugs(r, in...)
	if err != nil {
		return nil, fmt.Errorf("looking up the projects of nodes: %w", err)
	}
	running, err := s.jobs.RunningOn(r, ids...)
	if err != nil {
		return nil, err
	}
	items := make([]remit.Node, len(rows))
	for i, n := range rows {
		items[i] = n.Node
		items[i].Project, items[i].Running = slugs[n.ProjectID], running[n.ID]
		items[i].RegisteredBy = r.UserName(remit.UserID(n.RegisteredBy))
		items[i].Online = n.online(r.Now(), s.jobs.HeartbeatEvery())
		items[i].Permissions = append([]string{}, r.Actions(n.resource(r.Who()), "node.read", "node.update")...)
	}
	return items, nil
}

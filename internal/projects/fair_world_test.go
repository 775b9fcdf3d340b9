package projects_test

import (
	"fmt"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

const (
	budget     = "record:view.budget"
	editBudget = "record:edit.budget"
	events     = "record:view.events"
)

// band is the world of the examples: everybody may edit roles as far as R24
// lets them, so that nothing else refuses what a test tries.
func band(t *testing.T, d *db.DB) *world {
	w := newWorld(t, d)
	w.must(w.DeclarePermissions(t.Context(), setup, authz.Permission{Name: "record:view.overview"}, authz.Permission{Name: events},
		authz.Permission{Name: budget}, authz.Permission{Name: editBudget, Requires: []string{budget}},
		authz.Permission{Name: "member:assign.drummer"}, authz.Permission{Name: "member:assign.production_manager"}))
	for _, role := range []remit.Role{
		{Name: "signed_in", Site: true, Allow: []string{"role:read", "role:update", "key:create@own", "key:read@own"}},
		{Name: "production_manager", Allow: []string{events, budget, editBudget}},
		{Name: "drummer", Allow: []string{"record:view.overview", events}},
		{Name: "grants", Allow: []string{"project:view", "member:read", "access:grant"}},
		{Name: "registrar", Allow: []string{"project:view", "member:read", "access:grant", "member:assign.drummer"}},
	} {
		w.must(w.PutRole(t.Context(), setup, role))
	}
	w.project("p1")
	w.project("p2")
	w.member("p1", "olga", "owner")
	w.member("p2", "otto", "owner")
	w.person("eve")
	w.mustKeep(gate.Everything, siteRole("staff", events, budget))
	return w
}

func (w *world) mustKeep(part gate.Part, change ...projects.Statement) {
	w.Helper()
	w.must(w.Keep(w.Context(), setup, part, change...))
}

// keep is a change of a part by somebody.
func (w *world) keep(who authz.Subject, part gate.Part, change ...projects.Statement) error {
	return w.Keep(w.Context(), who, part, change...)
}

func (w *world) id(slug string) remit.ProjectID {
	w.Helper()
	p, err := w.Project(w.Context(), setup, slug)
	w.must(err)
	return p.ID
}

func (w *world) add(who authz.Subject, slug, user string, roles ...string) error {
	_, err := w.AddMember(w.Context(), who, slug, projects.NewMember{User: user, Roles: roles})
	return err
}

func (w *world) entry(who authz.Subject, slug string, e remit.Entry) error {
	_, err := w.AddEntry(w.Context(), who, slug, e)
	return err
}

func statement(query string, args ...any) projects.Statement {
	return projects.Statement{Query: query, Args: args}
}

func siteRole(name string, allow ...string) projects.Statement {
	return statement(`INSERT INTO roles (name, title, description, allow, site) VALUES ($1, '', '', $2, TRUE)`, name, db.JSON(allow))
}

func team(name string) projects.Statement {
	return statement(`INSERT INTO teams (id, name, title, created_at) VALUES ($1, $1, '', 0)`, name)
}

func intoTeam(name string, who authz.Subject) projects.Statement {
	return statement(`INSERT INTO team_users (team_id, user_id) VALUES ($1, $2)`, name, who.ID)
}

func outOfTeam(name string, who authz.Subject) projects.Statement {
	return statement(`DELETE FROM team_users WHERE team_id = $1 AND user_id = $2`, name, who.ID)
}

// teamIn makes a team a member of a project.
func (w *world) teamIn(slug, name, role string, until any) []projects.Statement {
	id := fmt.Sprintf("%s in %s as %s", name, slug, role)
	return []projects.Statement{
		statement(`INSERT INTO members (id, project_id, team_id, collection_id, live_until, why, written_by, created_at)
			VALUES ($1, $2, $3, '', $4, '', '', 0)`, id, string(w.id(slug)), name, until),
		statement(`INSERT INTO member_roles (member_id, role) VALUES ($1, $2)`, id, role),
	}
}

func siteMember(who authz.Subject, role string) projects.Statement {
	return statement(`INSERT INTO site_members (id, user_id, role, why, written_by, created_at) VALUES ($1, $2, $3, '', '', 0)`, who.ID+role, who.ID, role)
}

func siteOverride(role, permission, effect string) projects.Statement {
	return statement(`INSERT INTO site_overrides (role, permission, effect) VALUES ($1, $2, $3)`, role, permission, effect)
}

func siteEntry(who authz.Subject, permission, effect string, from any) projects.Statement {
	return statement(`INSERT INTO site_entries (id, user_id, permission, effect, live_from, why, written_by, created_at)
		VALUES ($1, $2, $3, $4, $5, '', '', 0)`, who.ID+permission+effect, who.ID, permission, effect, from)
}

func reserve(permission string, reserved bool) projects.Statement {
	return statement(`INSERT INTO reservations (permission, reserved) VALUES ($1, $2)`, permission, reserved)
}

package policyfile

import (
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// write makes the changes in tx, and says them for the audit log: those of each
// project in an entry of its own. It is refused unless each change would be
// permitted by itself.
func (c *comparison) write(tx *gate.Tx, operation string) error {
	if len(c.changes) == 0 {
		tx.Note("nothing changed")
		tx.Changed(gate.Nothing)
		return nil
	}
	if err := c.permitted(tx); err != nil {
		return err
	}
	said := map[string][]string{}
	for _, change := range c.changes {
		said[change.Project] = append(said[change.Project], change.String())
	}
	tx.Note("%d changes\n%s", len(c.changes), strings.Join(said[""], "\n"))
	for _, p := range c.stored.Projects {
		if lines := said[p.Slug]; len(lines) > 0 {
			if err := tx.Record(operation, p.ID, "", strings.Join(lines, "\n")); err != nil {
				return err
			}
		}
	}
	return projects.Rewrite(tx, c.writes)
}

// permitted asks, for all that is written, the operation that does the same by
// itself.
func (c *comparison) permitted(tx *gate.Tx) error {
	a := &asking{tx: tx}
	if len(c.writes.Declare) > 0 {
		a.on("permission.declare", "")
	}
	for _, role := range c.writes.Roles {
		a.on("role.update", role.Name)
	}
	for _, role := range c.writes.DropRoles {
		a.on("role.delete", role)
	}
	c.teamsPermitted(a)
	if len(c.writes.Reservations) > 0 {
		a.on("site.reserve", "")
	}
	slugs := map[remit.ProjectID]string{}
	for _, p := range c.stored.Projects {
		slugs[p.ID] = p.Slug
	}
	for _, w := range c.writes.Access {
		if w.Project == "" {
			a.onSite(w)
		} else {
			a.inProject(w, slugs[w.Project])
		}
	}
	return a.err
}

func (c *comparison) teamsPermitted(a *asking) {
	known := map[string]string{}
	for _, t := range c.stored.Teams {
		known[t.Name] = string(t.ID)
	}
	for _, t := range c.writes.Teams {
		if id, there := known[t.Name]; there {
			a.on("team.update", id)
		} else {
			a.on("team.create", "")
		}
	}
	for _, name := range c.writes.DropTeams {
		a.on("team.delete", known[name])
	}
}

// asking is the first refusal of several questions.
type asking struct {
	tx  *gate.Tx
	err error
}

// on asks about a thing of the site, or about none.
func (a *asking) on(operation, thing string) {
	if a.err == nil {
		a.err = a.tx.Require(operation, authz.Resource{Thing: thing})
	}
}

func (a *asking) onSite(w projects.AccessRewriting) {
	if len(w.Overrides) > 0 {
		a.on("site.override", "")
	}
	if len(w.Members)+len(w.DropMembers) > 0 {
		a.on("site.member", "")
	}
	if len(w.Entries)+len(w.DropEntries) > 0 {
		a.on("site.entry", "")
	}
}

// inProject asks for the right to write its access, and when parts are opened
// or closed for that to publish.
func (a *asking) inProject(w projects.AccessRewriting, slug string) {
	operations := []string{"access.write"}
	if len(w.Open)+len(w.Close) > 0 {
		operations = append(operations, "project.publish")
	}
	for _, operation := range operations {
		if a.err == nil {
			a.err = about(slug, a.tx.Require(operation, inProject(w.Project)))
		}
	}
}

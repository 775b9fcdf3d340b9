package policyfile

import (
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// write makes the changes in tx, and says them for the audit log: those of each
// project in an entry of its own.
func (c *comparison) write(tx *gate.Tx, operation string) error {
	if len(c.changes) == 0 {
		tx.Note("nothing changed")
		tx.Changed(gate.Nothing)
		return nil
	}
	for _, a := range c.writes.Access {
		if err := mayPublish(tx, a); err != nil {
			return err
		}
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

// publish is the right to open and close parts of a project.
const publish = "project:publish"

func mayPublish(tx *gate.Tx, a projects.AccessRewriting) error {
	if len(a.Open)+len(a.Close) == 0 {
		return nil
	}
	d := tx.Holds(publish, authz.Resource{Project: string(a.Project)})
	if d.Allowed {
		return nil
	}
	err := remit.Errorf(remit.Denied, "Insufficient permissions").WithHint("To open or close parts of a project you need %s.", publish)
	err.Decision = &d
	return err
}

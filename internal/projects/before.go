package projects

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// The words of the audit log for what was before a change.

// roleBefore is what a template allowed, for the end of a note.
func roleBefore(tx *gate.Tx, name string) string {
	for _, roles := range [][]authz.Role{tx.Source().Roles, tx.Source().SiteRoles} {
		for _, role := range roles {
			if role.Name == name {
				return "; before: " + namedOr(strings.Join(role.Allow, ", "), "nothing")
			}
		}
	}
	return "; it is new"
}

// overrideBefore is what an override was, for the end of a note.
func overrideBefore(tx *gate.Tx, project remit.ProjectID, o remit.Override) string {
	all := tx.Source().Projects
	at := slices.IndexFunc(all, func(p authz.Project) bool { return p.ID == string(project) })
	if at >= 0 {
		for _, was := range all[at].Overrides {
			if was.Role == o.Role && was.Pattern == o.Permission {
				for name, effect := range effects {
					if effect == was.Effect {
						return "; before: " + name
					}
				}
			}
		}
	}
	return "; before: inherit"
}

// duringText is an interval for the end of a note; "" for one without ends.
func duringText(from, until *time.Time) (text string) {
	if from != nil {
		text += " from " + from.UTC().Format(time.RFC3339)
	}
	if until != nil {
		text += " until " + until.UTC().Format(time.RFC3339)
	}
	return text
}

// because is a reason for the end of a note.
func because(why string) string {
	if why == "" {
		return ""
	}
	return fmt.Sprintf(", because %q", why)
}

func namedOr(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

// changedText says what an edit made of a project.
func changedText(was, is remit.Project) string {
	var parts []string
	for _, f := range []struct{ name, before, after string }{{"slug", was.Slug, is.Slug}, {"title", was.Title, is.Title}, {"description", was.Description, is.Description},
		{"visibility of new collections", was.CollectionVisibility, is.CollectionVisibility}} {
		if f.before != f.after {
			parts = append(parts, fmt.Sprintf("%s %.200q → %.200q", f.name, f.before, f.after))
		}
	}
	return namedOr(strings.Join(parts, "; "), "nothing changed")
}

package projects

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Publication is what everybody may do in a project, or not any more.
type Publication struct {
	Permission string
	Public     bool
	Warnings   []string // denies that cannot bite any more (R7), and what is missing
}

// Publish opens a permission of a project to everybody, signed in or not, or
// closes it again. It takes exact names that may be public; others are
// remit.Invalid (R2). It is a right of its own: R24 does not ask what the
// publisher holds.
func (s *Service) Publish(ctx context.Context, who authz.Subject, slug string, p Publication) (Publication, error) {
	if err := checkText("permission", p.Permission); err != nil {
		return p, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[Publication]{
		Name:  "project.publish",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (Publication, error) { return publish(tx, slug, p) },
	})
}

func publish(tx *gate.Tx, slug string, p Publication) (Publication, error) {
	project, err := Locate(tx, slug)
	if err != nil {
		return p, err
	}
	p.Warnings = nil
	tx.About(string(project.ID))
	tx.Changed(gate.InProject(project.ID))
	if !p.Public {
		tx.Note("closed %s of %s", p.Permission, slug)
		return p, closePart(tx, project.ID, p.Permission)
	}
	named, err := publishable(tx.Policy(), p.Permission)
	if err != nil {
		return p, err
	}
	tx.Note("opened %s of %s to everybody", p.Permission, slug)
	p.Warnings = append(silenced(&tx.Reader, project, named), lacking(tx.Policy(), project.ID, named)...)
	_, err = tx.Exec(insertPart, string(project.ID), p.Permission)
	return p, err
}

// publishable is the permission with this name, which may be public.
func publishable(p *authz.Policy, name string) (authz.Permission, error) {
	named, known := p.Permission(name)
	switch {
	case !known || named.Name != name:
		return named, invalid("permission", "%w", unknown(p, name)).WithHint("What is public is named exactly, without a pattern or a selector.")
	case named.Level == authz.OnSite:
		return named, invalid("permission", "%s is a permission of the site; it cannot be given in a project", name)
	case !named.PublicOK:
		return named, invalid("permission", "%s may not be given to everybody", name)
	}
	return named, nil
}

// closePart takes a part back, whatever the catalogue has lost.
func closePart(tx *gate.Tx, project remit.ProjectID, name string) error {
	closed, err := tx.Exec(deletePart, string(project), name)
	if err != nil || closed > 0 {
		return err
	}
	_, err = publishable(tx.Policy(), name)
	return err
}

// lacking warns of what a permission requires and everybody lacks (R15).
func lacking(p *authz.Policy, project remit.ProjectID, named authz.Permission) (warnings []string) {
	for _, name := range named.Requires {
		if !p.Check(authz.Subject{}, name, authz.Resource{Project: string(project)}, 0).Allowed && name != authz.ProjectView {
			warnings = append(warnings, named.Name+" opens nothing until "+name+" is open as well.")
		}
	}
	return warnings
}

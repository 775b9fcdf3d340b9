package projects

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Matrix shows what each role means in a project, for those with access:view.
// It is read from the policy, without a query for each cell.
func (s *Service) Matrix(ctx context.Context, who authz.Subject, slug string) (remit.Matrix, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.Matrix]{
		Name: "access.read",
		On:   onProject(slug),
		Read: func(r *gate.Reader) (remit.Matrix, error) { return matrix(r, slug) },
	})
}

func matrix(r *gate.Reader, slug string) (m remit.Matrix, err error) {
	project, err := Locate(r, slug)
	if err != nil {
		return m, err
	}
	all, err := roles(r)
	if err != nil {
		return m, err
	}
	for _, role := range all {
		if !role.Site {
			m.Roles = append(m.Roles, role)
		}
	}
	t, err := tryOn(r, string(project.ID), m.Roles)
	if err != nil {
		return m, err
	}
	for _, name := range t.policy.Names("") {
		if p, _ := t.policy.Permission(name); p.Level == authz.InProject && !p.Never {
			m.Rows = append(m.Rows, t.row(p, m.Roles))
		}
	}
	return m, nil
}

// trial is the project with one account for each role, which holds that role
// and nothing else. So the engine itself decides what comes of a role.
type trial struct {
	policy    *authz.Policy
	project   string
	overrides []authz.Override
	templates []authz.Role
	now       int64
}

func tryOn(r *gate.Reader, project string, roles []remit.Role) (*trial, error) {
	src := r.Source()
	at, known := find(src.Projects, project)
	if !known {
		return nil, fmt.Errorf("project %s is not in the policy", project)
	}
	alone := src.Projects[at]
	alone.Members, alone.Entries = nil, nil
	src.Users, src.Teams, src.SiteMembers, src.SiteEntries = nil, nil, nil, nil
	for _, role := range roles {
		src.Users = append(src.Users, authz.User{ID: holderOf(role.Name)})
		alone.Members = append(alone.Members, authz.Member{User: holderOf(role.Name), Role: role.Name})
	}
	src.Projects = []authz.Project{alone}
	policy, err := r.Policy().Recompile(src)
	return &trial{policy, project, sortedOverrides(meaning{overrides: alone.Overrides}), src.Roles, r.Now().UnixMicro()}, err
}

// holderOf is an account that cannot be: ids have no colon.
func holderOf(role string) string { return "role:" + role }

func (t *trial) row(p authz.Permission, roles []remit.Role) remit.MatrixRow {
	row := remit.MatrixRow{Permission: p.Name, Title: p.Title, Selectors: p.Selectors}
	for _, role := range roles {
		row.Cells = append(row.Cells, remit.MatrixCell{Own: t.half(role.Name, p, true), Others: t.half(role.Name, p, false)})
	}
	return row
}

func (t *trial) half(role string, p authz.Permission, own bool) remit.MatrixHalf {
	h := t.said(role, p, own)
	on := authz.Resource{Project: t.project}
	if own {
		on.Owner = holderOf(role)
	}
	d := t.policy.Check(authz.Subject{Kind: authz.Person, ID: holderOf(role)}, p.Name, on, t.now)
	h.Allowed, h.Rule = d.Allowed, ruleName(d.Rule)
	return h
}

// outcomes are what the overrides of a role do to it, the first that is there
// before the next (R12).
var outcomes = []struct {
	effect      authz.Effect
	word, comes string
}{{authz.Deny, "deny", "deny"}, {authz.Allow, "allow", "allow"}, {authz.Remove, "remove", "none"}}

// said is what a role says of a cell: its overrides here before its template.
func (t *trial) said(role string, p authz.Permission, own bool) remit.MatrixHalf {
	for _, one := range outcomes {
		for _, o := range t.overrides {
			if o.Role == role && o.Effect == one.effect && speaks(o.Pattern, p, own) {
				return remit.MatrixHalf{Effect: one.comes, From: "override", Override: one.word, Pattern: o.Pattern}
			}
		}
	}
	for _, pattern := range template(t.templates, role) {
		if speaks(pattern, p, own) {
			return remit.MatrixHalf{Effect: "allow", From: "template", Pattern: pattern}
		}
	}
	return remit.MatrixHalf{Effect: "none"}
}

func template(roles []authz.Role, name string) []string {
	for _, role := range roles {
		if role.Name == name {
			return role.Allow
		}
	}
	return nil
}

package authz

import (
	"fmt"

	"github.com/cedar-policy/cedar-go"
)

// Cedar decides by one policy over roles as data, which is its fast way: it
// evaluates every policy of the set for each question. A project says in its
// tags which roles allow and deny what there, with templates and overrides
// worked out; a user says which roles are held. Whose the thing is comes with
// the question: two contexts for each permission are made beforehand, so that
// none is made while it is measured.
//
// ByPolicy is the way of its tutorials, a policy for each role in each project.
type Cedar struct {
	ByPolicy bool

	policies *cedar.PolicySet
	entities cedar.EntityMap
	asked    map[string]cell
	model    Model
}

// cell is what a question about a permission needs.
type cell struct {
	action      cedar.EntityUID
	own, others cedar.Record
}

const cedarPolicy = `permit (principal, action, resource) when {
	principal.roles.containsAny(resource.getTag(context.allow)) &&
	!principal.roles.containsAny(resource.getTag(context.deny))
};`

// Name implements Peer.
func (p *Cedar) Name() string {
	if p.ByPolicy {
		return "cedar-policies"
	}
	return "cedar"
}

// Module implements Peer.
func (p *Cedar) Module() string { return "github.com/cedar-policy/cedar-go" }

// Patience implements Slow.
func (p *Cedar) Patience() int {
	if p.ByPolicy {
		return 400
	}
	return 400_000
}

// Load implements Peer.
func (p *Cedar) Load(m Model) (err error) {
	text := cedarPolicy
	if p.ByPolicy {
		text = m.cedarPolicies()
	}
	p.policies, err = cedar.NewPolicySetFromBytes("bench.cedar", []byte(text))
	p.model, p.entities, p.asked = m, cedar.EntityMap{}, map[string]cell{}
	m.addCedarUsers(p.entities)
	if !p.ByPolicy {
		m.addCedarProjects(p.entities)
	}
	for _, name := range m.Permissions {
		p.asked[name] = cell{cedar.NewEntityUID("Action", cedar.String(name)), cedarContext(name, true), cedarContext(name, false)}
	}
	return err
}

// Allowed implements Peer.
func (p *Cedar) Allowed(q Question) (bool, error) {
	asked := p.asked[q.Permission]
	request := cedar.Request{Principal: cedar.NewEntityUID("User", cedar.String(q.User)), Action: asked.action,
		Resource: cedar.NewEntityUID("Project", cedar.String(q.Project)), Context: asked.others}
	if q.Owner == q.User {
		request.Context = asked.own
	}
	decision, said := cedar.Authorize(p.policies, p.entities, request)
	if len(said.Errors) > 0 {
		return false, fmt.Errorf("%v", said.Errors)
	}
	return bool(decision), nil
}

// AllowedAll implements Batcher. Batches of cedar-go are an experiment for
// questions with unknowns, and slower.
func (p *Cedar) AllowedAll(q Question, verdicts []bool) error {
	return oneByOne(p, p.model.Permissions, q, verdicts)
}

func cedarContext(permission string, own bool) cedar.Record {
	return cedar.NewRecord(cedar.RecordMap{"own": cedar.Boolean(own), "deny": cedar.String(permission + "/deny"),
		"allow": cedar.String(permission + map[bool]string{true: "/own", false: "/others"}[own])})
}

// addCedarUsers adds them, with the roles that they hold as an attribute and,
// for the policies, as parents.
func (m Model) addCedarUsers(to cedar.EntityMap) {
	for _, u := range m.Users {
		var roles []cedar.Value
		var parents []cedar.EntityUID
		for _, held := range u.Memberships {
			id := cedarRole(m.Projects[held.Project], m.Roles[held.Role])
			roles, parents = append(roles, id), append(parents, id)
		}
		id := cedar.NewEntityUID("User", cedar.String(u.Name))
		attributes := cedar.NewRecord(cedar.RecordMap{"roles": cedar.NewSet(roles...)})
		to[id] = cedar.Entity{UID: id, Parents: cedar.NewEntityUIDSet(parents...), Attributes: attributes}
	}
}

// addCedarProjects adds them, with the roles that allow and deny each
// permission there.
func (m Model) addCedarProjects(to cedar.EntityMap) {
	for _, project := range m.Projects {
		roles := map[string][]cedar.Value{}
		m.cells(project, func(role, permission int, kind string) {
			key := m.Permissions[permission] + "/" + kind
			roles[key] = append(roles[key], cedarRole(project, m.Roles[role]))
		})
		tags := cedar.RecordMap{}
		for _, permission := range m.Permissions {
			for _, kind := range []string{"own", "others", "deny"} {
				key := permission + "/" + kind
				tags[cedar.String(key)] = cedar.NewSet(roles[key]...)
			}
		}
		id := cedar.NewEntityUID("Project", cedar.String(project.Name))
		to[id] = cedar.Entity{UID: id, Tags: cedar.NewRecord(tags)}
	}
}

func cedarRole(p Project, r Role) cedar.EntityUID {
	return cedar.NewEntityUID("Role", cedar.String(p.Name+"/"+r.Name))
}

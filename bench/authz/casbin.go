package authz

import (
	"fmt"
	"slices"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
)

// Casbin decides by roles in domains with deny-override. It evaluates its
// matcher for every line of policy, so that its speed is a matter of how few
// there are: its documentation advises an enforcer for each domain when there
// are many, which is what is done here unless Single is set.
type Casbin struct {
	Single bool // one enforcer for the whole site
	Cached bool // an enforcer that remembers every verdict, for Single

	shards map[string]enforcer // by project
	model  Model
}

// enforcer is what the plain one and the cached one have in common.
type enforcer interface {
	Enforce(question ...any) (bool, error)
	BatchEnforce(questions [][]any) ([]bool, error)
	AddPolicies(lines [][]string) (bool, error)
	AddGroupingPolicies(lines [][]string) (bool, error)
}

// casbinModel has the cheapest comparison first: it refuses most lines. Lines
// of the project "*" are templates.
const casbinModel = `
[request_definition]
r = user, project, permission, owner
[policy_definition]
p = role, project, permission, whose, eft
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.permission == p.permission && (p.project == r.project || p.project == "*") && (p.whose == "any" || r.owner == r.user) && g(r.user, p.role, r.project)
`

// Name implements Peer.
func (p *Casbin) Name() string {
	switch {
	case p.Cached:
		return "casbin-cached"
	case p.Single:
		return "casbin-single"
	}
	return "casbin"
}

// Module implements Peer.
func (p *Casbin) Module() string { return "github.com/casbin/casbin/v2" }

// Patience implements Slow.
func (p *Casbin) Patience() int {
	if p.Single {
		return 400
	}
	return 8000
}

// Load implements Peer.
func (p *Casbin) Load(m Model) error {
	p.model, p.shards = m, map[string]enforcer{}
	lines, links := m.casbinTemplates(), m.casbinLinks()
	if p.Single {
		all := lines
		for i := range m.Projects {
			all = append(all, m.casbinOverrides(i)...)
		}
		return p.shard("", all, slices.Concat(links...))
	}
	for i, project := range m.Projects {
		if err := p.shard(project.Name, slices.Concat(lines, m.casbinOverrides(i)), links[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *Casbin) shard(project string, lines, links [][]string) error {
	e, err := p.enforcer()
	if err != nil {
		return err
	}
	p.shards[project] = e
	if _, err := e.AddPolicies(lines); err != nil || len(links) == 0 {
		return err
	}
	_, err = e.AddGroupingPolicies(links)
	return err
}

func (p *Casbin) enforcer() (enforcer, error) {
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, err
	}
	if p.Cached {
		return casbin.NewCachedEnforcer(m)
	}
	return casbin.NewEnforcer(m)
}

// Allowed implements Peer.
func (p *Casbin) Allowed(q Question) (bool, error) {
	return p.of(q).Enforce(q.User, q.Project, q.Permission, q.Owner)
}

// AllowedAll implements Batcher. The batch goes past the cache, so the cached
// enforcer is asked one by one.
func (p *Casbin) AllowedAll(q Question, verdicts []bool) (err error) {
	if p.Cached {
		return oneByOne(p, p.model.Permissions, q, verdicts)
	}
	questions := make([][]any, len(verdicts))
	for i := range questions {
		questions[i] = []any{q.User, q.Project, p.model.Permissions[i], q.Owner}
	}
	answers, err := p.of(q).BatchEnforce(questions)
	copy(verdicts, answers)
	return err
}

func (p *Casbin) of(q Question) enforcer {
	if p.Single {
		return p.shards[""]
	}
	return p.shards[q.Project]
}

func (m Model) casbinTemplates() (lines [][]string) {
	for _, r := range m.Roles {
		for _, g := range r.Grants {
			whose := "any"
			if g.OwnOnly {
				whose = "own"
			}
			lines = append(lines, []string{r.Name, "*", m.Permissions[g.Permission], whose, "allow"})
		}
	}
	return lines
}

func (m Model) casbinOverrides(project int) (lines [][]string) {
	for _, o := range m.Projects[project].Overrides {
		effect := "allow"
		if o.Deny {
			effect = "deny"
		}
		lines = append(lines, []string{m.Roles[o.Role].Name, m.Projects[project].Name, m.Permissions[o.Permission], "any", effect})
	}
	return lines
}

// casbinLinks are who holds what, by project.
func (m Model) casbinLinks() [][][]string {
	links := make([][][]string, len(m.Projects))
	for _, u := range m.Users {
		for _, held := range u.Memberships {
			links[held.Project] = append(links[held.Project], []string{u.Name, m.Roles[held.Role].Name, m.Projects[held.Project].Name})
		}
	}
	return links
}

// oneByOne is for peers that have no batches.
func oneByOne(p Peer, permissions []string, q Question, verdicts []bool) (err error) {
	for i := range verdicts {
		q.Permission, q.Places.Permission = permissions[i], i
		if verdicts[i], err = p.Allowed(q); err != nil {
			return fmt.Errorf("%s: %w", p.Name(), err)
		}
	}
	return nil
}

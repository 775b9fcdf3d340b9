package authz

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// OPA decides by Rego over data: who holds which roles where, and which roles
// allow and deny what in a project, with templates and overrides worked out.
// The queries are prepared, the data is kept in the form in which Rego reads
// it, one transaction serves all questions, and these are made of terms
// without going through JSON.
type OPA struct {
	one, all rego.PreparedEvalQuery
	reading  storage.Transaction
	model    Model
}

const opaPolicy = `package bench

allow if {
	held := data.members[input.project][input.user]
	rights := data.rights[data.tables[input.project]][input.permission]
	some role in held
	rights[input.whose][role]
	not denied(held, rights)
}

denied(held, rights) if {
	some role in held
	rights.deny[role]
}

allowed contains permission if {
	held := data.members[input.project][input.user]
	some permission, rights in data.rights[data.tables[input.project]]
	some role in held
	rights[input.whose][role]
	not denied(held, rights)
}
`

// Name implements Peer.
func (p *OPA) Name() string { return "opa" }

// Module implements Peer.
func (p *OPA) Module() string { return "github.com/open-policy-agent/opa" }

// Patience implements Slow.
func (p *OPA) Patience() int { return 20_000 }

// Load implements Peer.
func (p *OPA) Load(m Model) (err error) {
	p.model = m
	ctx := context.Background()
	store := inmem.NewFromObjectWithOpts(m.opaData(), inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	if p.reading, err = store.NewTransaction(ctx); err != nil {
		return err
	}
	for query, into := range map[string]*rego.PreparedEvalQuery{"data.bench.allow": &p.one, "data.bench.allowed": &p.all} {
		*into, err = rego.New(rego.Query(query), rego.Module("bench.rego", opaPolicy), rego.Store(store), rego.Transaction(p.reading)).PrepareForEval(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// Allowed implements Peer.
func (p *OPA) Allowed(q Question) (bool, error) {
	found, err := p.one.Eval(context.Background(), rego.EvalParsedInput(opaInput(q)), rego.EvalTransaction(p.reading))
	return found.Allowed(), err
}

// AllowedAll implements Batcher.
func (p *OPA) AllowedAll(q Question, verdicts []bool) error {
	found, err := p.all.Eval(context.Background(), rego.EvalParsedInput(opaInput(q)), rego.EvalTransaction(p.reading))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%d results: %w", len(found), err)
	}
	allowed := map[any]bool{}
	for _, permission := range found[0].Expressions[0].Value.([]any) {
		allowed[permission] = true
	}
	for i := range verdicts {
		verdicts[i] = allowed[p.model.Permissions[i]]
	}
	return nil
}

func opaInput(q Question) ast.Object {
	whose := "others"
	if q.Owner == q.User {
		whose = "own"
	}
	return ast.NewObject(ast.Item(ast.InternedTerm("user"), ast.StringTerm(q.User)), ast.Item(ast.InternedTerm("project"), ast.StringTerm(q.Project)),
		ast.Item(ast.InternedTerm("permission"), ast.StringTerm(q.Permission)), ast.Item(ast.InternedTerm("whose"), ast.InternedTerm(whose)))
}

// tree is a JSON object.
type tree = map[string]any

// opaData are the model's facts. Projects without overrides share a table of
// rights.
func (m Model) opaData() tree {
	members, tables, rights := tree{}, tree{}, tree{"": m.opaRights(Project{})}
	for _, p := range m.Projects {
		members[p.Name], tables[p.Name] = tree{}, ""
		if len(p.Overrides) > 0 {
			tables[p.Name], rights[p.Name] = p.Name, m.opaRights(p)
		}
	}
	for _, u := range m.Users {
		for _, held := range u.Memberships {
			in := members[m.Projects[held.Project].Name].(tree)
			roles, _ := in[u.Name].([]any)
			in[u.Name] = append(roles, m.Roles[held.Role].Name)
		}
	}
	return tree{"members": members, "tables": tables, "rights": rights}
}

// opaRights are the roles that allow and deny each permission in a project.
func (m Model) opaRights(project Project) tree {
	rights := tree{}
	for _, name := range m.Permissions {
		rights[name] = tree{"own": tree{}, "others": tree{}, "deny": tree{}}
	}
	m.cells(project, func(role, permission int, kind string) {
		rights[m.Permissions[permission]].(tree)[kind].(tree)[m.Roles[role].Name] = true
	})
	return rights
}

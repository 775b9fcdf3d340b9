package rpc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit/bench/authz"
)

// A site in the schema languages: a project has a relation for each role, and
// for each permission those for overrides and two that are asked about, for
// own things and for all. A thing is listed through its project.

// operands are the relations one of which allows a permission.
func operands(m authz.Model, permission int, own bool) []string {
	all, mine := granting(m, permission)
	if own {
		all = append(all, mine...)
	}
	return append(all, overriding(m.Permissions[permission], false))
}

func roleNames(m authz.Model) (names []string) {
	for _, r := range m.Roles {
		names = append(names, r.Name)
	}
	return names
}

// spicedbSchema is the site in SpiceDB's language.
func spicedbSchema(s Site) string {
	var b strings.Builder
	b.WriteString("definition user {}\n\ndefinition project {\n")
	var roles []string
	for _, role := range roleNames(s.Model) {
		fmt.Fprintf(&b, "  relation %s: user\n", role)
		roles = append(roles, "project#"+role)
	}
	for i, p := range s.Permissions {
		for _, deny := range []bool{false, true} {
			fmt.Fprintf(&b, "  relation %s: %s\n", overriding(p, deny), strings.Join(roles, " | "))
		}
		for _, own := range []bool{false, true} {
			fmt.Fprintf(&b, "  permission %s = (%s) - %s\n", cell(p, own), strings.Join(operands(s.Model, i, own), " + "), overriding(p, true))
		}
	}
	listed := s.Permissions[s.Listed]
	fmt.Fprintf(&b, "}\n\ndefinition thing {\n  relation project: project\n  relation owner: user\n  permission listed = project->%s + (owner & project->%s)\n}\n",
		cell(listed, false), cell(listed, true))
	return b.String()
}

// fga is a piece of a model in OpenFGA's JSON.
type fga map[string]any

// openfgaModel is the site in OpenFGA's JSON.
func openfgaModel(s Site) fga {
	project, thing := newFGAType("project"), newFGAType("thing")
	var roles []fga
	for _, role := range roleNames(s.Model) {
		project.direct(role, fga{"type": "user"})
		roles = append(roles, fga{"type": "project", "relation": role})
	}
	for i, p := range s.Permissions {
		project.direct(overriding(p, false), roles...)
		project.direct(overriding(p, true), roles...)
		for _, own := range []bool{false, true} {
			project.relations[cell(p, own)] = fga{"difference": fga{"base": either(operands(s.Model, i, own)), "subtract": related(overriding(p, true))}}
		}
	}
	listed := s.Permissions[s.Listed]
	thing.direct("project", fga{"type": "project"})
	thing.direct("owner", fga{"type": "user"})
	mine := fga{"intersection": fga{"child": []fga{related("owner"), above("project", cell(listed, true))}}}
	thing.relations["listed"] = fga{"union": fga{"child": []fga{above("project", cell(listed, false)), mine}}}
	return fga{"schema_version": "1.1", "type_definitions": []any{fga{"type": "user"}, project.definition(), thing.definition()}}
}

// fgaType is a type of OpenFGA on its way.
type fgaType struct {
	name               string
	relations, subject fga
}

func newFGAType(name string) fgaType { return fgaType{name, fga{}, fga{}} }

// direct adds a relation that tuples say.
func (t fgaType) direct(relation string, subjects ...fga) {
	t.relations[relation] = fga{"this": fga{}}
	t.subject[relation] = fga{"directly_related_user_types": slices.Clone(subjects)}
}

func (t fgaType) definition() fga {
	return fga{"type": t.name, "relations": t.relations, "metadata": fga{"relations": t.subject}}
}

func related(relation string) fga { return fga{"computedUserset": fga{"relation": relation}} }

func above(through, relation string) fga {
	return fga{"tupleToUserset": fga{"tupleset": fga{"relation": through}, "computedUserset": fga{"relation": relation}}}
}

func either(relations []string) fga {
	if len(relations) == 1 {
		return related(relations[0])
	}
	var children []fga
	for _, r := range relations {
		children = append(children, related(r))
	}
	return fga{"union": fga{"child": children}}
}

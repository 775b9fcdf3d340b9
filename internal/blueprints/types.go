package blueprints

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/policyfile"
)

// declared is a job type as a file has it.
type declared struct {
	remit.JobType `yaml:",inline"`
	Params        map[string]any // JSON Schema, as YAML
}

// jobType is what was declared, in the words of Remit.
func (d declared) jobType() (remit.JobType, error) {
	t := d.JobType
	if d.Params == nil {
		return t, nil
	}
	schema, err := json.Marshal(d.Params)
	if err != nil {
		return t, fmt.Errorf("parameters of job type %s: %w", t.Key, err)
	}
	t.Params = schema
	return t, nil
}

// Types are job types of files, which know where they stand.
type Types struct {
	All   []remit.JobType
	nodes []ast.Node
	files []string
}

// ParseTypes reads the job types of files: one, a list, or those of a
// blueprint. What is wrong is remit.Invalid, FILE:LINE:COL: message.
func ParseTypes(files ...policyfile.File) (t Types, err error) {
	for _, f := range files {
		if err := t.read(f); err != nil {
			return Types{}, err
		}
	}
	if err := t.once(); err != nil {
		return Types{}, err
	}
	return t, nil
}

func (t *Types) read(f policyfile.File) (err error) {
	defer func() {
		if recover() != nil { // of the library, on what no person writes
			err = fault(policyfile.Place{File: f.Name}, "this cannot be read as YAML")
		}
	}()
	root, err := rootOf(f)
	if err != nil {
		return err
	}
	all, err := decode(root)
	if err != nil {
		return wrong(f.Name, err)
	}
	nodes, exact := typeNodes(root), rawTypes(f.Text)
	for i, d := range all {
		node := root
		if len(nodes) == len(all) { // they are written out, and no alias of something else
			node = nodes[i]
		}
		one, err := d.jobType()
		if len(exact) == len(all) {
			one = remit.JobType{}
			err = json.Unmarshal(exact[i], &one)
		}
		if err != nil {
			return fault(placeOf(f.Name, node), err.Error())
		}
		t.All, t.nodes, t.files = append(t.All, one), append(t.nodes, node), append(t.files, f.Name)
	}
	return nil
}

// decode is one job type, a list, or those of a blueprint.
func decode(root ast.Node) (all []declared, err error) {
	switch {
	case child(root, "job_types") != nil:
		var whole document
		err = yaml.NodeToValue(root, &whole, yaml.DisallowUnknownField())
		return whole.JobTypes, err
	case root.Type() == ast.SequenceType:
		err = yaml.NodeToValue(root, &all, yaml.DisallowUnknownField())
		return all, err
	}
	all = make([]declared, 1)
	err = yaml.NodeToValue(root, &all[0], yaml.DisallowUnknownField())
	return all, err
}

// rootOf is the one document of a file.
func rootOf(f policyfile.File) (root ast.Node, err error) {
	// JSON may be indented with tabs, which are nowhere else in it; YAML may not.
	text := f.Text
	if json.Valid([]byte(text)) {
		text = strings.ReplaceAll(text, "\t", " ")
	}
	parsed, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, wrong(f.Name, err)
	}
	for _, doc := range parsed.Docs {
		switch {
		case doc.Body == nil:
		case root != nil:
			return nil, fault(placeOf(f.Name, doc.Body), "a second document in one file; write a list of job types")
		default:
			root = doc.Body
		}
	}
	if root == nil || root.Type() == ast.NullType {
		return nil, fault(policyfile.Place{File: f.Name}, "there is no job type in this file")
	}
	if fields(root) == nil && root.Type() != ast.SequenceType {
		return nil, fault(placeOf(f.Name, root), "this is neither a job type, nor a list of them, nor a blueprint")
	}
	return root, nil
}

// typeNodes are the job types below a file's root.
func typeNodes(root ast.Node) []ast.Node {
	if at := child(root, "job_types"); at != nil {
		root = at
	}
	if list, ok := root.(*ast.SequenceNode); ok {
		return list.Values
	}
	return []ast.Node{root}
}

// once holds that no key is there twice.
func (t *Types) once() error {
	first := map[string]policyfile.Place{}
	for i, one := range t.All {
		at := t.Place("types." + strconv.Itoa(i) + ".key")
		if other, twice := first[one.Key]; twice && one.Key != "" {
			return fault(at, fmt.Sprintf("job type %s is there twice, first at %s", one.Key, other))
		}
		first[one.Key] = at
	}
	return nil
}

// Place is where what a field names stands, "types.2.steps.0.type", or the
// nearest thing around it that is written there.
func (t *Types) Place(field string) policyfile.Place {
	parts := strings.Split(field, ".")
	if len(parts) < 2 || parts[0] != "types" {
		return policyfile.Place{}
	}
	i, err := strconv.Atoi(parts[1])
	if err != nil || i < 0 || i >= len(t.nodes) {
		return policyfile.Place{}
	}
	at, place := t.nodes[i], placeOf(t.files[i], t.nodes[i])
	for _, part := range parts[2:] {
		inner, where := within(at, part)
		if inner == nil {
			break
		}
		at, place = inner, placeOf(t.files[i], where)
	}
	return place
}

// within is what a node has under a name or a number, and the node to point at.
func within(n ast.Node, part string) (inner, at ast.Node) {
	if list, ok := n.(*ast.SequenceNode); ok {
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(list.Values) {
			return list.Values[i], list.Values[i]
		}
		return nil, nil
	}
	for _, f := range fields(n) {
		if f.Key.GetToken().Value == part {
			return f.Value, f.Key
		}
	}
	return nil, nil
}

func child(n ast.Node, name string) ast.Node {
	inner, _ := within(n, name)
	return inner
}

// fields are those of a mapping; nil for anything else.
func fields(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// placeOf is where a node begins: a mapping with its first key.
func placeOf(file string, n ast.Node) policyfile.Place {
	if all := fields(n); len(all) > 0 {
		n = all[0].Key
	}
	place := policyfile.Place{File: file}
	if t := n.GetToken(); t != nil && t.Position != nil {
		place.Line, place.Col = max(t.Position.Line, 1), max(t.Position.Column, 1)
	}
	return place
}

// wrong is an error of the library with its place.
func wrong(file string, err error) error {
	at, ok := errors.AsType[yaml.Error](err)
	if !ok {
		return fault(policyfile.Place{File: file}, err.Error())
	}
	place := policyfile.Place{File: file}
	if t := at.GetToken(); t != nil && t.Position != nil {
		place.Line, place.Col = max(t.Position.Line, 1), max(t.Position.Column, 1)
	}
	return fault(place, at.GetMessage())
}

func fault(at policyfile.Place, message string) error {
	return remit.Errorf(remit.Invalid, "%w", policyfile.Fault{At: at, Message: message}).WithCode(policyfile.CodeFile).WithField(at.String())
}

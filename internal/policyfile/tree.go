package policyfile

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// shape is what a value is.
type shape int

const (
	nothing shape = iota // written as null, or not at all
	word
	list
	mapping
)

func (s shape) String() string {
	return [...]string{"nothing", "a text", "a list", "keys with values"}[s]
}

// node is a value of a YAML file.
type node struct {
	at     Place
	shape  shape
	text   string  // of a word
	items  []node  // of a list
	fields []field // of a mapping
}

// field is a key with its value.
type field struct {
	name  string
	at    Place
	value node
}

// MaxFile is how many bytes one file may have.
const MaxFile = 16 << 20

// deepest is how far lists and keys may lie in each other.
const deepest = 32

// parse reads a file into values; anything that is more than words, lists and
// keys is refused: anchors would let a short file mean a long one.
func parse(f File) (root node, err error) {
	defer func() {
		if fault := recover(); fault != nil { // of the library, on what no person writes
			err = Fault{Place{File: f.Name}, "this cannot be read as YAML"}
		}
	}()
	if len(f.Text) > MaxFile {
		return root, Fault{Place{File: f.Name}, fmt.Sprintf("the file has more than %d bytes", MaxFile)}
	}
	tokens := lexer.Tokenize(f.Text)
	if err := plain(f.Name, tokens); err != nil {
		return root, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return root, syntax(f.Name, err)
	}
	return one(f.Name, file)
}

func one(name string, file *ast.File) (root node, err error) {
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root.shape != nothing {
			return root, Fault{placeOf(name, doc.Body.GetToken()), "a second document in one file; write one file for each"}
		}
		if root, err = read(name, doc.Body, 0); err != nil {
			return root, err
		}
	}
	return root, nil
}

// refused are the marks that have no place in a policy file.
var refused = map[token.Type]string{
	token.AnchorType: "an anchor", token.AliasType: "an alias", token.TagType: "a tag",
	token.DirectiveType: "a directive", token.MergeKeyType: "a merge key", token.MappingKeyType: "a ? key",
}

// plain looks at the tokens, before anything is built of them.
func plain(name string, tokens token.Tokens) error {
	depth, dashes, line := 0, 0, 0
	for _, t := range tokens {
		if what, bad := refused[t.Type]; bad {
			return Fault{placeOf(name, t), what + " (" + quoted(t.Value) + ") cannot stand in a policy file"}
		}
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			dashes++
		}
		if depth > deepest || dashes > deepest || t.Position.IndentNum > 40*deepest {
			return Fault{placeOf(name, t), "this lies too deep in other lists"}
		}
	}
	return nil
}

// syntax is an error of the library with its place.
func syntax(name string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) {
		return Fault{placeOf(name, at.GetToken()), "this is no YAML: " + at.GetMessage() + "; look at how this line and the ones before are indented"}
	}
	return Fault{Place{File: name}, err.Error()}
}

func placeOf(name string, t *token.Token) Place {
	if t == nil || t.Position == nil {
		return Place{File: name}
	}
	return Place{name, max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

func read(name string, n ast.Node, depth int) (node, error) {
	out := node{at: placeOf(name, n.GetToken())}
	if depth > deepest {
		return out, Fault{out.at, "this lies too deep in other lists"}
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return out, nil
	case *ast.MappingNode:
		return readMapping(name, out, n.Values, depth)
	case *ast.MappingValueNode:
		return readMapping(name, out, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		return readList(name, out, n.Values, depth)
	case *ast.StringNode:
		out.shape, out.text = word, n.Value
	case *ast.LiteralNode:
		out.shape, out.text = word, n.Value.Value
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.shape, out.text = word, n.GetToken().Value
	default:
		return out, Fault{out.at, "this cannot stand in a policy file"}
	}
	return out, nil
}

func readMapping(name string, out node, values []*ast.MappingValueNode, depth int) (node, error) {
	out.shape = mapping
	seen := make(map[string]Place, len(values))
	for i, v := range values {
		key, err := read(name, v.Key, depth+1)
		if err != nil {
			return out, err
		}
		if key.shape != word {
			return out, Fault{key.at, "a key has to be a word"}
		}
		if first, twice := seen[key.text]; twice {
			return out, Fault{key.at, fmt.Sprintf("%s is there twice, first at %s", quoted(key.text), first)}
		}
		seen[key.text] = key.at
		if i == 0 {
			out.at = key.at
		}
		value := node{at: key.at}
		if v.Value != nil {
			if value, err = read(name, v.Value, depth+1); err != nil {
				return out, err
			}
		}
		out.fields = append(out.fields, field{key.text, key.at, value})
	}
	return out, nil
}

func readList(name string, out node, values []ast.Node, depth int) (node, error) {
	out.shape, out.items = list, make([]node, 0, len(values))
	for _, v := range values {
		item, err := read(name, v, depth+1)
		if err != nil {
			return out, err
		}
		out.items = append(out.items, item)
	}
	return out, nil
}

// quoted is a word of a file as a message shows it.
func quoted(text string) string {
	if len(text) > 60 {
		text = text[:60] + "…"
	}
	return fmt.Sprintf("%q", text)
}

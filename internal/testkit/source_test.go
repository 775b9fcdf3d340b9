package testkit

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// source is one parsed Go file.
type source struct {
	name string // from the root of the repository
	text []byte
	fset *token.FileSet
	file *ast.File
}

func parse(name string, text []byte) (*source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return &source{name, text, fset, file}, err
}

var parsed sync.Map // the files by name, as several tests ask for them

func load(t *testing.T, p pkg, names []string) []*source {
	t.Helper()
	var found []*source
	for _, base := range names {
		name := path.Join(p.dir(), base)
		f, ok := parsed.Load(name)
		if !ok {
			s, err := parse(name, readFile(t, name))
			if err != nil {
				t.Fatal(err)
			}
			f, _ = parsed.LoadOrStore(name, s)
		}
		found = append(found, f.(*source))
	}
	return found
}

// sources are the files that are built into the program.
func sources(t *testing.T) []*source {
	t.Helper()
	var found []*source
	for _, p := range packages(t) {
		found = append(found, load(t, p, slices.Concat(p.GoFiles, p.IgnoredGoFiles))...)
	}
	return found
}

// allFiles are sources and tests.
func allFiles(t *testing.T) []*source {
	t.Helper()
	found := sources(t)
	for _, p := range packages(t) {
		found = append(found, load(t, p, slices.Concat(p.TestGoFiles, p.XTestGoFiles))...)
	}
	return found
}

func (s *source) base() string { return path.Base(s.name) }

func (s *source) room() string { return roomOf(path.Dir(s.name)) }

func (s *source) generated() bool { return ast.IsGenerated(s.file) }

func (s *source) lines() int { return bytes.Count(s.text, []byte("\n")) }

func (s *source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// importName returns the name under which the file knows an import, "" for none.
func (s *source) importName(importPath string) string {
	for _, spec := range s.file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

func (s *source) imports(importPath string) bool { return s.importName(importPath) != "" }

type literal struct {
	value string
	line  int
}

// strings returns the file's string literals, those of import lines too.
func (s *source) strings() []literal {
	var found []literal
	ast.Inspect(s.file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if value, err := strconv.Unquote(lit.Value); err == nil {
				found = append(found, literal{value, s.line(lit)})
			}
		}
		return true
	})
	return found
}

// uses returns the lines that name one of names of an imported package.
func (s *source) uses(importPath string, names ...string) []int {
	var found []int
	pkg := s.importName(importPath)
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, sel.Sel.Name) {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == pkg {
				found = append(found, s.line(sel))
			}
		}
		return true
	})
	return found
}

// calls returns the lines that call one of methods of what a method named of gives.
func (s *source) calls(of string, methods ...string) []int {
	var found []int
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && slices.Contains(methods, sel.Sel.Name) {
			if call, ok := sel.X.(*ast.CallExpr); ok {
				if from, ok := call.Fun.(*ast.SelectorExpr); ok && from.Sel.Name == of {
					found = append(found, s.line(sel))
				}
			}
		}
		return true
	})
	return found
}

var sqlText = regexp.MustCompile(`\b(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s)`)

func isSQL(text string) bool { return sqlText.MatchString(text) }

package policyfile

import (
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit/authz"
)

// Suite is what scenario files hold.
type Suite struct{ Tests []Test }

// Test is one scenario: a policy, and questions with their answers.
type Test struct {
	Name    Name
	Given   *Document
	World   World
	Supers  []string // names of superusers
	Dead    []string // names of disabled accounts
	Refused string   // the policy is refused with a fault that says this; "" = it is none
	Asks    []Ask
}

// Ask is one question and what it expects.
type Ask struct {
	At         Place
	Who        string // an account; "" = nobody is signed in
	Credential bool   // it shows a wrong credential instead
	What       string // a permission or an operation
	Project    string
	On         authz.Resource // owner by name
	Scopes     []string       // of a key; nil = no key
	When       time.Time      // zero = now

	Allow   bool
	Rule    string // "R12"; "" = any
	Missing string // the permission that is refused; "" = any
	Status  int    // as over HTTP; 0 = any
}

// Read loads a file that a scenario names, by its path.
type Read func(path string) (string, error)

// ParseSuite reads scenario files. read loads the policy files that they name,
// relative to the scenario; nil = none may be named.
func ParseSuite(read Read, files ...File) (Suite, error) {
	s := &suiteReader{reader: &reader{}, read: read}
	for _, f := range files {
		root, err := parse(f)
		if fault, ok := errors.AsType[Fault](err); ok {
			s.faults = append(s.faults, fault)
			continue
		}
		s.file(f.Name, root)
	}
	return s.suite, s.faults.err()
}

type suiteReader struct {
	*reader
	read  Read
	suite Suite
	name  string // of the file
}

// given is what tests stand on.
type given struct {
	doc    *Document
	first  map[string]Place
	supers []string
	dead   []string
}

func (s *suiteReader) file(name string, root node) {
	s.name = name
	var base node
	var tests []node
	s.mapping(root, "a scenario file", keys{
		"given": func(n node) { base = n },
		"tests": func(n node) { s.list(n, "tests", func(item node) { tests = append(tests, item) }) },
	})
	if len(tests) == 0 {
		s.fault(Place{File: name}, "there are no tests")
	}
	for _, t := range tests {
		s.test(base, t)
	}
}

// test reads what is given anew for each, so that none changes another's.
func (s *suiteReader) test(base, n node) {
	t := Test{Name: Name{At: n.at}}
	g := &given{doc: &Document{}, first: map[string]Place{}}
	s.given(g, base)
	s.mapping(n, "a test", keys{
		"name":    func(v node) { t.Name = s.reader.name(v, "the name of a test") },
		"given":   func(v node) { s.given(g, v) },
		"refused": func(v node) { t.Refused = s.text(v, "refused") },
		"ask":     func(v node) { s.list(v, "ask", func(item node) { t.Asks = append(t.Asks, s.ask(item)) }) },
	})
	if len(t.Asks) == 0 && t.Refused == "" && n.shape == mapping {
		s.fault(n.at, "a test asks something, or expects that the policy is refused")
	}
	t.Given, t.Supers, t.Dead, t.World = g.doc, g.supers, g.dead, BuiltIn()
	s.suite.Tests = append(s.suite.Tests, t)
}

// given adds to what is given: sections of a policy file, or files.
func (s *suiteReader) given(g *given, n node) {
	if n.shape == nothing {
		return
	}
	b := &builder{reader: s.reader, doc: g.doc, first: g.first}
	more := &builder{reader: s.reader, doc: &Document{}, first: map[string]Place{}}
	known := b.sections()
	known["projects"] = func(v node) { more.projects(v); g.merge(more.doc.Projects) }
	known["superusers"] = func(v node) { g.supers = append(g.supers, texts(s.names(v, "superusers"))...) }
	known["disabled"] = func(v node) { g.dead = append(g.dead, texts(s.names(v, "disabled"))...) }
	known["files"] = func(v node) {
		for _, name := range s.names(v, "files") {
			s.load(b, name)
		}
	}
	s.mapping(n, "what is given", known)
}

func (s *suiteReader) load(b *builder, name Name) {
	if s.read == nil {
		s.fault(name.At, "files cannot be named here")
		return
	}
	where := name.Text
	if !path.IsAbs(where) {
		where = path.Join(path.Dir(s.name), where)
	}
	text, err := s.read(where)
	if err != nil {
		s.fault(name.At, "%v", err)
		return
	}
	root, err := parse(File{where, text})
	if fault, ok := errors.AsType[Fault](err); ok {
		s.faults = append(s.faults, fault)
	} else if root.shape != nothing {
		b.document(root)
	}
}

// merge adds to projects that are given already.
func (g *given) merge(more []Access) {
	g.doc.Projects = there(g.doc.Projects)
	for _, a := range more {
		i := slices.IndexFunc(g.doc.Projects, func(p Access) bool { return p.Slug.Text == a.Slug.Text })
		if i < 0 {
			g.doc.Projects = append(g.doc.Projects, a)
			continue
		}
		p := &g.doc.Projects[i]
		p.Public = append(p.Public, a.Public...)
		p.Overrides = append(p.Overrides, a.Overrides...)
		p.Members = append(p.Members, a.Members...)
		p.Entries = append(p.Entries, a.Entries...)
	}
}

func (s *suiteReader) ask(n node) Ask {
	q := Ask{At: n.at}
	var expect string
	what := func(v node) { q.What = s.reader.name(v, "what is asked").Text }
	s.mapping(n, "a question", keys{
		"who":        func(v node) { q.Who = s.text(v, "who") },
		"credential": func(v node) { q.Credential = s.choice(v, "credential", "wrong") == "wrong" },
		"permission": what,
		"operation":  what,
		"project":    func(v node) { q.Project = s.text(v, "project") },
		"on":         func(v node) { s.thing(v, &q.On) },
		"scopes":     func(v node) { q.Scopes = append([]string{}, texts(s.names(v, "scopes"))...) },
		"at": func(v node) {
			if at := s.time(v, "at"); at != nil {
				q.When = *at
			}
		},
		"expect":  func(v node) { expect = s.choice(v, "expect", "allow", "deny") },
		"rule":    func(v node) { q.Rule = s.text(v, "rule") },
		"missing": func(v node) { q.Missing = s.text(v, "missing") },
		"status":  func(v node) { q.Status = statuses[s.choice(v, "status", "200", "401", "403", "404", "409")] },
	})
	if n.shape == mapping {
		b := &builder{reader: s.reader}
		b.complete(n.at, "a question", "permission", q.What, "expect", expect)
	}
	q.Allow = expect == "allow"
	return q
}

var statuses = map[string]int{"200": 200, "401": 401, "403": 403, "404": 404, "409": 409}

var visibilities = map[string]authz.Visibility{"project": authz.ProjectWide, "private": authz.Private, "public": authz.Public}

func (s *suiteReader) thing(n node, on *authz.Resource) {
	on.Thing = "asked"
	s.mapping(n, "on", keys{
		"owner":      func(v node) { on.Owner = s.text(v, "owner") },
		"visibility": func(v node) { on.Visibility = visibilities[s.choice(v, "visibility", "project", "private", "public")] },
		"collection": func(v node) { on.Collection = string(s.collection(v)) },
		"run":        func(v node) { on.Run = s.text(v, "run") },
	})
}

// isOperation tells job.cancel from job:cancel.
func isOperation(what string) bool { return !strings.Contains(what, ":") }

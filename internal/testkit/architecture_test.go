package testkit

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// rank says which of our packages a room may import. Rooms are folders; the
// folders inside a room follow its rule and may import each other.
var rank = map[string][]string{
	"authz":               {},
	".":                   {"authz"},
	"client":              {"."},
	"internal/naive":      {"authz"},
	"internal/db":         {"."},
	"internal/blob":       {"."},
	"internal/seal":       {"."},
	"internal/outward":    {"."},
	"internal/metadata":   {"."},
	"internal/parameters": {"."},
	"internal/sample":     {".", "internal/metadata"},
	"internal/audit":      {".", "internal/db"},
	"internal/gate":       {".", "authz", "internal/db", "internal/audit"},
	"internal/api":        slices.Concat(features, []string{".", "authz", "client", "internal/gate"}),
	"internal/web":        slices.Concat(features, []string{".", "authz", "client", "internal/gate"}),
	"internal/agent":      {".", "client"},
	"internal/server": slices.Concat(features, []string{".", "authz", "client", "internal/db", "internal/blob", "internal/seal", "internal/outward", "internal/metadata",
		"internal/sample", "internal/audit", "internal/gate", "internal/api", "internal/web", "internal/agent"}),
	"internal/cli": {".", "client", "internal/agent", "internal/server", "internal/sample", "internal/policyfile", "internal/audit"},
	"cmd/remit":    {".", "internal/cli"},
}

// features are in order: each may import those to its left.
var features = []string{"internal/identity", "internal/projects", "internal/auditor", "internal/policyfile", "internal/refs", "internal/archive", "internal/records",
	"internal/jobs", "internal/schedules", "internal/nodes", "internal/builtin", "internal/blueprints", "internal/notify"}

// extra is what single features may import besides.
var extra = map[string][]string{
	"internal/auditor": {"internal/audit"},
	"internal/refs":    {"internal/blob"},
	"internal/archive": {"internal/blob", "internal/metadata"},
	"internal/builtin": {"internal/blob", "internal/metadata"},
	"internal/jobs":    {"internal/blob", "internal/seal", "internal/parameters"},
	"internal/notify":  {"internal/seal", "internal/outward"},
}

// allowed returns what a room may import; ok is false for an unknown room.
func allowed(room string) (rooms []string, ok bool) {
	if i := slices.Index(features, room); i >= 0 {
		return slices.Concat(features[:i], []string{".", "authz", "internal/db", "internal/gate"}, extra[room]), true
	}
	rooms, ok = rank[room]
	return rooms, ok
}

// roomOf returns the known room that folder dir is in, or "" for none.
func roomOf(dir string) string {
	for room := dir; room != "."; {
		if _, ok := allowed(room); ok || room == "internal/testkit" {
			return room
		}
		cut := strings.LastIndexByte(room, '/')
		if cut < 0 {
			return ""
		}
		room = room[:cut]
	}
	return "."
}

func TestEveryPackageHasARank(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if roomOf(p.dir()) == "" {
			t.Errorf("%s has no rank: give it one in architecture_test.go and a line in ARCHITECTURE.md", p.dir())
		}
	}
}

func TestImportsFollowTheRanks(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, path := range p.Imports {
			if dir, ours := ownDir(path); ours && !mayImport(p.dir(), dir) {
				t.Errorf("%s imports %s, which its rank forbids", p.dir(), dir)
			}
		}
	}
}

func mayImport(from, to string) bool {
	fromRoom, toRoom := roomOf(from), roomOf(to)
	if toRoom == "internal/testkit" {
		return fromRoom == toRoom
	}
	rooms, _ := allowed(fromRoom)
	return fromRoom == toRoom || fromRoom == "internal/testkit" || slices.Contains(rooms, toRoom)
}

// The engine must be pure, so it may import nothing that has a say in time,
// files or the network. (It may import time for the type.)
func TestAuthzIsPure(t *testing.T) {
	t.Parallel()
	impure := []string{"context", "io", "os", "net", "log", "syscall", "bufio", "embed", "database", "testing", "unsafe", "math/rand", "crypto/rand"}
	for _, p := range packages(t) {
		if roomOf(p.dir()) != "authz" {
			continue
		}
		for _, path := range p.Imports {
			_, ours := ownDir(path)
			if bad := slices.ContainsFunc(impure, func(s string) bool { return within(path, s) }); bad || !ours && !isStd(path) {
				t.Errorf("%s imports %s", p.dir(), path)
			}
		}
	}
}

func TestDriversAreOnlyInDB(t *testing.T) {
	t.Parallel()
	drivers := []string{"github.com/jackc/pgx", "modernc.org/sqlite", "github.com/pressly/goose", "github.com/lib/pq", "github.com/mattn/go-sqlite3"}
	for _, p := range packages(t) {
		if roomOf(p.dir()) == "internal/db" {
			continue
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if slices.ContainsFunc(drivers, func(s string) bool { return within(path, s) }) {
				t.Errorf("%s imports %s", p.dir(), path)
			}
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && strings.TrimSpace(p.Doc) == "" {
			t.Errorf("%s has no package comment", p.dir())
		}
	}
}

func TestSQLIsOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		name, home := f.base(), []string{"internal/db", "internal/audit", "internal/testkit"}
		if slices.Contains(home, f.room()) || name == "sql.go" || strings.HasPrefix(name, "sql_") {
			continue
		}
		for _, text := range f.strings() {
			if isSQL(text.value) {
				t.Errorf("%s:%d: SQL belongs in sql.go or sql_*.go", f.name, text.line)
			}
		}
	}
}

func TestHTTPIsOnlyAtTheEdges(t *testing.T) {
	t.Parallel()
	edges := []string{"client", "internal/api", "internal/web", "internal/server", "internal/agent", "internal/outward"}
	for _, f := range sources(t) {
		if f.imports("net/http") && !slices.Contains(edges, f.room()) && f.name != "internal/identity/oidc.go" {
			t.Errorf("%s imports net/http", f.name)
		}
	}
}

// The policy knows neither archived nor deleted projects, nor who may preview:
// only those ask it who compare what people may do.
func TestFeaturesAskTheGateNotThePolicy(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if slices.Contains([]string{"internal/gate", "internal/projects", "internal/policyfile"}, f.room()) {
			continue
		}
		for _, line := range f.calls("Policy", "Can", "Check", "Scope") {
			t.Errorf("%s:%d: ask Reader.CanAs or Reader.HoldsAs", f.name, line)
		}
	}
}

// Routes and pages change things by calling services, never by themselves.
func TestEdgesLeaveTheGatesWriteSideAlone(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if room := f.room(); room != "internal/api" && room != "internal/web" {
			continue
		}
		for _, line := range f.uses(modulePath+"/internal/gate", "Do", "DoAll", "Op", "Tx") {
			t.Errorf("%s:%d: uses the gate's write side", f.name, line)
		}
	}
}

func TestTheClockIsPassedIn(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if slices.Contains([]string{"internal/server", "internal/cli", "internal/testkit"}, f.room()) {
			continue
		}
		for _, line := range f.uses("time", "Now", "Since", "Until") {
			t.Errorf("%s:%d: reads the clock; take a func() time.Time", f.name, line)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	for _, f := range allFiles(t) {
		limit := cmp.Or(map[string]int{"cmd/remit/main.go": 20}[f.name], 450)
		if n := f.lines(); n > limit && !f.generated() {
			t.Errorf("%s has %d lines, more than %d", f.name, n, limit)
		}
	}
}

func TestArchitectureNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	tree := parseTree(string(readFile(t, "ARCHITECTURE.md")))
	if len(tree) == 0 {
		t.Fatal("ARCHITECTURE.md has no fenced tree that begins with remit/")
	}
	for _, dir := range tree {
		if !isDir(t, dir) {
			t.Errorf("ARCHITECTURE.md names %s, which is not there", dir)
		}
	}
	for _, p := range packages(t) {
		if room := cmp.Or(roomOf(p.dir()), p.dir()); !slices.Contains(tree, room) {
			t.Errorf("ARCHITECTURE.md does not name %s", room)
		}
	}
}

package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/testkit"
)

// document is the part of OpenAPI that the tests read.
type document struct {
	OpenAPI string                           `json:"openapi"`
	Paths   map[string]map[string]*operation `json:"paths"`
}

type operation struct {
	ID         string     `json:"operationId"`
	Summary    string     `json:"summary"`
	Operations []string   `json:"x-remit-operations"`
	Requires   [][]string `json:"x-remit-requires"`
}

func (w *world) openAPI() document {
	w.t.Helper()
	return into[document](w.t, w.call("anonymous", "GET", "/api/openapi.json", nil), 200)
}

func rowsByName() map[string][][]string {
	rows := map[string][][]string{}
	for _, row := range remit.Operations() {
		rows[row.Name] = row.Groups
	}
	return rows
}

func TestEveryRouteNamesItsOperationsAndWhatTheyRequire(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	doc, rows := w.openAPI(), rowsByName()
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s, want 3.1", doc.OpenAPI)
	}
	ids := map[string]string{}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			at := strings.ToUpper(method) + " " + path
			if len(o.Operations) == 0 || o.Requires == nil || o.Summary == "" || o.ID == "" {
				t.Errorf("%s is not described: %+v", at, *o)
			}
			if other, taken := ids[o.ID]; taken {
				t.Errorf("%s and %s are both %s", at, other, o.ID)
			}
			ids[o.ID] = at
			want := [][]string{}
			for _, name := range o.Operations {
				groups, known := rows[name]
				if !known {
					t.Errorf("%s asks for %q, which has no row", at, name)
				}
				for _, group := range groups {
					if !slices.ContainsFunc(want, func(have []string) bool { return slices.Equal(have, group) }) {
						want = append(want, group)
					}
				}
			}
			if diff := cmp.Diff(want, o.Requires); diff != "" {
				t.Errorf("%s: x-remit-requires (-rows +document):\n%s", at, diff)
			}
		}
	}
}

// unreachable are the operations that no route of this version leads to: the
// program's own, and those that the policy's document will have.
var unreachable = []string{
	"audit.seal",            // the loop that seals the audit log
	"collection.ingest",     // the built-in scan, under a job's lease (R28)
	"collection.populate",   // the built-in populate, under a job's lease (R28)
	"identity.authenticate", // of every request
	"job.advance",           // the loop that moves on what waits for other jobs
	"job.clean",             // the built-in cleanup, under a job's lease (R28)
	"job.sweep",             // the loop that ends leases
	"node.arrive",           // within job.claim
	"notification.send",     // the loop that tells people
	"permission.declare",    // blueprints
	"permission.list",       // blueprints
	"preview.begin",         // any request may look as another (R23)
	"schedule.fire",         // the loop that fires schedules
	"session.external",      // the way back from an identity provider
}

func TestEveryOperationIsReachedByARouteOrIsInternal(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	reached := map[string]bool{}
	for _, methods := range w.openAPI().Paths {
		for _, o := range methods {
			for _, name := range o.Operations {
				reached[name] = true
			}
		}
	}
	var missing []string
	for name := range rowsByName() {
		if !reached[name] {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	if diff := cmp.Diff(unreachable, missing); diff != "" {
		t.Errorf("operations without a route (-expected +found):\n%s", diff)
	}
}

// The list of routes is written down so that a change of the API is seen in
// review. REMIT_UPDATE=1 writes it anew.
func TestTheRoutesAreThoseThatAreWrittenDown(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	var lines []string
	for path, methods := range w.openAPI().Paths {
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			lines = append(lines, fmt.Sprintf("%s %s: %s\n", path, strings.ToUpper(method), strings.Join(methods[method].Operations, ", ")))
		}
	}
	slices.Sort(lines)
	got := []byte(strings.Join(lines, ""))
	const golden = "testdata/routes.txt"
	if os.Getenv("REMIT_UPDATE") != "" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("routes (-%s +served):\n%s", golden, cmp.Diff(string(want), string(got)))
	}
}

// Each address of the document answers: with JSON or a problem, never with a
// page, and never with a fault.
func TestEveryAddressOfTheDocumentAnswers(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	fill := strings.NewReplacer("{slug}", "no-such", "{id}", "no-such", "{name}", "no-such", "{file}", "no-such", "{node}", "no-such")
	for path, methods := range w.openAPI().Paths {
		for method := range methods {
			if path == "/api/v1/events" || path == "/api/v1/session" && method == "delete" {
				continue
			}
			for _, name := range []string{"anonymous", "observatory-student", "root"} {
				r := w.call(name, strings.ToUpper(method), fill.Replace(path), map[string]string{})
				if r.status >= 500 {
					t.Errorf("%s as %s: %d %s", r.asked, name, r.status, r.body)
				}
				if r.status >= 400 {
					problemOf(t, r)
				} else if r.header.Get("Content-Type") == "application/jsonl" {
					for line := range bytes.Lines(r.body) {
						if !json.Valid(line) {
							t.Errorf("%s as %s: %d %.200s", r.asked, name, r.status, line)
						}
					}
				} else if len(r.body) > 0 && !json.Valid(r.body) {
					t.Errorf("%s as %s: %d %.200s", r.asked, name, r.status, r.body)
				}
			}
		}
	}
}

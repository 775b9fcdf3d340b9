package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// Columns names what a list filters by. Project "" is for things of the site;
// Owner, Visibility and Collection are "" for things that have none.
type Columns struct {
	Project, Owner, Visibility, Collection string
}

// Table is where the things of one kind are found.
type Table struct {
	From string // "jobs", or several tables joined
	ID   string // the column of their ids
	Columns
}

// Where turns a scope into a SQL condition over the columns c and its
// arguments, numbered from $first. A row meets it exactly when the scope Has
// the row's resource (R19). The columns are never NULL: nothing is "".
func Where(s authz.Scope, c Columns, first int) (condition string, args []any) {
	return WhereAll([]authz.Scope{s}, c, first)
}

// WhereAll is Where for rows that are in every one of several scopes.
func WhereAll(scopes []authz.Scope, c Columns, first int) (condition string, args []any) {
	w := &where{columns: c, first: first, marks: map[string]string{}}
	var parts []string
	for _, s := range scopes {
		w.scope = s
		parts = append(parts, w.condition())
	}
	if condition = and(parts...); condition == "FALSE" {
		return condition, nil // the others' arguments have gone with them
	}
	return condition, w.args
}

// where collects a condition's arguments.
type where struct {
	scope   authz.Scope
	columns Columns
	first   int
	args    []any
	marks   map[string]string // value → its "$n"
}

// condition is that of one scope.
func (w *where) condition() string {
	s, c := w.scope, w.columns
	if c.Project == "" {
		return w.cells(s.Default)
	}
	parts := w.collections()
	for _, g := range grouped(s.Projects) {
		parts = append(parts, w.rows(g.cells, func() string { return and(w.in(c.Project, false, g.ids), w.outsideCollections(g.ids)) }))
	}
	listed := slices.Sorted(maps.Keys(s.Projects))
	parts = append(parts, w.rows(s.Default, func() string { return and(w.in(c.Project, true, listed), w.outsideCollections(w.unlisted())) }))
	return or(parts)
}

// arg is the mark of a value; one that was there before keeps its number.
func (w *where) arg(v string) string {
	mark, known := w.marks[v]
	if !known {
		mark = fmt.Sprintf("$%d", w.first+len(w.args))
		w.args, w.marks[v] = append(w.args, v), mark
	}
	return mark
}

// collections are the conditions of those that differ from their project.
func (w *where) collections() []string {
	if w.columns.Collection == "" {
		return nil
	}
	var parts []string
	for _, project := range w.withCollections() {
		for _, g := range grouped(collectionsOf(w.scope, project)) {
			parts = append(parts, w.rows(g.cells, func() string { return w.within(project, g.ids) }))
		}
	}
	return parts
}

// rows is where's condition together with that of its cells. PostgreSQL
// refuses an argument that the text does not use, so where is only asked when
// the cells let something through.
func (w *where) rows(c authz.Cells, where func() string) string {
	cells := w.cells(c)
	if cells == "FALSE" {
		return cells
	}
	return and(where(), cells)
}

// outsideCollections keeps the cells of these projects from their collections
// with cells of their own. A collection counts only together with its project:
// what one project says of another's collection is void.
func (w *where) outsideCollections(projects []string) string {
	if w.columns.Collection == "" {
		return "TRUE"
	}
	var parts []string
	for _, project := range w.withCollections() {
		if slices.Contains(projects, project) {
			ids := slices.Sorted(maps.Keys(collectionsOf(w.scope, project)))
			parts = append(parts, "NOT "+w.within(project, ids))
		}
	}
	return and(parts...)
}

// within is the condition of being in one of these collections of a project.
func (w *where) within(project string, collections []string) string {
	return and(w.in(w.columns.Project, false, []string{project}), w.in(w.columns.Collection, false, collections))
}

// withCollections lists the projects that have collections with cells of their own.
func (w *where) withCollections() []string {
	var projects []string
	for key := range w.scope.Collections {
		projects = append(projects, key.Project)
	}
	slices.Sort(projects)
	return slices.Compact(projects)
}

// unlisted are those of them that else follow the default.
func (w *where) unlisted() []string {
	return slices.DeleteFunc(w.withCollections(), func(project string) bool {
		_, listed := w.scope.Projects[project]
		return listed
	})
}

func (w *where) in(column string, not bool, values []string) string {
	if len(values) == 0 {
		return strings.ToUpper(fmt.Sprint(not))
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = w.arg(v)
	}
	word := " IN ("
	if not {
		word = " NOT IN ("
	}
	return column + word + strings.Join(marks, ", ") + ")"
}

// visibilities in the words of the tables.
var visibilities = []struct {
	v    authz.Visibility
	name string
}{{authz.ProjectWide, "project"}, {authz.Private, "private"}, {authz.Public, "public"}}

// cells is the condition of one set of cells.
func (w *where) cells(c authz.Cells) string {
	own, others := w.visible(c, true), w.visible(c, false)
	if own == others {
		return own
	}
	if w.columns.Owner == "" || w.scope.Subject == "" {
		return others // nobody owns anything here
	}
	return or([]string{w.owned(" = ", own), w.owned(" <> ", others)})
}

func (w *where) owned(comparison, visible string) string {
	if visible == "FALSE" {
		return visible
	}
	return and(w.columns.Owner+comparison+w.arg(w.scope.Subject), visible)
}

func (w *where) visible(c authz.Cells, own bool) string {
	if w.columns.Visibility == "" {
		return strings.ToUpper(fmt.Sprint(c.Has(own, authz.ProjectWide)))
	}
	var names []string
	for _, v := range visibilities {
		if c.Has(own, v.v) {
			names = append(names, "'"+v.name+"'")
		}
	}
	switch len(names) {
	case 0:
		return "FALSE"
	case len(visibilities):
		return "TRUE"
	}
	return w.columns.Visibility + " IN (" + strings.Join(names, ", ") + ")"
}

func and(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "TRUE" })
	if slices.Contains(parts, "FALSE") {
		return "FALSE"
	}
	return joined(parts, " AND ", "TRUE")
}

func or(parts []string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "FALSE" })
	if slices.Contains(parts, "TRUE") {
		return "TRUE"
	}
	return joined(parts, " OR ", "FALSE")
}

func joined(parts []string, word, none string) string {
	switch len(parts) {
	case 0:
		return none
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, word) + ")"
}

// group is the ids that share their cells.
type group struct {
	cells authz.Cells
	ids   []string
}

func grouped(m map[string]authz.Cells) []group {
	byCells := map[authz.Cells][]string{}
	for _, id := range slices.Sorted(maps.Keys(m)) {
		byCells[m[id]] = append(byCells[m[id]], id)
	}
	var groups []group
	for _, cells := range slices.Sorted(maps.Keys(byCells)) {
		groups = append(groups, group{cells, byCells[cells]})
	}
	return groups
}

func collectionsOf(s authz.Scope, project string) map[string]authz.Cells {
	found := map[string]authz.Cells{}
	for key, cells := range s.Collections {
		if key.Project == project {
			found[key.Collection] = cells
		}
	}
	return found
}

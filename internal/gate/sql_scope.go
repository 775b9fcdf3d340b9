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

// Where turns a scope into a SQL condition over the columns c and its
// arguments, numbered from $first. A row meets it exactly when the scope Has
// the row's resource (R19).
func Where(s authz.Scope, c Columns, first int) (condition string, args []any) {
	w := &where{scope: s, columns: c, next: first}
	if c.Project == "" {
		return w.cells(s.Default), w.args
	}
	parts := w.collections()
	for _, g := range grouped(s.Projects) {
		parts = append(parts, w.rows(g.cells, func() string { return and(w.in(c.Project, false, g.ids), w.outsideCollections()) }))
	}
	listed := slices.Sorted(maps.Keys(s.Projects))
	parts = append(parts, w.rows(s.Default, func() string { return and(w.in(c.Project, true, listed), w.outsideCollections()) }))
	return or(parts), w.args
}

// where collects a condition's arguments.
type where struct {
	scope   authz.Scope
	columns Columns
	next    int
	args    []any
}

func (w *where) arg(v string) string {
	w.args = append(w.args, v)
	w.next++
	return fmt.Sprintf("$%d", w.next-1)
}

// collections are the conditions of those that differ from their project.
func (w *where) collections() []string {
	if w.columns.Collection == "" {
		return nil
	}
	var parts []string
	for _, g := range groupedCollections(w.scope.Collections) {
		parts = append(parts, w.rows(g.cells, func() string { return w.in(w.columns.Collection, false, g.ids) }))
	}
	return parts
}

// rows is where's condition together with that of its cells. PostgreSQL
// refuses an argument that the text does not use, so where is only asked when
// the cells let something through.
func (w *where) rows(c authz.Cells, where func() string) string {
	if w.visible(c, true) == "FALSE" && w.visible(c, false) == "FALSE" {
		return "FALSE"
	}
	return and(where(), w.cells(c))
}

// outsideCollections keeps the project's cells from collections with cells of their own.
func (w *where) outsideCollections() string {
	if w.columns.Collection == "" || len(w.scope.Collections) == 0 {
		return "TRUE"
	}
	var ids []string
	for key := range w.scope.Collections {
		ids = append(ids, key.Collection)
	}
	slices.Sort(ids)
	return w.in(w.columns.Collection, true, ids)
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
	if len(parts) == 0 {
		return "TRUE"
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

func or(parts []string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "FALSE" })
	if slices.Contains(parts, "TRUE") {
		return "TRUE"
	}
	if len(parts) == 0 {
		return "FALSE"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
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

func groupedCollections(m map[authz.CollectionKey]authz.Cells) []group {
	flat := map[string]authz.Cells{}
	for key, cells := range m {
		flat[key.Collection] = cells
	}
	return grouped(flat)
}

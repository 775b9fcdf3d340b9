package policyfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit/authz"
)

// Level is how much a finding matters.
type Level string

// The levels. An error would be refused, a warning is most likely not meant.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
	LevelNote    Level = "note"
)

// Finding is something that a reader of the files should know.
type Finding struct {
	Code    string // stable: "unknown", "deprecated", "never-matches", …
	Level   Level
	At      Place
	Message string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s (%s)", f.At, f.Level, f.Message, f.Code)
}

// Lint looks for what is wrong with files, and for what is most likely not
// meant, in a world: that of BuiltIn, or of a server.
func Lint(d *Document, w World, now time.Time) []Finding {
	words, faults := check(d, w)
	l := &linting{doc: d, world: w, words: words, now: now}
	for _, f := range faults {
		l.add("refused", LevelError, f.At, "%s", f.Message)
	}
	if words == nil {
		return l.found
	}
	l.source = d.source(w)
	for _, step := range []func(){l.names, l.patterns, l.intervals, l.roles, l.managers, l.shadows} {
		step()
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int { return cmp.Or(a.At.compare(b.At), strings.Compare(a.Code, b.Code)) })
	return l.found
}

// Worst is the gravest level of findings, "" for none.
func Worst(all []Finding) (worst Level) {
	for _, level := range []Level{LevelNote, LevelWarning, LevelError} {
		if slices.ContainsFunc(all, func(f Finding) bool { return f.Level == level }) {
			worst = level
		}
	}
	return worst
}

// linting is one look at a document.
type linting struct {
	doc    *Document
	world  World
	words  *authz.Policy
	source authz.Source
	now    time.Time
	found  []Finding
}

func (l *linting) add(code string, level Level, at Place, format string, args ...any) {
	l.found = append(l.found, Finding{code, level, at, fmt.Sprintf(format, args...)})
}

// written visits every pattern with what it stands in.
func (l *linting) written(visit func(p Name, inProject bool, in string)) { l.doc.written(visit) }

func (d *Document) written(visit func(p Name, inProject bool, in string)) {
	for _, role := range d.Roles {
		for _, p := range role.Allow {
			visit(p, !role.Site, "role "+role.Name.Text)
		}
	}
	for _, a := range d.places() {
		for _, o := range a.Overrides {
			visit(o.Permission, !a.onSite(), "")
		}
		for _, e := range a.Entries {
			visit(e.Permission, !a.onSite(), "")
		}
		for _, list := range [][]Name{a.Public, a.Reserved, a.Opened} {
			for _, p := range list {
				visit(p, !a.onSite(), "")
			}
		}
	}
}

// fine says whether a pattern has a meaning; those without are faults already.
func (l *linting) fine(p Name) bool { return l.words.Fault(p.Text) == nil }

// names finds old ones, for which there is a new one.
func (l *linting) names() {
	l.written(func(p Name, _ bool, _ string) {
		if !l.fine(p) {
			return
		}
		if is := renamed(l.words, p.Text); is != nil {
			l.add("deprecated", LevelWarning, p.At, "%s is an old name; write %s, or let `remit policy migrate` do it", quoted(p.Text), strings.Join(is, ", "))
		}
	})
}

// patterns finds those that speak of nothing today, and those that a wider one
// of the same role covers.
func (l *linting) patterns() {
	l.written(func(p Name, inProject bool, _ string) {
		if l.fine(p) && len(l.cells(p.Text, inProject)) == 0 {
			l.add("never-matches", LevelWarning, p.At, "%s matches no permission that there is", quoted(p.Text))
		}
	})
	for _, role := range l.doc.Roles {
		for i, p := range role.Allow {
			if wider := l.wider(role, i); wider != "" {
				l.add("covered", LevelNote, p.At, "%s of role %s is covered by %s", p, role.Name, wider)
			}
		}
	}
}

// cell is one half of a permission.
type cell struct {
	permission string
	own        bool
}

// cells are what a pattern speaks of, in a project or on the site.
func (l *linting) cells(written string, inProject bool) (all []cell) {
	pattern, selector, selected := strings.Cut(written, "@")
	for _, name := range l.words.Names("") {
		p, _ := l.words.Permission(name)
		if inProject && p.Level == authz.OnSite || selected && !p.Selectors || !l.words.Matches(pattern, name) {
			continue
		}
		for _, own := range []bool{true, false} {
			if !selected || own == (selector == "own") {
				all = append(all, cell{name, own})
			}
		}
	}
	return all
}

func (l *linting) wider(role Role, i int) string {
	p := role.Allow[i].Text
	for j, other := range role.Allow {
		if j != i && l.fine(role.Allow[i]) && l.fine(other) && covers(l.words, other.Text, p) && (j < i || !covers(l.words, p, other.Text)) {
			return other.Text
		}
	}
	return ""
}

// covers says whether one pattern speaks of all that the other does, today's
// and tomorrow's.
func covers(words *authz.Policy, wide, narrow string) bool {
	w, ws, _ := strings.Cut(wide, "@")
	n, ns, _ := strings.Cut(narrow, "@")
	if ws != "" && ws != ns {
		return false
	}
	if len(words.Meant(n)) > 0 && strings.HasSuffix(w, "*") {
		return !slices.ContainsFunc(words.Meant(n), func(p authz.Permission) bool { return !words.Matches(w, p.Name) })
	}
	return w == n || w == "*" || strings.HasSuffix(w, "*") && strings.HasPrefix(n, strings.TrimSuffix(w, "*"))
}

// intervals finds what has ended already.
func (l *linting) intervals() {
	for _, a := range l.doc.places() {
		for _, m := range a.Members {
			if m.Until != nil && !l.now.Before(*m.Until) {
				l.add("ended", LevelNote, m.At, "the membership of %s%s ended at %s", m.User, m.Team, m.Until.Format(time.RFC3339))
			}
		}
		for _, e := range a.Entries {
			if e.Until != nil && !l.now.Before(*e.Until) {
				l.add("ended", LevelNote, e.At, "the %s of %s for %s ended at %s", e.Effect, e.Permission, e.User, e.Until.Format(time.RFC3339))
			}
		}
	}
}

// roles finds those that nobody holds, and those that no file defines.
func (l *linting) roles() {
	held := map[string]bool{anonymous: true, signedIn: true, "owner": true} // owner is given to whoever makes a project
	known := l.world.roles(l.doc)
	told := map[string]bool{}
	for _, a := range l.doc.places() {
		for _, m := range a.Members {
			for _, role := range m.Roles {
				held[role.Text] = true
			}
		}
	}
	l.doc.roleNames(func(name Name, _ bool) {
		if _, ok := known[name.Text]; !ok && l.world.Roles == nil && l.doc.Roles != nil && name.Text != anonymous && name.Text != signedIn && !told[name.Text] {
			told[name.Text] = true
			l.add("unknown-role", LevelNote, name.At, "no file defines role %s%s", quoted(name.Text), maybe(authz.Nearest(name.Text, slices.Values(roleNamesOf(l.doc)))))
		}
	})
	for _, p := range assigned(l.doc) {
		_, role, _ := strings.Cut(p.Text, assignPrefix)
		if _, ok := known[role]; !ok && l.world.Roles == nil && !told[role] {
			told[role] = true
			l.add("unknown-role", LevelNote, p.At, "no file defines role %s%s", quoted(role), maybe(authz.Nearest(role, slices.Values(roleNamesOf(l.doc)))))
		}
	}
	if l.doc.Projects == nil && l.doc.Site == nil {
		return // files about roles alone do not say who holds them
	}
	for _, role := range l.doc.Roles {
		if !held[role.Name.Text] && !l.world.Held[role.Name.Text] {
			l.add("unheld", LevelNote, role.Name.At, "nobody holds role %s", role.Name)
		}
	}
}

func roleNamesOf(d *Document) (all []string) {
	for _, role := range d.Roles {
		all = append(all, role.Name.Text)
	}
	return all
}

// managers finds projects in which nobody can give access (R25). It asks of
// files only that say who the members are, and what all the roles mean.
func (l *linting) managers() {
	if slices.ContainsFunc(l.found, func(f Finding) bool { return f.Level == LevelError }) {
		return
	}
	policy, known := l.world.After, map[string]bool{}
	if policy == nil {
		var err error
		if policy, err = authz.Compile(l.source); err != nil {
			return
		}
	}
	for _, role := range l.doc.Roles {
		known[role.Name.Text] = role.Allow != nil
	}
	for _, p := range l.doc.Projects {
		if l.world.After == nil && (p.Members == nil || slices.ContainsFunc(p.Members, func(m Member) bool {
			return slices.ContainsFunc(m.Roles, func(role Name) bool { return !known[role.Text] })
		})) {
			continue
		}
		if !l.managed(policy, id(l.world.Projects, p.Slug.Text)) {
			l.add("no-manager", LevelError, p.Slug.At, "nobody can give access in project %s: no member holds access:grant", p.Slug)
		}
	}
}

func (l *linting) managed(policy *authz.Policy, project string) bool {
	on, at := authz.Resource{Project: project}, l.now.UnixMicro()
	return slices.ContainsFunc(policy.Who("access:grant", on, at), func(user string) bool {
		d := policy.Check(authz.Subject{Kind: authz.Person, ID: user}, "access:grant", on, at)
		return d.Rule == 11 || d.Rule == 12
	})
}

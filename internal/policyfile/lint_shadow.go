package policyfile

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

// shadows finds allows that a deny silences, denies that cannot bite, and
// removes that remove nothing.
func (l *linting) shadows() {
	site := Access{}
	if l.doc.Site != nil {
		site = *l.doc.Site
	}
	for _, a := range l.doc.places() {
		l.overrides(a)
		l.entries(a, site)
	}
}

func (l *linting) overrides(a Access) {
	for _, o := range a.Overrides {
		switch o.Effect {
		case "allow":
			for _, deny := range a.Overrides {
				if deny.Effect == "deny" && deny.Role.Text == o.Role.Text && l.within(o.Permission, deny.Permission, a) {
					l.add("shadowed", LevelWarning, o.At, "this allow of %s does nothing: role %s is denied %s at %s", o.Permission, o.Role, deny.Permission, deny.At)
				}
			}
		case "deny":
			l.bites(o.At, o.Permission, a)
		case "remove":
			l.removes(o, a)
		}
	}
}

// within says whether a pattern speaks of something, and of nothing that the
// other one does not speak of.
func (l *linting) within(narrow, wide Name, a Access) bool {
	if !l.fine(narrow) || !l.fine(wide) {
		return false
	}
	of := l.cells(wide.Text, !a.onSite())
	all := l.cells(narrow.Text, !a.onSite())
	return len(all) > 0 && !slices.ContainsFunc(all, func(c cell) bool { return !slices.Contains(of, c) })
}

// bites tells of a deny of nothing but what everybody may do (R7).
func (l *linting) bites(at Place, p Name, a Access) {
	if !l.fine(p) {
		return
	}
	all := l.cells(p.Text, !a.onSite())
	if len(all) > 0 && !slices.ContainsFunc(all, func(c cell) bool { return !l.isPublic(c, a) }) {
		l.add("cannot-bite", LevelWarning, at, "this deny of %s cannot bite: everybody may do it here (R7)", p)
	}
}

func (l *linting) isPublic(c cell, a Access) bool {
	if p, _ := l.words.Permission(c.permission); !p.PublicOK {
		return false
	}
	if slices.Contains(texts(a.Public), c.permission) {
		return true
	}
	return slices.ContainsFunc(l.doc.Roles, func(role Role) bool {
		return role.Name.Text == anonymous && slices.ContainsFunc(role.Allow, func(p Name) bool { return slices.Contains(l.cells(p.Text, false), c) })
	})
}

func (l *linting) removes(o Override, a Access) {
	i := slices.IndexFunc(l.doc.Roles, func(role Role) bool { return role.Name.Text == o.Role.Text })
	if i < 0 || l.doc.Roles[i].Allow == nil || !l.fine(o.Permission) {
		return
	}
	removed := l.cells(o.Permission.Text, !a.onSite())
	for _, p := range l.doc.Roles[i].Allow {
		if slices.ContainsFunc(l.cells(p.Text, !a.onSite()), func(c cell) bool { return slices.Contains(removed, c) }) {
			return
		}
	}
	l.add("removes-nothing", LevelNote, o.At, "role %s does not allow %s, so there is nothing to remove", o.Role, o.Permission)
}

func (l *linting) entries(a, site Access) {
	for _, e := range a.Entries {
		if e.Effect == "deny" {
			l.bites(e.At, e.Permission, a)
			continue
		}
		for _, deny := range a.Entries {
			l.shadowed(e, deny, a)
		}
		if !a.onSite() {
			for _, deny := range site.Entries {
				l.shadowed(e, deny, a)
			}
		}
	}
}

func (l *linting) shadowed(e, deny Entry, a Access) {
	if deny.Effect == "deny" && deny.User.Text == e.User.Text && (deny.Collection == "" || deny.Collection == e.Collection) &&
		inside(e, deny) && l.within(e.Permission, deny.Permission, a) {
		l.add("shadowed", LevelWarning, e.At, "this allow of %s does nothing: %s is denied %s at %s", e.Permission, e.User, deny.Permission, deny.At)
	}
}

// inside says whether one entry is live only while the other is.
func inside(e, other Entry) bool {
	begins := other.From == nil || e.From != nil && !e.From.Before(*other.From)
	ends := other.Until == nil || e.Until != nil && !e.Until.After(*other.Until)
	return begins && ends
}

// renamed is what an old name, or a pattern of old names alone, is written as
// today; nil for what is not old.
func renamed(words *authz.Policy, written string) (is []string) {
	pattern, selector, selected := strings.Cut(written, "@")
	var meant []authz.Permission
	if strings.HasSuffix(pattern, "*") {
		for _, name := range words.Names("") {
			p, _ := words.Permission(name)
			if authz.Match(pattern, name) {
				return nil // it is of new names as well
			}
			if words.Matches(pattern, name) {
				meant = append(meant, p)
			}
		}
	} else if meant = words.Meant(pattern); slices.ContainsFunc(meant, func(p authz.Permission) bool { return p.Name == pattern }) {
		return nil
	}
	for _, p := range meant {
		name := p.Name
		if selected {
			if !p.Selectors {
				continue
			}
			name += "@" + selector
		}
		is = append(is, name)
	}
	return is
}

// heldIn are the roles that somebody holds in what is stored.
func heldIn(stored projects.Written) map[string]bool {
	all := map[string]bool{}
	for _, a := range append([]projects.WrittenAccess{stored.Site}, stored.Projects...) {
		for _, m := range a.Members {
			for _, role := range m.Roles {
				all[role] = true
			}
		}
	}
	return all
}

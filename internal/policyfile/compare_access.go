package policyfile

import (
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

// place compares what stands in a project, or on the site.
func (c *comparison) place(was projects.WrittenAccess, is Access) {
	before := len(c.changes)
	w := projects.AccessRewriting{Project: was.ID}
	if is.Public != nil {
		w.Open, w.Close = without(texts(is.Public), was.Public), without(was.Public, texts(is.Public))
		for _, name := range w.Open {
			c.note("add", "public", was.Slug, "%s", name)
		}
		for _, name := range w.Close {
			c.note("remove", "public", was.Slug, "%s", name)
		}
	}
	if is.Overrides != nil {
		c.overrides(&w, was, is.Overrides)
	}
	if is.Members != nil {
		c.members(&w, was, is.Members)
	}
	if is.Entries != nil {
		c.entries(&w, was, is.Entries)
	}
	if len(c.changes) == before {
		return
	}
	c.writes.Access = append(c.writes.Access, w)
	after := overlay(accessOf(was), is)
	if was.ID == "" {
		c.after.site = &after
	} else {
		c.after.places[was.ID] = after
	}
}

// overlay puts what is mentioned over what was.
func overlay(was, is Access) Access {
	if is.Public != nil {
		was.Public = is.Public
	}
	if is.Overrides != nil {
		was.Overrides = is.Overrides
	}
	if is.Members != nil {
		was.Members = is.Members
	}
	if is.Entries != nil {
		was.Entries = is.Entries
	}
	return was
}

func (c *comparison) overrides(w *projects.AccessRewriting, was projects.WrittenAccess, is []Override) {
	left := map[[2]string]string{}
	for _, o := range was.Overrides {
		left[[2]string{o.Role, o.Permission}] = o.Effect
	}
	for _, o := range is {
		key := [2]string{o.Role.Text, o.Permission.Text}
		effect, there := left[key]
		delete(left, key)
		if effect == o.Effect {
			continue
		}
		w.Overrides = append(w.Overrides, remit.Override{Role: key[0], Permission: key[1], Effect: o.Effect})
		if there {
			c.note("change", "override", was.Slug, "role %s: %s %s → %s", key[0], key[1], effect, o.Effect)
		} else {
			c.note("add", "override", was.Slug, "role %s: %s %s", key[0], o.Effect, key[1])
		}
	}
	for _, o := range was.Overrides {
		if _, gone := left[[2]string{o.Role, o.Permission}]; gone {
			w.Overrides = append(w.Overrides, remit.Override{Role: o.Role, Permission: o.Permission, Effect: "inherit"})
			c.note("remove", "override", was.Slug, "role %s: %s %s", o.Role, o.Effect, o.Permission)
		}
	}
}

// held is one role of one member.
type held struct {
	user, team, role, collection string
	authz.Interval
}

func (c *comparison) members(w *projects.AccessRewriting, was projects.WrittenAccess, is []Member) {
	wanted := make(map[held]string, len(is)) // and why
	for _, m := range is {
		for _, role := range m.Roles {
			wanted[held{m.User.Text, m.Team.Text, role.Text, string(m.Collection), interval(m.From, m.Until)}] = m.Why
		}
	}
	covered := make(map[held]bool, len(wanted))
	for _, m := range was.Members {
		key := held{m.User, m.Team, "", string(m.Collection), interval(m.From, m.Until)}
		stays := !slices.ContainsFunc(m.Roles, func(role string) bool {
			key.role = role
			why, wants := wanted[key]
			return !wants || why != "" && why != m.Why
		})
		if !stays {
			w.DropMembers = append(w.DropMembers, m)
			c.note("remove", "member", was.Slug, "%s", memberText(m))
			continue
		}
		for _, key.role = range m.Roles {
			covered[key] = true
		}
	}
	for _, m := range is {
		key := held{m.User.Text, m.Team.Text, "", string(m.Collection), interval(m.From, m.Until)}
		row := remit.Member{User: m.User.Text, Team: m.Team.Text, Collection: m.Collection, From: m.From, Until: m.Until, Why: m.Why}
		for _, role := range m.Roles {
			if key.role = role.Text; !covered[key] {
				covered[key] = true
				row.Roles = append(row.Roles, role.Text)
			}
		}
		if len(row.Roles) > 0 {
			w.Members = append(w.Members, row)
			c.note("add", "member", was.Slug, "%s", memberText(row))
		}
	}
}

func memberText(m remit.Member) string {
	who := m.User
	if m.Team != "" {
		who = "team " + m.Team
	}
	return who + ": " + strings.Join(m.Roles, ", ") + limits(m.Collection, m.From, m.Until)
}

func limits(collection remit.CollectionID, from, until *time.Time) (text string) {
	if collection != "" {
		text = " in " + string(collection)
	}
	if from != nil {
		text += " from " + from.UTC().Format(time.RFC3339)
	}
	if until != nil {
		text += " until " + until.UTC().Format(time.RFC3339)
	}
	return text
}

// said is one personal entry.
type said struct {
	user, permission, effect, collection string
	authz.Interval
}

func (c *comparison) entries(w *projects.AccessRewriting, was projects.WrittenAccess, is []Entry) {
	wanted := make(map[said]string, len(is))
	for _, e := range is {
		wanted[said{e.User.Text, e.Permission.Text, e.Effect, string(e.Collection), interval(e.From, e.Until)}] = e.Why
	}
	covered := make(map[said]bool, len(wanted))
	for _, e := range was.Entries {
		key := said{e.User, e.Permission, e.Effect, string(e.Collection), interval(e.From, e.Until)}
		if why, wants := wanted[key]; wants && (why == "" || why == e.Why) {
			covered[key] = true
			continue
		}
		w.DropEntries = append(w.DropEntries, e)
		c.note("remove", "entry", was.Slug, "%s", entryText(e))
	}
	for _, e := range is {
		key := said{e.User.Text, e.Permission.Text, e.Effect, string(e.Collection), interval(e.From, e.Until)}
		if covered[key] {
			continue
		}
		covered[key] = true
		row := remit.Entry{User: e.User.Text, Permission: e.Permission.Text, Effect: e.Effect, Collection: e.Collection, From: e.From, Until: e.Until, Why: e.Why}
		w.Entries = append(w.Entries, row)
		c.note("add", "entry", was.Slug, "%s", entryText(row))
	}
}

func entryText(e remit.Entry) string {
	return e.User + ": " + e.Effect + " " + e.Permission + limits(e.Collection, e.From, e.Until)
}

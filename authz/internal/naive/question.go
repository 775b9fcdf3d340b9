package naive

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// question is one permission, for one subject, on one thing.
type question struct {
	World
	s     authz.Subject
	r     authz.Resource
	p     authz.Permission
	known bool // the catalogue has p
	own   bool // which of the two cells is asked
	// collectionOnly counts only the allows that name the thing's collection.
	collectionOnly bool
}

// layer is a project's part of the policy, or the site's.
type layer struct {
	roles     []authz.Role
	overrides []authz.Override
	members   []authz.Member
	entries   []authz.Entry
}

func (q question) entriesSay(l layer) (said []authz.Effect) {
	for _, e := range l.entries {
		if q.hasEntry(e) && q.speaks(e.Pattern) && q.counts(e.Effect, e.Collection) {
			said = append(said, e.Effect)
		}
	}
	return said
}

func (q question) rolesSay(l layer) (said []authz.Effect) {
	for _, m := range l.members {
		if effect := q.roleSays(l, m.Role); q.holds(m) && q.counts(effect, m.Collection) {
			said = append(said, effect)
		}
	}
	return said
}

// roleSays is one role's effect: its overrides before its template.
func (q question) roleSays(l layer, role string) authz.Effect {
	var overrides []authz.Effect
	for _, o := range l.overrides {
		if o.Role == role && q.speaks(o.Pattern) {
			overrides = append(overrides, o.Effect)
		}
	}
	for _, effect := range []authz.Effect{authz.Deny, authz.Allow, authz.Remove} {
		if slices.Contains(overrides, effect) {
			return effect
		}
	}
	for _, r := range l.roles {
		if r.Name == role && slices.ContainsFunc(r.Allow, q.speaks) {
			return authz.Allow
		}
	}
	return authz.Remove
}

// siteSays is what the site's entries and roles say, the built-in ones included.
func (q question) siteSays() []authz.Effect {
	said := append(q.entriesSay(q.site()), q.rolesSay(q.site())...)
	if q.s.Kind == authz.Person {
		return append(said, q.roleSays(q.site(), "signed_in"))
	}
	return append(said, q.strangersMay())
}

func (q question) site() layer {
	return layer{roles: q.SiteRoles, overrides: q.SiteOverrides, members: q.SiteMembers, entries: q.SiteEntries}
}

// strangersMay is the effect of the built-in role "anonymous", which allows
// only what may be public and speaks only of others' things.
func (q question) strangersMay() authz.Effect {
	q.own = false
	effect := q.roleSays(q.site(), "anonymous")
	if effect == authz.Allow && !q.p.PublicOK {
		return authz.Remove
	}
	return effect
}

// speaks reports whether a pattern speaks of this permission in this cell.
func (q question) speaks(pattern string) bool {
	name, cell, selective := strings.Cut(pattern, "@")
	if selective && (!q.p.Selectors || q.own != (cell == "own")) {
		return false
	}
	return matches(name, q.p.Name)
}

func matches(pattern, name string) bool {
	prefix, wide := strings.CutSuffix(pattern, "*")
	return name == pattern || wide && strings.HasPrefix(name, prefix)
}

func (q question) counts(e authz.Effect, collection string) bool {
	return e != authz.Allow || !q.collectionOnly || collection != ""
}

// holds, hasEntry: live (R17), this person's, and here.
func (q question) holds(m authz.Member) bool {
	return q.mine(m) && (m.Collection == "" || m.Collection == q.r.Collection)
}

func (q question) hasEntry(e authz.Entry) bool {
	return q.myEntry(e) && (e.Collection == "" || e.Collection == q.r.Collection)
}

func (q question) mine(m authz.Member) bool {
	inTeam := func(t authz.Team) bool { return t.ID == m.Team && slices.Contains(t.Users, q.s.ID) }
	return q.s.Kind == authz.Person && q.live(m.Interval) && (m.User == q.s.ID || slices.ContainsFunc(q.Teams, inTeam))
}

func (q question) myEntry(e authz.Entry) bool {
	return q.s.Kind == authz.Person && q.live(e.Interval) && e.User == q.s.ID
}

func (w World) live(i authz.Interval) bool {
	return i.From <= w.Now && (i.Until == 0 || w.Now < i.Until)
}

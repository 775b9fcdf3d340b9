package naive

import (
	"slices"
	"strings"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
)

// said is what a layer's roles and entries say to the account: deny, else allow, else nothing. Of what the account holds, that
// counts which names no collection or the thing's.
func (q question) said(roles []Role, members []Member, overrides []Override, entries []Entry) Effect {
	return find([]Effect{Deny, Allow}, func(effect Effect) bool {
		counts := func(m Member) bool {
			wide := m.Collection == "" && (effect == Deny || !q.through)
			return q.mine(m) && (wide || m.Collection != "" && m.Collection == q.r.Collection)
		}
		return has(members, func(m Member) bool { return counts(m) && q.roleSays(m.Role, roles, overrides) == effect }) ||
			has(entries, func(e Entry) bool { return counts(asMember(e)) && e.Effect == effect && q.speaks(e.Pattern) })
	})
}

// roleSays is a role's effect: its overrides before its template.
func (q question) roleSays(role string, roles []Role, overrides []Override) Effect {
	effect := find([]Effect{Deny, Allow, Remove}, func(effect Effect) bool {
		return has(overrides, func(o Override) bool { return o.Role == role && o.Effect == effect && q.speaks(o.Pattern) })
	})
	if effect == 0 && has(roles, func(r Role) bool { return r.Name == role && has(r.Allow, q.speaks) }) {
		return Allow
	}
	return effect
}

// mine is what the account holds and what is live (R17).
func (q question) mine(m Member) bool {
	inTeam := func(t Team) bool { return t.ID == m.Team && slices.Contains(t.Users, q.me) }
	return (m.User == q.me || has(q.Teams, inTeam)) && m.From <= q.Now && (m.Until == 0 || q.Now < m.Until)
}

// speaks: the pattern matches a name of the permission, and is about the cell.
func (q question) speaks(pattern string) bool {
	pattern, cell, selective := strings.Cut(pattern, "@")
	prefix, wide := strings.CutSuffix(pattern, "*")
	wide = wide && !q.exact && (prefix == "" || strings.HasSuffix(prefix, ":") || strings.HasSuffix(prefix, "."))
	matches := func(name string) bool { return name == pattern || wide && strings.HasPrefix(name, prefix) }
	suits := !selective || q.p.Selectors && cell == map[bool]string{true: "own", false: "others"}[q.r.Owner == q.owner]
	return suits && !q.p.Never && has(names(q.p), matches)
}

func asMember(e Entry) Member {
	return Member{User: e.User, Collection: e.Collection, Interval: e.Interval}
}

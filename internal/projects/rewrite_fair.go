package projects

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Rewrite makes the change in tx, as a whole or not at all. Whoever asks gives
// and takes no more than they hold (R24: denied), and every project that had
// somebody to give access keeps somebody (R25: a conflict). Permissions that
// the change declares count as if they had been there before.
//
// Call it only in an operation whose row says ChangesPolicy.
func Rewrite(tx *gate.Tx, r Rewriting) error {
	e, err := rewritten(tx, r)
	if err != nil {
		return err
	}
	if err := e.fair(nil); err != nil {
		return err
	}
	if err := e.fairWholesale(r); err != nil {
		return err
	}
	return e.managed()
}

func rewritten(tx *gate.Tx, r Rewriting) (e *edit, err error) {
	e = &edit{tx: tx, project: r.only()}
	if e.ends, err = keyEnds(tx); err != nil {
		return nil, err
	}
	if err := r.write(tx); err != nil {
		return nil, err
	}
	tx.Changed(gate.Everything)
	after, err := load(tx)
	if err != nil {
		return nil, err
	}
	before := tx.Source()
	before.Catalog = after.source.Catalog
	return e, e.compile(before, after.source)
}

// fairWholesale is R24 for what the change names, and for what anybody gains
// by teams and by the site.
func (e *edit) fairWholesale(r Rewriting) error {
	for _, a := range r.Access {
		give := e.mayGive
		if a.Project == "" {
			give = e.mayGiveOnSite
		}
		for _, g := range a.gifts() {
			if err := give(string(a.Project), g); err != nil {
				return err
			}
		}
	}
	if err := e.mayOpen(); err != nil {
		return err
	}
	if err := e.mayJoin(); err != nil {
		return err
	}
	now := e.tx.Now().UnixMicro()
	for _, d := range authz.Diff(e.before.policy, e.after.policy, now) {
		if err := e.mayGain(d, now); err != nil {
			return err
		}
	}
	return nil
}

// gifts are what the change of a project names.
func (a AccessRewriting) gifts() (all []gift) {
	for _, m := range a.Members {
		all = append(all, gift{Interval: interval(m.From, m.Until), collection: string(m.Collection), roles: m.Roles})
	}
	for _, e := range a.Entries {
		if e.Effect == "allow" {
			all = append(all, entryRow{Entry: e}.gift())
		}
	}
	for _, e := range a.DropEntries {
		if e.Effect == "deny" {
			all = append(all, entryRow{Entry: e}.gift())
		}
	}
	return all
}

// mayGiveOnSite is mayGive for what is held everywhere.
func (e *edit) mayGiveOnSite(_ string, g gift) error {
	return e.mayName("", g, func(p authz.Permission, own bool) bool {
		return g.pattern != "" && speaks(g.pattern, p, own) || slices.ContainsFunc(g.roles, func(role string) bool {
			return e.after.allowsOnSite(role, p, own)
		})
	})
}

// allowsOnSite says whether a role of the site names a cell, whatever denies it.
func (m *managers) allowsOnSite(role string, p authz.Permission, own bool) bool {
	return slices.ContainsFunc(template(m.source.SiteRoles, role), func(pattern string) bool { return speaks(pattern, p, own) }) ||
		slices.ContainsFunc(m.source.SiteOverrides, func(o authz.Override) bool {
			return o.Role == role && o.Effect == authz.Allow && speaks(o.Pattern, p, own)
		})
}

// mayOpen is about overrides and reservations of the site: what one allows
// that did not, and what one denied, silenced or reserved that does no more.
func (e *edit) mayOpen() error {
	had, has := e.before.source, e.after.source
	patterns := []string{}
	for _, o := range without(plainOverrides(has.SiteOverrides), plainOverrides(had.SiteOverrides)) {
		if o.Effect == authz.Allow {
			patterns = append(patterns, o.Pattern)
		}
	}
	for _, o := range without(plainOverrides(had.SiteOverrides), plainOverrides(has.SiteOverrides)) {
		if o.Effect != authz.Allow {
			patterns = append(patterns, o.Pattern)
		}
	}
	patterns = slices.Concat(patterns, without(had.Reserved, has.Reserved), without(has.Opened, had.Opened))
	for _, pattern := range patterns {
		if err := e.mayGiveOnSite("", gift{pattern: pattern}); err != nil {
			return err
		}
	}
	return nil
}

func plainOverrides(all []authz.Override) []authz.Override {
	all = slices.Clone(all)
	for i := range all {
		all[i].Note = nil
	}
	return all
}

// mayJoin is about those who come into a team: they get all that it holds.
func (e *edit) mayJoin() error {
	grown := map[string]bool{}
	was := map[string][]string{}
	for _, t := range e.before.source.Teams {
		was[t.ID] = t.Users
	}
	for _, t := range e.after.source.Teams {
		grown[t.ID] = len(without(t.Users, was[t.ID])) > 0
	}
	for _, m := range e.after.source.SiteMembers {
		if grown[m.Team] {
			if err := e.mayGiveOnSite("", gift{Interval: m.Interval, roles: []string{m.Role}}); err != nil {
				return err
			}
		}
	}
	for _, p := range e.after.source.Projects {
		for _, m := range p.Members {
			if !grown[m.Team] {
				continue
			}
			if err := e.mayGive(p.ID, gift{Interval: m.Interval, collection: m.Collection, roles: []string{m.Role}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayGain asks whether the editor holds what somebody gains, in all places that
// the difference speaks of, while it lasts.
func (e *edit) mayGain(d authz.Difference, now int64) error {
	if !d.Gained {
		return nil
	}
	places := []string{d.Project}
	if d.Project == "*" {
		for id := range e.after.projects {
			places = append(places, id)
		}
	}
	for _, c := range cellsOf(d) {
		for _, c.project = range places {
			for _, at := range e.during(d.Interval, c.project) {
				if at >= now && !e.holds(c, at) {
					return e.givesMore(e.called(d.User), c, at)
				}
			}
		}
	}
	return nil
}

func (e *edit) called(user string) string {
	switch user {
	case "":
		return "Everybody"
	case "*":
		return "Every account"
	}
	return e.tx.Policy().UserName(user)
}

// cellsOf are the cells that a difference is about.
func cellsOf(d authz.Difference) []cell {
	at := cell{project: d.Project, collection: d.Collection, visibility: d.Visibility}
	name, selector, _ := strings.Cut(d.Permission, "@")
	at.permission = name
	own := at
	own.own = true
	switch selector {
	case "own":
		return []cell{own}
	case "others":
		return []cell{at}
	}
	return []cell{own, at}
}

package projects

import (
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// fair refuses what gives or takes more than the editor holds (R24): by what
// comes of it for people, and by what it names.
func (e *edit) fair(gifts []gift) error {
	for _, id := range edited(e.after, e.project) {
		if err := e.fairIn(id); err != nil {
			return err
		}
	}
	return e.namesNoMore(gifts)
}

// fairIn compares effects, not entries: taking a role away can give, for a
// role may carry a deny. Whatever somebody gains at a moment the editor must
// hold at that moment, else a right for an hour would become one for ever.
// Whoever holds, then, something that the editor lacks now, loses nothing: an
// editor for an hour may still take away, for that is no more than can be
// done in the hour.
func (e *edit) fairIn(id string) error {
	had, has := e.before.projects[id], e.after.projects[id]
	all := cells(e.editor, id, had, has)
	more := e.lacked(all, e.tx.Now().UnixMicro())
	whom := e.affected(had, has)
	for _, at := range e.moments(had, has) {
		lacking := e.lacked(all, at)
		for _, user := range whom {
			if c, gains := e.gained(user, lacking, at); gains {
				return e.givesMore(e.tx.Policy().UserName(user), c, at)
			}
			if c, loses := e.taken(user, all, more, at); loses {
				return e.takesMore(user, c)
			}
		}
	}
	return nil
}

func (e *edit) gained(user string, lacking []cell, at int64) (cell, bool) {
	return first(lacking, func(c cell) bool { return e.after.allows(user, c, at) && !e.before.allows(user, c, at) })
}

// taken finds what the user holds and the editor does not, when the user loses
// anything at all. One may take from oneself; a limited key may not.
func (e *edit) taken(user string, all, more []cell, at int64) (cell, bool) {
	who := e.tx.Who()
	if who.Kind == authz.Person && who.ID == user && who.Caps == nil {
		return cell{}, false
	}
	held, holds := first(more, func(c cell) bool { return e.before.allows(user, c, at) })
	if !holds { // the usual case is the cheap one: few hold more than those who edit
		return cell{}, false
	}
	_, loses := first(all, func(c cell) bool { return e.before.allows(user, c, at) && !e.after.allows(user, c, at) })
	return held, loses
}

func first(all []cell, is func(cell) bool) (cell, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return cell{}, false
}

// cell is a permission on own or on others' things of a place.
type cell struct {
	permission string
	own        bool
	project    string
	collection string // "" = none
	visibility authz.Visibility
}

// on is a thing of the cell, for the one with this id.
func (c cell) on(who string) authz.Resource {
	on := authz.Resource{Project: c.project, Collection: c.collection, Visibility: c.visibility}
	if c.own {
		on.Owner = who
	}
	return on
}

// cells are all that can be held in a project: outside of collections, and in
// each that something names, private things apart.
func cells(p *authz.Policy, id string, versions ...authz.Project) []cell {
	var all []cell
	for _, collection := range collections(versions) {
		for _, name := range p.Names("") {
			at := cell{permission: name, project: id, collection: collection}
			own, private := at, at
			own.own, private.visibility = true, authz.Private
			all = append(all, own, at, private)
		}
	}
	return all
}

// collections are those that members and entries name, and "" for the rest.
func collections(versions []authz.Project) []string {
	named := []string{""}
	for _, p := range versions {
		for _, m := range p.Members {
			named = append(named, m.Collection)
		}
		for _, entry := range p.Entries {
			named = append(named, entry.Collection)
		}
	}
	return sortedSet(named)
}

func (m *managers) allows(user string, c cell, at int64) bool {
	return m.policy.Check(authz.Subject{Kind: authz.Person, ID: user}, c.permission, c.on(user), at).Allowed
}

// holds says what the editor holds at a moment, after the caps of this request
// and until its key ends.
func (e *edit) holds(c cell, at int64) bool {
	who := e.tx.Who()
	return (e.ends == 0 || at < e.ends) && e.editor.Check(who, c.permission, c.on(who.ID), at).Allowed
}

func (e *edit) lacked(all []cell, at int64) []cell {
	return slices.DeleteFunc(slices.Clone(all), func(c cell) bool { return e.holds(c, at) })
}

// moments are now and each later one at which somebody's rights in the project,
// or the editor's, may change.
func (e *edit) moments(versions ...authz.Project) []int64 {
	now := e.tx.Now().UnixMicro()
	return sortedMoments(append(moments(now, versions...), max(e.ends, now)))
}

func sortedMoments(times []int64) []int64 {
	slices.Sort(times)
	return slices.Compact(times)
}

// affected are the people whose rights the change can touch: all when it
// changed what roles mean, else those whose members or entries it changed.
func (e *edit) affected(had, has authz.Project) []string {
	if e.project == "" || !slices.Equal(sortedOverrides(had), sortedOverrides(has)) {
		return sortedSet(append(people(had), people(has)...))
	}
	return people(authz.Project{
		Members: append(without(had.Members, has.Members), without(has.Members, had.Members)...),
		Entries: append(without(unnoted(had), unnoted(has)), without(unnoted(has), unnoted(had))...),
	})
}

// unnoted are a project's entries without who wrote them, which are the same
// however often they are read.
func unnoted(p authz.Project) []authz.Entry {
	entries := slices.Clone(p.Entries)
	for i := range entries {
		entries[i].Note = nil
	}
	return entries
}

func without[T comparable](all, less []T) []T {
	left := map[T]int{}
	for _, one := range less {
		left[one]++
	}
	return slices.DeleteFunc(slices.Clone(all), func(one T) bool { left[one]--; return left[one] >= 0 })
}

// keyEnds is when the key of the request expires; 0 = never, or there is none.
func keyEnds(tx *gate.Tx) (int64, error) {
	if tx.Who().Key == "" {
		return 0, nil
	}
	end, err := identity.KeyEnds(tx, remit.KeyID(tx.Who().Key))
	if err != nil || end == nil {
		return 0, err
	}
	return end.UnixMicro(), nil
}

func (e *edit) givesMore(whom string, c cell, at int64) error {
	err := beyond(e, c, "gives_more", whom+" would gain %s, which you do not hold here")
	if at > e.tx.Now().UnixMicro() {
		err.Message += ", from " + time.UnixMicro(at).UTC().Format(time.RFC3339) + " on"
	}
	return err
}

func (e *edit) takesMore(user string, c cell) error {
	return beyond(e, c, "takes_more", e.tx.Policy().UserName(user)+" holds %s, which you do not hold here, so you can take nothing away")
}

func beyond(e *edit, c cell, code, format string) *remit.Error {
	permission := c.permission
	if p, _ := e.editor.Permission(permission); p.Selectors {
		permission += map[bool]string{true: "@own", false: "@others"}[c.own]
	}
	err := remit.Errorf(remit.Denied, format, permission).WithCode(code).WithHint("Ask somebody who holds it.")
	err.Decision = &authz.Decision{Rule: 24, Permission: c.permission}
	return err
}

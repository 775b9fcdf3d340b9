package identity

import (
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// outranks refuses whoever could become somebody with more rights (R24): what
// the account holds now or later, on the site, in any project or collection,
// the asker holds at that moment as well.
func outranks(r *gate.Reader, u remit.User) error {
	if r.Policy().Check(r.Who(), "user:password", authz.Resource{}, r.Now().UnixMicro()).Rule == 8 {
		return nil // superusers hold everything that is not kept from all
	}
	if u.Disabled {
		return beyond("user:password", "%s is disabled, and what it holds waits for it. Enable it first, or ask a superuser.", u.Name)
	}
	source, it := r.Source(), authz.Subject{Kind: authz.Person, ID: string(u.ID)}
	held := heldBy(source, it.ID)
	names := r.Policy().Names("")
	for _, at := range momentsOf(held, r.Now().UnixMicro()) {
		for _, place := range placesOf(source, held) {
			if name, more := exceeds(r, it, names, place, at); more {
				return outranked(r, u, place, name)
			}
		}
	}
	return nil
}

// outranked names the right that is missing to those who may know of it.
func outranked(r *gate.Reader, u remit.User, place authz.Resource, name string) *remit.Error {
	see := "access:view"
	if place.Project == "" {
		see = "site:view"
	}
	if !r.Holds(see, authz.Resource{Project: place.Project}).Allowed {
		return beyond("user:password", "%s may do something that you may not: with its password you could. Ask a superuser.", u.Name)
	}
	return beyond(name, "%s holds %s, which you do not: with its password you could use it. Ask a superuser.", u.Name, name)
}

// exceeds finds what the account may do at a place and the asker may not.
func exceeds(r *gate.Reader, it authz.Subject, names []string, place authz.Resource, at int64) (string, bool) {
	who := r.Who()
	for _, name := range names {
		for _, own := range []bool{true, false} {
			its, ours := place, place
			if own {
				its.Owner, ours.Owner = it.ID, who.ID
			}
			if r.Policy().Check(it, name, its, at).Allowed && !r.Policy().Check(who, name, ours, at).Allowed {
				return name, true
			}
		}
	}
	return "", false
}

// held is what is written about one account.
type held struct {
	intervals []authz.Interval
	places    []authz.Resource
}

// heldBy finds the memberships and entries of an account and of its teams.
func heldBy(s authz.Source, id string) (h held) {
	teams := map[string]bool{}
	for _, t := range s.Teams {
		teams[t.ID] = slices.Contains(t.Users, id)
	}
	note := func(project string, user, team, collection string, i authz.Interval) {
		if user != id && !teams[team] {
			return
		}
		h.intervals = append(h.intervals, i)
		if collection != "" {
			h.places = append(h.places, authz.Resource{Project: project, Collection: collection},
				authz.Resource{Project: project, Collection: collection, Visibility: authz.Private})
		}
	}
	both := func(project string, members []authz.Member, entries []authz.Entry) {
		for _, m := range members {
			note(project, m.User, m.Team, m.Collection, m.Interval)
		}
		for _, e := range entries {
			note(project, e.User, "", e.Collection, e.Interval)
		}
	}
	both("", s.SiteMembers, s.SiteEntries)
	for _, p := range s.Projects {
		both(p.ID, p.Members, p.Entries)
	}
	return h
}

// momentsOf are now and all later times at which something of it begins or ends.
func momentsOf(h held, now int64) []int64 {
	times := []int64{now}
	for _, i := range h.intervals {
		times = append(times, max(i.From, now), max(i.Until, now))
	}
	slices.Sort(times)
	return slices.Compact(times)
}

// placesOf are the site, all projects, and the collections that h names.
func placesOf(s authz.Source, h held) []authz.Resource {
	places := append([]authz.Resource{{}}, h.places...)
	for _, p := range s.Projects {
		places = append(places, authz.Resource{Project: p.ID}, authz.Resource{Project: p.ID, Visibility: authz.Private})
	}
	return places
}

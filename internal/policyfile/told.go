package policyfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// everywhere stands for every project in a difference.
const everywhere = "*"

// hiddenUser stands for accounts that the asker may not know of.
const hiddenUser = "?"

// teller puts names in the place of ids. Of projects that it has no name for it
// tells nothing, and of accounts that it has none for only how many they are.
type teller struct{ users, projects map[string]string }

func tellerOf(r *gate.Reader, s sight, w World) teller {
	t := teller{users: namedTo(r, s), projects: make(map[string]string, len(w.Projects))}
	for slug, id := range w.Projects {
		t.projects[id] = slug
	}
	return t
}

// namedTo are the names by id of the accounts that the asker can name by what
// is stored now (R22): themselves, all with user:read, whoever is in a team or
// holds something in a place whose teams and members they may see.
func namedTo(r *gate.Reader, s sight) map[string]string {
	source := r.Source()
	names := make(map[string]string, len(source.Users))
	if r.Can("user.read", authz.Resource{}).Allowed {
		for _, u := range source.Users {
			names[u.ID] = u.Name
		}
		return names
	}
	names[r.Who().ID] = r.Policy().UserName(r.Who().ID)
	teams := make(map[string][]string, len(source.Teams))
	add := func(ids ...string) {
		for _, id := range ids {
			names[id] = r.Policy().UserName(id)
		}
	}
	for _, t := range source.Teams {
		if teams[t.ID] = t.Users; s.teams {
			add(t.Users...)
		}
	}
	held := func(members []authz.Member, entries []authz.Entry) {
		for _, m := range members {
			add(m.User)
			add(teams[m.Team]...)
		}
		for _, e := range entries {
			add(e.User)
		}
	}
	if r.Can("site.read", authz.Resource{}).Allowed {
		held(source.SiteMembers, source.SiteEntries)
	}
	for _, p := range source.Projects {
		if r.Can("member.list", authz.Resource{Project: p.ID}).Allowed {
			held(p.Members, p.Entries)
		}
	}
	delete(names, "") // the user of a team's membership
	return names
}

// effects are the differences in words, those of hidden accounts merged.
func (t teller) effects(differences []authz.Difference, now time.Time) []Effect {
	all, merged := []Effect{}, map[authz.Difference]int{}
	for _, d := range differences {
		switch {
		case !t.knows(d.Project):
		case d.User == "" || d.User == everywhere || t.users[d.User] != "":
			all = append(all, t.effect(d, 0, now.UnixMicro()))
		default:
			d.User = hiddenUser
			merged[d]++
		}
	}
	for d, n := range merged {
		all = append(all, t.effect(d, n, now.UnixMicro()))
	}
	slices.SortStableFunc(all, func(a, b Effect) int {
		return cmp.Or(strings.Compare(a.User, b.User), strings.Compare(a.Project, b.Project), cmp.Compare(a.Accounts, b.Accounts), hiddenOrder(a, b))
	})
	return all
}

// hiddenOrder is the order of what is merged; the rest is in its own.
func hiddenOrder(a, b Effect) int {
	if a.User != hiddenUser {
		return 0
	}
	return strings.Compare(a.Text, b.Text)
}

// knows says whether there is something to tell of a place.
func (t teller) knows(project string) bool {
	return project == "" || project == everywhere || t.projects[project] != ""
}

// effect tells one; hidden is how many accounts it is about, 0 for one with a name.
func (t teller) effect(d authz.Difference, hidden int, now int64) Effect {
	if name, known := t.users[d.User]; known {
		d.User = name
	}
	if slug, known := t.projects[d.Project]; known {
		d.Project = slug
	}
	e := Effect{User: d.User, Accounts: hidden, Gains: d.Gained, Permission: d.Permission, Project: d.Project, Collection: d.Collection}
	switch d.Visibility {
	case authz.Private:
		e.Visibility = "private"
	case authz.Public:
		e.Visibility = "public"
	}
	if d.From <= now {
		d.From = 0 // from now on goes without saying
	}
	e.From, e.Until = instant(d.From), instant(d.Until)
	if hidden > 0 {
		d.User = "an account that you may not see"
	}
	e.Text = d.String()
	if hidden > 1 {
		_, rest, _ := strings.Cut(e.Text, d.User)
		rest = strings.Replace(strings.Replace(rest, " gains ", " gain ", 1), " loses ", " lose ", 1)
		e.Text = fmt.Sprintf("%d accounts that you may not see%s", hidden, rest)
	}
	return e
}

// instant is a time in microseconds; 0 is none.
func instant(at int64) *time.Time {
	if at == 0 {
		return nil
	}
	t := time.UnixMicro(at).UTC()
	return &t
}

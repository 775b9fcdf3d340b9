package projects

import (
	"cmp"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// narrow leaves of two versions of a policy what is about one project: itself,
// the accounts that it names, themselves or their team, and the editor, and what
// these hold on the site. Only the project differs between the two.
func narrow(project, editor string, before, after *authz.Source) {
	teams, kept := teamsOf(*before), map[string]bool{editor: true}
	for _, s := range []*authz.Source{before, after} {
		i, _ := find(s.Projects, project)
		s.Projects = s.Projects[i : i+1 : i+1]
		for _, h := range holdings(s.Projects[0], teams) {
			kept[h.user] = true
		}
	}
	keep := func(id string) bool { return kept[id] }
	before.Users = accounts(before.Users, kept)
	before.Teams = slices.Clone(before.Teams)
	for i, t := range before.Teams {
		before.Teams[i].Users = only(t.Users, keep)
	}
	before.SiteMembers = only(before.SiteMembers, func(m authz.Member) bool { return m.Team != "" || keep(m.User) })
	before.SiteEntries = only(before.SiteEntries, func(e authz.Entry) bool { return keep(e.User) })
	after.Users, after.Teams, after.SiteMembers, after.SiteEntries = before.Users, before.Teams, before.SiteMembers, before.SiteEntries
}

// only are those of a list that are to be kept, without writing to it.
func only[T any](list []T, keep func(T) bool) (kept []T) {
	for _, one := range list {
		if keep(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// accounts looks for some in a Source that was read here: they are sorted.
func accounts(sorted []authz.User, ids map[string]bool) (found []authz.User) {
	for id := range ids {
		i, known := slices.BinarySearchFunc(sorted, id, func(u authz.User, id string) int { return cmp.Compare(u.ID, id) })
		if known {
			found = append(found, sorted[i])
		}
	}
	slices.SortFunc(found, func(a, b authz.User) int { return cmp.Compare(a.ID, b.ID) })
	return found
}

// dealOf is a deal of the asker's, now, about nothing yet.
func dealOf(r *gate.Reader) (deal, error) {
	ends, err := keyEnds(r)
	return deal{who: r.Who(), now: r.Now().UnixMicro(), ends: ends}, err
}

// unchanged is a deal that changes nothing, with what will hold again when deleted
// projects are brought back: to ask what the asker holds.
func unchanged(r *gate.Reader) (*deal, error) {
	d, err := dealOf(r)
	if err != nil {
		return nil, err
	}
	gone, err := absent(r, r.Policy())
	d.before = withAbsent(r.Source(), gone)
	d.after = d.before
	return &d, err
}

// keyEnds is when the key of the request ends, as identity.KeyEnds has it; 0 =
// never, or there is none.
func keyEnds(r asking) (int64, error) {
	if r.Who().Key == "" {
		return 0, nil
	}
	end, err := identity.KeyEnds(r, remit.KeyID(r.Who().Key))
	if err != nil || end == nil {
		return 0, err
	}
	return end.UnixMicro(), nil
}

// asking is a transaction that knows who asks.
type asking interface {
	db.Reader
	Who() authz.Subject
	Now() time.Time
}

// refusal is what is unfair, in words.
func (e *edit) refusal(u *unfair) error {
	where, err := e.where(u.cell.project)
	if err != nil {
		return err
	}
	if u.code == "takes_more" {
		return e.beyond(u, e.called(u)+" holds %s, which you do not hold "+where+", so you can take nothing away")
	}
	refused := e.beyond(u, e.called(u)+" would gain %s, which you do not hold "+where)
	if u.at > e.now {
		refused.Message += ", from " + time.UnixMicro(u.at).UTC().Format(time.RFC3339) + " on"
	}
	return refused
}

// where is a place in words: "here" when the whole change is there.
func (e *edit) where(project string) (string, error) {
	switch project {
	case e.place():
		return "here", nil
	case everywhere:
		return "everywhere", nil
	}
	name, err := placeName(&e.tx.Reader, remit.ProjectID(project))
	return "in " + name, err
}

// placeName is a project in words, by name to those who may know of it.
func placeName(r *gate.Reader, id remit.ProjectID) (string, error) {
	if !r.Holds(authz.ProjectView, authz.Resource{Project: string(id)}).Allowed {
		return "a project that you do not see", nil
	}
	row, err := LocateID(r, id)
	return "project " + row.Slug, err
}

// called is how one who gains or loses is spoken of: by name to those who may
// know of the account.
func (e *edit) called(u *unfair) string {
	switch u.user {
	case nobody:
		return "Whoever this is for"
	case "":
		return "Everybody"
	case everywhere:
		return "Every account"
	}
	inProject, onSite := e.tx.Holds("member:read", authz.Resource{Project: u.cell.project}), e.tx.Holds("user:read", authz.Resource{Owner: u.user})
	if inProject.Allowed || onSite.Allowed {
		return e.tx.Policy().UserName(u.user)
	}
	return "Somebody"
}

func (e *edit) beyond(u *unfair, format string) *remit.Error {
	permission := u.cell.permission
	if p, _ := e.tx.Policy().Permission(permission); p.Selectors {
		permission += map[bool]string{true: "@own", false: "@others"}[u.cell.own]
	}
	err := remit.Errorf(remit.Denied, format, permission).WithCode(u.code).WithHint("Ask somebody who holds it.")
	err.Decision = &authz.Decision{Rule: 24, Permission: u.cell.permission}
	return err
}

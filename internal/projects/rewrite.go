package projects

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// Rewriting is a change of much that is written about rights, at once. What it
// names by words is there, or is made by it: whoever makes one has looked.
type Rewriting struct {
	Declare      []authz.Permission
	Roles        []remit.Role // made, or in the place of those of the name
	DropRoles    []string
	Teams        []remit.Team // the same, with all who are in them
	DropTeams    []string
	Reservations []Reservation
	Access       []AccessRewriting
}

// Reservation is the switch of one permission (R4).
type Reservation struct {
	Permission string
	Reserved   *bool // nil = as the catalogue has it
}

// AccessRewriting is the part of one project, or of the site.
type AccessRewriting struct {
	Project     remit.ProjectID  // "" = the site
	Open, Close []string         // permissions that everybody has (R7)
	Overrides   []remit.Override // "inherit" takes one back
	DropMembers []remit.Member
	Members     []remit.Member
	DropEntries []remit.Entry
	Entries     []remit.Entry
}

// Rewrite makes the change in tx, as a whole or not at all. Whoever asks gives
// and takes no more than they hold (R24: denied), and every project that had
// somebody to give access keeps somebody (R25: a conflict). Permissions that
// the change declares count as if they had been there before.
//
// Call it only in an operation whose row says ChangesPolicy.
func Rewrite(tx *gate.Tx, r Rewriting) error {
	part := gate.Everything
	if id := r.only(); id != "" {
		part = gate.InProject(id)
	}
	return keepManagedPart(tx, part, func() error { return r.write(tx) })
}

// only is the project of a change that is about nothing else, else "".
func (r Rewriting) only() remit.ProjectID {
	if len(r.Declare)+len(r.Roles)+len(r.DropRoles)+len(r.Teams)+len(r.DropTeams)+len(r.Reservations) > 0 || len(r.Access) != 1 {
		return ""
	}
	return r.Access[0].Project
}

// write takes away before it adds, and makes what others name before these.
func (r Rewriting) write(tx *gate.Tx) error {
	w := &writing{tx: tx, teams: map[string]string{}, users: map[string]remit.UserID{}}
	for _, step := range []func(*writing) error{r.declare, r.putRoles, r.putTeams, r.reserve, r.putAccess, r.drop} {
		if err := step(w); err != nil {
			return err
		}
	}
	return nil
}

// writing is a rewriting that goes on: names that were looked up.
type writing struct {
	tx    *gate.Tx
	teams map[string]string
	users map[string]remit.UserID
}

func (w *writing) user(name string) (id remit.UserID, err error) {
	id, known := w.users[name]
	if !known && name != "" {
		id, err = identity.IDOf(w.tx, name)
		w.users[name] = id
	}
	return id, err
}

// recipient is user for what is given anew.
func (w *writing) recipient(name string) (remit.UserID, error) {
	if name == "" {
		return "", nil
	}
	return identity.Living(w.tx, name)
}

func (w *writing) run(query string, args ...any) error {
	_, err := w.tx.Exec(query, args...)
	return err
}

func (r Rewriting) declare(w *writing) error {
	if len(r.Declare) == 0 {
		return nil
	}
	return Declare(w.tx, r.Declare...)
}

func (r Rewriting) putRoles(w *writing) error {
	for _, role := range r.Roles {
		if err := storeRole(w.tx, role); err != nil {
			return err
		}
	}
	return nil
}

func (r Rewriting) putTeams(w *writing) error {
	known, err := db.Rows(w.tx, scanPair, wholeSelectTeamIDs)
	for _, row := range known {
		w.teams[row.key] = row.value
	}
	for _, team := range r.Teams {
		if err == nil {
			err = w.putTeam(team)
		}
	}
	return err
}

func (w *writing) putTeam(team remit.Team) error {
	id, known := w.teams[team.Name]
	query, args := wholeUpdateTeamTitle, []any{id, team.Title}
	if !known {
		id = string(remit.NewID[remit.TeamID](w.tx.Now()))
		w.teams[team.Name] = id
		query, args = wholeInsertTeam, []any{id, team.Name, team.Title, db.Micros(w.tx.Now())}
	}
	if err := w.run(query, args...); err != nil {
		return err
	}
	if err := w.run(wholeDeleteTeamUsers, id); err != nil {
		return err
	}
	for _, name := range team.Users {
		user, err := w.user(name)
		if err == nil {
			err = w.run(wholeInsertTeamUser, id, string(user))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r Rewriting) reserve(w *writing) error {
	for _, s := range r.Reservations {
		err := w.run(wholeDeleteReservation, s.Permission)
		if err == nil && s.Reserved != nil {
			err = w.run(wholeInsertReservation, s.Permission, *s.Reserved)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r Rewriting) putAccess(w *writing) error {
	for _, a := range r.Access {
		put := w.inProject
		if a.Project == "" {
			put = w.onSite
		}
		if err := put(a); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) inProject(a AccessRewriting) error {
	id := string(a.Project)
	err := each2(w.run, wholeDeletePublicPart, id, a.Close)
	if err == nil {
		err = each2(w.run, wholeInsertPublicPart, id, a.Open)
	}
	for _, o := range a.Overrides {
		if err == nil {
			err = storeOverride(w.tx, a.Project, o)
		}
	}
	for _, m := range a.DropMembers {
		if err == nil {
			err = w.run(wholeDeleteMemberRow, string(m.ID), id)
		}
	}
	for _, e := range a.DropEntries {
		if err == nil {
			err = w.run(wholeDeleteEntryRow, string(e.ID), id)
		}
	}
	if err != nil {
		return err
	}
	return w.add(a, func(m memberRow) error { return insert(w.tx, m, a.Project) }, func(e entryRow) error { return storeEntry(w.tx, a.Project, e) })
}

func each2(run func(string, ...any) error, query, id string, words []string) error {
	for _, word := range words {
		if err := run(query, id, word); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) onSite(a AccessRewriting) error {
	var err error
	for _, o := range a.Overrides {
		if err == nil {
			err = w.run(wholeDeleteSiteOverride, o.Role, o.Permission)
		}
		if err == nil && o.Effect != "inherit" {
			err = w.run(wholeInsertSiteOverride, o.Role, o.Permission, o.Effect)
		}
	}
	for _, m := range a.DropMembers {
		if err == nil {
			err = w.run(wholeDeleteSiteMember, string(m.ID))
		}
	}
	for _, e := range a.DropEntries {
		if err == nil {
			err = w.run(wholeDeleteSiteEntry, string(e.ID))
		}
	}
	if err != nil {
		return err
	}
	return w.add(a, w.siteMember, w.siteEntry)
}

func (w *writing) siteMember(m memberRow) error {
	for _, role := range m.Roles {
		id := remit.NewID[remit.MemberID](w.tx.Now())
		if err := w.run(wholeInsertSiteMember, string(id), db.NullText(string(m.user)), db.NullText(string(m.team)), role,
			db.MicrosPtr(m.From), db.MicrosPtr(m.Until), m.Why, string(m.by), db.Micros(m.CreatedAt)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) siteEntry(e entryRow) error {
	return w.run(wholeInsertSiteEntry, string(e.ID), string(e.user), e.Permission, e.Effect, db.MicrosPtr(e.From), db.MicrosPtr(e.Until),
		e.Why, string(e.by), db.Micros(e.CreatedAt))
}

// add makes the new rows of members and entries, with whom they are by.
func (w *writing) add(a AccessRewriting, member func(memberRow) error, entry func(entryRow) error) error {
	by, at := writer(w.tx), stored(w.tx.Now())
	for _, m := range a.Members {
		row := memberRow{Member: m, by: by, team: remit.TeamID(w.teams[m.Team])}
		row.ID, row.CreatedAt = remit.NewID[remit.MemberID](w.tx.Now()), at
		row.From, row.Until = storedPtr(m.From), storedPtr(m.Until)
		user, err := w.recipient(m.User)
		if err != nil {
			return err
		}
		row.user = user
		if err := member(row); err != nil {
			return fmt.Errorf("member %s%s: %w", m.User, m.Team, err)
		}
	}
	for _, e := range a.Entries {
		row := entryRow{Entry: e, by: by}
		row.ID, row.CreatedAt = remit.NewID[remit.EntryID](w.tx.Now()), at
		row.From, row.Until = storedPtr(e.From), storedPtr(e.Until)
		user, err := w.recipient(e.User)
		if err != nil {
			return err
		}
		row.user = user
		if err := entry(row); err != nil {
			return fmt.Errorf("entry of %s: %w", e.User, err)
		}
	}
	return nil
}

// drop takes away roles and teams, which something may still name. A role's
// registrars are looked for when all roles that go are gone.
func (r Rewriting) drop(w *writing) error {
	for _, name := range r.DropRoles {
		if err := w.unless("role", name, w.run(wholeDeleteRole, name)); err != nil {
			return err
		}
	}
	for _, name := range r.DropRoles {
		if err := refuseNamed(w.tx, remit.Role{Name: name}); err != nil {
			return err
		}
	}
	for _, name := range r.DropTeams {
		if err := w.unless("team", name, w.run(wholeDeleteTeamRow, w.teams[name])); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) unless(what, name string, err error) error {
	if db.IsForeignKey(err) {
		return remit.Errorf(remit.Conflict, "The %s %s cannot go: something still names it", what, name).WithCode("in_use").
			WithHint("Take it out of members and overrides first.")
	}
	return err
}

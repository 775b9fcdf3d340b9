package projects

import (
	"fmt"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// lend writes into a catalogue what the run rights of job types bring along
// (R28). What is not in it nobody can use, and so it is left out.
func lend(r db.Reader, all []authz.Permission) error {
	types, err := db.Rows(r, scanLending, selectLending)
	if err != nil {
		return fmt.Errorf("reading what job types lend: %w", err)
	}
	for _, t := range types {
		for _, run := range remit.RunPermissions(t) {
			i := slices.IndexFunc(all, func(p authz.Permission) bool { return p.Name == run.Name })
			if i >= 0 {
				all[i].Lends = slices.DeleteFunc(t.LentOfType(), func(name string) bool { return !has(all, name) })
			}
		}
	}
	return nil
}

// MayLend refuses who lends by a job type what they do not hold everywhere
// (R24, R28): whoever may run the type somewhere, today or later, has the use of
// it there. It is asked as for an allow on the whole site; what is reserved, as
// for opening it, for that is what lending it comes to.
func MayLend(tx *gate.Tx, permissions ...string) error {
	d, err := unchanged(&tx.Reader)
	if err != nil {
		return err
	}
	e := &edit{tx: tx, deal: *d}
	if len(permissions) == 0 || e.unlimited() {
		return nil
	}
	e.self = e.standing()
	source := latent(e.before)
	policy, err := tx.Policy().Recompile(source)
	if err != nil {
		return err
	}
	asIs, err := policy.Recompile(e.before)
	if err != nil {
		return err
	}
	open, written := e.reads(policy, source), e.reads(asIs, e.before)
	for _, name := range permissions {
		holds := open
		if isReserved(e.before, permissionOf(e.before.Catalog, name)) {
			holds = written
		}
		if found := e.overgives(holds, given{everywhere, gift{pattern: name}}, authz.Project{}); found != nil {
			return e.lending(found)
		}
	}
	return nil
}

func (e *edit) lending(u *unfair) error {
	err := e.beyond(u, "Whoever may run this type would have the use of %s, which you do not hold in every project")
	if u.at > e.now {
		err.Message += ", from " + time.UnixMicro(u.at).UTC().Format(time.RFC3339) + " on"
	}
	return err.WithField("lends").WithHint("Ask somebody who holds it everywhere, or lend it of person.")
}

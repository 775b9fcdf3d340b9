package jobs

import (
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// known is what every claim and submit asks for and what changes with the policy
// only: it stays in memory for as long as that does.
type known struct {
	types  *gate.Kept[[]remit.JobType] // shared: not to be changed
	off    *gate.Kept[map[typeIn]bool]
	slugs  *gate.Kept[string]
	rows   *gate.Kept[projects.Row]
	people *gate.Kept[identity.Actor]
}

func newKnown() known {
	return known{
		types: gate.Keep[[]remit.JobType](gate.JobTypes), off: gate.Keep[map[typeIn]bool](gate.JobTypes),
		slugs: gate.Keep[string](gate.Projects), rows: gate.Keep[projects.Row](gate.Projects),
		people: gate.Keep[identity.Actor](gate.Users, gate.Keys),
	}
}

// all are the job types, in the order of their keys.
func (k known) all(r *gate.Reader) ([]remit.JobType, error) {
	return k.types.Of(r, "", func() ([]remit.JobType, error) { return types(r) })
}

// typeOf is typeOf from memory.
func (k known) typeOf(r *gate.Reader, key string) (remit.JobType, error) {
	all, err := k.all(r)
	if err != nil {
		return remit.JobType{}, err
	}
	i := slices.IndexFunc(all, func(t remit.JobType) bool { return t.Key == key })
	if i < 0 {
		return remit.JobType{}, noType(key)
	}
	return all[i], nil
}

// isOff says whether a type is switched off in a project.
func (k known) isOff(r *gate.Reader, project remit.ProjectID, key string) (bool, error) {
	off, err := k.off.Of(r, "", func() (map[typeIn]bool, error) { return offAnywhere(r) })
	return off[typeIn{project, key}], err
}

// slug is what a project is called; "" for one that is not there.
func (k known) slug(r *gate.Reader, id remit.ProjectID) (string, error) {
	return k.slugs.Of(r, string(id), func() (string, error) {
		slugs, err := projects.Slugs(r, id)
		return slugs[id], err
	})
}

// project finds a project by its slug, as projects.Locate.
func (k known) project(r *gate.Reader, slug string) (projects.Row, error) {
	return k.rows.Of(r, slug, func() (projects.Row, error) { return projects.Locate(r, slug) })
}

// person is an account as it asks now, through a key or by itself.
func (k known) person(r *gate.Reader, id remit.UserID, key remit.KeyID) (authz.Subject, error) {
	behind, err := k.people.Of(r, string(id)+" "+string(key), func() (identity.Actor, error) { return identity.Behind(r, id, key) })
	if err != nil {
		return authz.Subject{}, err
	}
	return behind.Subject(r.Now())
}

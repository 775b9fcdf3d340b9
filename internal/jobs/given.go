package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// seesGiven says whether the asker may read all files that the attempts of a
// job on a set were given: those of a set are as visible as their own
// collections, not as the set. Of other jobs the collection answers.
func seesGiven(r *gate.Reader, j *row) (bool, error) {
	if j.Collection == "" || j.File != "" {
		return true, nil
	}
	set, err := archive.LocateCollection(r, j.Collection)
	if err != nil || set.Kind != remit.KindSet {
		return err == nil || isAbsent(err), noneIfAbsent(err)
	}
	places, err := db.Rows(r, scanGiven, selectGiven, j.ID)
	if err != nil {
		return false, fmt.Errorf("reading what job %s was given: %w", j.ID, err)
	}
	for _, p := range places {
		home, err := archive.LocateCollection(r, p.collection)
		if err != nil {
			return false, err
		}
		on := home.Resource()
		on.Owner = string(p.owner)
		if !r.Can("file.read", on).Allowed {
			return false, nil
		}
	}
	return true, nil
}

func noneIfAbsent(err error) error {
	if err != nil && isAbsent(err) {
		return nil
	}
	return err
}

// requireGiven refuses who does not see all that the job was given.
func requireGiven(r *gate.Reader, j *row) error {
	if r.Who().Kind == authz.Node {
		return nil
	}
	sees, err := seesGiven(r, j)
	if err == nil && !sees {
		err = remit.Errorf(remit.Denied, "This job read files that you may not read").WithCode("inputs_hidden").WithHint("Run it yourself: it reads what you may read.")
	}
	return err
}

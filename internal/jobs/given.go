package jobs

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// jobsAtOnce is how many jobs one query asks about: engines bound its arguments.
const jobsAtOnce = 500

// givenHidden are those of the jobs that are on a set, of which the asker may
// not read all files that their attempts were given: those of a set are as
// visible as their own collections, not as the set. Of other jobs the
// collection answers.
func givenHidden(r *gate.Reader, of []*row) (map[remit.JobID]bool, error) {
	var on []remit.JobID
	for _, j := range of {
		if j.Collection != "" && j.File == "" {
			on = append(on, j.ID)
		}
	}
	hidden := map[remit.JobID]bool{}
	for some := range slices.Chunk(on, jobsAtOnce) {
		all, err := db.Rows(r, scanGiven, selectGiven(len(some)), ids(some)...)
		if err != nil {
			return nil, fmt.Errorf("reading what jobs were given: %w", err)
		}
		if err := hideGiven(r, all, hidden); err != nil {
			return nil, err
		}
	}
	return hidden, nil
}

// hideGiven adds those that were given a file that the asker may not read.
func hideGiven(r *gate.Reader, all []given, hidden map[remit.JobID]bool) error {
	var homes []remit.On
	for _, g := range all {
		homes = append(homes, remit.On{Collection: g.collection})
	}
	found, err := archive.Resources(r, homes)
	if err != nil {
		return err
	}
	for _, g := range all {
		on, there := found[remit.On{Collection: g.collection}]
		on.Owner = string(g.owner)
		if !hidden[g.job] && (!there || !r.Can("file.read", on).Allowed) {
			hidden[g.job] = true
		}
	}
	return nil
}

// requireGiven refuses who does not see all that the job was given.
func requireGiven(r *gate.Reader, j *row) error {
	if r.Who().Kind == authz.Node {
		return nil
	}
	hidden, err := givenHidden(r, []*row{j})
	if err == nil && hidden[j.ID] {
		err = remit.Errorf(remit.Denied, "This job read files that you may not read").WithCode("inputs_hidden").WithHint("Run it yourself: it reads what you may read.")
	}
	return err
}

package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/gate"
)

// ScanKey is the key of the built-in type whose jobs tell what is in data roots.
const ScanKey = "scan"

// scanHidden are those of the jobs that are scans, of which the asker may not read
// all that they tell of: any folder of the project, and any file in it, whoever owns
// that. It is asked of the folders that there are now, so those count from the
// moment that a scan makes them.
func scanHidden(r *gate.Reader, of []*row) (map[remit.JobID]bool, error) {
	scans := map[remit.ProjectID][]remit.JobID{}
	for _, j := range of {
		if j.Type == ScanKey {
			scans[j.Project] = append(scans[j.Project], j.ID)
		}
	}
	hidden := map[remit.JobID]bool{}
	for project, jobs := range scans {
		folders, err := archive.Folders(r, project)
		if err != nil {
			return nil, fmt.Errorf("looking up what scans tell of: %w", err)
		}
		for _, folder := range folders {
			if (thing{place: onCollection, resource: folder}).readableBy(r, r.Who()) {
				continue
			}
			for _, id := range jobs {
				hidden[id] = true
			}
			break
		}
	}
	return hidden, nil
}

// requireScanned lets only those through who may read all that a scan tells of.
func requireScanned(r *gate.Reader, j *row) error {
	hidden, err := scanHidden(r, []*row{j})
	if err == nil && hidden[j.ID] {
		err = remit.Errorf(remit.Denied, "This scan tells of collections or files that you may not read").WithCode("inputs_hidden")
	}
	return err
}

package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// kindOf is a job and its kind.
type kindOf struct {
	id remit.JobID
	Kind
}

// selectKinds is of those of the jobs that the asker may read (R19).
func selectKinds(r *gate.Reader, of []remit.JobID) (query string, args []any) {
	c := Table.Columns
	visible, more := gate.Where(r.Scope("job.list"), gate.Columns{Project: "j." + c.Project, Owner: "j." + c.Owner, Collection: "j." + c.Collection}, len(of)+1)
	return `SELECT j.id, p.slug, j.type_key FROM jobs j JOIN projects p ON p.id = j.project_id WHERE j.id IN ` + db.In(1, len(of)) + ` AND ` + visible,
		append(ids(of), more...)
}

func scanKind(s db.Scanner, k *kindOf) error { return s.Scan(&k.id, &k.Project, &k.Type) }

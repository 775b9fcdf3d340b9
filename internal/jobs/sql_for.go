package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// selectVisible is those of the jobs that the asker may read (R19).
func selectVisible(r *gate.Reader, ids []remit.JobID) (query string, args []any) {
	for _, id := range ids {
		args = append(args, id)
	}
	visible, more := gate.Where(r.Scope("job.list"), Table.Columns, len(args)+1)
	return `SELECT id FROM jobs WHERE id IN ` + db.In(1, len(ids)) + ` AND ` + visible, append(args, more...)
}

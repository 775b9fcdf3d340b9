package nodes

import "github.com/remit-server/remit/internal/db"

const nodeColumns = `id, name, project_id, own, state, labels, types, slots, version, secret_hash, registered_by, created_at, last_seen_at, session`

func scanNode(s db.Scanner, n *row) error {
	return s.Scan(&n.ID, &n.Name, &n.ProjectID, &n.Own, &n.State, db.FromJSON(&n.Labels), db.FromJSON(&n.Types), &n.Slots, &n.Version,
		&n.Hash, &n.RegisteredBy, db.Time(&n.CreatedAt), db.TimePtr(&n.LastSeenAt), &n.Session)
}

const selectNode = `SELECT ` + nodeColumns + ` FROM nodes WHERE id = $1`

const workerColumns = `id, name, project_id, own, state`

const selectWorker = `SELECT ` + workerColumns + ` FROM nodes WHERE id = $1`

const selectWorkerByHash = `SELECT ` + workerColumns + ` FROM nodes WHERE secret_hash = $1`

const selectNodeByName = `SELECT ` + nodeColumns + ` FROM nodes WHERE name = $1`

// selectNodes is completed by the condition of the asker's scope, from $3 on.
const selectNodes = `SELECT ` + nodeColumns + ` FROM nodes WHERE id > $1 AND %s ORDER BY id LIMIT $2`

const insertNode = `INSERT INTO nodes (id, name, project_id, own, state, labels, types, slots, secret_hash, created_at, registered_by)
	VALUES ($1, $2, $3, $4, 'active', $5, '[]', $6, $7, $8, $9)`

const updateState = `UPDATE nodes SET state = $3 WHERE id = $1 AND state = $2`

const updateSecret = `UPDATE nodes SET secret_hash = $2 WHERE id = $1`

const touchNode = `UPDATE nodes SET last_seen_at = $2 WHERE id = $1`

const updateOffer = `UPDATE nodes SET last_seen_at = $2, types = $3, version = $4, slots = COALESCE(NULLIF(CAST($5 AS INTEGER), 0), slots),
	session = COALESCE(NULLIF(CAST($6 AS TEXT), ''), session) WHERE id = $1`

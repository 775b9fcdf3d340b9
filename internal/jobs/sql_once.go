package jobs

const insertKey = `INSERT INTO submit_keys (project_id, actor, key_hash, request, created_at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (project_id, actor, key_hash) DO NOTHING`

const selectKey = `SELECT request, job_id FROM submit_keys WHERE project_id = $1 AND actor = $2 AND key_hash = $3`

const updateKey = `UPDATE submit_keys SET job_id = $4 WHERE project_id = $1 AND actor = $2 AND key_hash = $3`

const deleteOldKey = `DELETE FROM submit_keys WHERE project_id = $1 AND actor = $2 AND key_hash = $3 AND created_at <= $4`

const selectOldKey = `SELECT created_at FROM submit_keys WHERE created_at <= $1 ORDER BY created_at LIMIT 1`

const deleteOldKeys = `DELETE FROM submit_keys WHERE (project_id, actor, key_hash) IN
	(SELECT project_id, actor, key_hash FROM submit_keys WHERE created_at <= $1 ORDER BY created_at LIMIT $2)`

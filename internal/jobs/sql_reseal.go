package jobs

import "github.com/remit-server/remit/internal/db"

// selectSecretive are jobs that keep secrets though they ended by $3, in projects
// where anything may happen. Steps go with their workflow, which may do them again.
const selectSecretive = `SELECT j.id FROM jobs j JOIN projects p ON p.id = j.project_id WHERE j.id > $1 AND ($2 = '' OR j.project_id = $2)
	AND ` + over + ` AND j.finished_at <= $3 AND p.archived_at IS NULL AND p.deleted_at IS NULL
	AND j.parent_id = '' AND j.id IN (SELECT COALESCE(NULLIF(k.parent_id, ''), k.id) FROM job_secrets s JOIN jobs k ON k.id = s.job_id) ORDER BY j.id LIMIT $4`

const countSecrets = `SELECT COUNT(*), CAST(0 AS BIGINT) FROM job_secrets WHERE job_id = $1`

// countSecretsOfAll counts those of a job and of its steps.
const countSecretsOfAll = `SELECT COUNT(*), CAST(0 AS BIGINT) FROM job_secrets WHERE job_id = $1 OR job_id IN (SELECT id FROM jobs WHERE parent_id = $1)`

// selectOtherwiseSealed is a page of what is not sealed with the key $1: secrets
// as attempt 0, and tails of logs.
const selectOtherwiseSealed = `SELECT job_id, attempt, name, sealed FROM (
	SELECT job_id, 0 AS attempt, name, sealed FROM job_secrets WHERE key_id <> $1
	UNION ALL SELECT job_id, attempt, stream, sealed FROM log_tails WHERE sealed NOT LIKE $1 || '.%') AS sealed_texts
	WHERE (job_id, attempt, name) > ($2, $3, $4) ORDER BY job_id, attempt, name LIMIT $5`

func scanSealed(s db.Scanner, k *sealedText) error {
	return s.Scan(&k.job, &k.attempt, &k.name, &k.sealed)
}

const resealSecret = `UPDATE job_secrets SET sealed = $4, key_id = $5 WHERE job_id = $1 AND name = $2 AND sealed = $3`

const resealTail = `UPDATE log_tails SET sealed = $5 WHERE job_id = $1 AND attempt = $2 AND stream = $3 AND sealed = $4`

package jobs

import "github.com/remit-server/remit/internal/db"

const insertSecret = `INSERT INTO job_secrets (job_id, name, given_by, key_id, sealed) VALUES ($1, $2, $3, $4, $5)`

const selectSecrets = `SELECT name, given_by, sealed FROM job_secrets WHERE job_id = $1 ORDER BY name`

const deleteSecrets = `DELETE FROM job_secrets WHERE job_id = $1`

const selectKeys = `SELECT DISTINCT key_id FROM job_secrets ORDER BY key_id`

func scanSecret(s db.Scanner, k *sealedSecret) error { return s.Scan(&k.name, &k.givenBy, &k.sealed) }

const selectTail = `SELECT sealed FROM log_tails WHERE job_id = $1 AND attempt = $2 AND stream = $3`

const selectTails = `SELECT stream FROM log_tails WHERE job_id = $1 AND attempt = $2 ORDER BY stream`

const upsertTail = `INSERT INTO log_tails (job_id, attempt, stream, sealed) VALUES ($1, $2, $3, $4)
	ON CONFLICT (job_id, attempt, stream) DO UPDATE SET sealed = excluded.sealed`

const deleteTail = `DELETE FROM log_tails WHERE job_id = $1 AND attempt = $2 AND stream = $3`

const selectIsOff = `SELECT COUNT(*) > 0 FROM job_types_off WHERE project_id = $1 AND type_key = $2`

const selectOff = `SELECT project_id, type_key FROM job_types_off`

const selectOffIn = selectOff + ` WHERE project_id IN `

const switchOff = `INSERT INTO job_types_off (project_id, type_key, since) VALUES ($1, $2, $3) ON CONFLICT (project_id, type_key) DO NOTHING`

const switchOn = `DELETE FROM job_types_off WHERE project_id = $1 AND type_key = $2`

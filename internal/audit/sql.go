package audit

import "github.com/remit-server/remit/internal/db"

var insertEntries = db.InsertMany("audit_entries", `id TEXT, at BIGINT, actor_kind TEXT, actor_id TEXT, actor TEXT, key_id TEXT, operation TEXT,
	project_id TEXT, thing TEXT, allowed BOOLEAN, rule TEXT, permission TEXT, detail TEXT, request TEXT, preview TEXT`)

const selectHistory = `SELECT at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request, preview
	FROM audit_entries WHERE thing = $1 AND allowed ORDER BY id`

// Columns are those of an entry, in the order of ScanEntry and of rawEntry.
const Columns = `id, actor_kind, actor_id, actor, key_id, operation, project_id, thing, rule, permission, detail, request, preview, at, allowed, seal`

// selectBatchEnd is the last entry of the next batch; NULL when there is none.
const selectBatchEnd = `SELECT MAX(id) FROM (SELECT id FROM audit_entries WHERE seal = 0 ORDER BY id LIMIT $1) AS batch`

// sealBatch marks entries and returns them in one statement, so that what is
// marked is exactly what is hashed, however many transactions commit meanwhile.
const sealBatch = `UPDATE audit_entries SET seal = $1 WHERE seal = 0 AND id <= $2 RETURNING ` + Columns

const selectSealed = `SELECT ` + Columns + ` FROM audit_entries WHERE seal > $1 AND seal <= $2 AND seal <> 0 ORDER BY seal, id`

const selectUnsealed = `SELECT ` + Columns + ` FROM audit_entries WHERE seal = 0 ORDER BY id`

const countUnsealed = `SELECT COUNT(*) FROM audit_entries WHERE seal = 0`

const deleteArchived = `DELETE FROM audit_entries WHERE seal >= $1 AND seal <= $2`

const markArchived = `UPDATE audit_seals SET archived_by = $3, manifest = '' WHERE number >= $1 AND number <= $2 AND archived_by = 0 AND archive = ''`

const sealColumns = `number, first_id, last_id, count, entries_hash, previous_hash, hash, sealed_at,
	archive, archive_hash, archive_first, archive_last, archived_by`

const insertSeal = `INSERT INTO audit_seals (` + sealColumns + `, manifest)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

const selectHead = `SELECT ` + sealColumns + ` FROM audit_seals ORDER BY number DESC LIMIT 1`

const selectSeal = `SELECT ` + sealColumns + ` FROM audit_seals WHERE number = $1`

const selectSeals = `SELECT ` + sealColumns + ` FROM audit_seals WHERE number > $1 ORDER BY number LIMIT $2`

// selectFirstOpen is the oldest seal that no archive has taken in, nor is one.
const selectFirstOpen = `SELECT ` + sealColumns + ` FROM audit_seals
	WHERE archived_by = 0 AND archive = '' ORDER BY number LIMIT 1`

const selectManifest = `SELECT manifest FROM audit_seals WHERE number = $1`

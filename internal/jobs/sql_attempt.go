package jobs

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

const attemptColumns = `number, node_id, node_name, lease_id, state, exit_code, error, claimed_at, started_at, finished_at, cleaned_at, log_sent, log_bytes, log_cut`

func scanAttempt(s db.Scanner, a *attempt) error {
	return s.Scan(&a.Number, &a.NodeID, &a.Node, &a.Lease, &a.State, &a.ExitCode, &a.Error, db.Time(&a.ClaimedAt), db.TimePtr(&a.StartedAt),
		db.TimePtr(&a.FinishedAt), db.Time(&a.CleanedAt), &a.LogSent, &a.LogBytes, &a.LogCut)
}

const selectAttempt = `SELECT ` + attemptColumns + ` FROM attempts WHERE job_id = $1 AND number = $2`

const selectAttempts = `SELECT ` + attemptColumns + ` FROM attempts WHERE job_id = $1 ORDER BY number`

const selectAttemptOfLease = selectAttempt + ` AND lease_id = $3 AND node_id = $4`

// selectIsToCleanUp: a node whose attempt was lost has not said yet that it has stopped.
const selectIsToCleanUp = selectHasHeld + ` AND state = 'lost' AND cleaned_at IS NULL`

// countUnstarted counts within a run, which begins when the job is asked to run.
const countUnstarted = `SELECT COUNT(*) FROM attempts WHERE job_id = $1 AND claimed_at >= $2 AND state = 'lost' AND started_at IS NULL`

const selectHasHeld = `SELECT COUNT(*) > 0 FROM attempts WHERE job_id = $1 AND node_id = $2`

// selectResultAttempt is 0 when no attempt has been ended by its node.
const selectResultAttempt = `SELECT COALESCE(MAX(number), 0) FROM attempts WHERE job_id = $1 AND state IN ('succeeded', 'failed', 'cancelled')`

// insertAttempts is completed by the rows; what begins is 'claimed'.
const insertAttempts = `INSERT INTO attempts (job_id, number, node_id, node_name, lease_id, state, claimed_at) `

const startAttempt = `UPDATE attempts SET state = 'running', started_at = $3 WHERE job_id = $1 AND number = $2 AND state = 'claimed'`

var endAttempts = updates{table: "attempts", where: "job_id TEXT, number BIGINT, lease_id TEXT",
	set: "state TEXT, exit_code BIGINT, error TEXT, finished_at BIGINT", only: "state IN ('claimed', 'running')"}

const markCleaned = `UPDATE attempts SET cleaned_at = $3 WHERE job_id = $1 AND number = $2 AND cleaned_at IS NULL`

const updateLogLength = `UPDATE attempts SET log_sent = $3, log_bytes = $4, log_cut = $5 WHERE job_id = $1 AND number = $2`

const insertChunk = `INSERT INTO log_chunks (job_id, attempt, start, size, stream, data) VALUES ($1, $2, $3, $4, $5, $6)`

// selectChunks bounds the start from below ($3), so that the index leads to
// the chunk that $4 lies in.
const selectChunks = `SELECT start, data FROM log_chunks
	WHERE job_id = $1 AND attempt = $2 AND start >= $3 AND start + size > $4 AND start < $5 ORDER BY start`

const artifactColumns = `name, attempt, size, sha256, media_type, created_at, removed_at`

func scanArtifact(s db.Scanner, a *remit.Artifact) error {
	return s.Scan(&a.Name, &a.Attempt, &a.Size, &a.SHA256, &a.MediaType, db.Time(&a.CreatedAt), db.TimePtr(&a.RemovedAt))
}

const selectArtifact = `SELECT ` + artifactColumns + ` FROM artifacts WHERE job_id = $1 AND attempt = $2 AND name = $3`

const selectArtifacts = `SELECT ` + artifactColumns + ` FROM artifacts WHERE job_id = $1 AND attempt = $2`

// byName orders here: engines and locales order text differently.
func byName(all []remit.Artifact) []remit.Artifact {
	slices.SortFunc(all, func(a, b remit.Artifact) int { return strings.Compare(a.Name, b.Name) })
	return all
}

const countArtifacts = `SELECT COUNT(*) FROM artifacts WHERE job_id = $1 AND attempt = $2`

const insertArtifact = `INSERT INTO artifacts (job_id, attempt, name, size, sha256, media_type, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// insertInputs is completed by the rows.
const insertInputs = `INSERT INTO attempt_inputs (job_id, attempt, file_id, name, size, sha256) `

const selectIsInput = `SELECT COUNT(*) > 0 FROM attempt_inputs WHERE job_id = $1 AND attempt = $2 AND file_id = $3`

// renewLease and updateProgress name the lease: an old one touches nothing.
const renewLease = `UPDATE jobs SET lease_until = $4 WHERE id = $1 AND attempt = $2 AND lease_id = $3`

const updateProgress = `UPDATE jobs SET progress = $4 WHERE id = $1 AND attempt = $2 AND lease_id = $3`

const selectLeases = `SELECT id, attempt, lease_id FROM jobs WHERE lease_id <> '' AND node_id = $1 ORDER BY id`

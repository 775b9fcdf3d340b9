package jobs

const live = `state IN ('created', 'queued', 'held', 'claimed', 'running', 'cancelling')`

// unnameTaken takes the names from live jobs of $1 of which $2 has a live one
// of the same name in the same project.
const unnameTaken = `UPDATE jobs SET name = '' WHERE owner_id = $1 AND ` + liveNamed + ` AND EXISTS
	(SELECT 1 FROM jobs other WHERE other.project_id = jobs.project_id AND other.owner_id = $2 AND other.name = jobs.name AND other.` + live + `)`

const handOver = `UPDATE jobs SET owner_id = $2 WHERE owner_id = $1`

// selectOwned is where $1 owns jobs, by what they ask to run: each place once.
const selectOwned = `SELECT DISTINCT project_id, collection_id, type_key, CASE WHEN file_id = '' THEN '' ELSE 'one' END
	FROM jobs WHERE owner_id = $1 ORDER BY 1, 2, 3, 4`

package jobs

// liveNamed is the condition of the index of live names, as it stands there:
// engines use it for what says the same.
const liveNamed = `name <> '' AND state <> 'succeeded' AND state <> 'failed' AND state <> 'cancelled'`

// The live jobs of one owner with a name, and the latest that had it; in all
// projects, or in one. Live ones come in the order of their index, so that both
// engines take it.
const (
	selectLiveByName     = `SELECT ` + jobColumns + ` FROM jobs WHERE owner_id = $1 AND name = $2 AND ` + liveNamed + ` ORDER BY project_id`
	selectLiveByNameIn   = `SELECT ` + jobColumns + ` FROM jobs WHERE owner_id = $1 AND name = $2 AND project_id = $3 AND ` + liveNamed
	selectLatestByName   = `SELECT ` + jobColumns + ` FROM jobs WHERE owner_id = $1 AND name = $2 AND name <> '' ORDER BY id DESC LIMIT 1`
	selectLatestByNameIn = `SELECT ` + jobColumns + ` FROM jobs WHERE owner_id = $1 AND name = $2 AND project_id = $3 AND name <> '' ORDER BY id DESC LIMIT 1`
)

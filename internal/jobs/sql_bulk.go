package jobs

// The conditions that only actions on many jobs can have.
const (
	whereName       = "name = $%d"
	whereNameBegins = "substr(name, 1, length(CAST($%[1]d AS TEXT))) = CAST($%[1]d AS TEXT)"
	whereOlder      = "COALESCE(finished_at, created_at) < $%d"
)

// selectLatestByName is for one owner, in all projects, whatever has become of it.
const selectLatestByName = `SELECT ` + jobColumns + ` FROM jobs WHERE owner_id = $1 AND name = $2 AND name <> '' ORDER BY id DESC LIMIT 1`

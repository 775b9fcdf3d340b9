package jobs

// The conditions that only actions on many jobs can have.
const (
	whereName       = "name = $%d"
	whereNameBegins = "name <> '' AND substr(name, 1, length(CAST($%[1]d AS TEXT))) = CAST($%[1]d AS TEXT)"
	whereOlder      = "COALESCE(finished_at, created_at) < $%d"
)

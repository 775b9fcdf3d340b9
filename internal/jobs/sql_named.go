package jobs

// liveNamed is the condition of the index of live names, as it stands there:
// engines use it for what says the same.
const liveNamed = `name <> '' AND state <> 'succeeded' AND state <> 'failed' AND state <> 'cancelled'`

// selectByName are the jobs of one owner with a name, of those that meet a
// condition; in all projects, or in one. The live ones come in the order of
// their index, so that both engines take it.
func selectByName(live bool, condition string) string {
	from := `SELECT ` + jobColumns + ` FROM jobs WHERE owner_id = $1 AND name = $2 AND ` + condition
	if live {
		return from + ` AND ` + liveNamed + ` ORDER BY project_id`
	}
	return from + ` AND name <> '' ORDER BY id DESC LIMIT 1`
}

const namedIn = `project_id = $3`

// selectTakenNames is completed by a list of names.
const selectTakenNames = `SELECT name FROM jobs WHERE project_id = $1 AND owner_id = $2 AND ` + liveNamed + ` AND name IN `

package archive

const (
	handOverCollections = `UPDATE collections SET owner_id = $2 WHERE owner_id = $1`
	handOverFiles       = `UPDATE files SET owner_id = $2 WHERE owner_id = $1`
)

// Where $1 owns collections, and where files: each place once.
const (
	selectOwnedCollections = `SELECT project_id, id, visibility FROM collections WHERE owner_id = $1 ORDER BY id`
	selectOwnedFiles       = `SELECT DISTINCT f.project_id, c.id, c.visibility FROM files f JOIN collections c ON c.id = f.collection_id
	WHERE f.owner_id = $1 ORDER BY c.id`
)

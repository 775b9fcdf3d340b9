package archive

const (
	handOverCollections = `UPDATE collections SET owner_id = $2 WHERE owner_id = $1`
	handOverFiles       = `UPDATE files SET owner_id = $2 WHERE owner_id = $1`
)

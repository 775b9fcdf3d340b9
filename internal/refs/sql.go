package refs

import "github.com/remit-server/remit/internal/db"

// touch takes the row's lock until the transaction ends, on both engines.
const touch = `INSERT INTO blobs (sha256, touched_at) VALUES ($1, $2) ON CONFLICT (sha256) DO UPDATE SET touched_at = excluded.touched_at`

const forget = `DELETE FROM blobs WHERE sha256 = $1`

// selectReferred knows every column that names a blob.
func selectReferred(hashes []string) (query string, args []any) {
	for _, sha := range hashes {
		args = append(args, sha)
	}
	in := db.In(1, len(hashes))
	return `SELECT sha256 FROM artifacts WHERE removed_at IS NULL AND sha256 IN ` + in + ` UNION SELECT blob FROM previews WHERE blob IN ` + in, args
}

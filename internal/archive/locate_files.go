package archive

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// LocateFiles is LocateFile for many, with few queries; what is not there is not
// in the map. It asks no permission.
func LocateFiles(r db.Reader, ids []remit.FileID) (map[remit.FileID]FileRow, error) {
	found := make(map[remit.FileID]FileRow, len(ids))
	for some := range slices.Chunk(ids, idsAtOnce) {
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = id
		}
		rows, err := db.Rows(r, scanFile, selectFilesIn(len(args)), args...)
		if err != nil {
			return nil, fmt.Errorf("reading files: %w", err)
		}
		for _, f := range rows {
			found[f.ID] = f
		}
	}
	return found, nil
}

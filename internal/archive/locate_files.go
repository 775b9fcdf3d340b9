package archive

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// LocateFiles is LocateFile for many, in one query; what is not there is not in
// the map. It asks no permission.
func LocateFiles(r db.Reader, ids []remit.FileID) (map[remit.FileID]FileRow, error) {
	found := make(map[remit.FileID]FileRow, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := db.Rows(r, scanFile, selectFilesIn(len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("reading files: %w", err)
	}
	for _, f := range rows {
		found[f.ID] = f
	}
	return found, nil
}

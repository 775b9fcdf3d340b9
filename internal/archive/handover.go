package archive

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// HandOver gives all collections and files of an account to another, and says
// how many.
func HandOver(tx *gate.Tx, from, to remit.UserID) (string, error) {
	collections, err := tx.Exec(handOverCollections, from, to)
	if err != nil {
		return "", err
	}
	files, err := tx.Exec(handOverFiles, from, to)
	if err != nil || collections+files == 0 {
		return "", err
	}
	return fmt.Sprintf("%d collections, %d files", collections, files), nil
}

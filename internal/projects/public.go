package projects

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// SetPublic notes that a thing of the project is open to everybody, or not any
// more; while anything is, everybody may see the project's title (R10). Call
// it only in an operation whose row says ChangesPolicy, else other processes
// go on with the old policy.
func SetPublic(tx *gate.Tx, project remit.ProjectID, thing string, public bool) error {
	query := deletePublic
	if public {
		query = insertPublic
	}
	tx.Changed(gate.InProject(project))
	_, err := tx.Exec(query, string(project), thing)
	return err
}

// NamesCollection says whether a member or a personal entry, live now or later, is
// of one collection alone.
func NamesCollection(r *gate.Reader, id remit.CollectionID) (bool, error) {
	return db.One(r, db.Value[bool], namesCollection, string(id), r.Now().UnixMicro())
}

package archive

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// inSet is the condition of being in a set.
const inSet = "f.id IN (SELECT file_id FROM set_files WHERE set_id = ?)"

const selectPresentSetFiles = fileColumns + ` WHERE f.id IN (SELECT file_id FROM set_files WHERE set_id = $1) AND f.state = 'present' ORDER BY f.id`

func isSet(r db.Reader, id remit.CollectionID) (bool, error) {
	return db.One(r, db.Value[bool], `SELECT COUNT(*) > 0 FROM sets WHERE collection_id = $1`, id)
}

func insertSet(tx *gate.Tx, c CollectionRow) error {
	_, err := tx.Exec(`INSERT INTO collections (id, project_id, root_id, name, kind, visibility, owner_id, created_at, updated_at)
		VALUES ($1, $2, NULL, $3, 'set', $4, $5, $6, $6)`, c.ID, c.ProjectID, c.Name, c.Visibility, c.OwnerID, db.Micros(c.CreatedAt))
	return err
}

const (
	insertDefinition = `INSERT INTO sets (collection_id, definition) VALUES ($1, $2)
	ON CONFLICT (collection_id) DO UPDATE SET definition = excluded.definition`
	selectSetNamed = `SELECT COUNT(*) > 0 FROM collections WHERE project_id = $1 AND name = $2 AND kind = 'set'`
	renameSet      = `UPDATE collections SET name = $1, updated_at = $2 WHERE id = $3`
	deleteSet      = `DELETE FROM collections WHERE id = $1 AND kind = 'set'`
	deleteSetFile  = `DELETE FROM set_files WHERE set_id = $1 AND file_id = $2`
	insertSetFile  = `INSERT INTO set_files (set_id, file_id, added_at) SELECT $1, f.id, $3 FROM files f
	WHERE f.id = $2 AND f.project_id = $4 ON CONFLICT DO NOTHING`
)

// definitionsOf are what fills those of the collections that are sets.
func definitionsOf(r db.Reader, ids []any) (map[remit.CollectionID]remit.SetDefinition, error) {
	type row struct {
		id remit.CollectionID
		remit.SetDefinition
	}
	rows, err := db.Rows(r, func(s db.Scanner, d *row) error { return s.Scan(&d.id, db.FromJSON(&d.SetDefinition)) },
		`SELECT collection_id, definition FROM sets WHERE collection_id IN `+db.In(1, len(ids)), ids...)
	byID := make(map[remit.CollectionID]remit.SetDefinition, len(rows))
	for _, d := range rows {
		byID[d.id] = d.SetDefinition
	}
	return byID, err
}

// setCounts is visibleCounts for sets: each file goes by its own collection.
func setCounts(r *gate.Reader, ids []any) ([]tally, error) {
	q := &query{text: `SELECT m.set_id, COUNT(*), CAST(COALESCE(SUM(f.size), 0) AS BIGINT) FROM set_files m
		JOIN files f ON f.id = m.file_id JOIN collections c ON c.id = f.collection_id`}
	q.where("m.set_id IN "+db.In(1, len(ids)), ids...)
	q.where("f.state = 'present'")
	q.scope(r, "file.list", fileScope)
	return db.Rows(r, func(s db.Scanner, c *tally) error { return s.Scan(&c.collection, &c.files, &c.bytes) }, q.text+` GROUP BY m.set_id`, q.args...)
}

// candidate is a file that may come into a set.
type candidate struct {
	id       remit.FileID
	modified int64
}

const candidatesAtOnce = 2000

// matching are the next files that match and that the asker may see. Those that
// are missing now neither come nor go.
func matching(r *gate.Reader, in remit.ProjectID, d remit.SetDefinition, after remit.FileID) ([]candidate, error) {
	q := newCandidates(after)
	q.where("f.project_id = ?", in)
	if len(d.From) > 0 {
		q.where("f.collection_id IN "+db.In(len(q.args)+1, len(d.From)), anyOf(d.From)...)
	}
	if d.MediaType != "" {
		q.where(`LOWER(f.media_type) LIKE ? ESCAPE '\'`, mediaTypes(d.MediaType))
	}
	if d.Name != "" {
		q.where(`f.folded LIKE ? ESCAPE '\'`, containing(d.Name))
	}
	if d.ModifiedAfter != nil {
		q.where("f.modified_at >= ?", db.Micros(*d.ModifiedAfter))
	}
	if d.ModifiedBefore != nil {
		q.where("f.modified_at < ?", db.Micros(*d.ModifiedBefore))
	}
	return q.candidates(r)
}

// contained are the next files of a set that the asker may see.
func contained(r *gate.Reader, set remit.CollectionID, after remit.FileID) ([]candidate, error) {
	q := newCandidates(after)
	q.where(inSet, set)
	return q.candidates(r)
}

func newCandidates(after remit.FileID) *query {
	q := &query{text: `SELECT f.id, f.modified_at FROM files f JOIN collections c ON c.id = f.collection_id`}
	q.where("f.id > ?", after)
	q.where("f.state <> 'missing'")
	return q
}

func (q *query) candidates(r *gate.Reader) ([]candidate, error) {
	q.scope(r, "file.list", fileScope)
	return db.Rows(r, func(s db.Scanner, c *candidate) error { return s.Scan(&c.id, &c.modified) },
		q.text+fmt.Sprintf(` ORDER BY f.id LIMIT %d`, candidatesAtOnce), q.args...)
}

func anyOf[T any](of []T) []any {
	all := make([]any, len(of))
	for i, x := range of {
		all[i] = x
	}
	return all
}

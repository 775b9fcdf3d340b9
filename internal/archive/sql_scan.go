package archive

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

func rootsOf(r db.Reader, in remit.ProjectID) ([]rootRow, error) {
	return db.Rows(r, scanRoot, rootColumns+` WHERE project_id = $1 ORDER BY id`, in)
}

func markScanned(tx *gate.Tx, id remit.RootID) error {
	_, err := tx.Exec(`UPDATE data_roots SET last_scanned_at = $1 WHERE id = $2`, db.Micros(tx.Now()), id)
	return err
}

func collectionsOf(r db.Reader, root remit.RootID) ([]collection, error) {
	scan := func(s db.Scanner, c *collection) error { return s.Scan(&c.id, &c.name) }
	return db.Rows(r, scan, `SELECT id, name FROM collections WHERE root_id = $1 ORDER BY id`, root)
}

func insertCollection(tx *gate.Tx, root rootRow, c collection, visibility string) error {
	_, err := tx.Exec(`INSERT INTO collections (id, project_id, root_id, name, kind, visibility, created_at, updated_at)
		VALUES ($1, $2, $3, $4, 'folder', $5, $6, $6)`, c.id, root.Project, root.ID, c.name, visibility, db.Micros(tx.Now()))
	return err
}

func updateName(tx *gate.Tx, id remit.CollectionID, name string) error {
	_, err := tx.Exec(`UPDATE collections SET name = $1, updated_at = $2 WHERE id = $3`, name, db.Micros(tx.Now()), id)
	return err
}

func touchCollection(tx *gate.Tx, id remit.CollectionID) error {
	_, err := tx.Exec(`UPDATE collections SET updated_at = $1 WHERE id = $2`, db.Micros(tx.Now()), id)
	return err
}

// knownFiles are the rows of a collection at the paths of entries.
func knownFiles(r db.Reader, id remit.CollectionID, entries []entry) (map[string]known, error) {
	args := []any{id}
	for _, e := range entries {
		args = append(args, e.path)
	}
	scan := func(s db.Scanner, k *known) error {
		return s.Scan(&k.id, &k.path, &k.size, &k.modified, &k.sha256, &k.state, &k.problem)
	}
	rows, err := db.Rows(r, scan, `SELECT id, path, size, modified_at, sha256, state, problem FROM files
		WHERE collection_id = $1 AND path IN `+db.In(2, len(entries)), args...)
	byPath := make(map[string]known, len(rows))
	for _, k := range rows {
		byPath[k.path] = k
	}
	return byPath, err
}

// sizes counts the files of some collections of a root; those without any are left out.
func sizes(r db.Reader, root remit.RootID, of []collection) ([]sized, error) {
	byID := make(map[remit.CollectionID]collection, len(of))
	for _, c := range of {
		byID[c.id] = c
	}
	rows, err := db.Rows(r, func(s db.Scanner, c *sized) error { return s.Scan(&c.id, &c.rows, &c.present) },
		`SELECT collection_id, COUNT(*), SUM(CASE WHEN state = 'present' THEN 1 ELSE 0 END) FROM files WHERE root_id = $1
		GROUP BY collection_id`, root)
	var asked []sized
	for _, c := range rows {
		if known, ok := byID[c.id]; ok {
			c.name = known.name
			asked = append(asked, c)
		}
	}
	return asked, err
}

// hasFiles says whether a root has files that are not missing.
func hasFiles(r db.Reader, root remit.RootID) (bool, error) {
	return db.One(r, db.Value[bool], `SELECT EXISTS (SELECT 1 FROM files WHERE root_id = $1 AND state <> 'missing')`, root)
}

const selectLocated = `SELECT f.id, c.name, f.path, f.sha256, f.size, f.modified_at FROM files f JOIN collections c ON c.id = f.collection_id`

func scanLocated(s db.Scanner, l *located) error {
	return s.Scan(&l.id, &l.collection, &l.path, &l.content.sha256, &l.content.size, &l.modified)
}

// filesAfter are the next files of a root that are not missing.
func filesAfter(r db.Reader, root remit.RootID, after remit.FileID) ([]located, error) {
	return db.Rows(r, scanLocated, selectLocated+fmt.Sprintf(` WHERE f.root_id = $1 AND f.id > $2 AND f.state <> 'missing'
		ORDER BY f.id LIMIT %d`, listed), root, after)
}

// filesWith are the files of a root that have one of these contents.
func filesWith(r db.Reader, root remit.RootID, contents []content) ([]located, error) {
	args := []any{root}
	for _, c := range contents {
		args = append(args, c.sha256)
	}
	return db.Rows(r, scanLocated, selectLocated+` WHERE f.root_id = $1 AND f.sha256 IN `+db.In(2, len(contents))+` ORDER BY f.id`, args...)
}

func insertFile(tx *gate.Tx, root rootRow, in remit.CollectionID, f found) error {
	state := remit.FilePresent
	if f.unreadable {
		state = remit.FileUnreadable
	}
	_, err := tx.Exec(`INSERT INTO files (id, project_id, root_id, collection_id, path, folded, size, modified_at, sha256, media_type,
		state, problem, preview, metadata, header, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		remit.NewID[remit.FileID](tx.Now()), root.Project, root.ID, in, f.path, fold(f.path), f.size, f.modified, f.sha256, f.mediaType,
		state, f.problem, f.preview, orNull(f.metadata), orNull(f.header), db.Micros(tx.Now()))
	return err
}

// updateFile records what was read of a known file. Of bytes that are the same
// as before, everything else that is known stays.
func updateFile(tx *gate.Tx, f found) error {
	if f.kept {
		_, err := tx.Exec(`UPDATE files SET modified_at = $1, state = 'present', missing_at = NULL WHERE id = $2`, f.modified, f.known.id)
		return err
	}
	_, err := tx.Exec(`UPDATE files SET size = $1, modified_at = $2, sha256 = $3, media_type = $4, state = 'present', problem = $5,
		preview = $6, metadata = $7, header = $8, missing_at = NULL WHERE id = $9`,
		f.size, f.modified, f.sha256, f.mediaType, f.problem, f.preview, orNull(f.metadata), orNull(f.header), f.known.id)
	return err
}

func markUnreadable(tx *gate.Tx, id remit.FileID, problem string) error {
	_, err := tx.Exec(`UPDATE files SET state = 'unreadable', problem = $1, missing_at = NULL WHERE id = $2`, problem, id)
	return err
}

// updateMissing returns how many were not marked before.
func updateMissing(tx *gate.Tx, gone []located) (n int, err error) {
	for _, row := range gone {
		changed, err := tx.Exec(`UPDATE files SET state = 'missing', missing_at = $1 WHERE id = $2 AND state <> 'missing'`, db.Micros(tx.Now()), row.id)
		if err != nil {
			return n, err
		}
		n += int(changed)
	}
	return n, nil
}

// updatePlace gives a moved file its new place. What was read of its bytes stays.
func updatePlace(tx *gate.Tx, m move) error {
	_, err := tx.Exec(`UPDATE files SET collection_id = $1, path = $2, folded = $3, modified_at = $4, state = 'present', missing_at = NULL WHERE id = $5`,
		m.to.in.id, m.to.path, fold(m.to.path), m.to.modified, m.from.id)
	if err != nil {
		return err
	}
	return touchCollection(tx, m.to.in.id)
}

// insertPreview remembers the picture of a content; the newest one counts.
func insertPreview(tx *gate.Tx, content, picture string) error {
	_, err := tx.Exec(`INSERT INTO previews (content, blob) VALUES ($1, $2) ON CONFLICT (content) DO UPDATE SET blob = excluded.blob`, content, picture)
	return err
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

package archive

import (
	"fmt"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const rootColumns = `SELECT id, project_id, path, created_at, last_scanned_at FROM data_roots`

const selectRootPaths = `SELECT path FROM data_roots ORDER BY id`

func scanRoot(s db.Scanner, r *rootRow) error {
	return s.Scan(&r.ID, &r.Project, &r.Path, db.Time(&r.CreatedAt), db.TimePtr(&r.LastScannedAt))
}

// takeTurns makes those who add data roots wait for each other, so that each
// sees the roots of the one before.
func takeTurns(tx *gate.Tx) error {
	_, err := tx.Exec(`UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'data_roots'`)
	return err
}

func insertRoot(tx *gate.Tx, r rootRow) error {
	_, err := tx.Exec(`INSERT INTO data_roots (id, project_id, path, created_at) VALUES ($1, $2, $3, $4)`,
		r.ID, r.Project, r.Path, db.Micros(r.CreatedAt))
	return err
}

// visibleRoots are those of a project, if the asker may see roots.
func visibleRoots(r *gate.Reader, in remit.ProjectID) ([]rootRow, error) {
	q := &query{text: rootColumns}
	q.where("project_id = ?", in)
	q.scope(r, "root.list", gate.Columns{})
	return db.Rows(r, scanRoot, q.text+` ORDER BY id`, q.args...)
}

const collectionColumns = `SELECT c.id, c.project_id, c.name, c.kind, c.visibility, c.owner_id, c.created_at, c.updated_at FROM collections c`

const selectCollection = collectionColumns + ` WHERE c.id = $1`

func selectCollectionsIn(n int) string { return collectionColumns + ` WHERE c.id IN ` + db.In(1, n) }

const selectFolders = collectionColumns + ` WHERE c.project_id = $1 AND c.kind = 'folder'`

var collectionScope = gate.Columns{Project: "c.project_id", Owner: "c.owner_id", Visibility: "c.visibility", Collection: "c.id"}

func scanCollection(s db.Scanner, c *CollectionRow) error {
	return s.Scan(&c.ID, &c.ProjectID, &c.Name, &c.Kind, &c.Visibility, &c.OwnerID, db.Time(&c.CreatedAt), db.Time(&c.UpdatedAt))
}

// visibleCollections are those in a project ("" = all) after an id that the asker may see.
func visibleCollections(r *gate.Reader, in remit.ProjectID, after string, limit int) ([]CollectionRow, error) {
	q := &query{text: collectionColumns}
	q.where("c.id > ?", after)
	if in != "" {
		q.where("c.project_id = ?", in)
	}
	q.scope(r, "collection.list", collectionScope)
	return db.Rows(r, scanCollection, q.text+fmt.Sprintf(` ORDER BY c.id LIMIT %d`, limit), q.args...)
}

// tally is how many files a collection has, and how large they are together.
type tally struct {
	collection remit.CollectionID
	files      int
	bytes      int64
}

// visibleCounts counts the present files of collections that the asker may see.
func visibleCounts(r *gate.Reader, rows []CollectionRow) (map[remit.CollectionID]tally, error) {
	ids := make([]any, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	q := &query{text: `SELECT f.collection_id, COUNT(*), CAST(COALESCE(SUM(f.size), 0) AS BIGINT) FROM files f JOIN collections c ON c.id = f.collection_id`}
	q.where("f.collection_id IN "+db.In(1, len(ids)), ids...)
	q.where("f.state = 'present'")
	q.scope(r, "file.list", fileScope)
	counts, err := db.Rows(r, func(s db.Scanner, c *tally) error { return s.Scan(&c.collection, &c.files, &c.bytes) },
		q.text+` GROUP BY f.collection_id`, q.args...)
	byID := make(map[remit.CollectionID]tally, len(counts))
	for _, c := range counts {
		byID[c.collection] = c
	}
	return byID, err
}

// visibleNames are what collections are called, of those among ids that the
// asker may see.
func visibleNames(r *gate.Reader, ids []any) ([]named, error) {
	q := &query{text: `SELECT c.id, c.name FROM collections c`}
	q.where("c.id IN "+db.In(1, len(ids)), ids...)
	q.scope(r, "collection.list", collectionScope)
	return db.Rows(r, func(s db.Scanner, n *named) error { return s.Scan(&n.on.Collection, &n.Text) }, q.text, q.args...)
}

// visibleFileNames are visibleNames of files.
func visibleFileNames(r *gate.Reader, ids []any) ([]named, error) {
	q := &query{text: `SELECT f.id, c.name, f.path, f.preview FROM files f JOIN collections c ON c.id = f.collection_id`}
	q.where("f.id IN "+db.In(1, len(ids)), ids...)
	q.scope(r, "file.list", fileScope)
	return db.Rows(r, func(s db.Scanner, n *named) error {
		var collection, path, preview string
		err := s.Scan(&n.on.File, &collection, &path, &preview)
		n.Text, n.Preview = collection+"/"+path, preview == previewReady
		return err
	}, q.text, q.args...)
}

func updateVisibility(tx *gate.Tx, id remit.CollectionID, v string) error {
	_, err := tx.Exec(`UPDATE collections SET visibility = $1, updated_at = $2 WHERE id = $3`, v, db.Micros(tx.Now()), id)
	return err
}

const fileColumns = `SELECT f.id, f.project_id, f.collection_id, f.path, f.size, f.modified_at, f.sha256, f.media_type, f.state, f.problem,
	f.preview, f.metadata, f.owner_id, f.created_at, f.missing_at, c.name, c.visibility, d.path
	FROM files f JOIN collections c ON c.id = f.collection_id JOIN data_roots d ON d.id = f.root_id`

const selectFile = fileColumns + ` WHERE f.id = $1`

func selectFilesIn(n int) string { return fileColumns + ` WHERE f.id IN ` + db.In(1, n) }

const selectPresentFiles = fileColumns + ` WHERE f.collection_id = $1 AND f.state = 'present' ORDER BY f.id`

// fileScope: a file is as visible as its collection. Its project is asked of
// the collection too, whose rows are few: so the engines find the collections
// by index and take their files, instead of looking at every file there is.
var fileScope = gate.Columns{Project: "c.project_id", Owner: "f.owner_id", Visibility: "c.visibility", Collection: "f.collection_id"}

// Where access/things finds files and collections: under the conditions of
// file.list and collection.list.
var (
	Files       = gate.Table{From: "files f JOIN collections c ON c.id = f.collection_id", ID: "f.id", Columns: fileScope}
	Collections = gate.Table{From: "collections c", ID: "c.id", Columns: collectionScope}
)

func scanFile(s db.Scanner, f *FileRow) error {
	return s.Scan(&f.ID, &f.ProjectID, &f.Collection, &f.Path, &f.Size, db.Time(&f.ModifiedAt), &f.SHA256, &f.MediaType, &f.State, &f.Problem,
		&f.File.Preview, db.FromJSON(&f.Metadata), &f.OwnerID, db.Time(&f.CreatedAt), db.TimePtr(&f.MissingAt), &f.CollectionName, &f.Visibility, &f.root)
}

// visibleFiles are those that match the filter and that the asker may see.
func visibleFiles(r *gate.Reader, in remit.ProjectID, f FileFilter, ofSet bool, limit int) ([]FileRow, error) {
	q := &query{text: fileColumns}
	q.where("f.id > ?", f.After)
	within := "f.collection_id = ?"
	if ofSet {
		within = inSet
	}
	for _, c := range []struct{ condition, value string }{
		{"f.project_id = ?", string(in)}, {within, string(f.Collection)},
		{"f.state = ?", f.State}, {`LOWER(f.media_type) LIKE ? ESCAPE '\'`, mediaTypes(f.MediaType)}, {`f.folded LIKE ? ESCAPE '\'`, containing(f.Name)},
	} {
		if c.value != "" {
			q.where(c.condition, c.value)
		}
	}
	q.scope(r, "file.list", fileScope)
	return db.Rows(r, scanFile, q.text+fmt.Sprintf(` ORDER BY f.id LIMIT %d`, limit), q.args...)
}

// containing is the LIKE pattern of texts that hold part; "" for no part.
func containing(part string) string {
	if part == "" {
		return ""
	}
	return "%" + literal(fold(part)) + "%"
}

// mediaTypes is the LIKE pattern of a media type, or of all under its
// beginning, in lower case: LIKE alone heeds the case on one engine only.
func mediaTypes(asked string) string {
	asked = fold(asked)
	if strings.HasSuffix(asked, "/") {
		return literal(asked) + "%"
	}
	return literal(asked)
}

// literal is text without the wild cards of LIKE.
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// fold is how paths are compared in searches; made here, because engines and
// locales have different lower cases.
func fold(path string) string { return strings.ToLower(path) }

// readHeader adds the cards that lists leave out.
func readHeader(r db.Reader, f *FileRow) error {
	var cards []remit.Card
	if err := r.QueryRow(`SELECT header FROM files WHERE id = $1`, f.ID).Scan(db.FromJSON(&cards)); err != nil {
		return err
	}
	if f.Metadata != nil {
		f.Metadata.Header = cards
	}
	return nil
}

const selectPreview = `SELECT blob FROM previews WHERE content = $1`

// query is a SELECT that grows conditions.
type query struct {
	text string
	args []any
}

// where adds a condition; each ? in it becomes the number of the next argument.
func (q *query) where(condition string, args ...any) {
	for i := range args {
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(q.args)+i+1), 1)
	}
	q.and(condition, args)
}

// scope adds what the asker may see of the list (R19).
func (q *query) scope(r *gate.Reader, operation string, c gate.Columns) {
	condition, args := gate.Where(r.Scope(operation), c, len(q.args)+1)
	q.and(condition, args)
}

func (q *query) and(condition string, args []any) {
	word := " AND "
	if len(q.args) == 0 && !strings.Contains(q.text, " WHERE ") {
		word = " WHERE "
	}
	q.text += word + condition
	q.args = append(q.args, args...)
}

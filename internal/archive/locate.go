package archive

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// CollectionRow is a collection as it is stored. Its Collection has no slug,
// owner name, counts or permissions yet.
type CollectionRow struct {
	remit.Collection
	ProjectID remit.ProjectID
	OwnerID   remit.UserID // "" = ownerless
}

// Resource is the collection as the permission engine sees it.
func (c CollectionRow) Resource() authz.Resource {
	return authz.Resource{Project: string(c.ProjectID), Owner: string(c.OwnerID), Collection: string(c.ID),
		Visibility: visibility(c.Visibility), Thing: string(c.ID)}
}

// FileRow is a file as it is stored. Its File has no slug, owner name, header
// or permissions yet.
type FileRow struct {
	remit.File
	ProjectID      remit.ProjectID
	OwnerID        remit.UserID // "" = ownerless
	CollectionName string
	Visibility     string // that of its collection

	root string // path of its data root
}

// Resource is the file as the permission engine sees it: its visibility is
// that of its collection.
func (f FileRow) Resource() authz.Resource {
	return authz.Resource{Project: string(f.ProjectID), Owner: string(f.OwnerID), Collection: string(f.Collection),
		Visibility: visibility(f.Visibility), Thing: string(f.ID)}
}

func visibility(stored string) authz.Visibility {
	switch stored {
	case remit.VisibilityPublic:
		return authz.Public
	case remit.VisibilityProject:
		return authz.ProjectWide
	}
	return authz.Private
}

// LocateCollection finds a collection by id, whatever the asker may see:
// callers check its Resource. An absent one is gate.NotFound("collections").
func LocateCollection(r db.Reader, id remit.CollectionID) (CollectionRow, error) {
	if !remit.IsID[remit.CollectionID](string(id)) {
		return CollectionRow{}, gate.NotFound("collections")
	}
	row, err := db.One(r, scanCollection, selectCollection, id)
	if errors.Is(err, db.ErrNoRows) {
		return CollectionRow{}, gate.NotFound("collections")
	}
	if err != nil {
		return CollectionRow{}, fmt.Errorf("reading collection %s: %w", id, err)
	}
	return row, nil
}

// LocateFile finds a file by id, whatever the asker may see: callers check its
// Resource. An absent one is gate.NotFound("files").
func LocateFile(r db.Reader, id remit.FileID) (FileRow, error) {
	if !remit.IsID[remit.FileID](string(id)) {
		return FileRow{}, gate.NotFound("files")
	}
	row, err := db.One(r, scanFile, selectFile, id)
	if errors.Is(err, db.ErrNoRows) {
		return FileRow{}, gate.NotFound("files")
	}
	if err != nil {
		return FileRow{}, fmt.Errorf("reading file %s: %w", id, err)
	}
	return row, nil
}

// LocateOn finds what a job may be on; the zero Resource for nothing.
func LocateOn(r db.Reader, on remit.On) (authz.Resource, error) {
	switch {
	case on.File != "":
		f, err := LocateFile(r, on.File)
		return f.Resource(), err
	case on.Collection != "":
		c, err := LocateCollection(r, on.Collection)
		return c.Resource(), err
	}
	return authz.Resource{}, nil
}

// idsAtOnce is how many things one query looks up: engines bound its arguments.
const idsAtOnce = 5_000

// Resources finds many things that jobs are on, with few queries. What is not
// there is left out, and so is nothing.
func Resources(r db.Reader, things []remit.On) (map[remit.On]authz.Resource, error) {
	files, collections := idsOf(things)
	found := map[remit.On]authz.Resource{}
	for some := range slices.Chunk(files, idsAtOnce) {
		rows, err := db.Rows(r, scanFile, selectFilesIn(len(some)), some...)
		if err != nil {
			return nil, fmt.Errorf("reading files: %w", err)
		}
		for _, f := range rows {
			found[remit.On{File: f.ID}] = f.Resource()
		}
	}
	for some := range slices.Chunk(collections, idsAtOnce) {
		rows, err := db.Rows(r, scanCollection, selectCollectionsIn(len(some)), some...)
		if err != nil {
			return nil, fmt.Errorf("reading collections: %w", err)
		}
		for _, c := range rows {
			found[remit.On{Collection: c.ID}] = c.Resource()
		}
	}
	return found, nil
}

// Folders are the collections that a project's data roots hold.
func Folders(r db.Reader, in remit.ProjectID) ([]authz.Resource, error) {
	rows, err := db.Rows(r, scanCollection, selectFolders, in)
	if err != nil {
		return nil, fmt.Errorf("reading the folders of project %s: %w", in, err)
	}
	folders := make([]authz.Resource, len(rows))
	for i, c := range rows {
		folders[i] = c.Resource()
	}
	return folders, nil
}

// FilesOf are the present files of a collection, ordered by path. The caller
// checks each by its own Resource: those of a set are in other collections.
func FilesOf(r db.Reader, id remit.CollectionID) ([]FileRow, error) {
	query := selectPresentFiles
	if set, err := isSet(r, id); err != nil {
		return nil, err
	} else if set {
		query = selectPresentSetFiles
	}
	rows, err := db.Rows(r, scanFile, query, id)
	if err != nil {
		return nil, fmt.Errorf("reading the files of collection %s: %w", id, err)
	}
	// Not in SQL: engines and locales order text differently.
	slices.SortFunc(rows, func(a, b FileRow) int { return strings.Compare(a.Path, b.Path) })
	return rows, nil
}

// RunsOn names the job types that may be on a kind of thing, "file" or
// "collection", in each project. The queue knows them; it is told of the archive, not the
// archive of it.
type RunsOn func(r db.Reader, kind string) (func(remit.ProjectID) []string, error)

// runnable are those of the job types that the asker may run on a thing, as
// "run.TYPE" (R27: on a file it is the single right).
func runnable(r *gate.Reader, in remit.ProjectID, collection remit.CollectionID, types func(remit.ProjectID) []string, single bool) []string {
	on := authz.Resource{Project: string(in), Collection: string(collection), Owner: r.Self()} // creating asks `own`
	var verbs []string
	for _, t := range types(in) {
		if on.Run = t; single {
			on.Run += ".single"
		}
		if r.Can("job.submit", on).Allowed {
			verbs = append(verbs, "run."+t)
		}
	}
	return verbs
}

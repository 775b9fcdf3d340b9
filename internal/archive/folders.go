package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// collections are those of the root's top-level directories: known ones,
// renamed ones and new ones.
func (in *ingest) collections(ctx context.Context) ([]collection, error) {
	names, err := in.topLevel()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, in.empty("holds no directory")
	}
	before, err := do(ctx, in.scan, func(tx *gate.Tx) ([]collection, error) { return collectionsOf(tx, in.row.ID) })
	if err != nil {
		return nil, fmt.Errorf("reading the collections of %s: %w", in.row.Path, err)
	}
	here, gone, fresh := in.match(names, before)
	renamed, fresh, doubtful, err := in.renames(ctx, gone, fresh)
	if err != nil {
		return nil, err
	}
	made, err := in.create(ctx, fresh, doubtful)
	return slices.Concat(here, renamed, made), err
}

// topLevel are the names of the directories of the root, in order. What else
// is there belongs to no collection, so nobody can say who may learn its name:
// it is counted.
func (in *ingest) topLevel() ([]string, error) {
	var found []string
	ignored := map[string]int{} // by the reason
	w := walker{root: in.root, refuse: func(_ string, why error) { ignored[reason(why)]++ }}
	err := w.each("", func(names []os.DirEntry) error {
		files, dirs := w.sort("", "", names)
		found = append(found, dirs...)
		if len(files) > 0 {
			ignored["a file in no directory is in no collection"] += len(files)
		}
		return nil
	})
	for _, why := range slices.Sorted(maps.Keys(ignored)) {
		in.problem("%d ignored at the top of the data root: %s", ignored[why], why)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRoot, remit.Errorf(remit.Unavailable, "The data root %s cannot be read: %s", in.row.Path, reason(err)).WithCode("root_unavailable"))
	}
	slices.Sort(found)
	return found, nil
}

// match sorts directories and collections by whether they know each other. A
// collection is gone when nothing has its name, not when it cannot be read.
func (in *ingest) match(names []string, before []collection) (here, gone []collection, fresh []string) {
	known := map[string]collection{}
	for _, c := range before {
		known[c.name] = c
	}
	w := in.walker()
	for _, name := range names {
		if c, ok := known[name]; ok {
			here = append(here, c)
			delete(known, name)
		} else {
			fresh = append(fresh, name)
		}
	}
	for _, c := range before {
		if _, left := known[c.name]; left && w.nothing(c.name) {
			gone = append(gone, c)
		}
	}
	return here, gone, fresh
}

// nothing says whether certainly nothing has this name.
func (w walker) nothing(name string) bool {
	_, err := w.root.Lstat(name)
	return os.IsNotExist(err)
}

// renames finds collections whose directory has another name now, so that a
// private one stays private. A new directory is a gone collection when most of
// the files of both are the same; when that fits more than one, neither is
// touched and the new directories are doubtful: each with one that it may be.
func (in *ingest) renames(ctx context.Context, vanished []collection, fresh []string) (renamed []collection, rest []string, doubtful map[string]string, err error) {
	doubtful = map[string]string{}
	if len(vanished) == 0 || len(fresh) == 0 {
		return nil, fresh, doubtful, nil
	}
	gone, err := do(ctx, in.scan, func(tx *gate.Tx) ([]sized, error) { return sizes(tx, in.row.ID, vanished) })
	if err != nil {
		return nil, nil, nil, fmt.Errorf("counting the files of vanished collections: %w", err)
	}
	fits := map[string][]collection{}
	claims := map[remit.CollectionID]int{}
	for _, name := range fresh {
		if fits[name], err = in.fitting(ctx, name, gone); err != nil {
			return nil, nil, nil, err
		}
		for _, c := range fits[name] {
			claims[c.id]++
		}
	}
	for _, name := range fresh {
		switch {
		case len(fits[name]) == 1 && claims[fits[name][0].id] == 1:
			c, err := in.rename(ctx, fits[name][0], name)
			if err != nil {
				return nil, nil, nil, err
			}
			renamed = append(renamed, c)
			continue
		case len(fits[name]) > 0:
			doubtful[name] = fits[name][0].name
		}
		rest = append(rest, name)
	}
	return renamed, rest, doubtful, nil
}

// fitting are the gone collections that a new directory may be.
func (in *ingest) fitting(ctx context.Context, name string, gone []sized) (fits []collection, err error) {
	if len(gone) == 0 {
		return nil, nil
	}
	w := walker{root: in.root, refuse: func(string, error) {}} // the walk proper will tell
	total := int(w.count(ctx, name, 1))
	gone = slices.DeleteFunc(slices.Clone(gone), func(c sized) bool { return 2*c.rows <= total || c.present >= 2*total })
	same := map[remit.CollectionID]int{}
	err = w.files(name, "", 1, func(entries []entry) error {
		for some := range slices.Chunk(gone, comparedAtOnce) {
			if err := in.compare(ctx, name, some, entries, same); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range gone {
		if n := same[c.id]; 2*n > total && 2*n > c.present {
			fits = append(fits, c.collection)
		}
	}
	return fits, err
}

// sized is a collection with the number of its files.
type sized struct {
	collection
	rows    int // missing ones too
	present int
}

// comparedAtOnce is with how many gone collections one transaction compares.
const comparedAtOnce = 50

// compare counts, for each gone collection, the entries that it had under the
// same path with the same bytes.
func (in *ingest) compare(ctx context.Context, name string, gone []sized, entries []entry, same map[remit.CollectionID]int) error {
	before, err := do(ctx, in.scan, func(tx *gate.Tx) ([]map[string]known, error) {
		before := make([]map[string]known, len(gone))
		for i, c := range gone {
			var err error
			if before[i], err = knownFiles(tx, c.id, entries); err != nil {
				return nil, fmt.Errorf("looking up the files of %s: %w", c.name, err)
			}
		}
		return before, nil
	})
	if err != nil {
		return err
	}
	for i, c := range gone {
		for _, e := range entries {
			k, ok := before[i][e.path]
			if !ok || k.size != e.size || k.size == 0 {
				continue
			}
			if k.modified == e.modified || in.hasBytes(ctx, path.Join(name, e.path), k.sha256) {
				same[c.id]++
			}
		}
	}
	return nil
}

// hasBytes says whether the file has this hash. It is asked of files of the
// same size and another time only: those of a copied directory.
func (in *ingest) hasBytes(ctx context.Context, at, sha string) bool {
	f, _, err := openRegular(in.root, at)
	if err != nil {
		return false
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.CopyBuffer(sum, stoppable{ctx, f}, in.buffers[0])
	return err == nil && hex.EncodeToString(sum.Sum(nil)) == sha
}

func (in *ingest) rename(ctx context.Context, c collection, name string) (collection, error) {
	_, err := do(ctx, in.scan, func(tx *gate.Tx) (struct{}, error) {
		if err := updateName(tx, c.id, name); err != nil {
			return struct{}{}, fmt.Errorf("renaming collection %s: %w", c.name, err)
		}
		detail := fmt.Sprintf("the directory %s is called %s now", c.name, name)
		return struct{}{}, tx.Record("collection.ingest", in.project, string(c.id), detail)
	})
	in.logf("renamed: %s → %s", c.name, name)
	return collection{c.id, name}, err
}

// create makes the collections of new directories.
func (in *ingest) create(ctx context.Context, names []string, doubtful map[string]string) ([]collection, error) {
	if len(names) == 0 {
		return nil, nil
	}
	made, err := do(ctx, in.scan, func(tx *gate.Tx) ([]collection, error) {
		var made []collection
		for _, name := range names {
			c := collection{remit.NewID[remit.CollectionID](tx.Now()), name}
			v := in.initial
			if doubtful[name] != "" {
				v = remit.VisibilityPrivate
			}
			if err := insertCollection(tx, in.row, c, v); err != nil {
				return nil, fmt.Errorf("making collection %s: %w", name, err)
			}
			made = append(made, c)
		}
		return made, nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range made { // told of when they are there: who may learn of them is asked of them
		in.logf("new collection: %s", c.name)
		if old := doubtful[c.name]; old != "" {
			in.problem("%s: it may be the collection %s renamed; as that is not the only possibility, it is a new private collection", c.name, old)
		}
	}
	return made, nil
}

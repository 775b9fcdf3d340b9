package archive

import (
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// What a list of files is narrowed to.
const (
	noSetAsked = iota // a folder, nothing, or what is not there
	shownSet
	hiddenSet // its files are not told apart, though the asker may see them in their folders
)

func openSet(r *gate.Reader, id remit.CollectionID) (int, error) {
	if id == "" {
		return noSetAsked, nil
	}
	if set, err := isSet(r, id); err != nil || !set {
		return noSetAsked, err
	}
	row, err := LocateCollection(r, id)
	if err != nil {
		return noSetAsked, err
	}
	if !r.Can("collection.read", row.Resource()).Allowed {
		return hiddenSet, nil
	}
	return shownSet, nil
}

func setsIn(rows []CollectionRow) (ids []any) {
	for _, row := range rows {
		if row.Kind == remit.KindSet {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

// countSets adds the counts of those that are sets.
func countSets(r *gate.Reader, rows []CollectionRow, counts map[remit.CollectionID]tally) error {
	ids := setsIn(rows)
	if len(ids) == 0 {
		return nil
	}
	found, err := setCounts(r, ids)
	for _, c := range found {
		counts[c.collection] = c
	}
	return err
}

// shownDefinitions are those of the sets that the asker may change, without the
// folders that the asker may not see.
func shownDefinitions(r *gate.Reader, rows []CollectionRow) (map[remit.CollectionID]*remit.SetDefinition, error) {
	shown := map[remit.CollectionID]*remit.SetDefinition{}
	ids := setsIn(rows)
	if len(ids) == 0 {
		return shown, nil
	}
	all, err := definitionsOf(r, ids)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		d, is := all[row.ID]
		if !is || !r.Can("collection.fill", row.Resource()).Allowed {
			continue
		}
		if d.From, err = seenFolders(r, d.From); err != nil {
			return nil, err
		}
		shown[row.ID] = &d
	}
	return shown, nil
}

func seenFolders(r *gate.Reader, from []remit.CollectionID) ([]remit.CollectionID, error) {
	if len(from) == 0 {
		return nil, nil
	}
	seen, err := visibleNames(r, anyOf(from))
	return slices.DeleteFunc(slices.Clone(from), func(id remit.CollectionID) bool {
		return !slices.ContainsFunc(seen, func(n named) bool { return n.on.Collection == id })
	}), err
}

package archive_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/testkit"
)

// Engines bound how many arguments one query takes: 32,766 and 65,535.
func TestAsManyThingsAreLookedUpAsSomebodyNames(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/one.txt", "1")
		w.scan()
		file, now := w.files()["night/one.txt"], time.Now()
		ids := make([]remit.FileID, 0, 70_001)
		var things []remit.On
		for range cap(ids) - 1 {
			ids = append(ids, remit.NewID[remit.FileID](now))
		}
		ids = append(ids, file.ID)
		for _, id := range ids {
			things = append(things, remit.On{File: id}, remit.On{Collection: remit.NewID[remit.CollectionID](now)})
		}
		things = append(things, remit.On{Collection: file.Collection})
		_, err := gate.View(t.Context(), w.gate, setup, gate.Query[struct{}]{Name: "file.list", Read: func(r *gate.Reader) (struct{}, error) {
			found, err := archive.Resources(r, things)
			w.must(err)
			if len(found) != 2 || found[remit.On{File: file.ID}].Collection != string(file.Collection) {
				t.Errorf("of %d things %v were found", len(things), found)
			}
			files, err := archive.LocateFiles(r, ids)
			w.must(err)
			if len(files) != 1 || files[file.ID].Path != file.Path {
				t.Errorf("of %d files %v were found", len(ids), files)
			}
			return struct{}{}, nil
		}})
		w.must(err)
	})
}

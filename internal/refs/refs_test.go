package refs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/refs"
	"github.com/remit-server/remit/internal/testkit"
)

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// world is a database and a store that pictures are kept in.
type world struct {
	*testing.T
	dir   string
	gate  *gate.Gate
	store *blob.Store
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir(), gate: gate.New(d, projects.PolicySource{}, func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }, slog.New(slog.DiscardHandler))}
	store, err := blob.Open(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w.store = store
	return w
}

func (w *world) do(apply func(*gate.Tx) error) error {
	_, err := gate.Do(w.Context(), w.gate, setup, gate.Op[struct{}]{Name: "job.sweep", Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, apply(tx) }})
	return err
}

// refer puts text, and a row that names it, as often as it takes.
func (w *world) refer(row, text string) (sha string, again int) {
	w.Helper()
	for ; ; again++ {
		ref, err := w.store.Put(w.Context(), strings.NewReader(text))
		if err != nil {
			w.Error(err)
			return "", again
		}
		err = w.do(func(tx *gate.Tx) error {
			if err := refs.Add(tx, w.store, ref.SHA256); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO previews (content, blob) VALUES ($1, $2)`, row, ref.SHA256)
			return err
		})
		if remit.CodeOf(err) == "bytes_gone" {
			continue
		}
		if err != nil {
			w.Error(err)
		}
		return ref.SHA256, again
	}
}

func (w *world) drop(row string) {
	w.Helper()
	if err := w.do(func(tx *gate.Tx) error { _, err := tx.Exec(`DELETE FROM previews WHERE content = $1`, row); return err }); err != nil {
		w.Error(err)
	}
}

func (w *world) remove(sha string) (removed bool) {
	w.Helper()
	if err := w.do(func(tx *gate.Tx) (err error) { removed, err = refs.Remove(tx, w.store, sha); return err }); err != nil {
		w.Error(err)
	}
	return removed
}

func TestOnlyWhatNothingRefersToIsRemoved(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sha, _ := w.refer("one", "a")
		if other, _ := w.refer("two", "a"); other != sha {
			t.Fatalf("same content is %s and %s", sha, other)
		}
		for _, row := range []string{"one", "two"} {
			if w.remove(sha) {
				t.Errorf("removed while row %s refers to it", row)
			}
			w.drop(row)
		}
		if has, _ := w.store.Has(sha); !has {
			t.Error("it went by itself")
		}
		if !w.remove(sha) {
			t.Error("it was not removed")
		}
		err := w.do(func(tx *gate.Tx) error { return refs.Add(tx, w.store, sha) })
		if remit.CodeOf(err) != "bytes_gone" || remit.KindOf(err) != remit.Unavailable {
			t.Errorf("referring to bytes that are gone: %v", err)
		}
	})
}

func TestRemovalThatIsNotCommittedLosesNothingThatIsUsed(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sha, _ := w.refer("one", "a")
		w.drop("one")
		broken := errors.New("the power goes")
		err := w.do(func(tx *gate.Tx) error {
			if removed, err := refs.Remove(tx, w.store, sha); err != nil || !removed {
				t.Errorf("removed %v, %v", removed, err)
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		w.refer("two", "a")
		if has, err := w.store.Has(sha); !has || err != nil {
			t.Errorf("what is referred to again is not there: %v", err)
		}
	})
}

// Those who put the same few contents, refer to them and drop them again race
// with those who remove what nothing refers to.
func TestPutsAndRemovalsNeverLoseABlobThatIsReferredTo(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var putters, removers sync.WaitGroup
		var over atomic.Bool
		var removed, again atomic.Int64
		texts := []string{"a", "b", "c"}
		hashes := map[string]string{}
		for _, text := range texts {
			sha, _ := w.refer("first "+text, text)
			w.drop("first " + text)
			hashes[text] = sha
		}
		for range 2 {
			removers.Go(func() {
				for !over.Load() {
					for _, sha := range hashes {
						if w.remove(sha) {
							removed.Add(1)
						}
					}
				}
			})
		}
		for p := range 4 {
			putters.Go(func() {
				for i := range 15 {
					text, row := texts[(p+i)%len(texts)], fmt.Sprintf("%d-%d", p, i)
					sha, more := w.refer(row, text)
					again.Add(int64(more))
					if has, err := w.store.Has(sha); !has || err != nil {
						t.Errorf("%s is referred to, and it is not there: %v", text, err)
					}
					w.drop(row)
				}
			})
		}
		putters.Wait()
		over.Store(true)
		removers.Wait()
		if removed.Load() == 0 {
			t.Error("nothing was removed, which is dull")
		}
		t.Logf("%d removals, %d puts had to be done again", removed.Load(), again.Load())
	})
}

func TestBlobsThatWerePutLatelyAreNotLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	var put []blob.Ref
	for _, text := range []string{"young", "old"} {
		ref, err := w.store.Put(t.Context(), strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		put = append(put, ref)
	}
	age(t, w.dir, put[1].SHA256, 2*refs.Settled)
	var found []blob.Ref
	for part := range blob.Folders {
		some, err := w.store.Settled(part, refs.Settled)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, some...)
	}
	if diff := cmp.Diff(put[1:], found); diff != "" {
		t.Errorf("settled (-want +got):\n%s", diff)
	}
	if _, err := w.store.Put(t.Context(), strings.NewReader("old")); err != nil {
		t.Fatal(err)
	}
	if again, err := w.store.Settled(int(hexByte(put[1].SHA256)), refs.Settled); err != nil || len(again) > 0 {
		t.Errorf("put again it is still old: %v, %v", again, err)
	}
}

func hexByte(sha string) (b byte) {
	_, _ = fmt.Sscanf(sha[:2], "%02x", &b)
	return b
}

// age makes a blob so much older.
func age(t *testing.T, dir, sha string, by time.Duration) {
	t.Helper()
	path := dir + "/" + sha[:2] + "/" + sha
	info, err := fs.Stat(os.DirFS(dir), sha[:2]+"/"+sha)
	if err == nil {
		old := info.ModTime().Add(-by)
		err = os.Chtimes(path, old, old)
	}
	if err != nil {
		t.Fatal(err)
	}
}

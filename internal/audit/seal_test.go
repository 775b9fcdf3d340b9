package audit_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

// check verifies a database as the server does, in one piece.
func check(tb testing.TB, d *db.DB, head *audit.Head) (found []remit.AuditFinding, verdict remit.AuditVerdict) {
	tb.Helper()
	v := &audit.Verifier{Head: head, Report: func(f remit.AuditFinding) { found = append(found, f) },
		Manifest: func(n int64) (text string, err error) {
			err = d.Read(tb.Context(), func(r db.Reader) error { text, err = audit.ManifestOf(r, n); return err })
			return text, err
		}}
	err := d.Read(tb.Context(), func(r db.Reader) error {
		seals, err := audit.Seals(r, 0, 1_000_000)
		if err == nil {
			err = audit.FeedRows(r, v, seals, audit.Before, audit.All)
		}
		if err == nil {
			err = audit.FeedUnsealed(r, v)
		}
		return err
	})
	if err == nil {
		verdict, err = v.End()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return found, verdict
}

func verified(tb testing.TB, d *db.DB, head *audit.Head) remit.AuditVerdict {
	tb.Helper()
	_, v := check(tb, d, head)
	return v
}

// A transaction may be open while newer entries are sealed. What it writes is
// sealed with the next batch.
func TestWhatIsCommittedAfterASealIsInTheNextOne(t *testing.T) {
	t.Parallel()
	d := testkit.Open(t, testkit.Postgres(t)) // SQLite has one writer
	err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
		if err := audit.Append(tx, numbered(1)); err != nil {
			return err
		}
		appendAll(t, d, numbered(2))
		sealOnce(t, d, noon)
		return audit.Append(tx, numbered(3))
	})
	if err != nil {
		t.Fatal(err)
	}
	if v := verified(t, d, nil); !v.Intact || v.Entries != 1 || v.Unsealed != 2 {
		t.Errorf("before: %+v", v)
	}
	sealOnce(t, d, noon)
	if v := verified(t, d, nil); !v.Intact || v.Entries != 3 || v.Unsealed != 0 || v.Seals != 2 || v.Late != 0 {
		t.Errorf("after: %+v", v)
	}
}

// Leaders are told apart by a lock that can be lost, so two may seal at once:
// one of them may fail, and the chain stays whole.
func TestEntriesAreSealedOnceWhateverIsWrittenAndSealedMeanwhile(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		var writers, sealers sync.WaitGroup
		var done atomic.Bool
		for w := range 4 {
			writers.Go(func() {
				for i := range 25 {
					appendAll(t, d, numbered(w), numbered(i))
				}
			})
		}
		for range 2 {
			sealers.Go(func() {
				for !done.Load() {
					_ = d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
						_, _, err := audit.SealBatch(tx, noon.Add(time.Minute))
						return err
					})
				}
			})
		}
		writers.Wait()
		done.Store(true)
		sealers.Wait()
		for sealOnce(t, d, noon.Add(time.Minute)) {
		}
		if found, v := check(t, d, nil); !v.Intact || v.Entries != 200 || v.Unsealed != 0 || len(found) > 0 {
			t.Errorf("%+v %v", v, found)
		}
	})
}

func TestAHeadIsReadAsItIsPrinted(t *testing.T) {
	t.Parallel()
	h := audit.Head{Number: 12, Hash: strings.Repeat("0a", 32)}
	got, err := audit.ParseHead(" " + h.String() + "\n")
	if err != nil || *got != h {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := audit.ParseHead(""); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"12", "12:", "x:" + h.Hash, "0:" + h.Hash, "-1:" + h.Hash, "12:" + h.Hash + "0", "12:" + strings.Repeat("0A", 32)} {
		if _, err := audit.ParseHead(bad); remit.KindOf(err) != remit.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

const (
	wantEntries  = "cc4088f036a9e26b94154530e24d1d764c4fe6e01bdfb32c30757f386311960d"
	wantSeal     = "5fab927f34ca2d2e218bcdaeb7d55aa1459c8e8779f29447f35d8da0e12ace0d"
	wantManifest = "00ab BmQ53aEMFQ6gKkOrkI6vjuurp_4FkzwFJYk8S-L61o4\n"
)

// The forms are promised to other programs: these hashes were computed by
// another one, from what docs/audit.md says.
func TestTheFormsAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	d := testkit.Open(t, testkit.SQLite(t))
	err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request, preview)
			VALUES ('00ab', 1772366400000123, 'person', 'user_1', 'Näme', '', 'job.cancel', 'project_1', 'job_1', TRUE, 'R12', 'job:cancel', 'it, was: running', 'REQ', 'bob')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var s audit.Seal
	err = d.Write(t.Context(), db.Shared, func(tx *db.Tx) (err error) {
		s, _, err = audit.SealBatch(tx, noon)
		return err
	})
	if err != nil || s.EntriesHash != wantEntries || s.Hash != wantSeal || s.Manifest != wantManifest {
		t.Errorf("%+v %v", s, err)
	}
}

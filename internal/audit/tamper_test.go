package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

// log is a database with three seals of ten entries each, and two entries more.
type log struct {
	*testing.T
	db    *db.DB
	ids   []string // in order
	seals []audit.Seal
}

func sealedLog(t *testing.T, d *db.DB) *log {
	t.Helper()
	l := &log{T: t, db: d}
	for i := range 3 {
		for j := range 10 {
			appendAll(t, d, numbered(10*i+j))
		}
		sealOnce(t, d, noon.Add(time.Duration(i+1)*time.Minute))
	}
	appendAll(t, d, numbered(30), numbered(31))
	err := d.Read(t.Context(), func(r db.Reader) (err error) {
		if l.ids, err = db.Rows(r, db.Value[string], `SELECT id FROM audit_entries ORDER BY id`); err == nil {
			l.seals, err = audit.Seals(r, 0, 10)
		}
		return err
	})
	if err != nil || len(l.ids) != 32 || len(l.seals) != 3 {
		t.Fatal(len(l.ids), len(l.seals), err)
	}
	return l
}

func numbered(n int) audit.Entry {
	return audit.Entry{At: noon.Add(time.Duration(n) * time.Second), ActorKind: "person", ActorID: "user_a", Actor: "ada", Key: "key_a", Operation: "job.cancel",
		Project: "project_a", Thing: fmt.Sprintf("job_%d", n), Allowed: n%2 == 0, Rule: "R12", Permission: "job:cancel", Detail: "it was running", Request: "REQ", Preview: "bob"}
}

// sql changes the database behind the gate's back.
func (l *log) sql(query string, args ...any) {
	l.Helper()
	err := l.db.Write(l.Context(), db.Shared, func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		l.Fatal(err)
	}
}

// where is one finding without its words.
type where struct {
	Kind  string
	Seal  int64
	Entry string
}

func (l *log) finds(head *audit.Head, want ...where) {
	l.Helper()
	found, verdict := check(l, l.db, head)
	got := []where{}
	for _, f := range found {
		got = append(got, where{f.Kind, f.Seal, f.Entry})
		if f.Text == "" {
			l.Errorf("%+v says nothing", f)
		}
	}
	if diff := cmp.Diff(append([]where{}, want...), got); diff != "" {
		l.Errorf("findings (-want +got):\n%s", diff)
	}
	faults := slices.ContainsFunc(want, func(w where) bool { return w.Kind != remit.AuditLate })
	if verdict.Intact == faults {
		l.Errorf("%+v with %v", verdict, want)
	}
}

func eachLog(t *testing.T, fn func(*log)) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(sealedLog(t, d)) })
}

func TestALogThatNobodyTouchedIsIntact(t *testing.T) {
	eachLog(t, func(l *log) {
		last := l.seals[2]
		l.finds(nil)
		l.finds(&audit.Head{Number: 1, Hash: l.seals[0].Hash})
		want := remit.AuditVerdict{Intact: true, Entries: 30, Unsealed: 2, Seals: 3,
			Head: remit.AuditHead{Number: 3, Hash: last.Hash, SealedAt: last.SealedAt, Unsealed: 2}}
		if diff := cmp.Diff(want, verified(l, l.db, &audit.Head{Number: 3, Hash: last.Hash})); diff != "" {
			l.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAnEmptyLogIsIntact(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		if sealOnce(t, d, noon) {
			t.Error("nothing was sealed, and there was nothing")
		}
		if v := verified(t, d, nil); !v.Intact || v.Head.Number != 0 {
			t.Errorf("%+v", v)
		}
	})
}

func TestAChangeOfAnyColumnIsFound(t *testing.T) {
	eachLog(t, func(l *log) {
		for column, value := range map[string]any{"at": noon.UnixMicro() + 1, "actor_kind": "system", "actor_id": "user_b", "actor": "eve", "key_id": "",
			"operation": "job.run", "project_id": "project_b", "thing": "job_x", "allowed": false, "rule": "R8", "permission": "", "detail": "it was held",
			"request": "R", "preview": ""} {
			id := l.ids[14]
			l.sql(`CREATE TABLE kept AS SELECT * FROM audit_entries WHERE id = '` + id + `'`)
			l.sql(`UPDATE audit_entries SET `+column+` = $1 WHERE id = $2`, value, id)
			l.finds(nil, where{remit.AuditChanged, 2, id})
			l.sql(`UPDATE audit_entries SET `+column+` = (SELECT `+column+` FROM kept) WHERE id = $1`, id)
			l.sql(`DROP TABLE kept`)
		}
		l.finds(nil)
	})
}

func TestAChangeOfAnIdIsARemovalAndAnInsertion(t *testing.T) {
	eachLog(t, func(l *log) {
		forged := "0" + l.ids[14][1:39] + "z"
		l.sql(`UPDATE audit_entries SET id = $1 WHERE id = $2`, forged, l.ids[14])
		l.finds(nil, where{remit.AuditRemoved, 2, l.ids[14]}, where{remit.AuditInserted, 2, forged})
	})
}

func TestARemovedEntryIsNamed(t *testing.T) {
	eachLog(t, func(l *log) {
		for _, i := range []int{0, 14, 29} { // first, middle, last
			l.sql(`DELETE FROM audit_entries WHERE id = $1`, l.ids[i])
		}
		l.finds(nil, where{remit.AuditRemoved, 1, l.ids[0]}, where{remit.AuditRemoved, 2, l.ids[14]}, where{remit.AuditRemoved, 3, l.ids[29]})
	})
}

func TestAWholeBatchThatIsGoneIsNamed(t *testing.T) {
	eachLog(t, func(l *log) {
		l.sql(`DELETE FROM audit_entries WHERE seal = 2`)
		var want []where
		for _, id := range l.ids[10:20] {
			want = append(want, where{remit.AuditRemoved, 2, id})
		}
		l.finds(nil, want...)
	})
}

// forge inserts a copy of an entry under another id.
func (l *log) forge(id string, seal int) {
	l.Helper()
	l.sql(`INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request, preview, seal)
		SELECT CAST($1 AS TEXT), at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request, preview, CAST($2 AS BIGINT)
		FROM audit_entries WHERE id = $3`, id, seal, l.ids[14])
}

func TestAnInsertedEntryIsNamed(t *testing.T) {
	eachLog(t, func(l *log) {
		forged := l.ids[14][:39] + "g"
		for _, seal := range []int{2, 1, 4, -1} {
			l.forge(forged, seal)
			l.finds(nil, where{remit.AuditInserted, int64(seal), forged})
			l.sql(`DELETE FROM audit_entries WHERE id = $1`, forged)
		}
	})
}

// A transaction may commit after newer entries were sealed: its entry is
// sealed with the next batch, and that is no fault.
func TestAnEntryThatComesLateIsSealedAndIsNoFault(t *testing.T) {
	eachLog(t, func(l *log) {
		late := l.ids[14][:39] + "g"
		l.forge(late, 0)
		l.finds(nil)
		sealOnce(l, l.db, noon.Add(4*time.Minute))
		l.finds(nil)
		if v := verified(l, l.db, nil); v.Entries != 33 || v.Unsealed != 0 || v.Late != 0 {
			l.Errorf("%+v", v)
		}
	})
}

// Hours late is another matter: no transaction runs so long. It is pointed
// out, but a clock that was set back would look the same.
func TestAnEntryThatComesHoursLateIsPointedOut(t *testing.T) {
	eachLog(t, func(l *log) {
		e := numbered(40)
		e.At = noon.Add(3 * time.Hour)
		appendAll(l.T, l.db, e)
		sealOnce(l, l.db, noon.Add(3*time.Hour))
		late := l.ids[14][:39] + "g"
		l.forge(late, 0)
		l.finds(nil, where{remit.AuditLate, 0, late})
		sealOnce(l, l.db, noon.Add(4*time.Hour))
		l.finds(nil, where{remit.AuditLate, 5, late})
	})
}

// Nothing was sealed for a day: the backlog is not late.
func TestABacklogIsNotLate(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		day := noon.Add(24 * time.Hour)
		for i := range 24 {
			e := numbered(0)
			e.At = noon.Add(time.Duration(i) * time.Hour)
			appendAll(t, d, e)
		}
		sealOnce(t, d, day)
		if found, v := check(t, d, nil); !v.Intact || len(found) > 0 {
			t.Errorf("%+v %v", v, found)
		}
	})
}

func TestTwoEntriesThatChangedPlacesAreNamed(t *testing.T) {
	eachLog(t, func(l *log) {
		a, b := l.ids[12], l.ids[17]
		for _, step := range [][2]string{{a, "swap"}, {b, a}, {"swap", b}} {
			l.sql(`UPDATE audit_entries SET id = $1 WHERE id = $2`, step[1], step[0])
		}
		l.finds(nil, where{remit.AuditChanged, 2, a}, where{remit.AuditChanged, 2, b})
	})
}

func TestTwoEntriesThatChangedSealsAreNamed(t *testing.T) {
	eachLog(t, func(l *log) {
		a, b := l.ids[9], l.ids[10]
		l.sql(`UPDATE audit_entries SET seal = 2 WHERE id = $1`, a)
		l.sql(`UPDATE audit_entries SET seal = 1 WHERE id = $1`, b)
		l.finds(nil, where{remit.AuditRemoved, 1, a}, where{remit.AuditInserted, 1, b}, where{remit.AuditInserted, 2, a}, where{remit.AuditRemoved, 2, b})
	})
}

func TestAnEntryTakenOutOfItsSealIsMissedThere(t *testing.T) {
	eachLog(t, func(l *log) {
		l.sql(`UPDATE audit_entries SET seal = 0 WHERE id = $1`, l.ids[14])
		l.finds(nil, where{remit.AuditRemoved, 2, l.ids[14]})
		sealOnce(l, l.db, noon.Add(4*time.Minute))
		l.finds(nil, where{remit.AuditRemoved, 2, l.ids[14]})
	})
}

func TestAChangeOfAnyColumnOfASealIsFound(t *testing.T) {
	eachLog(t, func(l *log) {
		for column, value := range map[string]any{"first_id": "a", "last_id": "a", "count": 9, "entries_hash": "a", "sealed_at": 1,
			"archive": "a", "archive_hash": "a", "archive_first": 1, "archive_last": 1} {
			l.sql(`CREATE TABLE kept AS SELECT * FROM audit_seals WHERE number = 2`)
			l.sql(`UPDATE audit_seals SET `+column+` = $1 WHERE number = 2`, value)
			found, v := check(l, l.db, nil)
			if v.Intact || found[0].Seal != 2 || found[0].Kind != remit.AuditSealChanged {
				l.Errorf("%s: %+v %v", column, v, found)
			}
			l.sql(`UPDATE audit_seals SET ` + column + ` = (SELECT ` + column + ` FROM kept) WHERE number = 2`)
			l.sql(`DROP TABLE kept`)
		}
		l.finds(nil)
	})
}

func TestASealThatDoesNotFollowIsNamed(t *testing.T) {
	eachLog(t, func(l *log) {
		l.sql(`UPDATE audit_seals SET previous_hash = 'a' WHERE number = 2`)
		l.finds(nil, where{remit.AuditSealChanged, 2, ""}, where{remit.AuditSealChanged, 2, ""})
		l.sql(`UPDATE audit_seals SET previous_hash = $1, hash = 'a' WHERE number = 2`, l.seals[0].Hash)
		l.finds(nil, where{remit.AuditSealChanged, 2, ""}, where{remit.AuditSealChanged, 3, ""})
	})
}

func TestARemovedSealIsNamed(t *testing.T) {
	eachLog(t, func(l *log) {
		l.sql(`DELETE FROM audit_seals WHERE number = 2`)
		var want []where
		for _, id := range l.ids[10:20] {
			want = append(want, where{remit.AuditInserted, 2, id})
		}
		l.finds(nil, append(want, where{remit.AuditSealMissing, 2, ""})...)
		l.sql(`DELETE FROM audit_entries WHERE seal = 2`)
		l.finds(nil, where{remit.AuditSealMissing, 2, ""})
	})
}

func TestTheLastSealThatIsRemovedIsMissed(t *testing.T) {
	eachLog(t, func(l *log) {
		l.sql(`DELETE FROM audit_seals WHERE number = 3`)
		var want []where
		for _, id := range l.ids[20:30] {
			want = append(want, where{remit.AuditInserted, 3, id})
		}
		l.finds(nil, want...)
		sealOnce(l, l.db, noon.Add(4*time.Minute)) // the next one takes its number
		if v := verified(l, l.db, nil); v.Intact {
			l.Error("sealing again has made it whole")
		}
	})
}

// Whoever can write to the database can cut off the end, or make the chain
// anew: only a head that was kept elsewhere tells.
func TestAKeptHeadFindsAChainThatWasCutOffOrMadeAnew(t *testing.T) {
	eachLog(t, func(l *log) {
		kept := &audit.Head{Number: 3, Hash: l.seals[2].Hash}
		l.sql(`DELETE FROM audit_seals WHERE number = 3`)
		l.sql(`DELETE FROM audit_entries WHERE seal = 3 OR seal = 0`)
		l.finds(nil)
		l.finds(kept, where{remit.AuditCut, 3, ""})
		l.sql(`UPDATE audit_entries SET seal = 0, actor = 'eve'`)
		l.sql(`DELETE FROM audit_seals`)
		appendAll(l.T, l.db, numbered(50))
		for i := range 3 {
			sealOnce(l, l.db, noon.Add(time.Minute))
			appendAll(l.T, l.db, numbered(51+i))
		}
		l.finds(nil)
		l.finds(kept, where{remit.AuditCut, 3, ""})
	})
}

func TestAForgedManifestIsNotBelieved(t *testing.T) {
	eachLog(t, func(l *log) {
		l.sql(`UPDATE audit_entries SET actor = 'eve' WHERE id = $1`, l.ids[14])
		for _, forged := range []string{"", "nonsense", strings.Repeat("a ", 10)} {
			l.sql(`UPDATE audit_seals SET manifest = $1 WHERE number = 2`, forged)
			l.finds(nil, where{remit.AuditChanged, 2, ""})
		}
	})
}

func TestEntriesThatAreSaidToBeArchivedAreNotLetOff(t *testing.T) {
	eachLog(t, func(l *log) {
		l.sql(`UPDATE audit_seals SET archived_by = 3 WHERE number = 2`)
		l.finds(nil, where{remit.AuditArchive, 2, ""})
		l.sql(`UPDATE audit_seals SET archived_by = 9 WHERE number = 2`)
		l.finds(nil, where{remit.AuditArchive, 2, ""})
	})
}

func TestForgedRowsByTheThousandAreCountedNotKept(t *testing.T) {
	t.Parallel()
	l := sealedLog(t, testkit.Open(t, testkit.SQLite(t)))
	l.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
		INSERT INTO audit_entries SELECT 'forged' || i, $1, 'person', '', '', '', '', '', '', TRUE, '', '', '', '', '', 2 FROM n`, noon.UnixMicro())
	l.finds(nil, where{remit.AuditChanged, 2, ""})
	l.sql(`UPDATE audit_entries SET seal = 7 WHERE id LIKE 'forged%'`)
	found, v := check(t, l.db, nil)
	if v.Faults != 25_000 || len(found) != 1000 {
		t.Errorf("%d faults, %d reported; want 25000 and 1000", v.Faults, len(found))
	}
}

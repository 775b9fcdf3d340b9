package auditor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/auditor"
)

// kinds are findings without their words.
func kinds(found []remit.AuditFinding) (all []string) {
	for _, f := range found {
		all = append(all, fmt.Sprintf("%s %d", f.Kind, f.Seal))
	}
	return all
}

// aged is a world with three seals, and entries that wait.
func aged(w *world) {
	w.seal()
	w.refuse("moths")
	w.seal()
	w.refuse("stars")
	w.seal()
	w.refuse("moths")
}

func TestTheLoopSealsAndVerifyReadsSealBySeal(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		found, v := w.verify("")
		if !v.Intact || v.Seals != 3 || v.Unsealed != 1 || len(found) > 0 {
			t.Errorf("%+v %v", v, found)
		}
		head, err := w.Head(w.Context(), w.people["sue"])
		w.must(err)
		wantEqual(t, v.Head, head)
		w.sql(`UPDATE audit_entries SET actor = 'eve' WHERE seal = 2`)
		w.sql(`DELETE FROM audit_entries WHERE seal = 3`)
		found, v = w.verify(fmt.Sprintf("3:%064d", 0))
		wantEqual(t, kinds(found), []string{"changed 2", "cut 3", "removed 3"})
		_, err = w.Verify(w.Context(), w.is("sue"), "3:short", func([]remit.AuditFinding) error { return nil })
		wantKind(t, err, remit.Invalid)
	})
}

// chain is the log as a file.
func (w *world) chain() []byte {
	w.Helper()
	var file bytes.Buffer
	w.must(w.Chain(w.Context(), w.is("sue"), func(lines []auditor.Line) error {
		for _, l := range lines {
			w.must(json.NewEncoder(&file).Encode(l))
		}
		return nil
	}))
	return file.Bytes()
}

func (w *world) offline(file []byte, head *audit.Head) ([]string, remit.AuditVerdict, error) {
	w.Helper()
	var found []remit.AuditFinding
	v := &audit.Verifier{Head: head, Report: func(f remit.AuditFinding) { found = append(found, f) }}
	if err := audit.FeedFile(bytes.NewReader(file), v); err != nil {
		return nil, remit.AuditVerdict{}, err
	}
	verdict, err := v.End()
	w.must(err)
	return kinds(found), verdict, nil
}

func TestAnExportedChainIsVerifiedWithoutTheServer(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		file := w.chain()
		_, want := w.verify("")
		found, got, err := w.offline(file, nil)
		w.must(err)
		wantEqual(t, len(found), 0)
		wantEqual(t, got, want)
		for _, column := range []string{"operation", "detail", "actor", "at", "id"} {
			before := fmt.Sprintf("%q:", column)
			at := bytes.LastIndex(file[:bytes.Index(file, []byte(`{"seal":{"number":2`))], []byte(before)) + len(before)
			changed := append(append(bytes.Clone(file[:at+2]), '9'), file[at+3:]...)
			found, got, err = w.offline(changed, nil)
			if err != nil || got.Intact || len(found) == 0 || !strings.HasSuffix(found[0], " 1") {
				t.Errorf("%s: %v %+v %v", column, found, got, err)
			}
		}
		lines := bytes.SplitAfter(file, []byte("\n"))
		without := bytes.Join(append(append([][]byte{}, lines[:3]...), lines[4:]...), nil)
		found, _, err = w.offline(without, nil)
		w.must(err)
		wantEqual(t, found, []string{"removed 1"})
		_, _, err = w.offline(bytes.Join(lines[:len(lines)-2], nil), nil)
		wantKind(t, err, remit.Invalid) // it has no end
		found, _, err = w.offline(file, &audit.Head{Number: 9})
		w.must(err)
		wantEqual(t, found, []string{"cut 9"})
	})
}

func TestAnArchiveTakesOldEntriesOutOfTheTableAndVerifyGoesOn(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		_, before := w.verify("")
		made, err := w.Archive(w.Context(), w.people["sue"], before.Head.SealedAt)
		w.must(err)
		wantEqual(t, w.files(), []string{"audit-1-2.jsonl.gz"})
		wantEqual(t, []any{len(made), made[0].Number, made[0].ArchiveFirst, made[0].ArchiveLast}, []any{1, int64(4), int64(1), int64(2)})
		w.seal()
		found, after := w.verify(fmt.Sprintf("%d:%s", before.Head.Number, before.Head.Hash))
		wantEqual(t, kinds(found), nil)
		wantEqual(t, []int64{after.Seals, after.Archives, after.Entries}, []int64{5, 1, before.Entries + before.Unsealed + 1})
		newest := w.list(w.people["sue"], auditor.Filter{})[0]
		wantEqual(t, newest.Operation+" "+newest.Thing, "audit.archive audit-1-2.jsonl.gz")
		if !strings.Contains(newest.Detail, made[0].ArchiveHash) {
			t.Errorf("%q does not name the hash", newest.Detail)
		}

		again, err := w.Archive(w.Context(), w.people["sue"], w.past())
		w.must(err)
		wantEqual(t, len(again), 1)
		w.seal()
		found, after = w.verify("")
		wantEqual(t, kinds(found), nil)
		wantEqual(t, []int64{after.Archives, after.Seals}, []int64{2, 7})
		found2, _, err := w.offline(w.chain(), nil)
		w.must(err)
		wantEqual(t, len(found2), 0)
	})
}

func TestAnArchiveThatIsGoneOrChangedIsNamed(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		_, err := w.Archive(w.Context(), w.people["sue"], w.past())
		w.must(err)
		path := filepath.Join(w.dir, "audit-1-3.jsonl.gz")
		file, err := os.ReadFile(path)
		w.must(err)
		w.must(os.Remove(path))
		found, v := w.verify("")
		wantEqual(t, kinds(found), []string{"archive 1"})
		if v.Intact || !strings.Contains(found[0].Text, "missing") {
			t.Errorf("%+v %v", v, found)
		}
		changed := bytes.Clone(file)
		changed[len(changed)/2] ^= 1
		w.must(os.WriteFile(path, changed, 0o600))
		found, _ = w.verify("")
		wantEqual(t, kinds(found), []string{"archive 1"})
		w.must(os.WriteFile(path, file, 0o600))
		found, _ = w.verify("")
		wantEqual(t, kinds(found), nil)

		w.sql(`INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request, seal)
			VALUES ('forged', 0, 'person', '', '', '', '', '', '', TRUE, '', '', '', '', 2)`)
		found, _ = w.verify("")
		wantEqual(t, kinds(found), []string{"inserted 2"})
		w.sql(`DELETE FROM audit_entries WHERE id = 'forged'`)
		w.sql(`UPDATE audit_seals SET archive = '../../etc/passwd' WHERE number = 4`)
		found, _ = w.verify("")
		wantEqual(t, kinds(found), []string{"archive 1", "seal_changed 4"})
	})
}

func TestALogThatIsNotIntactIsNotArchived(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		w.sql(`UPDATE audit_entries SET actor = 'eve' WHERE seal = 2`)
		_, err := w.Archive(w.Context(), w.people["sue"], w.past())
		wantKind(t, err, remit.Conflict)
		found, v := w.verify("")
		wantEqual(t, kinds(found), []string{"changed 2"})
		wantEqual(t, v.Archives, 0)
	})
}

// Whoever empties the table and says that nothing was archived must not get the
// file overwritten.
func TestAnArchiveFileIsNeverOverwritten(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		_, err := w.Archive(w.Context(), w.people["sue"], w.past())
		w.must(err)
		path := filepath.Join(w.dir, "audit-1-3.jsonl.gz")
		before, err := os.ReadFile(path)
		w.must(err)
		w.sql(`UPDATE audit_seals SET archived_by = 0 WHERE number <= 3`)
		_, err = w.Archive(w.Context(), w.people["sue"], w.past())
		wantKind(t, err, remit.Conflict)
		after, err := os.ReadFile(path)
		w.must(err)
		if !bytes.Equal(before, after) || len(w.files()) != 1 {
			t.Errorf("the file has changed, or another was left: %v", w.files())
		}
	})
}

// An attempt that ended between writing the file and taking the entries out
// leaves a file, which the next attempt takes.
func TestAnArchiveThatWasInterruptedIsTakenUpAgain(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		tables := []string{"audit_entries", "audit_seals"}
		for _, table := range tables {
			w.sql(`CREATE TABLE kept_` + table + ` AS SELECT * FROM ` + table)
		}
		_, err := w.Archive(w.Context(), w.people["sue"], w.past())
		w.must(err)
		for _, table := range tables { // the transaction never was
			w.sql(`DELETE FROM ` + table)
			w.sql(`INSERT INTO ` + table + ` SELECT * FROM kept_` + table)
		}
		made, err := w.Archive(w.Context(), w.people["sue"], w.past())
		w.must(err)
		wantEqual(t, len(made), 1)
		found, _ := w.verify("")
		wantEqual(t, kinds(found), nil)
		wantEqual(t, w.files(), []string{"audit-1-3.jsonl.gz"})
	})
}

func TestNothingIsArchivedBeforeItsTime(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		made, err := w.Archive(w.Context(), w.people["sue"], noon)
		w.must(err)
		wantEqual(t, len(made), 0)
		wantEqual(t, len(w.files()), 0)
	})
}

// past is a moment after all that was sealed until now.
func (w *world) past() time.Time {
	w.tick()
	return time.UnixMicro(w.now.Load() - 1).UTC()
}

func TestTheFutureIsNotArchived(t *testing.T) {
	inWorlds(t, func(w *world) {
		aged(w)
		for _, before := range []time.Time{noon.Add(24 * time.Hour), time.UnixMicro(w.now.Load()).UTC()} {
			_, err := w.Archive(w.Context(), w.people["sue"], before)
			if remit.KindOf(err) != remit.Invalid {
				t.Errorf("before %s: %v", before, err)
			}
		}
		wantEqual(t, len(w.files()), 0)
	})
}

package audit_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
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

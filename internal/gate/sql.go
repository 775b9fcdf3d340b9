package gate

import (
	"context"
	"fmt"
	"strconv"

	"github.com/remit-server/remit/internal/db"
)

// remembered is how many versions of the policy can be told apart in the log
// of changes. Whoever knows an older one reads everything anew.
const remembered = 1000

const selectPolicyVersion = `SELECT value FROM meta WHERE key = 'policy_version'`

func policyVersion(r db.Reader) (int64, error) {
	text, err := db.One(r, db.Value[string], selectPolicyVersion)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// latestVersion is policyVersion outside of a transaction.
func (g *Gate) latestVersion(ctx context.Context) (int64, error) {
	var text string
	if err := g.db.Glance(ctx, selectPolicyVersion, &text); err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// bumpPolicyVersion is called with the policy lock held, so no two writers count the same number.
func bumpPolicyVersion(tx *Tx, parts []Part) error {
	_, err := tx.Exec(`UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'policy_version'`)
	if err != nil {
		return err
	}
	version, err := policyVersion(tx)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := tx.Exec(`INSERT INTO policy_changes (version, part) VALUES ($1, $2)`, version, string(part)); err != nil {
			return fmt.Errorf("part %q: %w", part, err)
		}
	}
	_, err = tx.Exec(`DELETE FROM policy_changes WHERE version <= $1`, version-remembered)
	return err
}

// change is a part as it was changed by the version.
type change struct {
	version int64
	part    Part
}

// changesSince are the parts that changed after the version known, as r sees
// it; ok is false when that is not known any more, or was never written down.
func changesSince(r db.Reader, known, version int64) (changes []change, ok bool, err error) {
	changes, err = db.Rows(r, func(s db.Scanner, c *change) error { return s.Scan(&c.version, &c.part) },
		`SELECT version, part FROM policy_changes WHERE version > $1 AND version <= $2`, known, version)
	told := map[int64]bool{}
	for _, c := range changes {
		told[c.version] = true
	}
	return changes, int64(len(told)) == version-known, err
}

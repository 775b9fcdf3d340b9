package gate

import "github.com/remit-server/remit/internal/db"

func policyVersion(r db.Reader) (version string, err error) {
	err = r.QueryRow(`SELECT value FROM meta WHERE key = 'policy_version'`).Scan(&version)
	return version, err
}

// bumpPolicyVersion is called with the policy lock held, so no two writers count the same number.
func bumpPolicyVersion(tx *Tx) error {
	_, err := tx.Exec(`UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'policy_version'`)
	return err
}

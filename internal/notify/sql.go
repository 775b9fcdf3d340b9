package notify

import (
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const columns = `t.id, t.kind, t.owner_id, t.project_id, t.type_key, t.mine, t.by_default, t.states, t.title, t.url, t.secret, t.host, t.paused, t.failures, t.problem, t.retry_at, t.created_at`

func scanTelling(sc db.Scanner, t *row) error {
	return sc.Scan(&t.ID, &t.Kind, &t.Owner, &t.Project, &t.Type, &t.Mine, &t.Default, db.FromJSON(&t.States), &t.Title, &t.URL, &t.Secret, &t.Host,
		&t.Paused, &t.Failures, &t.Problem, db.Time(&t.RetryAt), db.Time(&t.CreatedAt))
}

const (
	selectTelling = `SELECT ` + columns + ` FROM tellings t WHERE t.id = $1`

	// selectListening is who asked to be told, and who asked not to be.
	selectListening = `SELECT ` + columns + ` FROM tellings t WHERE NOT t.paused AND NOT t.by_default OR t.paused AND t.by_default ORDER BY t.id`

	// selectMine is all letters of $1: maxEach and one for each job type at most.
	selectMine = `SELECT ` + columns + ` FROM tellings t WHERE t.owner_id = $1 AND t.kind = 'mail' ORDER BY t.id`

	// selectWebhooks is a page of the webhooks of project $1, after $2.
	selectWebhooks = `SELECT ` + columns + ` FROM tellings t WHERE t.project_id = $1 AND t.kind = 'webhook' AND t.id > $2 ORDER BY t.id LIMIT $3`

	countMine     = `SELECT COUNT(*) FROM tellings WHERE owner_id = $1 AND kind = 'mail' AND NOT by_default`
	countWebhooks = `SELECT COUNT(*) FROM tellings WHERE project_id = $1 AND kind = 'webhook'`

	insertTelling = `INSERT INTO tellings (id, kind, owner_id, project_id, type_key, mine, states, title, url, secret, host, paused, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

	// updateTelling tries anew whatever has failed before.
	updateTelling = `UPDATE tellings SET owner_id = $2, type_key = $3, mine = $4, states = $5, title = $6, url = $7, host = $8, paused = $9,
		failures = 0, problem = '', retry_at = 0 WHERE id = $1`

	deleteTelling = `DELETE FROM tellings WHERE id = $1`

	deleteLetters = `DELETE FROM tellings WHERE owner_id = $1 AND kind = 'mail'`
	handOver      = `UPDATE tellings SET owner_id = $2, paused = TRUE WHERE owner_id = $1 AND kind = 'webhook'`

	selectSealed = `SELECT url FROM tellings WHERE kind = 'webhook' UNION SELECT secret FROM tellings WHERE kind = 'webhook'`

	selectEmail = `SELECT email FROM users WHERE id = $1 AND deleted_at IS NULL AND NOT disabled`
)

func (t *row) insert(tx *gate.Tx) error {
	_, err := tx.Exec(insertTelling, t.ID, t.Kind, t.Owner, t.Project, t.Type, t.Mine, db.JSON(t.States), t.Title, t.URL, t.Secret, t.Host, t.Paused,
		t.CreatedAt.UnixMicro())
	if err != nil {
		return fmt.Errorf("storing %s: %w", t.ID, err)
	}
	tx.Changed(gate.Listening)
	return nil
}

// update forgets what waits when the telling pauses.
func (t *row) update(tx *gate.Tx) error {
	t.Failures, t.Problem, t.RetryAt = 0, "", time.Time{}
	_, err := tx.Exec(updateTelling, t.ID, t.Owner, t.Type, t.Mine, db.JSON(t.States), t.Title, t.URL, t.Host, t.Paused)
	if err == nil && t.Paused {
		_, err = tx.Exec(deleteWaiting, t.ID)
	}
	if err == nil && t.Paused && t.Default {
		err = t.forgetWaiting(tx)
	}
	if err != nil {
		return fmt.Errorf("changing %s: %w", t.ID, err)
	}
	tx.Changed(gate.Listening)
	return nil
}

func (t *row) remove(tx *gate.Tx) error {
	if _, err := tx.Exec(deleteTelling, t.ID); err != nil {
		return fmt.Errorf("deleting %s: %w", t.ID, err)
	}
	tx.Changed(gate.Listening)
	return nil
}

// emailOf is "" for an account without an address, and for one that cannot sign in.
func emailOf(r db.Reader, user remit.UserID) (string, error) {
	found, err := db.Rows(r, db.Value[string], selectEmail, user)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

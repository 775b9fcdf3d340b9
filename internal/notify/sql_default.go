package notify

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const (
	insertUnsorted = `INSERT INTO deliveries_by_default (id, owner_id, type_key, job_id, event, attempt, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	selectAny      = `SELECT EXISTS (SELECT 1 FROM deliveries_by_default)`
	selectUnsorted = `SELECT id, owner_id, type_key, job_id, event, attempt, at FROM deliveries_by_default ORDER BY id LIMIT $1`
	deleteUnsorted = `DELETE FROM deliveries_by_default WHERE id = $1`

	// deleteUnsortedOf is what $1 is to be told, deleteUnsortedBy what a type $2 tells $1.
	deleteUnsortedOf = `DELETE FROM deliveries_by_default WHERE owner_id = $1`
	deleteUnsortedBy = `DELETE FROM deliveries_by_default WHERE owner_id = $1 AND type_key = $2`

	deleteWaitingByDefault = `DELETE FROM deliveries WHERE state = 'waiting'
		AND telling_id IN (SELECT id FROM tellings WHERE owner_id = $1 AND kind = 'mail' AND by_default)`

	insertSorted = `INSERT INTO deliveries (id, telling_id, job_id, event, attempt, at, state) VALUES ($1, $2, $3, $4, $5, $6, 'waiting')`

	// keepDefault changes nothing of one that is there.
	keepDefault = `INSERT INTO tellings (id, kind, owner_id, project_id, type_key, mine, by_default, states, title, url, secret, host, paused, created_at)
		VALUES ($1, 'mail', $2, '', $3, TRUE, TRUE, $4, '', '', '', '', FALSE, $5) ON CONFLICT (id) DO NOTHING`
)

func scanUnsorted(sc db.Scanner, u *unsorted) error {
	return sc.Scan(&u.ID, &u.owner, &u.kind, &u.Job, &u.Event, &u.attempt, db.Time(&u.At))
}

func writeUnsorted(tx *gate.Tx, u unsorted) error {
	id := remit.NewID[remit.DeliveryID](tx.Now())
	if _, err := tx.Exec(insertUnsorted, id, u.owner, u.kind, u.Job, u.Event, u.attempt, tx.Now().UnixMicro()); err != nil {
		return fmt.Errorf("writing down what an owner is to be told: %w", err)
	}
	return nil
}

func (u unsorted) sorted(tx *gate.Tx, telling string) error {
	_, err := tx.Exec(insertSorted, u.ID, telling, u.Job, u.Event, u.attempt, u.At.UnixMicro())
	if err == nil {
		_, err = tx.Exec(deleteUnsorted, u.ID)
	}
	if err != nil {
		return fmt.Errorf("sorting %s: %w", u.ID, err)
	}
	return nil
}

// keep stores a default that may be there already.
func (t *row) keep(tx *gate.Tx) error {
	if _, err := tx.Exec(keepDefault, t.ID, t.Owner, t.Type, db.JSON(t.States), tx.Now().UnixMicro()); err != nil {
		return fmt.Errorf("storing %s: %w", t.ID, err)
	}
	return nil
}

// forgetWaiting lets go of what waits to be told by a default that was paused.
func (t *row) forgetWaiting(tx *gate.Tx) (err error) {
	if t.Type != "" {
		_, err = tx.Exec(deleteUnsortedBy, t.Owner, t.Type)
	} else if _, err = tx.Exec(deleteUnsortedOf, t.Owner); err == nil {
		_, err = tx.Exec(deleteWaitingByDefault, t.Owner)
	}
	if err != nil {
		return fmt.Errorf("letting go of what %s was to tell: %w", t.ID, err)
	}
	return nil
}

package notify

import (
	"fmt"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

const deliveryColumns = `d.id, d.telling_id, d.job_id, d.event, d.attempt, d.at, d.state, d.tries, d.reason, d.done_at`

func scanDelivery(sc db.Scanner, d *delivery) error {
	return sc.Scan(&d.ID, &d.telling, &d.Job, &d.Event, &d.attempt, db.Time(&d.At), &d.State, &d.Tries, &d.Reason, db.TimePtr(&d.DoneAt))
}

const (
	insertDelivery = `INSERT INTO deliveries (id, telling_id, job_id, event, attempt, at, state) VALUES ($1, $2, $3, $4, $5, $6, 'waiting')`

	// selectDue is who has something to be told at $1, at most $2.
	selectDue = `SELECT ` + columns + ` FROM tellings t WHERE NOT t.paused AND t.retry_at <= $1
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.telling_id = t.id AND d.state = 'waiting') ORDER BY t.retry_at, t.id LIMIT $2`

	// selectWaiting begins with what was tried the least, so that one that fails keeps no others.
	selectWaiting = `SELECT ` + deliveryColumns + ` FROM deliveries d WHERE d.telling_id = $1 AND d.state = 'waiting' ORDER BY d.tries, d.id LIMIT $2`

	giveUpOld = `UPDATE deliveries SET state = 'given_up', done_at = $3, reason = $4 WHERE telling_id = $1 AND state = 'waiting' AND at < $2`

	deleteWaiting   = `DELETE FROM deliveries WHERE telling_id = $1 AND state = 'waiting'`
	deleteWaitingOf = `DELETE FROM deliveries WHERE state = 'waiting' AND telling_id IN (SELECT id FROM tellings WHERE owner_id = $1)`
	selectDone      = `SELECT EXISTS (SELECT 1 FROM deliveries WHERE done_at < $1)`
	forgetDone      = `DELETE FROM deliveries WHERE done_at < $1`

	// succeeded says when it may be told of again.
	succeeded = `UPDATE tellings SET failures = 0, problem = '', retry_at = $2 WHERE id = $1`
	failed    = `UPDATE tellings SET failures = $2, problem = $3, retry_at = $4 WHERE id = $1`
)

// selectDeliveries is a page of those of $1 before $2, the latest first, as far
// as the asker may read their jobs (R19).
func selectDeliveries(r *gate.Reader, telling, before string, limit int) (query string, args []any) {
	c := jobs.Table.Columns
	visible, more := gate.Where(r.Scope("job.list"), gate.Columns{Project: "j." + c.Project, Owner: "j." + c.Owner, Collection: "j." + c.Collection}, 4)
	return `SELECT ` + deliveryColumns + ` FROM deliveries d WHERE d.telling_id = $1 AND d.id < $2
		AND (d.job_id = '' OR EXISTS (SELECT 1 FROM jobs j WHERE j.id = d.job_id AND ` + visible + `)) ORDER BY d.id DESC LIMIT $3`,
		append([]any{telling, before, limit}, more...)
}

// deliver puts a message into the outbox.
func deliver(tx *gate.Tx, telling, job, event string, attempt int) error {
	_, err := deliverID(tx, telling, job, event, attempt)
	return err
}

func deliverID(tx *gate.Tx, telling, job, event string, attempt int) (remit.DeliveryID, error) {
	id := remit.NewID[remit.DeliveryID](tx.Now())
	if _, err := tx.Exec(insertDelivery, id, telling, job, event, attempt, tx.Now().UnixMicro()); err != nil {
		return id, fmt.Errorf("writing down what %s is to be told: %w", telling, err)
	}
	return id, nil
}

// These are completed by the ids of some messages, of which they change those that wait.
const (
	markSent         = `UPDATE deliveries SET state = 'sent', tries = tries + 1, reason = '', done_at = $1 WHERE state = 'waiting' AND id IN `
	markTried        = `UPDATE deliveries SET tries = tries + 1, reason = $1 WHERE state = 'waiting' AND id IN `
	markGivenUp      = `UPDATE deliveries SET state = 'given_up', done_at = $1 WHERE tries >= $2 AND state = 'waiting' AND id IN `
	deleteDeliveries = `DELETE FROM deliveries WHERE state = 'waiting' AND id IN `
)

// execFor runs one of them.
func execFor(tx *gate.Tx, all []delivery, statement string, args ...any) error {
	for some := range slices.Chunk(all, deliveriesAtOnce) {
		of := slices.Clone(args)
		for _, d := range some {
			of = append(of, d.ID)
		}
		if _, err := tx.Exec(statement+db.In(len(args)+1, len(some)), of...); err != nil {
			return fmt.Errorf("noting what became of %d messages of %s: %w", len(all), some[0].telling, err)
		}
	}
	return nil
}

// deliveriesAtOnce is how many messages one statement is about: engines bound its arguments.
const deliveriesAtOnce = 500

// sent notes that the messages were taken; the telling is left alone until next (zero = it is not).
func (t *row) sent(tx *gate.Tx, next time.Time, all ...delivery) error {
	if err := execFor(tx, all, markSent, tx.Now().UnixMicro()); err != nil {
		return err
	}
	if t.Failures == 0 && next.IsZero() {
		return nil
	}
	if _, err := tx.Exec(succeeded, t.ID, max(next.UnixMicro(), 0)); err != nil {
		return fmt.Errorf("noting that %s was told: %w", t.ID, err)
	}
	return nil
}

// failed notes a try that failed, and gives up what is too old or refused for good.
func (t *row) failed(tx *gate.Tx, reason string, final bool, all ...delivery) error {
	now := tx.Now()
	err := execFor(tx, all, markTried, reason)
	if err == nil && final {
		err = execFor(tx, all, markGivenUp, now.UnixMicro(), maxRefused)
	}
	if err == nil {
		_, err = tx.Exec(giveUpOld, t.ID, now.Add(-patience).UnixMicro(), now.UnixMicro(), reason)
	}
	if err == nil {
		_, err = tx.Exec(failed, t.ID, t.Failures+1, reason, now.Add(backoff(t.Failures+1)).UnixMicro())
	}
	if err != nil {
		return fmt.Errorf("noting that %s was not told: %w", t.ID, err)
	}
	return nil
}

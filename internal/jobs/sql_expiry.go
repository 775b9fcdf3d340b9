package jobs

import "github.com/remit-server/remit/internal/db"

func scanExpiry(s db.Scanner, e *expiry) error {
	return s.Scan(&e.job, db.Time(&e.keepUntil), db.Time(&e.expired))
}

const selectExpiry = `SELECT job_id, keep_until, expired_at FROM job_expiry WHERE job_id = $1`

// selectExpiries is completed by the ids.
const selectExpiries = `SELECT job_id, keep_until, expired_at FROM job_expiry WHERE job_id IN `

const upsertExpired = `INSERT INTO job_expiry (job_id, expired_at) VALUES ($1, $2) ON CONFLICT (job_id) DO UPDATE SET expired_at = excluded.expired_at`

const upsertKept = `INSERT INTO job_expiry (job_id, keep_until) VALUES ($1, $2) ON CONFLICT (job_id) DO UPDATE SET keep_until = excluded.keep_until`

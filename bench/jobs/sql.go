package jobs

// insertCopies is completed by a table, its columns, their values, the table
// once more and its key.
const insertCopies = `INSERT INTO %s (%s)
	WITH RECURSIVE n (n) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT n + 1 FROM n WHERE n < CAST($2 AS BIGINT))
	SELECT %s FROM %s AS t, n WHERE t.%s = $3`

const (
	selectLastJob   = `SELECT COALESCE(MAX(id), '') FROM jobs`
	selectLastEntry = `SELECT COALESCE(MAX(id), '') FROM audit_entries`
	countSucceeded  = `SELECT COUNT(*) FROM jobs WHERE id > $1 AND state = 'succeeded'`
	countEntries    = `SELECT COUNT(*) FROM audit_entries WHERE id > $1 AND operation = $2 AND allowed`
	countTold       = `SELECT COUNT(DISTINCT thing) FROM audit_entries WHERE id > $1 AND operation = $2 AND allowed`
	deleteAttempts  = `DELETE FROM attempts WHERE job_id > $1`
	deleteJobs      = `DELETE FROM jobs WHERE id > $1`
	deleteIn        = `DELETE FROM jobs WHERE state = $1`
	truncateJobs    = `TRUNCATE jobs CASCADE`
)

package projects

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const (
	insertRequestRow = `INSERT INTO access_requests (id, project_id, user_id, role, permission, collection_id, reason, live_until, state, expires_at, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	expireRequests    = `UPDATE access_requests SET state = 'expired' WHERE user_id = $1 AND state = 'open' AND expires_at <= $2`
	countOpenRequests = `SELECT COUNT(*) FROM access_requests WHERE user_id = $1 AND state = 'open'`
	settleRequest     = `UPDATE access_requests SET state = $2, decided_by = $3, decided_at = $4, answer = $5, given_until = $6 WHERE id = $1 AND state = 'open'`

	// lockAsker lets nobody else count what a person asks for until the transaction ends.
	lockAsker = `UPDATE users SET updated_at = updated_at WHERE id = $1`

	// nowState is what a request is at $1 (R17).
	nowState = `CASE WHEN q.state = 'open' AND q.expires_at <= $1 THEN 'expired' ELSE q.state END`

	requestColumns = `SELECT q.id, q.project_id, p.slug, q.user_id, q.role, q.permission, q.collection_id, q.reason, q.live_until, ` + nowState + `,
	q.expires_at, q.created_at, q.decided_by, q.decided_at, q.answer, q.given_until
	FROM access_requests q JOIN projects p ON p.id = q.project_id WHERE p.deleted_at IS NULL AND `
	selectRequest = requestColumns + `q.id = $2`
)

func insertRequest(tx *gate.Tx, q requestRow) error {
	_, err := tx.Exec(insertRequestRow, string(q.ID), string(q.project), string(q.user), q.Role, q.Permission, string(q.Collection), q.Reason,
		db.MicrosPtr(q.Until), string(q.State), db.Micros(q.ExpiresAt), db.Micros(q.CreatedAt))
	if db.IsUnique(err) {
		return remit.Errorf(remit.Conflict, "You have asked for %s in %s already", q.what(), q.Project).WithCode("already_asked").
			WithHint("See `remit access requests`.")
	}
	return err
}

func scanRequest(s db.Scanner, q *requestRow) error {
	return s.Scan(&q.ID, &q.project, &q.Project, &q.user, &q.Role, &q.Permission, &q.Collection, &q.Reason, db.TimePtr(&q.Until), &q.State,
		db.Time(&q.ExpiresAt), db.Time(&q.CreatedAt), &q.decidedBy, db.TimePtr(&q.DecidedAt), &q.Answer, db.TimePtr(&q.GivenUntil))
}

// shownRequests is the condition of the requests that the asker may know of:
// $1 is now and $2 who asks; its own arguments are numbered from first.
func shownRequests(r *gate.Reader, first int) (condition string, args []any, err error) {
	in := gate.Columns{Project: "q.project_id"}
	mine, args := gate.Where(r.Scope("request.list"), in, first)
	decided, more := gate.Where(r.Scope("request.review"), in, first+len(args))
	args = append(args, more...)
	assigned, more, err := assignedRequests(r, first+len(args))
	return `((q.user_id = $2 AND ` + mine + `) OR (q.user_id <> $2 AND ` + nowState + ` <> 'expired' AND (` + decided + assigned + `)))`, append(args, more...), err
}

// assignedRequests is the condition of requests that the asker decides on as
// registrar alone, to follow another one.
func assignedRequests(r *gate.Reader, first int) (or string, args []any, err error) {
	in, err := registrarIn(r)
	for _, role := range slices.Sorted(maps.Keys(in)) {
		or += fmt.Sprintf(` OR q.role = $%d AND q.project_id IN `, first+len(args)) + db.In(first+len(args)+1, len(in[role]))
		args = append(args, role)
		for _, project := range in[role] {
			args = append(args, project)
		}
	}
	return or, args, err
}

// askedRoles are the projects with requests for one of n roles, and the role.
func askedRoles(n int) string {
	return `SELECT DISTINCT q.project_id, q.role FROM access_requests q JOIN projects p ON p.id = q.project_id
	WHERE p.deleted_at IS NULL AND q.role IN ` + db.In(1, n) + ` ORDER BY q.role, q.project_id`
}

// asker is the account that asks, "" for none.
func asker(r *gate.Reader) string {
	if r.Who().Kind != authz.Person {
		return ""
	}
	return r.Who().ID
}

func selectRequests(r *gate.Reader, f RequestFilter, project remit.ProjectID, after string, limit int) (query string, args []any, err error) {
	args = []any{r.Now().UnixMicro(), asker(r), after, limit}
	parts := []string{`q.id > $3`}
	add := func(format string, value string) {
		args = append(args, value)
		parts = append(parts, fmt.Sprintf(format, len(args)))
	}
	if f.Project != "" {
		add(`q.project_id = $%d`, string(project))
	}
	if f.State != "" {
		add(nowState+` = $%d`, string(f.State))
	}
	if f.Mine {
		parts = append(parts, `q.user_id = $2`)
	}
	shown, more, err := shownRequests(r, len(args)+1)
	return requestColumns + strings.Join(append(parts, shown), ` AND `) + ` ORDER BY q.id LIMIT $4`, append(args, more...), err
}

const (
	insertProjectNotice = `INSERT INTO notices (id, user_id, project_id, what, why, created_at) VALUES ($1, $2, $3, $4, $5, $6)`

	insertNotice  = `INSERT INTO notices (id, user_id, request_id, what, created_at) VALUES ($1, $2, $3, $4, $5)`
	readNoticesOf = `UPDATE notices SET read_at = $2 WHERE request_id = $1 AND read_at IS NULL`
)

// ofNotices are the asker's notices of requests that the asker may know of, and
// of projects where the asker gives access; nobody is asked about a request that
// was answered.
func ofNotices(r *gate.Reader, first int) (from string, args []any, err error) {
	shown, args, err := shownRequests(r, first)
	given, more := gate.Where(r.Scope("request.review"), gate.Columns{Project: "n.project_id"}, first+len(args))
	return ` FROM notices n LEFT JOIN access_requests q ON q.id = n.request_id JOIN projects p ON p.id = COALESCE(q.project_id, n.project_id)
	WHERE p.deleted_at IS NULL AND n.user_id = $2 AND (q.id IS NOT NULL AND (n.what <> 'asked' OR ` + nowState + ` = 'open') AND ` + shown + `
		OR q.id IS NULL AND ` + given + `)`, append(args, more...), err
}

func selectNotices(r *gate.Reader, unread bool, after string, limit int) (query string, args []any, err error) {
	from, more, err := ofNotices(r, 5)
	query = `SELECT n.id, COALESCE(n.request_id, ''), p.slug, n.what, n.why, n.created_at, n.read_at` + from + ` AND n.id > $3`
	if unread {
		query += ` AND n.read_at IS NULL`
	}
	return query + ` ORDER BY n.id LIMIT $4`, append([]any{r.Now().UnixMicro(), asker(r), after, limit}, more...), err
}

func countNotices(r *gate.Reader) (query string, args []any, err error) {
	from, more, err := ofNotices(r, 3)
	return `SELECT COUNT(*)` + from + ` AND n.read_at IS NULL`, append([]any{r.Now().UnixMicro(), asker(r)}, more...), err
}

func readNotices(r *gate.Reader, ids []remit.NoticeID) (query string, args []any, err error) {
	from, more, err := ofNotices(r, 3)
	args = append([]any{r.Now().UnixMicro(), asker(r)}, more...)
	query = `UPDATE notices SET read_at = $1 WHERE read_at IS NULL AND id IN (SELECT n.id` + from
	if len(ids) > 0 {
		query += ` AND n.id IN ` + db.In(len(args)+1, len(ids))
		for _, id := range ids {
			args = append(args, string(id))
		}
	}
	return query + `)`, args, err
}

func scanNotice(s db.Scanner, n *remit.Notice) error {
	return s.Scan(&n.ID, &n.Request, &n.Project, &n.What, &n.Why, db.Time(&n.CreatedAt), db.TimePtr(&n.ReadAt))
}

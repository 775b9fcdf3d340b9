package auditor

import (
	"fmt"
	"strings"

	"github.com/remit-server/remit/internal/audit"
)

// Conditions of a list; %s is the mark of their value.
const (
	whereActor     = `(actor = %[1]s OR actor_id = %[1]s)`
	whereOperation = `operation = %s`
	whereProject   = `project_id = %s`
	whereThing     = `thing = %s`
	whereRequest   = `request = %s`
	whereFrom      = `at >= %s`
	whereUntil     = `at < %s`
	whereAllowed   = `allowed = %s`
	whereBefore    = `id < %s`
	whereAfter     = `id > %s`
	whereIDFrom    = `id >= %s` // ids order by time, and are indexed
)

const (
	newestFirst = `ORDER BY id DESC`
	oldestFirst = `ORDER BY id`
)

// conditions collects what a list asks for.
type conditions struct {
	texts []string
	args  []any
}

func (c *conditions) add(condition string, value any) {
	c.args = append(c.args, value)
	c.texts = append(c.texts, fmt.Sprintf(condition, fmt.Sprintf("$%d", len(c.args))))
}

// query takes the limit as its last argument.
func (c *conditions) query(order string) string {
	return fmt.Sprintf(`SELECT %s FROM audit_entries WHERE %s %s LIMIT $%d`, audit.Columns, strings.Join(c.texts, " AND "), order, len(c.args)+1)
}

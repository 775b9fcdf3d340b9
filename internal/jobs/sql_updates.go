package jobs

import (
	"fmt"
	"strings"
	"sync"

	"github.com/remit-server/remit/internal/db"
)

// updates are UPDATEs of several rows in one statement: each row says which one
// it is of and what that becomes. Both engines call the columns of VALUES
// column1, column2 and so on, and want to know of what type they are.
type updates struct {
	table      string
	where, set string // the columns in order, each with its type
	only       string // another condition; "" = none
	texts      sync.Map
}

// of is the statement for so many rows.
func (u *updates) of(rows int) string {
	if text, known := u.texts.Load(rows); known {
		return text.(string)
	}
	text, _ := u.texts.LoadOrStore(rows, u.text(rows))
	return text.(string)
}

func (u *updates) text(rows int) string {
	where, set := strings.Split(u.where, ","), strings.Split(u.set, ",")
	var is, becomes, casts []string
	for i, column := range append(where, set...) {
		name, kind, _ := strings.Cut(strings.TrimSpace(column), " ")
		value := fmt.Sprintf("to_be.column%d", i+1)
		casts = append(casts, fmt.Sprintf("CAST($%d AS %s)", i+1, kind))
		if i < len(where) {
			is = append(is, u.table+"."+name+" = "+value)
		} else {
			becomes = append(becomes, name+" = "+value)
		}
	}
	if u.only != "" {
		is = append(is, u.table+"."+u.only)
	}
	values := "(" + strings.Join(casts, ", ") + ")"
	for i := 1; i < rows; i++ {
		values += ", " + db.In(i*len(casts)+1, len(casts))
	}
	return "UPDATE " + u.table + " SET " + strings.Join(becomes, ", ") + " FROM (VALUES " + values + ") AS to_be WHERE " + strings.Join(is, " AND ")
}

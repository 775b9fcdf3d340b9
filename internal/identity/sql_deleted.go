package identity

import "github.com/remit-server/remit/internal/db"

const selectIsDeleted = `SELECT deleted_at IS NOT NULL FROM users WHERE id = $1`

func selectDeletedAmong(n int) string {
	return `SELECT id FROM users WHERE deleted_at IS NOT NULL AND id IN ` + db.In(1, n)
}

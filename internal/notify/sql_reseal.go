package notify

import "github.com/remit-server/remit/internal/db"

const selectHooks = `SELECT id, url, secret FROM tellings WHERE kind = 'webhook' ORDER BY id`

func scanHook(s db.Scanner, t *row) error { return s.Scan(&t.ID, &t.URL, &t.Secret) }

// resealHook leaves a webhook alone that was changed meanwhile.
const resealHook = `UPDATE tellings SET url = $4, secret = $5 WHERE id = $1 AND url = $2 AND secret = $3`

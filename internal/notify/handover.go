package notify

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// HandOver ends the notifications of an account that is deleted, and gives its
// webhooks to another. They are paused: nobody's rights are used by what they
// did not set up.
func HandOver(tx *gate.Tx, from, to remit.UserID) (string, error) {
	if _, err := tx.Exec(deleteWaitingOf, from); err != nil {
		return "", err
	}
	if _, err := tx.Exec(deleteUnsortedOf, from); err != nil {
		return "", err
	}
	letters, err := tx.Exec(deleteLetters, from)
	if err != nil {
		return "", err
	}
	hooks, err := tx.Exec(handOver, from, to)
	if err != nil || letters+hooks == 0 {
		return "", err
	}
	tx.Changed(gate.Listening)
	if hooks == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d webhooks, which are paused", hooks), nil
}

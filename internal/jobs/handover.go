package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// HandOver gives all jobs of an account to another, and says how many. Their
// runner stays: one that cannot act any more has its jobs held (R26), until
// somebody asks to run them. A live job whose name the other has in use loses
// its name.
func HandOver(tx *gate.Tx, from, to remit.UserID) (string, error) {
	if _, err := tx.Exec(unnameTaken, from, to); err != nil {
		return "", err
	}
	n, err := tx.Exec(handOver, from, to)
	if err != nil || n == 0 {
		return "", err
	}
	return fmt.Sprintf("%d jobs", n), nil
}

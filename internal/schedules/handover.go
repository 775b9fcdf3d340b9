package schedules

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// HandOver gives all schedules of an account to another, and says how many.
// They are paused: nobody's rights are used by what they did not set up.
func HandOver(tx *gate.Tx, from, to remit.UserID) (string, error) {
	n, err := tx.Exec(handOver, from, to)
	if err != nil || n == 0 {
		return "", err
	}
	return fmt.Sprintf("%d schedules, which are paused", n), nil
}

// Owned tells where an account owns schedules, by project and collection.
func Owned(r db.Reader, of remit.UserID) ([]identity.Owned, error) {
	all, err := db.Rows(r, scanOwned, selectOwned, of)
	if err != nil {
		return nil, fmt.Errorf("reading where an account owns schedules: %w", err)
	}
	return all, nil
}

func scanOwned(s db.Scanner, o *identity.Owned) error {
	o.Kind = "schedule"
	return s.Scan(&o.On.Project, &o.On.Collection)
}

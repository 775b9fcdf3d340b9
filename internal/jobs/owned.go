package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
)

// Owned tells where an account owns jobs, by project, collection and run right.
func Owned(r db.Reader, of remit.UserID) ([]identity.Owned, error) {
	all, err := db.Rows(r, scanOwned, selectOwned, of)
	if err != nil {
		return nil, fmt.Errorf("reading where an account owns jobs: %w", err)
	}
	return all, nil
}

func scanOwned(s db.Scanner, o *identity.Owned) error {
	var key string
	var on remit.On
	o.Kind = "job"
	err := s.Scan(&o.On.Project, &o.On.Collection, &key, &on.File)
	o.On.Run = remit.RunRight(key, on)
	return err
}

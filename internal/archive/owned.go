package archive

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
)

// Owned tells where an account owns collections and files: each collection once
// for both.
func Owned(r db.Reader, of remit.UserID) (all []identity.Owned, err error) {
	for kind, query := range map[string]string{"collection": selectOwnedCollections, "file": selectOwnedFiles} {
		places, err := db.Rows(r, scanPlace, query, of)
		if err != nil {
			return nil, fmt.Errorf("reading what an account owns: %w", err)
		}
		for _, on := range places {
			all = append(all, identity.Owned{Kind: kind, On: on})
		}
	}
	return all, nil
}

func scanPlace(s db.Scanner, on *authz.Resource) error {
	var visible string
	err := s.Scan(&on.Project, &on.Collection, &visible)
	on.Visibility = visibility(visible)
	return err
}

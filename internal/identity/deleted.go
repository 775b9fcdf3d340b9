package identity

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// Living is IDOf of an account that can be given something, disabled ones
// included: what is given waits for them. A deleted one is a remit.Conflict.
func Living(r db.Reader, name string) (remit.UserID, error) {
	id, err := IDOf(r, name)
	if err != nil {
		return "", err
	}
	gone, err := db.One(r, db.Value[bool], selectIsDeleted, string(id))
	if err != nil {
		return "", fmt.Errorf("asking whether account %s is deleted: %w", name, err)
	}
	if gone {
		return "", remit.Errorf(remit.Conflict, "The account %s is deleted; nothing is given to it", name).WithCode("deleted").WithField("user").
			WithHint("Name another account.")
	}
	return id, nil
}

// DeletedAmong are those of the accounts that are deleted.
func DeletedAmong(r db.Reader, ids []remit.UserID) (map[remit.UserID]bool, error) {
	gone := map[remit.UserID]bool{}
	asked := slices.Compact(slices.Sorted(slices.Values(ids)))
	for some := range slices.Chunk(asked, remit.MaxLimit) {
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = string(id)
		}
		found, err := db.Rows(r, db.Value[remit.UserID], selectDeletedAmong(len(args)), args...)
		if err != nil {
			return nil, fmt.Errorf("asking which accounts are deleted: %w", err)
		}
		for _, id := range found {
			gone[id] = true
		}
	}
	return gone, nil
}

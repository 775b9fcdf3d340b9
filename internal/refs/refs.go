// Package refs knows which blobs something refers to, and removes the others.
//
// Its one invariant: what a committed row refers to is in the store. The bytes
// come before the row and same content is one blob, so both sides lock the blob
// by its row in the table blobs, on any server: whoever adds a reference does so
// in a transaction that has the lock and then sees the bytes; whoever removes
// the bytes does so inside a transaction that has the lock and then sees no
// reference. A crash between the two leaves a blob without reference, which the
// next sweep removes.
//
//	ref, err := store.Put(ctx, bytes)
//	err = refs.Add(tx, store, ref.SHA256) // then insert the row that names it
//	left, err := refs.Unreferred(r, hashes)
//	removed, err := refs.Remove(tx, store, left[0])
package refs

import (
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Settled is how long nobody put a blob that is looked at for removal. It is no
// part of the invariant: it keeps those who have just put bytes from having to
// do so again.
const Settled = time.Hour

// Add begins a reference to a blob in the transaction that stores it. When the
// bytes were removed since they were put it is remit.Unavailable with the code
// "bytes_gone": put them again.
func Add(tx *gate.Tx, store *blob.Store, sha string) error {
	if err := lock(tx, sha); err != nil {
		return err
	}
	there, err := store.Has(sha)
	if err == nil && !there {
		err = remit.Errorf(remit.Unavailable, "The bytes were removed while they were being stored").WithCode("bytes_gone").WithHint("Send them again.")
	}
	return err
}

// Remove deletes a blob, unless something refers to it.
func Remove(tx *gate.Tx, store *blob.Store, sha string) (removed bool, err error) {
	if err := lock(tx, sha); err != nil {
		return false, err
	}
	left, err := Unreferred(tx, []string{sha}) // as of now: whoever had the lock has committed
	if err != nil || len(left) == 0 {
		return false, err
	}
	// Before the commit: whoever waits for the lock must see that they are gone.
	if err := store.Delete(sha); err != nil {
		return false, err
	}
	if _, err := tx.Exec(forget, sha); err != nil {
		return false, fmt.Errorf("forgetting blob %s: %w", sha, err)
	}
	return true, nil
}

func lock(tx *gate.Tx, sha string) error {
	if _, err := tx.Exec(touch, sha, tx.Now().UnixMicro()); err != nil {
		return fmt.Errorf("locking blob %s: %w", sha, err)
	}
	return nil
}

// Unreferred are those of the hashes that nothing refers to, in their order.
func Unreferred(r db.Reader, hashes []string) ([]string, error) {
	if len(hashes) == 0 {
		return nil, nil
	}
	query, args := selectReferred(hashes)
	found, err := db.Rows(r, db.Value[string], query, args...)
	if err != nil {
		return nil, fmt.Errorf("looking for references to blobs: %w", err)
	}
	referred := make(map[string]bool, len(found))
	for _, sha := range found {
		referred[sha] = true
	}
	var left []string
	for _, sha := range hashes {
		if !referred[sha] {
			left = append(left, sha)
		}
	}
	return left, nil
}

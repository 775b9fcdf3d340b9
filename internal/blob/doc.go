// Package blob keeps bytes under their SHA-256: artifacts and archives, in
// files of one directory.
//
// Its invariant: a file with the name of a hash has that content, whole and on
// disk. It is written elsewhere, synced, and only then gets its name. Same
// content is one file, however often it is put.
//
//	store, err := blob.Open("/var/lib/remit/blobs")
//	ref, err := store.Put(ctx, r)             // {"9f86d0…", 4}
//	f, size, err := store.Open(ref.SHA256)    // remit.NotFound when absent
//	defer f.Close()
//	err = store.Delete(ref.SHA256)
//
// Who refers to which blob is the database's to know: put the blob first and
// the row that names it second; delete the row first and the blob second, with
// the lock that package refs keeps on both.
package blob

package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Folders is into how many parts a store is divided; see Settled.
const Folders = 256

// Settled lists the blobs of one part of the store, 0 to Folders-1, that nobody
// has put for at least age, by the clock of the file system. Putting a blob
// that is there makes it young again.
func (s *Store) Settled(part int, age time.Duration) ([]Ref, error) {
	now, err := s.fileTime()
	if err != nil {
		return nil, broken("list", err)
	}
	files, err := fs.ReadDir(s.root.FS(), fmt.Sprintf("%02x", part))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, broken("list", err)
	}
	var old []Ref
	for _, f := range files {
		info, err := f.Info()
		if err != nil || checkHash(f.Name()) != nil || now.ModTime().Sub(info.ModTime()) < age {
			continue // gone meanwhile, not ours, or young
		}
		old = append(old, Ref{f.Name(), info.Size()})
	}
	return old, nil
}

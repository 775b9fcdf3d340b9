package archive

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Name is what a thing is called where jobs are listed.
type Name struct {
	Text    string // a collection's name, or that of a file's collection and its path
	Preview bool   // there is a picture of the file
}

// named is a thing with its name.
type named struct {
	on remit.On
	Name
}

// Names are the names of what jobs are on, of those things that the asker may
// see: one query for the files and one for the collections.
func (s *Service) Names(ctx context.Context, who authz.Subject, things []remit.On) (map[remit.On]Name, error) {
	return gate.View(ctx, s.gate, who, gate.Query[map[remit.On]Name]{
		Name: "file.list",
		Read: func(r *gate.Reader) (map[remit.On]Name, error) {
			files, collections := idsOf(things)
			found, err := visibleFileNames(r, files)
			if err != nil {
				return nil, fmt.Errorf("reading the names of files: %w", err)
			}
			more, err := visibleNames(r, collections)
			if err != nil {
				return nil, fmt.Errorf("reading the names of collections: %w", err)
			}
			names := make(map[remit.On]Name, len(found)+len(more))
			for _, n := range append(found, more...) {
				names[n.on] = n.Name
			}
			return names, nil
		},
	})
}

// idsOf parts things by their kind, without repetitions.
func idsOf(things []remit.On) (files, collections []any) {
	seen := map[remit.On]bool{{}: true}
	for _, on := range things {
		if seen[on] {
			continue
		}
		seen[on] = true
		if on.File != "" {
			files = append(files, on.File)
		} else {
			collections = append(collections, on.Collection)
		}
	}
	return files, collections
}

package jobs

import (
	"context"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/refs"
)

// CleanBlobs removes the blobs of this server that nothing refers to and that
// nobody has put for a while. Only a job of the project of the site does: what
// it frees depends on the contents of all projects, so that in any other it does
// nothing. Otherwise as CleanArtifacts; Items are blobs.
func (s *Service) CleanBlobs(ctx context.Context, c Cleaning, told func(part int, freed Cleaned)) (freed Cleaned, err error) {
	for part := range blob.Folders {
		old, err := s.opts.Blobs.Settled(part, refs.Settled)
		if err != nil {
			return freed, err
		}
		if done, err := s.cleanPart(ctx, c, old, &freed); err != nil || done {
			return freed, err
		}
		told(part+1, freed)
	}
	return freed, nil
}

// refersAtOnce is how many hashes are asked about together.
const refersAtOnce = 500

// cleanPart removes those of the blobs that nothing refers to. notHere: it is no
// job of the site.
func (s *Service) cleanPart(ctx context.Context, c Cleaning, old []blob.Ref, freed *Cleaned) (notHere bool, err error) {
	sizes := map[string]int64{}
	for _, ref := range old {
		sizes[ref.SHA256] = ref.Size
	}
	for {
		batch := old[:min(len(old), refersAtOnce)]
		left, here, err := s.unreferred(ctx, c, batch)
		if err != nil || !here {
			return !here, err
		}
		for _, sha := range left {
			if removed, err := s.cleanBlob(ctx, c, sha); err != nil {
				return false, err
			} else if removed {
				freed.add(Cleaned{Items: 1, Bytes: sizes[sha]})
			}
		}
		if old = old[len(batch):]; len(old) == 0 {
			return false, nil
		}
	}
}

// unreferred is also asked about nothing: that the lease holds, and is the site's.
func (s *Service) unreferred(ctx context.Context, c Cleaning, batch []blob.Ref) (left []string, here bool, err error) {
	hashes := make([]string, len(batch))
	for i, ref := range batch {
		hashes[i] = ref.SHA256
	}
	_, err = gate.View(ctx, s.gate, c.Who, gate.Query[struct{}]{
		Name: "job.clean",
		On:   func(r *gate.Reader) (authz.Resource, error) { return s.onSite(c, r, r, &here) },
		Read: func(r *gate.Reader) (_ struct{}, err error) {
			if here {
				left, err = refs.Unreferred(r, hashes)
			}
			return struct{}{}, err
		},
	})
	return left, here, err
}

// onSite locates the cleanup, and notes whether it is one of the whole site.
func (s *Service) onSite(c Cleaning, through db.Reader, r *gate.Reader, here *bool) (authz.Resource, error) {
	by, on, err := s.cleanedBy(through, r, c)
	if err != nil {
		return on, err
	}
	in, err := cleans(r, &by)
	*here = in == ""
	return on, err
}

func (s *Service) cleanBlob(ctx context.Context, c Cleaning, sha string) (bool, error) {
	if c.DryRun {
		return true, nil
	}
	var here bool
	return gate.Do(ctx, s.gate, c.Who, gate.Op[bool]{
		Name: "job.clean",
		On:   func(tx *gate.Tx) (authz.Resource, error) { return s.onSite(c, tx, &tx.Reader, &here) },
		Apply: func(tx *gate.Tx) (bool, error) {
			if !here {
				return false, nil
			}
			return refs.Remove(tx, s.opts.Blobs, sha)
		},
	})
}

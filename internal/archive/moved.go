package archive

import (
	"context"
	"fmt"
	"path"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// suspect is a new path whose bytes are those of a known file that is not at
// its old path. What became of it is only known when the whole root is: it may
// have several copies. So this much is remembered of each, and no more.
type suspect struct {
	in             collection
	path           string
	size, modified int64
	sha256         string
}

// content is what two equal files share.
type content struct {
	sha256 string
	size   int64
}

func (s suspect) content() content { return content{s.sha256, s.size} }

func (s suspect) at() string { return path.Join(s.in.name, s.path) }

// located is a row with its place below the root.
type located struct {
	id               remit.FileID
	collection, path string
	content          content
	modified         int64
}

func (l located) at() string { return path.Join(l.collection, l.path) }

// holdSuspects takes what looks moved out of the pending files. Empty files
// are all alike, so they never look moved.
func (in *ingest) holdSuspects(ctx context.Context) error {
	var fresh []content
	for _, f := range in.pending {
		if f.mayBeMoved() {
			fresh = append(fresh, content{f.sha256, f.size})
		}
	}
	gone, err := in.goneWith(ctx, fresh)
	if err != nil || len(gone) == 0 {
		return err
	}
	kept := in.pending[:0]
	for _, f := range in.pending {
		if f.mayBeMoved() && len(gone[content{f.sha256, f.size}]) > 0 {
			in.suspects = append(in.suspects, suspect{in.collection, f.path, f.size, f.modified, f.sha256})
			continue
		}
		kept = append(kept, f)
	}
	in.pending = kept
	return nil
}

func (f found) mayBeMoved() bool { return !f.isKnown && !f.unreadable && f.size > 0 }

// goneWith are the known files with these contents that are not at their path any more.
func (in *ingest) goneWith(ctx context.Context, contents []content) (map[content][]located, error) {
	if len(contents) == 0 {
		return nil, nil
	}
	rows, err := do(ctx, in.scan, func(tx *gate.Tx) ([]located, error) { return filesWith(tx, in.row.ID, contents) })
	if err != nil {
		return nil, fmt.Errorf("looking for moved files: %w", err)
	}
	gone, w := map[content][]located{}, in.walker()
	for _, row := range rows {
		if is, err := w.gone(row.at()); err == nil && is {
			gone[row.content] = append(gone[row.content], row)
		}
	}
	return gone, nil
}

// moves decides about the suspects: one gone file and one new path with the
// same bytes are a move; anything else is ambiguous, and then the new paths
// are new files.
func (in *ingest) moves(ctx context.Context) error {
	byContent := map[content][]suspect{}
	var order []content
	for _, s := range in.suspects {
		c := s.content()
		if byContent[c] == nil {
			order = append(order, c)
		}
		byContent[c] = append(byContent[c], s)
	}
	in.suspects = nil
	for len(order) > 0 {
		n := min(len(order), batchFiles)
		if err := in.decide(ctx, order[:n], byContent); err != nil {
			return err
		}
		order = order[n:]
	}
	return nil
}

func (in *ingest) decide(ctx context.Context, contents []content, suspects map[content][]suspect) error {
	gone, err := in.goneWith(ctx, contents)
	if err != nil {
		return err
	}
	var moved []move
	for _, c := range contents {
		if len(suspects[c]) == 1 && len(gone[c]) == 1 {
			moved = append(moved, move{gone[c][0], suspects[c][0]})
		}
	}
	if err := in.writeMoves(ctx, moved); err != nil {
		return err
	}
	for _, c := range contents {
		if len(suspects[c]) == 1 && len(gone[c]) == 1 {
			continue
		}
		if err := in.ambiguous(ctx, gone[c], suspects[c]); err != nil {
			return err
		}
	}
	return nil
}

// move is a known file found at another path.
type move struct {
	from located
	to   suspect
}

func (in *ingest) writeMoves(ctx context.Context, moved []move) error {
	if len(moved) == 0 {
		return nil
	}
	_, err := do(ctx, in.scan, func(tx *gate.Tx) (struct{}, error) {
		for _, m := range moved {
			if err := updatePlace(tx, m); err != nil {
				return struct{}{}, fmt.Errorf("recording the move of %s: %w", m.from.at(), err)
			}
			detail := fmt.Sprintf("moved from %s to %s", m.from.at(), m.to.at())
			if err := tx.Record("collection.ingest", in.project, string(m.from.id), detail); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	for _, m := range moved {
		in.logf("moved: %s → %s", m.from.at(), m.to.at())
	}
	in.report.Moved += len(moved)
	return nil
}

// ambiguous reports equal bytes at several paths and takes them in as new files.
func (in *ingest) ambiguous(ctx context.Context, gone []located, suspects []suspect) error {
	var work []task
	for _, s := range suspects {
		if len(gone) > 0 {
			in.problem("%s: it may be %s under another name; as it is not the only possibility, it is taken as a new file", s.at(), either(gone))
		}
		in.collection = s.in
		work = append(work[:0], task{entry: entry{s.path, s.size, s.modified}, at: s.at()})
		results, err := in.read(ctx, work)
		if err != nil {
			return err
		}
		in.gather(results[0])
		if err := in.write(ctx); err != nil {
			return err
		}
	}
	return nil
}

// either names some files.
func either(files []located) string {
	text := files[0].at()
	for i, f := range files[1:] {
		if i == 2 {
			return text + " or others"
		}
		text += " or " + f.at()
	}
	return text
}

package archive

import (
	"context"
	"fmt"
	"os"
	"path"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/refs"
)

// How much is gathered before it is written, whichever comes first. Between
// two writes a scan holds no more than this, however many files there are.
const (
	batchFiles = 100
	batchBytes = 8 << 20 // of headers
	batchEvery = 2 * time.Second
)

// ingest is the scan of one root.
type ingest struct {
	*scan
	row     rootRow
	root    *os.Root
	buffers buffers

	collection collection // the one being walked
	pending    []found    // read, not yet written
	held       int        // bytes of their headers
	suspects   []suspect  // new paths that look like moved files
	seen       int        // files found on disk
	tick       *time.Ticker
}

// collection is a collection as far as a scan needs it.
type collection struct {
	id   remit.CollectionID
	name string
}

// known is a file as the last scan left it.
type known struct {
	id             remit.FileID
	path           string
	size, modified int64
	sha256         string
	state, problem string
}

// run walks the root, then looks for what moved, then for what vanished: in
// this order, so that a moved file is never missing in between.
func (in *ingest) run(ctx context.Context) error {
	in.tick = time.NewTicker(batchEvery)
	defer in.tick.Stop()
	collections, err := in.collections(ctx)
	if err != nil {
		return err
	}
	for _, c := range collections {
		if err := in.walk(ctx, c); err != nil {
			return err
		}
	}
	if err := in.refuseEmpty(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{in.moves, in.vanished, in.finish} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (in *ingest) walker() walker {
	return walker{root: in.root, refuse: func(at string, why error) { in.problem("%s: %s", at, reason(why)) }}
}

// walk takes in one collection.
func (in *ingest) walk(ctx context.Context, c collection) error {
	in.collection = c
	in.report.Collections++
	before := in.report
	err := in.walker().files(c.name, "", 1, func(entries []entry) error {
		in.seen += len(entries)
		return in.take(ctx, entries)
	})
	if err == nil {
		err = in.flush(ctx)
	}
	r := in.report
	in.logf("%s: %d added, %d changed, %d returned, %d unreadable, %d unchanged", c.name, r.Added-before.Added,
		r.Changed-before.Changed, r.Returned-before.Returned, r.Unreadable-before.Unreadable, r.Unchanged-before.Unchanged)
	return err
}

// take reads those entries whose size or time is not the known one.
func (in *ingest) take(ctx context.Context, entries []entry) error {
	before, err := do(ctx, in.scan, func(tx *gate.Tx) (map[string]known, error) { return knownFiles(tx, in.collection.id, entries) })
	if err != nil {
		return fmt.Errorf("looking up the files of %s: %w", in.collection.name, err)
	}
	var work []task
	for _, e := range entries {
		k, ok := before[e.path]
		if ok && k.state == remit.FilePresent && k.size == e.size && k.modified == e.modified {
			in.report.Unchanged++
			continue
		}
		work = append(work, task{entry: e, known: k, isKnown: ok, at: path.Join(in.collection.name, e.path)})
	}
	in.progress(len(entries)-len(work), in.collection.name)
	return in.readAll(ctx, work)
}

// readAll reads files, some at once, and writes when enough have come together.
func (in *ingest) readAll(ctx context.Context, work []task) error {
	for len(work) > 0 {
		n := min(len(work), len(in.buffers))
		results, err := in.read(ctx, work[:n])
		if err != nil {
			return err
		}
		for _, f := range results {
			in.gather(f)
		}
		in.progress(n, work[n-1].at)
		work = work[n:]
		if err := in.flushWhenDue(ctx); err != nil {
			return err
		}
	}
	return nil
}

// gather keeps what is worth writing.
func (in *ingest) gather(f found) {
	if f.skip != "" {
		in.problem("%s: %s", f.at, f.skip)
		return
	}
	if f.problem != "" {
		in.problem("%s: %s", f.at, f.problem)
	}
	in.pending = append(in.pending, f)
	in.held += len(f.metadata) + len(f.header)
}

func (in *ingest) flushWhenDue(ctx context.Context) error {
	select {
	case <-in.tick.C:
		return in.flush(ctx)
	default:
	}
	if len(in.pending) >= batchFiles || in.held >= batchBytes {
		return in.flush(ctx)
	}
	return nil
}

// flush writes what was gathered, but for new paths that look like moved
// files: those wait until the whole root is known.
func (in *ingest) flush(ctx context.Context) error {
	if err := in.holdSuspects(ctx); err != nil {
		return err
	}
	return in.write(ctx)
}

func (in *ingest) write(ctx context.Context) error {
	if len(in.pending) == 0 {
		return nil
	}
	counted, err := do(ctx, in.scan, func(tx *gate.Tx) (ScanReport, error) {
		var c ScanReport
		for _, f := range in.pending {
			if err := in.writeOne(tx, f, &c); err != nil {
				return c, fmt.Errorf("recording %s: %w", f.at, err)
			}
		}
		return c, touchCollection(tx, in.collection.id)
	})
	if err != nil {
		return err
	}
	in.pending, in.held = in.pending[:0], 0
	in.report.Added += counted.Added
	in.report.Changed += counted.Changed
	in.report.Returned += counted.Returned
	in.report.Unreadable += counted.Unreadable
	in.report.Unchanged += counted.Unchanged
	return nil
}

// writeOne records one file and counts it in c.
func (in *ingest) writeOne(tx *gate.Tx, f found, c *ScanReport) error {
	if f.picture != "" {
		if err := refs.Add(tx, in.service.opts.Previews, f.picture); err != nil {
			return err
		}
		if err := insertPreview(tx, f.sha256, f.picture); err != nil {
			return err
		}
	}
	if !f.isKnown {
		if f.unreadable {
			c.Unreadable++
		} else {
			c.Added++
		}
		return insertFile(tx, in.row, in.collection.id, f)
	}
	switch {
	case f.unreadable:
		c.Unreadable++
		if f.known.state == remit.FileUnreadable && f.known.problem == f.problem {
			return nil
		}
		return markUnreadable(tx, f.known.id, f.problem)
	case f.kept && f.known.state == remit.FilePresent:
		c.Unchanged++ // touched, no more
	case f.kept, f.known.state == remit.FileUnreadable:
		c.Returned++
	default:
		c.Changed++
		detail := fmt.Sprintf("%s: bytes changed, SHA-256 was %s", f.at, f.known.sha256)
		if err := tx.Record("collection.ingest", in.project, string(f.known.id), detail); err != nil {
			return err
		}
	}
	return updateFile(tx, f)
}

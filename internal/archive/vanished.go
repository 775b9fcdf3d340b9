package archive

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// refuseEmpty stops before anything is marked as missing when the root holds
// no file and did: its disk is not mounted, most likely.
func (in *ingest) refuseEmpty(ctx context.Context) error {
	if in.seen > 0 {
		return nil
	}
	had, err := do(ctx, in.scan, func(tx *gate.Tx) (bool, error) { return hasFiles(tx, in.row.ID) })
	if err != nil {
		return fmt.Errorf("counting the files of %s: %w", in.row.Path, err)
	}
	if !had {
		return nil
	}
	return in.empty("holds no file any more")
}

func (in *ingest) empty(how string) error {
	return fmt.Errorf("%w: %w", errRoot, remit.Errorf(remit.Unavailable, "The data root %s %s", in.row.Path, how).
		WithCode("root_empty").WithHint("See that its disk is mounted; nothing was marked as missing."))
}

// vanished marks the files that are not on disk any more.
func (in *ingest) vanished(ctx context.Context) error {
	w, after := in.walker(), remit.FileID("")
	for {
		rows, err := do(ctx, in.scan, func(tx *gate.Tx) ([]located, error) { return filesAfter(tx, in.row.ID, after) })
		if err != nil {
			return fmt.Errorf("looking for vanished files: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].id
		if err := in.markMissing(ctx, in.goneOf(w, rows)); err != nil {
			return err
		}
	}
}

// goneOf picks the rows whose files are gone. What nobody can tell stays as it is.
func (in *ingest) goneOf(w walker, rows []located) (gone []located) {
	for _, row := range rows {
		is, err := w.gone(row.at())
		if err != nil {
			in.problem("%s: nobody can tell whether it is still there: %s", row.at(), reason(err))
		} else if is {
			gone = append(gone, row)
		}
	}
	return gone
}

func (in *ingest) markMissing(ctx context.Context, gone []located) error {
	if len(gone) == 0 {
		return nil
	}
	n, err := do(ctx, in.scan, func(tx *gate.Tx) (int, error) { return updateMissing(tx, gone) })
	if err != nil {
		return fmt.Errorf("marking files as missing: %w", err)
	}
	for _, row := range gone {
		in.logf("missing: %s", row.at())
	}
	in.report.Missing += n
	return nil
}

func (in *ingest) finish(ctx context.Context) error {
	_, err := do(ctx, in.scan, func(tx *gate.Tx) (struct{}, error) { return struct{}{}, markScanned(tx, in.row.ID) })
	if err != nil {
		return fmt.Errorf("recording the scan of %s: %w", in.row.Path, err)
	}
	return nil
}

package jobs

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// MaxLogPiece bounds a piece of log, in bytes: what a node sends at once, and
// what Log returns.
const MaxLogPiece = 256 << 10

// maxChunk bounds one row of log, in bytes; longer text is stored in several.
const maxChunk = 64 << 10

// LogChunk is a piece of an attempt's log. Offset is the number of bytes that
// were sent before it, of both streams together.
type LogChunk struct {
	Stream string // "stdout" or "stderr"
	Offset int64
	Data   []byte // text of at most MaxLogPiece bytes; what is not UTF-8 is stored as "?"
}

func (c LogChunk) check() error {
	switch {
	case c.Stream != "stdout" && c.Stream != "stderr":
		return invalid("stream", "There is no stream %.40q; there are stdout and stderr", c.Stream)
	case c.Offset < 0:
		return invalid("offset", "An offset is not negative")
	case len(c.Data) > MaxLogPiece:
		return invalid("data", "A piece of log has at most %d bytes", MaxLogPiece)
	}
	return nil
}

// AppendLog adds a piece to the attempt's log. What is there already is not
// stored twice. A gap is remit.Conflict with the code "log_gap".
func (s *Service) AppendLog(ctx context.Context, who authz.Subject, l remit.Lease, c LogChunk) error {
	if err := c.check(); err != nil {
		return err
	}
	_, err := withLease(ctx, s, who, "job.log", l, func(tx *gate.Tx, j *row) (struct{}, error) {
		a, err := attemptOf(tx, who, l)
		if err != nil {
			return struct{}{}, fmt.Errorf("reading attempt %d of job %s: %w", l.Attempt, l.Job, err)
		}
		if c.Offset > a.LogSent {
			return struct{}{}, remit.Errorf(remit.Conflict, "The log has %d bytes; a piece at %d leaves a gap", a.LogSent, c.Offset).WithCode("log_gap")
		}
		known := min(a.LogSent-c.Offset, int64(len(c.Data)))
		// Cut first: what is kept is made of whole characters even when the
		// known part ends inside of one.
		fresh := printable(string(c.Data[known:]))
		text, err := s.maskLog(tx, j, a.Number, c.Stream, fresh)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.appendLog(tx, j, a, c.Stream, text, len(fresh))
	})
	return err
}

// appendLog keeps data as far as the log has room, with a marker where it is
// cut. It stands for so many bytes that the node sent.
func (s *Service) appendLog(tx *gate.Tx, j *row, a attempt, stream, data string, sent int) error {
	if data == "" && sent == 0 {
		return nil
	}
	kept, start := data, a.LogBytes
	if room := s.opts.MaxLog - a.LogBytes; a.LogCut {
		kept = ""
	} else if int64(len(data)) > room {
		kept = runes(data, int(room))
	}
	for text := kept; text != ""; {
		piece := runes(text, maxChunk)
		if err := storeChunk(tx, j, a.Number, start, stream, piece); err != nil {
			return err
		}
		start, text = start+int64(len(piece)), text[len(piece):]
	}
	if len(kept) < len(data) && !a.LogCut {
		marker := s.cutMarker()
		if err := storeChunk(tx, j, a.Number, start, "system", marker); err != nil {
			return err
		}
		start, a.LogCut = start+int64(len(marker)), true
	}
	if _, err := tx.Exec(updateLogLength, j.ID, a.Number, a.LogSent+int64(sent), start, a.LogCut); err != nil {
		return fmt.Errorf("measuring the log of job %s: %w", j.ID, err)
	}
	tx.Notify("log", string(j.ID))
	return nil
}

func (s *Service) cutMarker() string {
	return fmt.Sprintf("\n[remit: the log is cut here; at most %d bytes of an attempt are kept]\n", s.opts.MaxLog)
}

func storeChunk(tx *gate.Tx, j *row, number int, start int64, stream, data string) error {
	if data == "" {
		return nil
	}
	if _, err := tx.Exec(insertChunk, j.ID, number, start, len(data), stream, data); err != nil {
		return fmt.Errorf("storing the log of job %s: %w", j.ID, err)
	}
	return nil
}

// LogPart is a piece of an attempt's log.
type LogPart struct {
	Data    []byte
	Next    int64 // offset of what follows
	Attempt int
	// Done: nothing will follow of the attempt that was asked for or, when
	// none was named, of the job. (Clean-up may still add to a lost attempt.)
	Done bool
}

// Log reads the log of an attempt (0 = the latest) from offset on, at most max
// bytes (0 = MaxLogPiece). It takes the right to read what the job is on (R31).
func (s *Service) Log(ctx context.Context, who authz.Subject, id remit.JobID, attempt int, offset int64, max int) (LogPart, error) {
	if attempt < 0 || offset < 0 || max < 0 {
		return LogPart{}, invalid("offset", "Attempt, offset and length are not negative")
	}
	if max == 0 || max > MaxLogPiece {
		max = MaxLogPiece
	}
	return lookInto(ctx, s, who, id, func(r *gate.Reader, j row) (LogPart, error) {
		if err := requireInputs(r, &j); err != nil {
			return LogPart{}, err
		}
		a, err := j.numbered(r, attempt)
		if err == nil {
			err = j.requireLog(r, a)
		}
		if err != nil {
			return LogPart{}, err
		}
		part, err := readLog(r, &j, a, offset, max)
		over := j.State.Finished() || attempt != 0 && a.closed()
		part.Done = over && part.Next >= a.LogBytes
		return part, err
	})
}

type chunk struct {
	start int64
	data  string
}

func readLog(r *gate.Reader, j *row, a attempt, offset int64, max int) (LogPart, error) {
	part := LogPart{Data: []byte{}, Next: offset, Attempt: a.Number}
	chunks, err := db.Rows(r, func(s db.Scanner, c *chunk) error { return s.Scan(&c.start, &c.data) },
		selectChunks, j.ID, a.Number, offset-maxChunk, offset, offset+int64(max))
	if err != nil {
		return part, fmt.Errorf("reading the log of job %s: %w", j.ID, err)
	}
	for _, c := range chunks {
		fresh := c.data[part.Next-c.start:]
		fresh = fresh[:min(len(fresh), max-len(part.Data))]
		part.Data = append(part.Data, fresh...)
		part.Next += int64(len(fresh))
	}
	return part, nil
}

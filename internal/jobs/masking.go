package jobs

import (
	"errors"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// masked is an outcome without the job's secrets, of a length that is kept.
func (s *Service) masked(r db.Reader, j *row, o Outcome) (Outcome, error) {
	m, err := s.mask(r, j)
	o.Error, o.Result = clean(m.Text(o.Error), maxError), m.JSON(o.Result)
	return o, err
}

// tailPlace is what the tail of a log is sealed for.
func tailPlace(j *row, attempt int, stream string) string {
	return fmt.Sprintf("%s tail %d %s", j.ID, attempt, stream)
}

// maskLog hides the job's secrets in a piece of log. What may be the beginning
// of one is kept, sealed, until the next piece.
func (s *Service) maskLog(tx *gate.Tx, j *row, attempt int, stream, text string) (string, error) {
	if len(j.Secrets) == 0 {
		return text, nil
	}
	m, err := s.mask(tx, j)
	if errors.Is(err, errForgotten) {
		return "", nil // nobody knows any more what is to be hidden
	}
	if err != nil {
		return "", err
	}
	before, err := s.tail(tx, j, attempt, stream)
	if err != nil {
		return "", err
	}
	text, rest := m.Cut(before + text)
	return text, s.keepTail(tx, j, attempt, stream, rest, before)
}

func (s *Service) tail(r db.Reader, j *row, attempt int, stream string) (string, error) {
	place := tailPlace(j, attempt, stream)
	sealed, err := db.One(r, db.Value[string], selectTail, j.ID, attempt, stream)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the log of job %s: %w", j.ID, err)
	}
	return s.opened(sealed, place)
}

func (s *Service) keepTail(tx *gate.Tx, j *row, attempt int, stream, tail, before string) (err error) {
	switch {
	case tail == before:
	case tail == "":
		_, err = tx.Exec(deleteTail, j.ID, attempt, stream)
	default:
		_, err = tx.Exec(upsertTail, j.ID, attempt, stream, s.opts.Seal.Seal(tail, tailPlace(j, attempt, stream)))
	}
	if err != nil {
		return fmt.Errorf("storing the log of job %s: %w", j.ID, err)
	}
	return nil
}

// flushLog writes what was kept back of an attempt's log: nothing follows it.
func (s *Service) flushLog(tx *gate.Tx, j *row, who authz.Subject, l remit.Lease) error {
	if len(j.Secrets) == 0 {
		return nil
	}
	streams, err := db.Rows(tx, db.Value[string], selectTails, j.ID, l.Attempt)
	if err != nil {
		return fmt.Errorf("reading the log of job %s: %w", j.ID, err)
	}
	for _, stream := range streams {
		tail, err := s.tail(tx, j, l.Attempt, stream)
		if err != nil {
			return err
		}
		a, err := attemptOf(tx, who, l)
		if err != nil {
			return err
		}
		if err := s.appendLog(tx, j, a, stream, tail, 0); err != nil {
			return err
		}
		if err := s.keepTail(tx, j, l.Attempt, stream, "", tail); err != nil {
			return err
		}
	}
	return nil
}

package notify

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/outward"
)

// letter is one letter about all that waits: the first jobs in words, the others counted.
type letter struct {
	to      string
	lines   []message
	more    map[counted]int
	told    []delivery // of both
	dropped []delivery // whom it would go to cannot read the job or is gone, or the type tells it by default no more
}

// counted is what jobs have in common of which a letter tells only how many they are.
type counted struct {
	jobs.Kind
	state remit.JobState
}

// mail sends all that waits for a person in one letter.
func (s *Service) mail(ctx context.Context, t row) (sent int, err error) {
	if s.opts.Mail == nil {
		return 0, s.note(ctx, func(tx *gate.Tx) error {
			waiting, err := waitingOf(&tx.Reader, t, countedAtOnce)
			if err == nil {
				err = t.failed(tx, "this installation sends no e-mail", false, waiting...)
			}
			return err
		})
	}
	l, err := sending(ctx, s, func(r *gate.Reader) (*letter, error) { return s.compose(r, t) })
	if err == nil {
		err = s.drop(ctx, l.dropped...)
	}
	if err != nil || len(l.lines) == 0 || ctx.Err() != nil {
		return 0, err
	}
	link := s.stopLink(t.ID)
	out := outward.Letter{ID: string(l.lines[0].ID), To: l.to, Subject: l.subject(), Text: s.text(t, l, link), Stop: link, At: s.gate.Now()}
	if err := s.opts.Mail.Send(ctx, out); err != nil {
		if ctx.Err() != nil {
			return 0, nil
		}
		s.opts.Log.Warn("a letter was not taken", "notification", t.ID, "error", err)
		return 0, s.note(ctx, func(tx *gate.Tx) error { return t.failed(tx, "the mail server did not take it", false, l.told...) })
	}
	return len(l.told), s.note(ctx, func(tx *gate.Tx) error { return t.sent(tx, tx.Now().Add(letters), l.told...) })
}

// compose looks up all that a letter tells now in one snapshot, in which every
// right is asked: also that to learn of a job that is only counted.
func (s *Service) compose(r *gate.Reader, t row) (*letter, error) {
	l := &letter{more: map[counted]int{}}
	waiting, err := waitingOf(r, t, countedAtOnce)
	if err == nil {
		l.to, err = emailOf(r, t.Owner)
	}
	if err != nil {
		return nil, err
	}
	who, reason, err := t.subject(r)
	if err != nil || reason != "" || l.to == "" {
		l.dropped = waiting
		return l, err
	}
	kinds, err := jobs.Kinds(r, who, jobsOf(waiting))
	if err == nil {
		err = s.choose(r, t, l, waiting, kinds)
	}
	if err != nil {
		return nil, err
	}
	first := min(len(l.told), linesAtOnce)
	for _, d := range l.told[first:] {
		l.more[counted{kinds[d.Job], d.state()}]++
	}
	return l, s.write(r, who, l, l.told[:first])
}

// choose keeps what may be told of jobs of these kinds; of others the asker may not learn.
func (s *Service) choose(r *gate.Reader, t row, l *letter, waiting []delivery, kinds map[remit.JobID]jobs.Kind) error {
	for _, d := range waiting {
		tells, err := s.tells(r, t, d)
		if err != nil {
			return err
		}
		if _, reads := kinds[d.Job]; reads && tells {
			l.told = append(l.told, d)
		} else {
			l.dropped = append(l.dropped, d)
		}
	}
	return nil
}

// write adds the lines.
func (s *Service) write(r *gate.Reader, who authz.Subject, l *letter, listed []delivery) error {
	notices, err := s.opts.Jobs.Notices(r, who, jobsOf(listed))
	for _, d := range listed {
		m := message{ID: d.ID, Event: d.Event, At: d.At}
		m.about(notices[d.Job], d, s.opts.URL)
		l.lines = append(l.lines, m)
	}
	return err
}

// tells says whether a type tells of a state still, for what it tells by default.
func (s *Service) tells(r *gate.Reader, t row, d delivery) (bool, error) {
	if !t.Default {
		return true, nil
	}
	return s.opts.Jobs.TellsOwner(r, t.Type, d.state())
}

func jobsOf(all []delivery) []remit.JobID {
	ids := make([]remit.JobID, len(all))
	for i, d := range all {
		ids[i] = d.Job
	}
	return ids
}

package web

import (
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

// logPiece is a piece of the latest attempt's log.
type logPiece struct {
	Text  string
	Next  string // where htmx asks for what follows; "" when nothing will
	Whole string // address of the whole log
	Cut   bool   // the beginning is left out
}

// shownLog is how much of a log's end a page begins with, in bytes.
const shownLog = 96 << 10

// logEnd is the end of a job's log, nil for who may not read it.
func (v *visit) logEnd(job remit.Job) (*logPiece, error) {
	start, err := v.logStart(job)
	if err != nil {
		return nil, err
	}
	piece, err := v.Jobs.Log(v.ctx(), v.who, job.ID, 0, start, 0)
	if isHidden(err) {
		return nil, nil
	}
	if remit.CodeOf(err) == "log_removed" {
		return &logPiece{Text: err.Error(), Whole: "/api/v1/jobs/" + string(job.ID) + "/log"}, nil
	}
	if err != nil {
		return nil, err
	}
	shown := logFrom(job, piece)
	shown.Cut = start > 0
	return &shown, nil
}

func (v *visit) logStart(job remit.Job) (int64, error) {
	attempts, err := v.Jobs.Attempts(v.ctx(), v.who, job.ID)
	if err != nil || len(attempts) == 0 {
		return 0, err
	}
	return max(0, attempts[len(attempts)-1].LogBytes-shownLog), nil
}

// logFrom words a piece. Its bytes may end, or begin, inside a character.
func logFrom(job remit.Job, piece jobs.LogPart) logPiece {
	whole := "/jobs/" + string(job.ID) + "/log"
	text, left := wholeRunes(piece.Data)
	shown := logPiece{Text: text, Whole: "/api/v1" + whole}
	if !piece.Done || !job.State.Finished() {
		q := url.Values{"of": {strconv.Itoa(piece.Attempt)}, "offset": {strconv.FormatInt(piece.Next-int64(left), 10)}}
		shown.Next = whole + "?" + q.Encode()
	}
	return shown
}

// wholeRunes leaves out what continues a character at the beginning, and a
// character that does not end; left counts the bytes of the latter.
func wholeRunes(data []byte) (text string, left int) {
	for len(data) > 0 && !utf8.RuneStart(data[0]) {
		data = data[1:]
	}
	for i := len(data) - 1; i >= 0 && i >= len(data)-utf8.UTFMax; i-- {
		if utf8.RuneStart(data[i]) {
			if !utf8.FullRune(data[i:]) {
				left = len(data) - i
			}
			break
		}
	}
	return string(data[:len(data)-left]), left
}

// liveLog answers htmx with what came after an offset. When a new attempt has
// begun, its log takes the place of the old one's.
func (s *site) liveLog(v *visit) error {
	job, err := s.Jobs.Job(v.ctx(), v.who, remit.JobID(v.path("id")))
	if err != nil {
		return err
	}
	offset, err := strconv.ParseInt(v.query("offset"), 10, 64)
	if err != nil {
		return remit.Errorf(remit.Invalid, "offset is %.20q; it is a number of bytes", v.query("offset")).WithField("offset")
	}
	piece, err := s.Jobs.Log(v.ctx(), v.who, job.ID, 0, offset, 0)
	if err != nil {
		return err
	}
	if strconv.Itoa(piece.Attempt) != v.query("of") && offset > 0 {
		v.w.Header().Set("HX-Retarget", "#log")
		v.w.Header().Set("HX-Reswap", "innerHTML")
		if piece, err = s.Jobs.Log(v.ctx(), v.who, job.ID, 0, 0, 0); err != nil {
			return err
		}
	}
	shown := logFrom(job, piece)
	if shown.Text == "" && shown.Next == v.r.URL.RequestURI() {
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	v.render(partials, "log-piece", shown)
	return nil
}

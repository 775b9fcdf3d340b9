package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// ScanRequest says on whose behalf data roots are scanned.
type ScanRequest struct {
	Who authz.Subject
	// Project is the one whose roots are scanned; "" = that of the lent thing.
	Project remit.ProjectID
	// Lending is asked in every transaction that the scan writes in: the thing
	// that collection:ingest is lent on (R28). A scan whose lease is lost stops there.
	Lending func(tx *gate.Tx) (authz.Resource, error)
	// Progress hears how many of the files have been looked at; may be nil.
	Progress func(done, total int64, label string)
	// Log gets a line for everything worth telling; may be nil.
	Log io.Writer
}

// ScanReport counts what a scan found.
type ScanReport struct {
	Collections int `json:"collections"` // directories scanned
	Added       int `json:"added"`       // new files
	Changed     int `json:"changed"`     // with other bytes than before
	Moved       int `json:"moved"`       // known files under another path
	Returned    int `json:"returned"`    // missing ones whose bytes are back
	Missing     int `json:"missing"`     // files that vanished since the last scan
	Unreadable  int `json:"unreadable"`
	Unchanged   int `json:"unchanged"`
	// Problems are what a person may want to look at, at most MaxProblems
	// and how many more there are.
	Problems []string `json:"problems"`
}

// MaxProblems bounds a report, and so does maxReported, in bytes of JSON: it
// must fit into the result of a job. The log of the scan has all problems.
const (
	MaxProblems = 100
	maxReported = 32 << 10
)

// maxPath is the longest path below a root that is taken in, in bytes: both
// engines must be able to index it.
const maxPath = 2000

// Scan makes the rows of a project's collections and files agree with its data
// roots. It writes in small batches, so that a scan that is stopped keeps what
// it did, and doing it again adds only what is missing. A file that cannot be
// read is recorded with the reason and the others go on.
//
// A root that is absent or suddenly empty stops the scan of that root with an
// error (kind Unavailable) and nothing of it is marked as missing; the other
// roots are scanned. The report holds what was done, beside an error too.
func (s *Service) Scan(ctx context.Context, req ScanRequest) (ScanReport, error) {
	sc := newScan(s, req)
	roots, err := sc.roots(ctx)
	if err != nil {
		return sc.report, err
	}
	if len(roots) == 0 {
		return sc.report, remit.Errorf(remit.Conflict, "The project has no data root to scan").
			WithCode("no_roots").WithHint("Register one first.")
	}
	for _, row := range roots {
		sc.total += countFiles(ctx, row.Path)
	}
	var failed []error
	for _, row := range roots {
		if err := sc.root(ctx, row); err != nil {
			if stops(ctx, err) {
				return sc.report, err
			}
			sc.logf("error: %v", err)
			failed = append(failed, err)
		}
	}
	return sc.report, errors.Join(failed...)
}

// stops says whether an error is one of the whole scan: the asker may not go
// on, or nothing can be written.
func stops(ctx context.Context, err error) bool {
	return ctx.Err() != nil || !errors.Is(err, errRoot)
}

// errRoot marks what is wrong with one root only.
var errRoot = errors.New("this data root was not scanned")

// scan is one run over all roots of a project.
type scan struct {
	service *Service
	req     ScanRequest
	project remit.ProjectID
	initial string // visibility of new collections
	report  ScanReport
	told    int   // bytes of the problems in the report
	more    int   // problems beyond those
	done    int64 // files looked at
	total   int64 // files counted before; more may turn up
}

func newScan(s *Service, req ScanRequest) *scan {
	if req.Log == nil {
		req.Log = io.Discard
	}
	if req.Progress == nil {
		req.Progress = func(int64, int64, string) {}
	}
	return &scan{service: s, req: req, project: req.Project, report: ScanReport{Problems: []string{}}}
}

// do runs fn in a transaction that still has the right to ingest.
func do[R any](ctx context.Context, sc *scan, fn func(*gate.Tx) (R, error)) (R, error) {
	return gate.Do(ctx, sc.service.gate, sc.req.Who, gate.Op[R]{Name: "collection.ingest", On: sc.lent, Apply: fn})
}

// lent is the thing that the right is asked on. It must be of the project
// whose roots are scanned.
func (sc *scan) lent(tx *gate.Tx) (authz.Resource, error) {
	on, err := sc.req.Lending(tx)
	if err != nil {
		return on, err
	}
	if sc.project == "" {
		sc.project = remit.ProjectID(on.Project)
	}
	if on.Project != string(sc.project) {
		return on, gate.NotFound("projects")
	}
	return on, nil
}

// roots reads what is to be scanned, and the first time asks for the right to.
func (sc *scan) roots(ctx context.Context) ([]rootRow, error) {
	return do(ctx, sc, func(tx *gate.Tx) ([]rootRow, error) {
		project, err := projects.LocateID(tx, sc.project)
		if err != nil {
			return nil, err
		}
		// Opening something to everybody is a right of its own, not a scan's.
		if sc.initial = remit.VisibilityPrivate; project.CollectionVisibility == remit.VisibilityProject {
			sc.initial = remit.VisibilityProject
		}
		return rootsOf(tx, sc.project)
	})
}

// root scans one data root, alone.
func (sc *scan) root(ctx context.Context, row rootRow) error {
	release, err := sc.service.alone(ctx, row)
	if err != nil {
		return err
	}
	defer release()
	root, err := openRoot(row.Path)
	if err != nil {
		return fmt.Errorf("%w: %w", errRoot, err)
	}
	defer root.Close()
	in := &ingest{scan: sc, row: row, root: root, buffers: newBuffers()}
	return in.run(ctx)
}

// alone keeps two scans from working on one root: in this process by a map,
// among processes by the database's lock.
func (s *Service) alone(ctx context.Context, row rootRow) (release func(), err error) {
	busy := remit.Errorf(remit.Conflict, "%s is being scanned already", row.Path).WithCode("scan_running").
		WithHint("Wait for that scan to end.")
	if _, running := s.scanning.LoadOrStore(row.ID, nil); running {
		return nil, errors.Join(errRoot, busy)
	}
	unlock, ok, err := s.gate.TryLeader(ctx, "scan "+string(row.ID))
	if err != nil || !ok {
		s.scanning.Delete(row.ID)
		if err == nil {
			err = errors.Join(errRoot, busy)
		}
		return nil, err
	}
	return func() { unlock(); s.scanning.Delete(row.ID) }, nil
}

// problem notes something for the report.
func (sc *scan) problem(format string, args ...any) {
	text := printable(fmt.Sprintf(format, args...))
	sc.logf("problem: %s", text)
	text = shortened(text)
	quoted, _ := json.Marshal(text) // text can always be written
	if sc.more == 0 && len(sc.report.Problems) < MaxProblems && sc.told+len(quoted) <= maxReported {
		sc.report.Problems = append(sc.report.Problems, text)
		sc.told += len(quoted)
		return
	}
	if sc.more++; sc.more == 1 {
		sc.report.Problems = append(sc.report.Problems, "")
	}
	sc.report.Problems[len(sc.report.Problems)-1] = fmt.Sprintf("and %d more, which the log lists", sc.more)
}

// logf writes a line. A log that cannot be written stops nothing.
func (sc *scan) logf(format string, args ...any) {
	_, _ = io.WriteString(sc.req.Log, printable(fmt.Sprintf(format, args...))+"\n")
}

// progress counts n more files.
func (sc *scan) progress(n int, label string) {
	sc.done += int64(n)
	sc.total = max(sc.total, sc.done)
	sc.req.Progress(sc.done, sc.total, label)
}

// countFiles is about how many files a root holds, for the progress. A root
// that cannot be read counts none; scanning it tells why.
func countFiles(ctx context.Context, path string) (n int64) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return 0
	}
	defer root.Close()
	w := walker{root: root, refuse: func(string, error) {}}
	_ = w.each("", func(names []os.DirEntry) error {
		for _, d := range names {
			if d.IsDir() {
				n += w.count(ctx, d.Name(), 1)
			}
		}
		return nil
	})
	return n
}

package policyfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// Place is where something stands, counted from 1.
type Place struct {
	File      string
	Line, Col int
}

// String is FILE:LINE:COL; FILE alone for a file as a whole.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

func (p Place) compare(q Place) int {
	return cmp.Or(strings.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Fault is something wrong at a place.
type Fault struct {
	At      Place
	Message string
}

func (f Fault) Error() string { return f.At.String() + ": " + f.Message }

// Faults are all that is wrong with files, in their order.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// mostTold bounds the faults of one error.
const mostTold = 50

// CodeFile is the code of an error whose message is faults of files.
const CodeFile = "policy_file"

// err is f as one remit.Invalid, nil for none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int { return a.At.compare(b.At) })
	told := f
	if len(f) > mostTold {
		told = append(slices.Clone(f[:mostTold]), Fault{f[mostTold].At, fmt.Sprintf("… and %d more like these", len(f)-mostTold)})
	}
	return remit.Errorf(remit.Invalid, "%w", told).WithCode(CodeFile).WithField(f[0].At.String())
}

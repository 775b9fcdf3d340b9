package audit

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/remit-server/remit"
)

const (
	// lateness is how much later than its time an entry may come to be sealed
	// before it is pointed out: longer than any transaction, and than clocks of
	// servers differ.
	lateness = 10 * time.Minute
	// maxFindings bounds what is reported one by one; all are counted.
	maxFindings = 1000
	maxLate     = 100
	// maxLeaves bounds what is remembered of a seal: forged rows could claim to
	// be in it by the million.
	maxLeaves = 4 * BatchSize
)

// Verifier checks a log that is fed to it in order: each seal, then the
// entries that say they are in it; entries without a seal last. It needs
// memory for one batch.
type Verifier struct {
	// Report is told of each finding, up to a thousand.
	Report func(remit.AuditFinding)
	// Manifest finds that of a seal when something is wrong in it; nil: it is
	// in the seal.
	Manifest func(number int64) (string, error)
	// Head is what was kept elsewhere; nil for nothing.
	Head *Head
	// Part says that the log may begin with any seal: it is an archive.
	Part bool

	verdict remit.AuditVerdict
	begun   bool
	met     bool // the head that was kept
	last    Seal // the seal that was fed last
	open    bool // entries of last may come
	absent  bool // they are elsewhere
	leaves  []leaf
	beyond  int64 // entries of last that are not in leaves
	newest  int64 // of the entries of last, microseconds
	horizon int64 // what was there must have been sealed by now, microseconds
	claims  []claim
	buf     []byte
}

// Seal checks s against the one before, and makes it the one whose entries come.
func (v *Verifier) Seal(s Seal) error {
	if err := v.close(); err != nil {
		return err
	}
	v.follows(&s)
	if hashSeal(&s) != s.Hash {
		v.find(remit.AuditSealChanged, s.Number, "", "seal %d is not as it was made: its hash does not fit what it says", s.Number)
	}
	if v.Head != nil && v.Head.Number == s.Number {
		if v.met = true; v.Head.Hash != s.Hash {
			v.find(remit.AuditCut, s.Number, "", "seal %d has another hash than the one that was kept: the chain was made anew from there or before", s.Number)
		}
	}
	v.claim(&s)
	v.verdict.Seals++
	if s.Archive != "" {
		v.verdict.Archives++
	}
	v.last, v.begun, v.open, v.absent = s, true, true, false
	return nil
}

// follows checks that s is the next after the last one.
func (v *Verifier) follows(s *Seal) {
	want := v.last.Number + 1
	switch {
	case !v.begun && v.Part:
	case s.Number > want:
		v.find(remit.AuditSealMissing, want, "", "%s missing before seal %d", sealsText(want, s.Number-1), s.Number)
	case s.Number < want:
		v.find(remit.AuditSealChanged, s.Number, "", "seal %d stands where seal %d should", s.Number, want)
	case s.PreviousHash != v.last.Hash:
		v.find(remit.AuditSealChanged, s.Number, "", "seal %d does not follow the seal %d that is there", s.Number, v.last.Number)
	}
}

func sealsText(first, last int64) string {
	if first == last {
		return fmt.Sprintf("seal %d is", first)
	}
	return fmt.Sprintf("seals %d to %d are", first, last)
}

// Absent says that the entries of the last seal are not here: nothing is said
// about them.
func (v *Verifier) Absent() { v.absent = true }

// Entry takes an entry; its Seal says where it claims to be.
func (v *Verifier) Entry(e *Entry) {
	t := e.texts()
	var hash [sha256.Size]byte
	v.buf, hash = hashEntry(v.buf, &t, e.At.UnixMicro(), e.Allowed)
	v.add(e.Seal, leaf{e.ID, hash}, e.At.UnixMicro())
}

func (v *Verifier) row(x *rawEntry) {
	var hash [sha256.Size]byte
	v.buf, hash = hashEntry(v.buf, &x.texts, x.at, x.allowed)
	v.add(x.seal, leaf{string(x.texts[0]), hash}, x.at)
}

func (v *Verifier) add(seal int64, l leaf, at int64) {
	switch {
	case seal == 0:
		v.verdict.Unsealed++
	case !v.open || seal != v.last.Number:
		v.find(remit.AuditInserted, seal, l.id, "entry %s says that it is in seal %d, which is not there", l.id, seal)
		return
	case len(v.leaves) >= maxLeaves:
		v.beyond++
		return
	default:
		v.leaves = append(v.leaves, l)
		v.newest = max(v.newest, at)
	}
	if at < v.due(seal)-lateness.Microseconds() {
		v.late(seal, l.id, at)
	}
}

// due is when everything was sealed that had been there, before what comes now.
func (v *Verifier) due(seal int64) int64 {
	if seal == 0 && v.open { // what waits for its seal comes after the last one
		return max(v.horizon, min(v.newest, v.last.SealedAt.UnixMicro()))
	}
	return v.horizon
}

func (v *Verifier) late(seal int64, id string, at int64) {
	if v.verdict.Late++; v.verdict.Late > maxLate || v.Report == nil {
		return
	}
	v.Report(remit.AuditFinding{Kind: remit.AuditLate, Seal: seal, Entry: id,
		Text: fmt.Sprintf("entry %s came long after its time, %s: a clock was set back, or it was not written by this program", id, time.UnixMicro(at).UTC().Format(time.RFC3339))})
}

// close compares the entries of the last seal with what was sealed.
func (v *Verifier) close() error {
	if !v.open {
		return nil
	}
	leaves, s := v.leaves, &v.last
	defer func() { v.leaves, v.open, v.beyond, v.newest = v.leaves[:0], false, 0, 0 }()
	if len(leaves) > 0 {
		v.horizon = max(v.horizon, min(v.newest, s.SealedAt.UnixMicro()))
	}
	if v.absent && len(leaves) == 0 {
		return nil
	}
	v.verdict.Entries += int64(len(leaves)) + v.beyond
	if !slices.IsSortedFunc(leaves, func(a, b leaf) int { return cmp.Compare(a.id, b.id) }) {
		sortLeaves(leaves)
	}
	if v.beyond == 0 && int64(len(leaves)) == s.Count && hashLeaves(leaves) == s.EntriesHash {
		return nil
	}
	return v.diagnose(s, leaves)
}

// diagnose says which entries of a seal are wrong.
func (v *Verifier) diagnose(s *Seal, leaves []leaf) error {
	text := s.Manifest
	if text == "" && v.Manifest != nil {
		var err error
		if text, err = v.Manifest(s.Number); err != nil {
			return fmt.Errorf("reading the manifest of seal %d: %w", s.Number, err)
		}
	}
	sealed, ok := readManifest(text)
	if !ok || hashLeaves(sealed) != s.EntriesHash || v.beyond > 0 {
		v.find(remit.AuditChanged, s.Number, "", "the %d entries in seal %d are not the %d that were sealed, and its manifest cannot tell which ones are wrong",
			int64(len(leaves))+v.beyond, s.Number, s.Count)
		return nil
	}
	v.compare(s.Number, sealed, leaves)
	return nil
}

// compare walks both lists, which are sorted.
func (v *Verifier) compare(seal int64, sealed, found []leaf) {
	for len(sealed) > 0 || len(found) > 0 {
		switch {
		case len(found) == 0 || len(sealed) > 0 && sealed[0].id < found[0].id:
			v.find(remit.AuditRemoved, seal, sealed[0].id, "entry %s of seal %d is not there", sealed[0].id, seal)
			sealed = sealed[1:]
		case len(sealed) == 0 || found[0].id < sealed[0].id:
			v.find(remit.AuditInserted, seal, found[0].id, "entry %s says that it is in seal %d, and is not", found[0].id, seal)
			found = found[1:]
		default:
			if sealed[0].hash != found[0].hash {
				v.find(remit.AuditChanged, seal, found[0].id, "entry %s is not as seal %d has it", found[0].id, seal)
			}
			sealed, found = sealed[1:], found[1:]
		}
	}
}

// End closes the log and says what it came to.
func (v *Verifier) End() (remit.AuditVerdict, error) {
	if err := v.close(); err != nil {
		return remit.AuditVerdict{}, err
	}
	if v.Head != nil && !v.met && v.Head.Number > 0 {
		v.find(remit.AuditCut, v.Head.Number, "", "seal %d, which was kept, is not there: the chain ends with seal %d", v.Head.Number, v.last.Number)
	}
	v.endClaims()
	v.verdict.Head = remit.AuditHead{Number: v.last.Number, Hash: v.last.Hash, SealedAt: v.last.SealedAt, Unsealed: v.verdict.Unsealed}
	v.verdict.Intact = v.verdict.Faults == 0
	return v.verdict, nil
}

func (v *Verifier) find(kind string, seal int64, entry, format string, args ...any) {
	v.Fault(remit.AuditFinding{Kind: kind, Seal: seal, Entry: entry, Text: fmt.Sprintf(format, args...)})
}

// Fault counts and reports what was found outside of the chain itself.
func (v *Verifier) Fault(f remit.AuditFinding) {
	if v.verdict.Faults++; v.verdict.Faults <= maxFindings && v.Report != nil {
		v.Report(f)
	}
}

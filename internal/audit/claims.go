package audit

import "github.com/remit-server/remit"

// claim is a run of seals that say an archive holds their entries. That mark
// is not part of their hashes; the archive's own seal, which comes later, has
// to say the same.
type claim struct{ first, last, by int64 }

// claim notes what s says of where its entries are, and settles what it vouches for.
func (v *Verifier) claim(s *Seal) {
	if s.Archive != "" {
		v.settle(s)
	}
	if s.ArchivedBy == 0 {
		return
	}
	if n := len(v.claims); n > 0 && v.claims[n-1].by == s.ArchivedBy && v.claims[n-1].last == s.Number-1 {
		v.claims[n-1].last = s.Number
		return
	}
	v.claims = append(v.claims, claim{s.Number, s.Number, s.ArchivedBy})
}

func (v *Verifier) settle(archive *Seal) {
	kept := v.claims[:0]
	for _, c := range v.claims {
		if c.by != archive.Number {
			kept = append(kept, c)
		} else if c.first < archive.ArchiveFirst || c.last > archive.ArchiveLast {
			v.unfounded(c)
		}
	}
	v.claims = kept
}

func (v *Verifier) endClaims() {
	for _, c := range v.claims {
		if !v.Part || c.by <= v.last.Number {
			v.unfounded(c)
		}
	}
}

func (v *Verifier) unfounded(c claim) {
	v.find(remit.AuditArchive, c.first, "", "%s said to be in the archive of seal %d, which does not say so", sealsText(c.first, c.last), c.by)
}

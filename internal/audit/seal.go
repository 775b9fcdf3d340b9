package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
)

// Seal vouches for a batch of entries and for every seal before it.
type Seal = remit.AuditSeal

// leaf is an entry as a seal knows it.
type leaf struct {
	id   string
	hash [sha256.Size]byte
}

// sortLeaves puts them into the order in which they are sealed: that of the
// bytes of their ids, whatever order a database has for text.
func sortLeaves(leaves []leaf) {
	slices.SortFunc(leaves, func(a, b leaf) int {
		if c := strings.Compare(a.id, b.id); c != 0 {
			return c
		}
		return bytes.Compare(a.hash[:], b.hash[:])
	})
}

// hashLeaves is the hash of a batch: of the hashes of its entries, in order.
func hashLeaves(leaves []leaf) string {
	sum := sha256.New()
	for i := range leaves {
		sum.Write(leaves[i].hash[:])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// next is the seal after previous over the leaves, which are sorted.
func next(previous Seal, leaves []leaf, at time.Time) Seal {
	s := Seal{Number: previous.Number + 1, PreviousHash: previous.Hash, Count: int64(len(leaves)), EntriesHash: hashLeaves(leaves),
		SealedAt: time.UnixMicro(at.UnixMicro()).UTC(), Manifest: manifest(leaves)}
	if len(leaves) > 0 {
		s.FirstID, s.LastID = leaves[0].id, leaves[len(leaves)-1].id
	}
	s.Hash = hashSeal(&s)
	return s
}

// hashSeal is the hash of a seal: of all of its fields that never change.
func hashSeal(s *Seal) string {
	b := netstring(nil, sealForm)
	b = netnumber(b, s.Number)
	b = netstring(b, s.FirstID)
	b = netstring(b, s.LastID)
	b = netnumber(b, s.Count)
	b = netstring(b, s.EntriesHash)
	b = netstring(b, s.PreviousHash)
	b = netnumber(b, s.SealedAt.UnixMicro())
	b = netstring(b, s.Archive)
	b = netstring(b, s.ArchiveHash)
	b = netnumber(b, s.ArchiveFirst)
	b = netnumber(b, s.ArchiveLast)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// manifest writes the leaves down, one "ID HASH" per line.
func manifest(leaves []leaf) string {
	var b strings.Builder
	for i := range leaves {
		b.WriteString(leaves[i].id)
		b.WriteByte(' ')
		b.WriteString(base64.RawURLEncoding.EncodeToString(leaves[i].hash[:]))
		b.WriteByte('\n')
	}
	return b.String()
}

// readManifest is manifest backwards; ok is false for what manifest never wrote.
func readManifest(text string) (leaves []leaf, ok bool) {
	for line := range strings.Lines(text) {
		id, hash, cut := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		b, err := base64.RawURLEncoding.DecodeString(hash)
		if !cut || err != nil || len(b) != sha256.Size {
			return nil, false
		}
		leaves = append(leaves, leaf{id, [sha256.Size]byte(b)})
	}
	return leaves, true
}

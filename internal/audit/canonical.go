package audit

import (
	"crypto/sha256"
	"strconv"
)

// The forms that are hashed begin with their name, so that nothing can be
// taken for something else and a later version can be told apart.
const (
	entryForm = "remit-audit-entry-1"
	sealForm  = "remit-audit-seal-1"
)

// texts are the text fields of an entry in the order of Columns.
type texts[T ~string | ~[]byte] [13]T

// hashEntry is the SHA-256 of an entry's canonical bytes: its fields as
// netstrings. buf is room to write them in.
func hashEntry[T ~string | ~[]byte](buf []byte, t *texts[T], at int64, allowed bool) ([]byte, [sha256.Size]byte) {
	buf = netstring(buf[:0], entryForm)
	for i := range t {
		buf = netstring(buf, t[i])
	}
	buf = netnumber(buf, at)
	if allowed {
		buf = netstring(buf, "yes")
	} else {
		buf = netstring(buf, "no")
	}
	return buf, sha256.Sum256(buf)
}

// netstring appends "LENGTH:BYTES," (the length in bytes, decimal).
func netstring[T ~string | ~[]byte](b []byte, text T) []byte {
	b = strconv.AppendInt(b, int64(len(text)), 10)
	b = append(b, ':')
	b = append(b, text...)
	return append(b, ',')
}

func netnumber(b []byte, n int64) []byte {
	var digits [20]byte
	return netstring(b, strconv.AppendInt(digits[:0], n, 10))
}

func (e *Entry) texts() texts[string] {
	return texts[string]{e.ID, e.ActorKind, e.ActorID, e.Actor, e.Key, e.Operation, e.Project, e.Thing, e.Rule, e.Permission, e.Detail, e.Request, e.Preview}
}

package metadata

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/remit-server/remit"
)

const blockLen = 2880 // FITS 4.0 § 3.1

// unit is one header and data unit (HDU) of a FITS file.
type unit struct {
	index int
	cards []remit.Card
	at    map[string]int // keyword → its first card
	start int64          // offset of the data
	size  int64          // bytes of data, without padding
	axes  []int64        // NAXISn
}

// readFITS reads all headers into m. Only a first header that cannot be read is
// an error; damage further on is a warning.
func readFITS(r io.ReaderAt, size int64, m *remit.Metadata) error {
	units, err := scanFITS(r, size, m)
	describe(units, m)
	if err != nil && len(units) == 1 {
		return err
	}
	if err != nil {
		m.Warnings = append(m.Warnings, err.Error())
	}
	return nil
}

// scanFITS walks over the units. Those read before an error are returned too.
func scanFITS(r io.ReaderAt, size int64, m *remit.Metadata) (units []*unit, err error) {
	for offset := int64(0); offset < size; {
		if len(units) == MaxHDUs || len(m.Header) >= MaxCards {
			m.Warnings = append(m.Warnings, fmt.Sprintf("more than %d header units or %d cards; the rest was not read", MaxHDUs, MaxCards))
			return units, nil
		}
		if len(units) > 0 && !extension(r, offset) {
			m.Warnings = append(m.Warnings, fmt.Sprintf("HDU %d: no extension begins at byte %d; the rest was not read", len(units), offset))
			return units, nil
		}
		u := &unit{index: len(units), at: map[string]int{}}
		err := u.read(r, offset, m)
		units = append(units, u)
		if err != nil {
			return units, fmt.Errorf("HDU %d: %w", u.index, err)
		}
		u.verify(r, size, m)
		offset = u.start + (u.size+blockLen-1)/blockLen*blockLen
	}
	return units, nil
}

func extension(r io.ReaderAt, offset int64) bool {
	head := make([]byte, 8)
	n, _ := r.ReadAt(head, offset)
	return n == len(head) && string(head) == "XTENSION"
}

// read parses the header at offset and sizes the data after it.
func (u *unit) read(r io.ReaderAt, offset int64, m *remit.Metadata) error {
	block := make([]byte, blockLen)
	for n := range MaxHeaderBlocks {
		at := offset + int64(n)*blockLen
		got, err := r.ReadAt(block, at)
		ended := u.parseBlock(block[:got/cardLen*cardLen], m)
		if ended {
			u.start = at + blockLen
			return u.measure()
		}
		if got < blockLen {
			return fmt.Errorf("header without END: %w", shortRead(err))
		}
	}
	return fmt.Errorf("%w: header longer than %d blocks", ErrHostile, MaxHeaderBlocks)
}

// parseBlock adds the block's cards and reports whether END was among them.
func (u *unit) parseBlock(block []byte, m *remit.Metadata) (ended bool) {
	continues := false
	if n := len(u.cards); n > 0 {
		continues = strings.HasSuffix(u.cards[n-1].Value, "&")
	}
	for i := 0; i < len(block); i += cardLen {
		raw := block[i : i+cardLen]
		if bytes.Equal(bytes.TrimRight(raw, " "), []byte("END")) {
			return true
		}
		c, more, err := parseCard(raw)
		if err != nil {
			m.Warnings = u.lost(m.Warnings, raw, err)
			continue
		}
		if continues && c.Key == "CONTINUE" && u.carryOn(c.Value, m) {
			continues = strings.HasSuffix(u.cards[len(u.cards)-1].Value, "&")
			continue
		}
		continues = u.add(c, m) && more
	}
	return false
}

const maxLostCards = 20 // warnings about single cards; after that one says so

func (u *unit) lost(warnings []string, raw []byte, err error) []string {
	switch n := len(warnings); {
	case n < maxLostCards:
		return append(warnings, fmt.Sprintf("HDU %d: card %q is lost: %v", u.index, strings.TrimSpace(clean(raw[:8])), err))
	case n == maxLostCards:
		return append(warnings, "more cards are lost")
	}
	return warnings
}

// carryOn appends a CONTINUE card's text to the card before (FITS 4.0 § 4.2.1.2).
func (u *unit) carryOn(rest string, m *remit.Metadata) bool {
	rest = strings.TrimLeft(rest, " ")
	if !strings.HasPrefix(rest, "'") {
		return false
	}
	body, after, closed := quoted(rest)
	if !closed {
		return false
	}
	last := &u.cards[len(u.cards)-1]
	last.Value = clip(strings.TrimSuffix(last.Value, "&") + strings.TrimRight(body, " "))
	last.Comment = clip(strings.TrimSpace(last.Comment + " " + comment(after)))
	m.Header[len(m.Header)-1] = *last
	return true
}

// add keeps the card, unless it is blank or one too many.
func (u *unit) add(c remit.Card, m *remit.Metadata) bool {
	if len(m.Header) >= MaxCards || c.Key == "" && strings.TrimSpace(c.Value) == "" {
		return false
	}
	c.HDU = u.index
	if _, seen := u.at[c.Key]; !seen {
		u.at[c.Key] = len(u.cards)
	}
	u.cards = append(u.cards, c)
	m.Header = append(m.Header, c)
	return true
}

// card returns the first card with the keyword.
func (u *unit) card(key string) (remit.Card, bool) {
	i, ok := u.at[key]
	if !ok {
		return remit.Card{}, false
	}
	return u.cards[i], true
}

// number returns the value of keyword as a number; quoted numbers count too.
func (u *unit) number(key string) (float64, bool) {
	c, ok := u.card(key)
	if !ok {
		return 0, false
	}
	return parseFloat(c.Value)
}

// whole returns a whole number between 0 and 2⁵³, or other when absent.
func (u *unit) whole(key string, other int64) int64 {
	f, ok := u.number(key)
	if !ok || f < 0 || f > 1<<53 || f != float64(int64(f)) {
		return other
	}
	return int64(f)
}

// image reports whether the unit holds an image, plain or tile-compressed.
func (u *unit) image() bool {
	if kind, ok := u.card("XTENSION"); ok && kind.Value != "IMAGE" {
		z, _ := u.card("ZIMAGE")
		return z.Value == "T"
	}
	return len(u.axes) > 0 && u.axes[0] > 0
}

func (u *unit) compressed() bool {
	_, z := u.card("ZIMAGE")
	return z
}

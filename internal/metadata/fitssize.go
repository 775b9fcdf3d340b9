package metadata

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strconv"

	"github.com/remit-server/remit"
)

// maxData bounds the bytes that one data unit may declare: more than any disk,
// and far from overflow when offsets are added up.
const maxData = 1 << 50

// measure reads NAXISn and sizes the data unit (FITS 4.0 § 4.4.1.1).
func (u *unit) measure() error {
	n := u.whole("NAXIS", -1)
	if n < 0 || n > 999 {
		return fmt.Errorf("%w: NAXIS is missing or impossible", ErrMalformed)
	}
	for i := range n {
		axis := u.whole(fmt.Sprintf("NAXIS%d", i+1), -1)
		if axis < 0 {
			return fmt.Errorf("%w: NAXIS%d is missing or impossible", ErrMalformed, i+1)
		}
		u.axes = append(u.axes, axis)
	}
	width, err := u.elementSize()
	if err != nil || n == 0 {
		return err
	}
	elements, err := product(u.dataAxes())
	if err != nil {
		return err
	}
	groups := u.whole("GCOUNT", 1)
	size, err := product([]int64{width, groups, elements + u.whole("PCOUNT", 0)})
	u.size = size
	return err
}

// dataAxes leaves out the first axis of random groups, which is zero (§ 6).
func (u *unit) dataAxes() []int64 {
	if c, _ := u.card("GROUPS"); c.Value == "T" && u.axes[0] == 0 {
		return u.axes[1:]
	}
	return u.axes
}

// elementSize is the bytes of one array element.
func (u *unit) elementSize() (int64, error) {
	b, _ := u.number("BITPIX")
	switch b {
	case 8, 16, 32, 64, -32, -64:
		return int64(math.Abs(b)) / 8, nil
	}
	return 0, fmt.Errorf("%w: BITPIX is missing or impossible", ErrMalformed)
}

func product(factors []int64) (int64, error) {
	p := uint64(1)
	for _, f := range factors {
		high, low := bits.Mul64(p, uint64(f))
		if high != 0 || low > maxData {
			return 0, fmt.Errorf("%w: the axes multiply to more than %d bytes", ErrHostile, int64(maxData))
		}
		p = low
	}
	return int64(p), nil
}

// verify warns of data that are cut short or do not fit their DATASUM.
func (u *unit) verify(r io.ReaderAt, size int64, m *remit.Metadata) {
	if u.start+u.size > size {
		m.Warnings = append(m.Warnings, fmt.Sprintf("HDU %d: data end %d bytes too early", u.index, u.start+u.size-size))
		return
	}
	c, ok := u.card("DATASUM")
	want, err := strconv.ParseUint(c.Value, 10, 32)
	padded := (u.size + blockLen - 1) / blockLen * blockLen
	if !ok || err != nil || padded > MaxChecksumSize || u.start+padded > size {
		return
	}
	data := make([]byte, padded)
	if n, _ := r.ReadAt(data, u.start); n == len(data) && sum32(data) != uint32(want) {
		m.Warnings = append(m.Warnings, fmt.Sprintf("HDU %d: data do not fit their DATASUM", u.index))
	}
}

// sum32 is the ones' complement sum of FITS 4.0 § 4.4.2.7.
func sum32(data []byte) uint32 {
	var sum uint64
	for ; len(data) >= 4; data = data[4:] {
		sum += uint64(binary.BigEndian.Uint32(data))
	}
	for sum>>32 != 0 {
		sum = sum&math.MaxUint32 + sum>>32
	}
	return uint32(sum)
}

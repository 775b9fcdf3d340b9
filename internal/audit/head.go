package audit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

// Head is a seal as somebody kept it elsewhere: its number and hash.
type Head struct {
	Number int64
	Hash   string
}

// ParseHead reads "NUMBER:HASH", as `remit audit head` prints it; nil for "".
func ParseHead(text string) (*Head, error) {
	if text == "" {
		return nil, nil
	}
	number, hash, cut := strings.Cut(strings.TrimSpace(text), ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if !cut || err != nil || n < 1 || len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return nil, remit.Errorf(remit.Invalid, "%.100q is no head of the audit log", text).WithField("head").
			WithHint("It is NUMBER:HASH, as `remit audit head` prints it.")
	}
	return &Head{n, hash}, nil
}

func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Number, h.Hash) }

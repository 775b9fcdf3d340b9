package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"github.com/remit-server/remit"
)

// Cost is what one password hash takes, and so what a guess costs whoever
// stole the hashes. See RFC 9106, argon2id.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultCost is the OWASP recommendation: 19 MiB, two passes, one thread.
var DefaultCost = Cost{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1}

const (
	saltLength = 16 // bytes
	sumLength  = 32
)

// maxWaiting bounds how many wait for their turn to hash or compare: a few
// seconds of work.
const maxWaiting = 64

// passwords hashes and compares, no more of it at once than the machine has
// processors: each takes DefaultCost's memory.
type passwords struct {
	cost  Cost
	slots chan struct{}
	queue chan struct{} // those with a slot and those who wait for one
	work  atomic.Int64  // how many hashes were computed, of whatever cost
}

func newPasswords(c Cost) *passwords {
	slots := runtime.GOMAXPROCS(0)
	return &passwords{cost: c, slots: make(chan struct{}, slots), queue: make(chan struct{}, slots+maxWaiting)}
}

// turn waits for a slot. It fails when ctx ends before, and with remit.Limited
// when too many wait already.
func (p *passwords) turn(ctx context.Context) (done func(), err error) {
	select {
	case p.queue <- struct{}{}:
	default:
		return nil, remit.Errorf(remit.Limited, "Too many passwords are being compared").WithCode("too_many_logins").
			WithHint("Try again in a few seconds.")
	}
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots; <-p.queue }, nil
	case <-ctx.Done():
		<-p.queue
		return nil, context.Cause(ctx)
	}
}

// hash returns the PHC string of a new password. It fails as turn does.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	h := passwordHash{cost: p.cost, salt: make([]byte, saltLength)}
	if _, err := rand.Read(h.salt); err != nil {
		panic(err) // crypto/rand never fails on a supported system
	}
	h.sum = p.derive(h, password, sumLength)
	return h.String(), nil
}

// matches says whether password is the one of the stored hash. For a hash of
// nobody, "", it works as long as for any other, and says no. It fails as turn does.
func (p *passwords) matches(ctx context.Context, stored, password string) (bool, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	h, known := parseHash(stored)
	if !known {
		h = passwordHash{cost: p.cost, salt: make([]byte, saltLength), sum: make([]byte, sumLength)}
	}
	same := subtle.ConstantTimeCompare(p.derive(h, password, len(h.sum)), h.sum) == 1
	return same && known, nil
}

// passwordHash is a hash with all that is needed to make it again.
type passwordHash struct {
	cost      Cost
	salt, sum []byte
}

func (p *passwords) derive(h passwordHash, password string, length int) []byte {
	p.work.Add(1)
	return argon2.IDKey([]byte(password), h.salt, h.cost.Passes, h.cost.MemoryKiB, h.cost.Threads, uint32(length))
}

// String is the PHC string format.
func (h passwordHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.MemoryKiB, h.cost.Passes, h.cost.Threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.sum))
}

func parseHash(s string) (passwordHash, bool) {
	var h passwordHash
	var version int
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return h, false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return h, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.MemoryKiB, &h.cost.Passes, &h.cost.Threads); err != nil {
		return h, false
	}
	var saltErr, sumErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.sum, sumErr = base64.RawStdEncoding.DecodeString(parts[5])
	usable := saltErr == nil && sumErr == nil && len(h.sum) > 0 && h.cost.Passes > 0 && h.cost.Threads > 0
	return h, usable
}

package identity

import (
	"hash/maphash"
	"maps"
	"net/netip"
	"sync"
	"time"

	"github.com/remit-server/remit"
)

// How often somebody may try a password wrongly: a burst, then one each so often.
// People mistype a few times; programs that guess try thousands.
const (
	triesOfName, nameEvery       = 10, 3 * time.Second
	triesOfAddress, addressEvery = 60, time.Second
)

// tries limits guessing, by the account's name and by where the guess comes
// from. A name that nobody has is limited like any other.
type tries struct {
	names, addresses *buckets
}

func newTries() *tries {
	return &tries{newBuckets(triesOfName, nameEvery), newBuckets(triesOfAddress, addressEvery)}
}

// take counts one try, or says remit.Limited. The address is asked first: one
// that is over its limit cannot use up the tries of others' names.
func (t *tries) take(name, address string, now time.Time) error {
	if err := t.work(address, now); err != nil {
		return err
	}
	if wait := t.names.take(name, now); wait > 0 {
		return tooMany("this name", wait)
	}
	return nil
}

// work counts one try of no name in particular.
func (t *tries) work(address string, now time.Time) error {
	if network := networkOf(address); network != "" {
		if wait := t.addresses.take(network, now); wait > 0 {
			return tooMany("this address", wait)
		}
	}
	return nil
}

// right takes back that a try of the name was a guess. It stays one of the
// address, for it was work.
func (t *tries) right(name string) { t.names.give(name) }

func tooMany(by string, wait time.Duration) *remit.Error {
	seconds := (wait + time.Second - 1) / time.Second
	return remit.Errorf(remit.Limited, "Too many attempts to sign in by %s", by).WithCode("too_many_logins").
		WithHint("Try again in %d s.", seconds)
}

// networkOf is what one household or host has for certain: an IPv4 address, or
// the /64 that an IPv6 address is picked from. "" for what is no address, like
// the program itself.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	network, _ := ip.Prefix(64) // 64 bits fit into every IPv6 address
	return network.String()
}

// maxBuckets bounds the memory. Only those that are not full count.
const maxBuckets = 16_384

// buckets are token buckets by key. Each is kept as the time at which it will
// be full again, under a hash, for keys may be long.
type buckets struct {
	every time.Duration // one token
	burst time.Duration // what a full bucket is worth
	seed  maphash.Seed
	mu    sync.Mutex
	full  map[uint64]time.Time
}

func newBuckets(burst int, every time.Duration) *buckets {
	return &buckets{every: every, burst: time.Duration(burst) * every, seed: maphash.MakeSeed(), full: map[uint64]time.Time{}}
}

// take takes one token, or tells how long until there is one.
func (b *buckets) take(key string, now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.bucket(key, now)
	full := b.full[at]
	if full.Before(now) {
		full = now
	}
	full = full.Add(b.every)
	if wait := full.Sub(now) - b.burst; wait > 0 {
		return wait
	}
	b.full[at] = full
	return 0
}

// give puts a token back.
func (b *buckets) give(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := maphash.String(b.seed, key)
	if _, own := b.full[at]; own {
		b.full[at] = b.full[at].Add(-b.every)
	}
}

// bucket is where the key's tokens are counted. When there are too many, those
// that have none share one.
func (b *buckets) bucket(key string, now time.Time) uint64 {
	at := maphash.String(b.seed, key)
	if _, known := b.full[at]; known || len(b.full) < maxBuckets {
		return at
	}
	maps.DeleteFunc(b.full, func(_ uint64, full time.Time) bool { return !full.After(now) })
	if len(b.full) < maxBuckets {
		return at
	}
	return 0
}

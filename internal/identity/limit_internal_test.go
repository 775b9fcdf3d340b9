package identity

import (
	"strconv"
	"testing"
	"time"
)

func TestBucketsAreBoundedAndFullOnesForgotten(t *testing.T) {
	t.Parallel()
	b, now := newBuckets(2, time.Second), time.Unix(1_700_000_000, 0)
	for i := range maxBuckets {
		b.take(strconv.Itoa(i), now)
	}
	waits := 0
	for i := range 5 {
		if b.take("more"+strconv.Itoa(i), now) > 0 {
			waits++
		}
	}
	if waits != 3 || len(b.full) > maxBuckets+1 {
		t.Errorf("%d of 5 wait, want those after the 2 that fit into the shared bucket; %d buckets", waits, len(b.full))
	}
	if b.take("0", now) > 0 {
		t.Error("a key with a bucket of its own waits for others")
	}
	if b.take("late", now.Add(time.Second)) > 0 || len(b.full) > 3 {
		t.Errorf("%d buckets are kept when all but one are full", len(b.full))
	}
}

func TestAnAddressStandsForItsNetwork(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::/64", "fe80::1%eth0": "fe80::/64", "": "", "pipe": "",
	} {
		if got := networkOf(address); got != want {
			t.Errorf("%q is of %q, want %q", address, got, want)
		}
	}
}

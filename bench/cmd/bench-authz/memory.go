package main

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

// inUse is what objects take on the heap, in bytes, garbage included.
func inUse() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// live is what objects take on the heap after a collection.
func live() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools let go of
	return inUse()
}

// peak is the most that was in use while do ran, looked at every half a
// millisecond.
func peak(do func()) (most int64) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for tick := time.Tick(500 * time.Microsecond); ; {
			most = max(most, inUse())
			select {
			case <-done:
				most = max(most, inUse())
				return
			case <-tick:
			}
		}
	})
	do()
	close(done)
	watching.Wait()
	return most
}

// Package jobs measures how fast jobs go through a queue: Remit's services, the
// least SQL that a queue can be, and River.
//
// Its one invariant: a figure counts only when no job was claimed twice, all
// were finished, and their history is whole; what is not ends the run.
//
//	q, err := jobs.OpenRemit(ctx, store, 1_000_000)
//	rates, err := jobs.Measure(ctx, q, jobs.Plan{Batch: 10, Workers: 4, Length: time.Second})
package jobs

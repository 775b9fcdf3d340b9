package projects_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/projects"
)

// atOnce runs n at the same time, and counts which went through; the others
// were refused with one of codes.
func (w *world) atOnce(n int, run func(i int) error, codes ...string) (through int) {
	w.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = run(i) })
	}
	all.Wait()
	for _, err := range errs {
		if err == nil {
			through++
			continue
		}
		e, known := err.(*remit.Error)
		refused := false
		for _, code := range codes {
			refused = refused || known && e.Code == code
		}
		if !refused {
			w.Errorf("refused otherwise: %v", err)
		}
	}
	return through
}

func TestARequestIsAnsweredOnceWhoeverIsFirst(t *testing.T) {
	inOffices(t, func(o *office) {
		for round := range 8 {
			q := o.asks(o.rita, projects.NewRequest{Permission: "job:create"})
			through := o.atOnce(3, func(i int) (err error) {
				switch i {
				case 0:
					_, err = o.Withdraw(o.Context(), o.rita, q.ID)
				default:
					_, err = o.Reject(o.Context(), o.olga, q.ID, fmt.Sprintf("no, %d times", i))
				}
				return err
			}, "not_open")
			wantEqual(o.T, through, 1)
			notices, err := o.Notices(o.Context(), o.rita, false, 0, "")
			o.must(err)
			after, err := o.ShowRequest(o.Context(), o.rita, q.ID)
			o.must(err)
			told := 0
			for _, n := range notices.Items {
				if n.Request == q.ID {
					told++
				}
			}
			if want := map[remit.RequestState]int{remit.RequestWithdrawn: 0, remit.RequestRejected: 1}[after.State]; told != want {
				o.Errorf("round %d: who asked is told %d times of a request that is %s", round, told, after.State)
			}
		}
	})
}

func TestOneWhoAsksForManyThingsAtOnceStaysWithinTheBound(t *testing.T) {
	inOffices(t, func(o *office) {
		through := o.atOnce(28, func(i int) error {
			_, err := o.Request(o.Context(), o.rita, projects.NewRequest{Project: "moths", Permission: "job:create", Reason: "x",
				Collection: remit.NewID[remit.CollectionID](o.clock.Now().Add(time.Duration(i)))})
			return err
		}, "too_many_requests")
		wantEqual(o.T, through, 20)
	})
}

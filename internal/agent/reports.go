package agent

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/remit-server/remit"
)

// reportDelay is the shortest time between two progress reports.
const reportDelay = 250 * time.Millisecond

// reports sends the latest progress, not every one.
type reports struct {
	task    *task
	mu      sync.Mutex
	latest  *remit.Progress // not yet sent
	stop    chan struct{}
	done    chan struct{}
	current remit.Progress
}

func newReports(ctx context.Context, t *task) *reports {
	r := &reports{task: t, stop: make(chan struct{}), done: make(chan struct{})}
	go r.send(ctx)
	return r
}

// report notes how far the attempt has come; steps back are left out.
func (r *reports) report(p remit.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.Fraction = min(max(p.Fraction, r.current.Fraction), 1)
	r.current, r.latest = p, &p
}

func (r *reports) send(ctx context.Context) {
	defer close(r.done)
	ticker := time.NewTicker(reportDelay)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.flush(ctx)
		case <-r.stop:
			r.flush(ctx)
			return
		}
	}
}

// flush sends what is new. A report that is lost on the way is no loss: the
// next one holds more.
func (r *reports) flush(ctx context.Context) {
	r.mu.Lock()
	p := r.latest
	r.latest = nil
	r.mu.Unlock()
	if p == nil {
		return
	}
	if err := r.task.client.Progress(ctx, r.task.Lease, *p); err != nil {
		r.task.log.Debug("progress did not get through", "error", err)
	}
}

func (r *reports) close() {
	close(r.stop)
	<-r.done
}

// ProgressMark begins a line of a program's output that reports progress:
//
//	::progress 0.4 Resampling
const ProgressMark = "::progress "

// parseProgress reads such a line.
func parseProgress(line string) (remit.Progress, bool) {
	rest, ok := strings.CutPrefix(line, ProgressMark)
	if !ok {
		return remit.Progress{}, false
	}
	number, label, _ := strings.Cut(strings.TrimSpace(rest), " ")
	fraction, err := strconv.ParseFloat(number, 64)
	if err != nil || !(fraction >= 0 && fraction <= 1) {
		return remit.Progress{}, false
	}
	p := remit.Progress{Fraction: fraction}
	if label = fitLabel(label); label != "" {
		p.Stages = []remit.Stage{{Label: label}}
	}
	return p, true
}

// longLabel is how many bytes of a label the server takes.
const longLabel = 200

// fitLabel cuts a label between characters, rather than lose the whole report.
func fitLabel(label string) string {
	label = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(label, "\x00", ""), "\uFFFD"))
	if len(label) > longLabel {
		label = label[:wholeCharacters([]byte(label[:longLabel]))]
	}
	return label
}

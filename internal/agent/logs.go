package agent

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/remit-server/remit"
)

const (
	logChunk = 32 << 10               // bytes sent at once
	logDelay = 200 * time.Millisecond // how long output waits for more before it is sent
	logRoom  = 1 << 20                // bytes that may wait before the program has to
)

// logs sends what an attempt prints, in order, in chunks. A program that
// prints faster than the server takes it is made to wait.
type logs struct {
	task *task
	mu   sync.Mutex
	// changed is signalled when something was written, sent or closed.
	changed *sync.Cond
	waiting []chunk
	tails   map[string][]byte // by stream: the begin of a character whose rest is yet to be written
	mask    *remit.Mask       // hides the job's secrets
	kept    map[string]string // by stream: what may be the begin of a secret
	held    int               // bytes in waiting
	closed  bool              // nothing more will be written
	failed  bool              // the server takes no more
	offset  int64
	done    chan struct{}
}

type chunk struct {
	stream string
	data   []byte
}

func newLogs(ctx context.Context, t *task) *logs {
	l := &logs{task: t, tails: map[string][]byte{}, mask: t.mask(), kept: map[string]string{}, done: make(chan struct{})}
	l.changed = sync.NewCond(&l.mu)
	go l.send(ctx)
	return l
}

// write takes a piece of output, waiting for room.
func (l *logs) write(stream string, p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.held > logRoom && !l.failed && !l.closed {
		l.changed.Wait()
	}
	if l.failed || l.closed {
		return
	}
	p = append(l.tails[stream], p...)
	whole := wholeCharacters(p)
	l.tails[stream] = bytes.Clone(p[whole:])
	var text string
	text, l.kept[stream] = l.mask.Cut(l.kept[stream] + string(p[:whole]))
	l.add(stream, []byte(text))
}

// wholeCharacters is the length of p without a character at its end that is
// cut short. A piece of output may end anywhere.
func wholeCharacters(p []byte) int {
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax); i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return i
			}
			break
		}
	}
	return len(p)
}

// add puts output in line; what is no text becomes U+FFFD. The caller holds mu.
func (l *logs) add(stream string, p []byte) {
	if len(p) == 0 {
		return
	}
	p = bytes.ToValidUTF8(p, []byte("\uFFFD"))
	l.held += len(p)
	if n := len(l.waiting); n > 0 && l.waiting[n-1].stream == stream {
		l.waiting[n-1].data = append(l.waiting[n-1].data, p...)
	} else {
		l.waiting = append(l.waiting, chunk{stream, bytes.Clone(p)})
	}
	l.changed.Broadcast()
}

// send runs until everything written before close was sent, or refused.
func (l *logs) send(ctx context.Context) {
	defer close(l.done)
	for l.await() {
		l.gather(ctx)
		c := l.next()
		err := l.task.persist(ctx, func() error {
			return l.task.client.AppendLog(ctx, l.task.Lease, c.stream, l.offset, string(c.data))
		})
		l.sent(c, err)
	}
}

// await blocks until there is something to send; false means that there never will be.
func (l *logs) await() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.closed && !l.failed {
		l.changed.Wait()
	}
	return len(l.waiting) > 0 && !l.failed
}

// gather waits a little for more output, so that lines travel together.
func (l *logs) gather(ctx context.Context) {
	l.mu.Lock()
	enough := l.closed || l.held >= logChunk
	l.mu.Unlock()
	if !enough {
		sleep(ctx, logDelay)
	}
}

// next is the first piece that waits, cut between characters. It stays in line until it was sent.
func (l *logs) next() chunk {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.waiting[0]
	if len(c.data) <= logChunk {
		return chunk{c.stream, bytes.Clone(c.data)}
	}
	cut := logChunk
	for cut > 0 && !utf8.RuneStart(c.data[cut]) {
		cut--
	}
	return chunk{c.stream, bytes.Clone(c.data[:cut])}
}

func (l *logs) sent(c chunk, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.changed.Broadcast()
	if l.failed = err != nil; l.failed {
		return
	}
	l.offset += int64(len(c.data))
	l.held -= len(c.data)
	l.waiting[0].data = l.waiting[0].data[len(c.data):]
	if len(l.waiting[0].data) == 0 {
		l.waiting = l.waiting[1:]
	}
}

// close waits until all was sent or refused.
func (l *logs) close() {
	l.mu.Lock()
	for _, stream := range slices.Sorted(maps.Keys(l.tails)) {
		l.add(stream, []byte(l.mask.Text(l.kept[stream]+string(l.tails[stream]))))
	}
	l.closed = true
	l.changed.Broadcast()
	l.mu.Unlock()
	<-l.done
}

// unsent is the text that the server did not take; for clean-up after close.
func (l *logs) unsent() string {
	var text []byte
	for _, c := range l.waiting {
		text = append(text, c.data...)
	}
	text = text[:min(len(text), logChunk)]
	return string(text[:wholeCharacters(text)])
}

// lines calls each for every line written to it, without its end.
type lines struct {
	each func(string)
	rest []byte
}

// longLine is where a line without an end is cut.
const longLine = 64 << 10

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 && len(l.rest) < longLine {
			return len(p), nil
		}
		if i < 0 {
			i = len(l.rest) - 1
		}
		l.each(string(bytes.TrimRight(l.rest[:i], "\r")))
		l.rest = l.rest[i+1:]
	}
}

// stream writes into the log under a name.
type stream struct {
	logs *logs
	name string
}

func (s stream) Write(p []byte) (int, error) {
	s.logs.write(s.name, p)
	return len(p), nil
}

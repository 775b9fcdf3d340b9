package jobs_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/testkit"
)

func (w *world) say(node authz.Subject, l remit.Lease, offset int, text string) error {
	return w.AppendLog(w.t.Context(), node, l, jobs.LogChunk{Stream: "stdout", Offset: int64(offset), Data: []byte(text)})
}

func TestAPieceOfLogThatIsSentTwiceIsKeptOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		w.must(w.say(node, l, 0, "Grüße, "))
		w.must(w.say(node, l, 0, "Grüße, "))
		w.must(w.say(node, l, 2, "üße, Nacht")) // overlaps
		w.want(w.say(node, l, 99, "gap"), "log_gap")
		w.must(w.say(node, l, 14, "\x00\xff!"))
		const want = "Grüße, Nacht??!"
		if got := w.log(job.ID, 0); got != want {
			t.Errorf("the log reads %q, want %q", got, want)
		}
		for offset := range len(want) + 1 {
			part, err := w.Log(t.Context(), w.ada, job.ID, 1, int64(offset), 3)
			w.must(err)
			if wanted := want[offset:min(offset+3, len(want))]; string(part.Data) != wanted || part.Done {
				t.Errorf("from %d: %q (done: %t), want %q", offset, part.Data, part.Done, wanted)
			}
		}
		w.finish(node, l, remit.JobFailed) // two attempts are left
		for attempt, done := range map[int]bool{0: false, 1: true} {
			part, err := w.Log(t.Context(), w.ada, job.ID, attempt, int64(len(want)), 0)
			w.must(err)
			if part.Done != done {
				t.Errorf("attempt %d: done is %t, want %t", attempt, part.Done, done)
			}
		}
	})
}

func TestALogThatIsTooLongIsCutWithAMarker(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, jobs.Options{MaxLog: 10})
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		w.must(w.say(node, l, 0, "12345678"))
		w.must(w.say(node, l, 8, "9üß"))
		w.must(w.say(node, l, 13, "more"))
		got := w.log(job.ID, 0)
		if !strings.HasPrefix(got, "123456789\n[remit: the log is cut here") || strings.Count(got, "remit") != 1 || strings.Contains(got, "more") {
			t.Errorf("the log reads %q", got)
		}
	})
}

func TestALongLogIsReadInPieces(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		text := strings.Repeat("0123456789abcdé\n", 30_000)
		for offset := 0; offset < len(text); offset += 100_000 {
			w.must(w.say(node, l, offset, text[offset:min(offset+100_000, len(text))]))
		}
		var got strings.Builder
		for offset := int64(0); ; {
			part, err := w.Log(t.Context(), w.ada, job.ID, 0, offset, 0)
			w.must(err)
			if len(part.Data) == 0 {
				break
			}
			got.Write(part.Data)
			offset = part.Next
		}
		if got.String() != text {
			t.Errorf("%d bytes were read, not the %d that were sent", got.Len(), len(text))
		}
	})
}

func TestArtifactsHaveSafeNamesAndDoNotChange(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.submit(w.ada, w.onFile())
		node := w.node("n1")
		l := w.started(node).Lease
		put := func(name, text string) error {
			_, err := w.PutArtifact(t.Context(), node, l, name, strings.NewReader(text))
			return err
		}
		for _, name := range []string{"", ".", "..", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", `a\b`, "a\x00b", "a\nb", "\xff", strings.Repeat("x", 501)} {
			w.want(put(name, "x"), "invalid")
		}
		w.must(put("a/b.txt", "one"))
		w.must(put("a/b.txt", "one"))
		w.want(put("a/b.txt", "two"), "artifact_exists")
	})
}

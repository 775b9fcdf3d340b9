package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

var asked = regexp.MustCompile(`hx-get="([^"]*)"`)

// addresses are those that htmx would ask for on a page, by the id of their element's part of the path.
func addresses(body string) map[string]string {
	found := map[string]string{}
	for _, m := range asked.FindAllStringSubmatch(body, -1) {
		address := html.UnescapeString(m[1])
		path, _, _ := strings.Cut(address, "?")
		found[path[strings.LastIndex(path, "/")+1:]] = address
	}
	return found
}

func TestAJobIsFollowedUntilItHasEnded(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("moths-basic_member")
	job := w.submit("moths-basic_member", w.files[0].ID)
	at := addresses(b.page("/jobs/" + string(job.ID)))
	if got := b.part(at["live"]); got.StatusCode != http.StatusNoContent {
		t.Errorf("while nothing has changed, the live part answers %s:\n%s", got.Status, got.body)
	}
	lease := w.claim()
	w.must(w.Jobs.Progress(t.Context(), w.node, lease, remit.Progress{Fraction: 0.4, Stages: []remit.Stage{{Label: "Finding sources"}}}))
	w.log(lease, 0, "first line\n")
	part := b.part(at["live"]).body
	if !strings.Contains(part, "Finding sources") || !strings.Contains(part, `value="0.4"`) || strings.Contains(part, "<html") {
		t.Errorf("the live part lacks the progress, or is a whole page:\n%s", part)
	}
	tail := b.part(at["log"]).body
	if !strings.Contains(tail, "first line") {
		t.Errorf("the log's tail is %q", tail)
	}
	_, err := w.Jobs.PutArtifact(t.Context(), w.node, lease, "annotated.png", strings.NewReader("a picture"))
	w.must(err)
	w.log(lease, 11, "last line\n")
	w.finish(lease, remit.JobSucceeded)
	tail = b.part(addresses(tail)["log"]).body
	if !strings.Contains(tail, "last line") || strings.Contains(tail, "first line") || strings.Contains(tail, "hx-get") {
		t.Errorf("the end of the log is %q", tail)
	}
	part = b.part(addresses(part)["live"]).body
	if !strings.Contains(part, `data-artifact="annotated.png"`) || !strings.Contains(part, "succeeded") || strings.Contains(part, "hx-get") {
		t.Errorf("after the end, the live part is:\n%s", part)
	}
}

func TestANewAttemptsLogTakesThePlaceOfTheOldOnes(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("root")
	job := w.submit("root", w.files[0].ID)
	lease := w.claim()
	w.log(lease, 0, "of the first attempt\n")
	at := addresses(b.page("/jobs/" + string(job.ID)))["log"]
	_, err := w.Jobs.Wrest(t.Context(), w.root, job.ID)
	w.must(err)
	w.log(w.claim(), 0, "second\n")
	got := b.part(at)
	if got.Header.Get("HX-Retarget") != "#log" || !strings.Contains(got.body, "second") || strings.Contains(got.body, "first attempt") {
		t.Errorf("the log goes on with %v:\n%s", got.Header, got.body)
	}
}

func TestATableOfJobsIsFreshenedWhenSomethingChanged(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("moths-basic_member")
	for _, path := range []string{"/", "/projects/moths", "/projects/moths/jobs", "/projects/moths/files/" + string(w.files[0].ID)} {
		at := addresses(b.page(path))["live"]
		if got := b.part(at); got.StatusCode != http.StatusNoContent {
			t.Errorf("%s: unchanged, its table answers %s", path, got.Status)
		}
		job := w.submit("moths-basic_member", w.files[0].ID)
		if got := b.part(at); !strings.Contains(got.body, string(job.ID)) || !strings.Contains(got.body, `"every 2s"`) {
			t.Errorf("%s: its table lacks the new job:\n%s", path, got.body)
		}
	}
}

func TestALivePartOfWhatIsGoneMakesThePageAnew(t *testing.T) {
	t.Parallel()
	w := serve(t)
	job := w.submit("root", w.files[0].ID)
	got := w.as("observatory-student").part("/jobs/" + string(job.ID) + "/live")
	if got.StatusCode != http.StatusNotFound || got.Header.Get("HX-Refresh") != "true" || got.body != "" {
		t.Errorf("a hidden job's live part answers %s with %v:\n%s", got.Status, got.Header, got.body)
	}
}

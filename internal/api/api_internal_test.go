package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

func change(id string) gate.Event {
	return gate.Event{Topic: "job", Payload: fmt.Sprintf(`{"id":%q}`, id)}
}

// A burst about one job is told once; too many jobs are "look at everything".
func TestABurstIsToldOnce(t *testing.T) {
	t.Parallel()
	var told teller
	for range 50 {
		told.note(change("a"))
		told.note(change("b"))
	}
	if want := []remit.JobID{"a", "b"}; told.reload || !slices.Equal(told.waiting, want) {
		t.Errorf("waiting are %v, reload %t, want %v", told.waiting, told.reload, want)
	}
	for i := range 2 * maxBurst {
		told.note(change(fmt.Sprint(i)))
	}
	if !told.reload || told.waiting != nil {
		t.Errorf("after a flood: reload %t, %d waiting", told.reload, len(told.waiting))
	}
	for name, e := range map[string]gate.Event{"missed": {}, "garbage": {Topic: "job", Payload: "{"}} {
		var told teller
		told.note(change("a"))
		if told.note(e); !told.reload || len(told.waiting) > 0 {
			t.Errorf("%s: reload %t, waiting %v", name, told.reload, told.waiting)
		}
	}
}

func TestPlacesForStreamsAreGivenBack(t *testing.T) {
	t.Parallel()
	var s streams
	var closed []func()
	for i := range streamsAll {
		end, err := s.open(fmt.Sprint(i / streamsEach))
		if err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
		closed = append(closed, end)
	}
	if _, err := s.open("another"); remit.KindOf(err) != remit.Limited {
		t.Errorf("one more than all: %v", err)
	}
	for _, end := range closed {
		end()
		end() // twice gives back one
	}
	if s.all != 0 || len(s.of) != 0 {
		t.Errorf("%d are open, of %v", s.all, s.of)
	}
}

func TestANULIsFoundAsItIsMeant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{`"\u0000"`: true, `"a\\\u0000"`: true, `"\\u0000"`: false, `"\\\\u0000"`: false, `"\\u0000\u0000"`: true, `"\u00001"`: true, `"u0000"`: false, ``: false} {
		if escapesNUL([]byte(text)) != want {
			t.Errorf("%s: %t", text, !want)
		}
	}
	if in := (&Input[struct{}]{RawBody: []byte("\xff")}); len(in.Resolve(nil)) != 1 {
		t.Error("a body that is not UTF-8 is let through")
	}
}

func TestTheDocumentSaysThatBodiesAreJSON(t *testing.T) {
	t.Parallel()
	bodies := 0
	for path, item := range Register(http.NewServeMux(), Services{}, "test").OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Post, item.Put, item.Patch} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			bodies++
			if kinds := slices.Collect(maps.Keys(op.RequestBody.Content)); !slices.Equal(kinds, []string{"application/json"}) {
				t.Errorf("%s %s takes %v", op.Method, path, kinds)
			}
		}
	}
	if bodies < 10 {
		t.Errorf("only %d routes have a body", bodies)
	}
}

func TestOnlyKnownMediaTypesAreShownInline(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{"text/csv; charset=utf-8": "inline", "IMAGE/PNG": "inline", "text/html": "attachment", "": "attachment", "image/png;;": "attachment", "text/csv/x": "attachment"} {
		if got := disposition(kind); got != want {
			t.Errorf("%q is shown %s, want %s", kind, got, want)
		}
	}
	if strings.Contains(strings.Join(inline, " "), "html") {
		t.Error("pages of others are shown as ours")
	}
}

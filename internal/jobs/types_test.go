package jobs_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

func TestADeclarationThatMakesNoSenseIsRefusedWithItsField(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		fine := remit.JobType{Key: "fine", Title: "Fine", On: []string{"none"}, Runner: "process", Command: []string{"true", "--x={params.x}", "${{x}}", `{{"a": {{"b": {params.x}}}}}`}}
		w.must(w.DeclareType(t.Context(), setup, fine))
		w.must(w.DeclareType(t.Context(), setup, fine)) // again is fine
		for name, c := range map[string]struct {
			change func(*remit.JobType)
			field  string
		}{
			"no key":             {func(k *remit.JobType) { k.Key = "" }, "key"},
			"a dot in the key":   {func(k *remit.JobType) { k.Key = "ml.single" }, "key"},
			"no title":           {func(k *remit.JobType) { k.Title = " " }, "title"},
			"on nothing at all":  {func(k *remit.JobType) { k.On = nil }, "on"},
			"on something odd":   {func(k *remit.JobType) { k.On = []string{"moon"} }, "on"},
			"on a file twice":    {func(k *remit.JobType) { k.On = []string{"file", "file"} }, "on"},
			"an unknown runner":  {func(k *remit.JobType) { k.Runner = "horse" }, "runner"},
			"no command":         {func(k *remit.JobType) { k.Command = nil }, "command"},
			"a built-in command": {func(k *remit.JobType) { k.Runner = "builtin" }, "command"},
			"a misspelt mark":    {func(k *remit.JobType) { k.Command = []string{"x", "{imput}"} }, "command"},
			"a mark in braces":   {func(k *remit.JobType) { k.Command = []string{"x", "{{{imput}}}"} }, "command"},
			"JSON as it is":      {func(k *remit.JobType) { k.Command = []string{"x", `{"a": 1}`} }, "command"},
			"a zero byte":        {func(k *remit.JobType) { k.Title = "a\x00b" }, "title"},
			"a long title":       {func(k *remit.JobType) { k.Title = strings.Repeat("a", 201) }, "title"},
			"a zero byte more":   {func(k *remit.JobType) { k.Description = "a\x00b" }, "description"},
			"inputs in a word":   {func(k *remit.JobType) { k.Command = []string{"x", "--in={inputs}"} }, "command"},
			"odd environment":    {func(k *remit.JobType) { k.Env = []string{"1X=y"} }, "env"},
			"no schema":          {func(k *remit.JobType) { k.Params = json.RawMessage(`{"type":"array"}`) }, "params"},
			"a broken schema":    {func(k *remit.JobType) { k.Params = json.RawMessage(`{"type":"object","required":3}`) }, "params.required"},
			"a schema elsewhere": {func(k *remit.JobType) { k.Params = json.RawMessage(`{"type":"object","$ref":"file:///etc/passwd"}`) }, "params"},
			"a negative limit":   {func(k *remit.JobType) { k.TimeLimitS = -1 }, "time_limit_s"},
			"too many attempts":  {func(k *remit.JobType) { k.MaxAttempts = 101 }, "max_attempts"},
			"an unknown lend":    {func(k *remit.JobType) { k.Lends = []remit.Lend{{Permission: "colection:update"}} }, "lends"},
			"told of no end":     {func(k *remit.JobType) { k.Notify = []remit.JobState{"failed", "running"} }, "notify.1"},
			"told twice":         {func(k *remit.JobType) { k.Notify = []remit.JobState{"failed", "failed"} }, "notify.1"},
			"a lend of the moon": {func(k *remit.JobType) { k.Lends = []remit.Lend{{Permission: "collection:update", Of: "moon"}} }, "lends"},
		} {
			bad := fine
			c.change(&bad)
			err := w.DeclareType(t.Context(), setup, bad)
			e, ok := errors.AsType[*remit.Error](err)
			if !ok || e.Kind != remit.Invalid || e.Field != c.field {
				t.Errorf("%s: got %+v, want invalid at %q", name, err, c.field)
			}
		}
		w.want(w.DeclareType(t.Context(), w.max, fine), "denied")
	})
}

// TestANewTypeIsCoveredByPatterns is example 33 of the permissions.
func TestANewTypeIsCoveredByPatterns(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.DeclareType(t.Context(), setup, remit.JobType{Key: "contracts", Title: "Contracts", On: []string{"none"}, Runner: "process", Command: []string{"true"}}))
		spec := remit.JobSpec{Type: "contracts", Start: true}
		w.submit(w.max, spec)
		_, err := w.Submit(t.Context(), w.ada, "moths", spec)
		w.want(err, "denied")
	})
}

package blueprints_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/blueprints"
	"github.com/remit-server/remit/internal/policyfile"
)

const oneType = `key: count
title: Count
on: [file, collection]
runner: process
command: [count, --t, "{params.t}"]
params:
  type: object
  properties: {t: {type: number, default: 4}}
lends: [{permission: "collection:update"}]
`

var count = remit.JobType{Key: "count", Title: "Count", On: []string{"file", "collection"}, Runner: "process", Command: []string{"count", "--t", "{params.t}"},
	Params: []byte(`{"properties":{"t":{"default":4,"type":"number"}},"type":"object"}`), Lends: []remit.Lend{{Permission: "collection:update"}}}

func TestJobTypesAreReadFromFilesOfEveryForm(t *testing.T) {
	t.Parallel()
	inList := "- " + strings.ReplaceAll(strings.TrimSpace(oneType), "\n", "\n  ") + "\n"
	for name, text := range map[string]string{
		"one":         oneType,
		"a list":      inList,
		"a blueprint": "name: mine\nroles: []\njob_types:\n" + inList,
		"JSON with tabs, as it is answered": "{\n\t\"key\": \"count\", \"title\": \"Count\", \"on\": [\"file\", \"collection\"], \"runner\": \"process\",\n" +
			"\t\"command\": [\"count\", \"--t\", \"{params.t}\"], \"args\": false, \"time_limit_s\": 0, \"max_attempts\": 0,\n" +
			"\t\"params\": {\"properties\":{\"t\":{\"default\":4,\"type\":\"number\"}},\"type\":\"object\"}, \"lends\": [{\"permission\": \"collection:update\", \"of\": \"\"}], \"permissions\": []\n}",
	} {
		got, err := blueprints.ParseTypes(policyfile.File{Name: "a.yaml", Text: text})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range got.All {
			got.All[i].Permissions = nil
		}
		if diff := cmp.Diff([]remit.JobType{count}, got.All); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatIsWrongWithAFileOfJobTypesIsSaidWithItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                    "a.yaml: there is no job type",
		"count":                               "a.yaml:1:1: this is neither",
		"key: a\ncomand: [x]":                 "a.yaml:2:1: ",
		"- key: a\n- key: b\n  args: perhaps": "a.yaml:3:9: ",
		"key: a\nkey: b":                      "a.yaml:2:1: ",
		"key: [":                              "a.yaml:1:",
		"key: a\n---\nkey: b":                 "a.yaml:3:1: a second document",
		"name: x\njob_types:\n- key: a\n- key: b\n- key: a": "a.yaml:5:3: job type a is there twice, first at a.yaml:3:3",
		"name: x\njob_types: []\nrolls: []":                 "a.yaml:3:1: ",
		"key: a\ncommand: x":                                "a.yaml:2:10: ",
	} {
		_, err := blueprints.ParseTypes(policyfile.File{Name: "a.yaml", Text: text})
		if remit.KindOf(err) != remit.Invalid || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	one, two := policyfile.File{Name: "a.yaml", Text: oneType}, policyfile.File{Name: "b.yaml", Text: "- title: X\n  key: count"}
	if _, err := blueprints.ParseTypes(one, two); err == nil || err.Error() != "b.yaml:2:3: job type count is there twice, first at a.yaml:1:1" {
		t.Errorf("in two files: %v", err)
	}
}

func TestAFieldOfAJobTypeIsFoundInItsFile(t *testing.T) {
	t.Parallel()
	types, err := blueprints.ParseTypes(policyfile.File{Name: "a.yaml", Text: "- key: x\n- key: w\n  steps:\n    - name: a\n      type: x\n      params: {n: 3}\n"})
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{
		"types.1.steps.0.type": "a.yaml:5:7", "types.1.steps.0.params.n": "a.yaml:6:16", "types.1.steps.0.on": "a.yaml:4:7",
		"types.0": "a.yaml:1:3", "types.1.command": "a.yaml:2:3", "types.7.key": "", "who": "",
	} {
		if got := types.Place(field).String(); got != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
}

func TestABlueprintWithAJobTypeTwiceIsRefused(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/b.yaml"
	text := "name: b\njob_types:\n  - {key: a, title: A, on: [none], runner: process, command: [x]}\n  - {key: a, title: B, on: [none], runner: process, command: [y]}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := blueprints.Load(path)
	if remit.KindOf(err) != remit.Invalid || !strings.Contains(err.Error(), "b.yaml:4:6: job type a is there twice, first at ") || !strings.HasSuffix(err.Error(), "b.yaml:3:6") {
		t.Error(err)
	}
}

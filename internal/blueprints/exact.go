package blueprints

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/policyfile"
)

// rawTypes are the job types of a file that is JSON: YAML reads some of its
// numbers as texts. Nil for any other file.
func rawTypes(text string) (all []json.RawMessage) {
	if !json.Valid([]byte(text)) {
		return nil
	}
	if json.Unmarshal([]byte(text), &all) == nil {
		return all
	}
	var whole struct {
		JobTypes []json.RawMessage `json:"job_types"`
	}
	if json.Unmarshal([]byte(text), &whole) == nil && whole.JobTypes != nil {
		return whole.JobTypes
	}
	return []json.RawMessage{json.RawMessage(text)}
}

// YAML is a job type as a file that declares it: JSON, which is YAML too, where
// nothing else is read again as it was.
func YAML(t remit.JobType) (string, error) {
	t.Permissions, t.Off = nil, false
	text, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	fancy, err := yaml.JSONToYAML(text)
	written := strings.Replace(string(fancy), "permissions: null\n", "", 1)
	if err == nil && readsAs(written, text) {
		return written, nil
	}
	var plain bytes.Buffer
	if err := json.Indent(&plain, text, "", "  "); err != nil {
		return "", err
	}
	return plain.String() + "\n", nil
}

// readsAs says whether a file declares what is this as JSON.
func readsAs(file string, text []byte) bool {
	types, err := ParseTypes(policyfile.File{Text: file})
	if err != nil || len(types.All) != 1 {
		return false
	}
	again, err := json.Marshal(types.All[0])
	var was, is any
	return err == nil && unmarshalExact(text, &was) == nil && unmarshalExact(again, &is) == nil && reflect.DeepEqual(was, is)
}

// unmarshalExact keeps numbers as they are written.
func unmarshalExact(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

package policyfile_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/remit-server/remit/internal/policyfile"
)

func TestTheSchemaForEditorsIsTheOneInTheDocuments(t *testing.T) {
	t.Parallel()
	const path = "../../docs/policy.schema.json"
	if os.Getenv("REMIT_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(policyfile.Schema), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, string(text), policyfile.Schema)
}

func TestTheSchemaTakesWhatIsReadAndRefusesWhatIsNot(t *testing.T) {
	t.Parallel()
	c := jsonschema.NewCompiler()
	shape, err := decoded(policyfile.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("policy.json", shape); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("policy.json")
	if err != nil {
		t.Fatal(err)
	}
	good := []string{everything, clerk, "{}", "site: \nprojects: {m: }"}
	for seed := range uint64(20) {
		good = append(good, dice{rand.New(rand.NewPCG(seed, 7))}.file())
	}
	for _, text := range good {
		v, err := decoded(text)
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	for _, text := range []string{
		"rols: []", "roles: [{title: x}]", "roles: [{name: a, alow: []}]", "roles: [{name: a, allow: ['job']}]", "roles: [{name: a, allow: ['job:read@mine']}]",
		"projects: {m: {members: [{user: a}]}}", "projects: {m: {members: [{user: a, team: b, role: c}]}}", "projects: {m: {entries: [{user: a, permission: 'job:read', effect: remove}]}}",
		"projects: {m: {reserved: []}}", "site: {public: []}", "permissions: [{name: 'x:*'}]", "site: {reserved: ['job:*']}",
	} {
		v, err := decoded(text)
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(v) == nil {
			t.Errorf("the schema takes %s", text)
		}
	}
}

// decoded is YAML, or JSON, as JSON has it.
func decoded(text string) (v any, err error) {
	data, err := yaml.YAMLToJSON([]byte(strings.ReplaceAll(text, `\x01`, ""))) // which the library writes as no JSON
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(data))
}

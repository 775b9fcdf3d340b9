package policyfile_test

import (
	"encoding/xml"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/policyfile"
)

// The expected verdicts of the file are typed from the permission contract.
func TestTheExamplesOfTheContractHold(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/examples.yaml")
	if err != nil {
		t.Fatal(err)
	}
	suite, err := policyfile.ParseSuite(nil, policyfile.File{Name: "examples.yaml", Text: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	results := suite.Run(noon)
	for _, r := range results {
		if !r.Pass {
			t.Errorf("%s: %s: %s: want %s, got %s", r.At, r.Test, r.Question, r.Want, r.Got)
		}
	}
	for _, row := range []string{"1,", "2,", "3,", "4,", "5,", "6,", "7,", "8,", "9,", "10,", "11,", "12,", "13,", "14,", "15,", "16,", "17,", "21,", "22,", "23,", "23b,", "24,", "28,", "33,", "37,"} {
		if !strings.Contains(string(text), "name: row "+row) {
			t.Errorf("row %s is missing", row)
		}
	}
	if len(results) < 45 {
		t.Errorf("only %d questions", len(results))
	}
}

func results(t *testing.T, read policyfile.Read, text string) []policyfile.Result {
	t.Helper()
	suite, err := policyfile.ParseSuite(read, policyfile.File{Name: "dir/s.yaml", Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return suite.Run(noon)
}

func TestAWrongExpectationFailsAndSaysWhatIs(t *testing.T) {
	t.Parallel()
	got := results(t, nil, `
given: {roles: [{name: a, allow: ['job:read@own']}], projects: {p: {members: [{user: u, role: a}]}}, superusers: [root], disabled: [gone]}
tests:
  - name: wrong
    ask:
      - {who: u, permission: 'job:read', project: p, on: {owner: u}, expect: deny}
      - {who: u, permission: 'job:read', project: p, on: {owner: v}, expect: deny, rule: R12}
      - {who: u, operation: job.cancel, project: p, on: {owner: v}, expect: deny, status: 403, missing: 'job:cancel'}
      - {who: u, permission: 'job:raed', project: p, expect: deny}
      - {who: u, operation: job.cancle, project: p, expect: deny}
      - {who: gone, permission: 'job:read', project: p, expect: deny, rule: R1}
      - {who: root, permission: 'job:read', project: p, expect: deny}
  - name: not refused
    refused: because
  - name: refused
    given: {roles: [{name: b, allow: ['job:x']}]}
    ask: [{who: u, permission: 'job:read', expect: allow}]
`)
	var lines []string
	for _, r := range got {
		if !r.Pass {
			lines = append(lines, r.Question+" | "+r.Want+" | "+r.Got)
		}
	}
	wantEqual(t, lines, []string{
		"u job:read in p on an own thing | deny | allow R12",
		"u job:read in p on a thing of v | deny R12 | deny R14",
		"u job.cancel in p on a thing of v | deny job:cancel 403 | deny R14 job:cancel 404",
		`u job:raed in p | deny | unknown permission "job:raed", did you mean "job:read"?`,
		`u job.cancle in p | deny | there is no operation "job.cancle", did you mean "job.cancel"?`,
		"root job:read in p | deny | allow R8",
		"the policy | is refused: because | is accepted",
		`the policy | is accepted | dir/s.yaml:16:39: unknown permission "job:x"`,
	})
	var b strings.Builder
	if err := policyfile.JUnit(&b, got); err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Cases    []struct{} `xml:"testcase"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &suite); err != nil || suite.Tests != len(got) || suite.Failures != len(lines) || len(suite.Cases) != len(got) {
		t.Errorf("%+v, %v\n%s", suite, err, b.String())
	}
}

func TestScenariosStandOnPolicyFiles(t *testing.T) {
	t.Parallel()
	read := func(path string) (string, error) {
		if path == "dir/policy.yaml" {
			return "roles: [{name: a, allow: ['job:read']}]", nil
		}
		return "", errors.New("no such file")
	}
	got := results(t, read, "given: {files: [policy.yaml]}\ntests: [{name: x, given: {projects: {p: {members: [{user: u, role: a}]}}}, ask: [{who: u, permission: 'job:read', project: p, expect: allow}]}]")
	if len(got) != 1 || !got[0].Pass {
		t.Errorf("%+v", got)
	}
	for text, want := range map[string]string{
		"given: {files: [other.yaml]}\ntests: [{name: x, refused: y}]": `s.yaml:1:17: no such file`,
		"tests: []": `s.yaml: there are no tests`,
		"tests: [{name: x, ask: [{who: u, permission: 'job:read'}]}]":                   `a question lacks expect`,
		"tests: [{name: x, ask: [{expect: allow, permission: 'job:read', projct: p}]}]": `a question has no key "projct", did you mean "project"?`,
		"tests: [{name: x}]": `a test asks something`,
		"given: {roles: [{name: a}]}\ntests: [{name: x, refused: y, given: {roles: [{name: a}]}}]":     `role "a" is defined twice`,
		"tests: [{name: x, ask: [{expect: allow, permission: 'job:read', on: {visibility: secret}}]}]": `visibility is project or private or public, not "secret"`,
	} {
		_, err := policyfile.ParseSuite(read, policyfile.File{Name: "s.yaml", Text: text})
		if remit.KindOf(err) != remit.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
}

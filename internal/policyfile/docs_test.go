package policyfile_test

import (
	"errors"
	"os"
	"regexp"
	"testing"

	"github.com/remit-server/remit/internal/policyfile"
)

// The examples of the documents are files that work: the first one is the
// policy.yaml that the second one tests.
func TestTheExamplesOfTheDocumentsWork(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/policy-files.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d examples", len(blocks))
	}
	doc, err := policyfile.Parse(policyfile.File{Name: "policy.yaml", Text: blocks[0][1]})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range policyfile.Lint(doc, policyfile.BuiltIn(), noon) {
		if f.Level != policyfile.LevelNote {
			t.Error(f)
		}
	}
	read := func(path string) (string, error) {
		if path != "policy.yaml" {
			return "", errors.New("no such file")
		}
		return blocks[0][1], nil
	}
	suite, err := policyfile.ParseSuite(read, policyfile.File{Name: "scenarios.yaml", Text: blocks[1][1]})
	if err != nil {
		t.Fatal(err)
	}
	results := suite.Run(noon)
	for _, r := range results {
		if !r.Pass {
			t.Errorf("%s: %s: want %s, got %s", r.At, r.Question, r.Want, r.Got)
		}
	}
	if len(results) != 5 {
		t.Errorf("%d questions", len(results))
	}
}

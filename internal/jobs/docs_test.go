package jobs_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

// The page of job types names each field that a type has in JSON.
func TestThePageOfJobTypesNamesEveryField(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/job-types.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []any{remit.JobType{}, remit.Resources{}, remit.Lend{}, remit.Step{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(of)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("docs/job-types.md does not tell of `%s` of %T", name, of)
			}
		}
	}
}

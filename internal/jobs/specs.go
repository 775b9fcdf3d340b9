package jobs

import (
	"encoding/json"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// ShownSpecs are the specs of jobs to be made, without what the asker may not
// read: what they are on, and parameters that name files, as a job is shown.
// whole says of which nothing was left out.
func (s *Service) ShownSpecs(r *gate.Reader, specs []remit.JobSpec) (shown []remit.JobSpec, whole []bool, err error) {
	rows := make([]row, len(specs))
	for i, spec := range specs {
		if rows[i], err = s.wouldBe(r, spec); err != nil {
			return nil, nil, err
		}
	}
	seen, err := sightOf(r, rows)
	if err != nil {
		return nil, nil, fmt.Errorf("looking up what jobs would be on: %w", err)
	}
	shown, whole = make([]remit.JobSpec, len(specs)), make([]bool, len(specs))
	for i, j := range rows {
		shown[i], whole[i] = specs[i], seen.again(&j)
		if !seen[j.on()] {
			shown[i].On = remit.On{}
		}
		if shown[i].Params, err = shownParams(j, seen); err != nil {
			return nil, nil, err
		}
	}
	return shown, whole, nil
}

// wouldBe is what a job of a spec reads, as its type is declared now.
func (s *Service) wouldBe(r *gate.Reader, spec remit.JobSpec) (row, error) {
	files, err := s.filesNamed(r, spec.Type, spec.Params)
	return row{Type: spec.Type, File: spec.On.File, Collection: spec.On.Collection, Params: spec.Params, Files: files}, err
}

func (s *Service) filesNamed(r *gate.Reader, key string, params json.RawMessage) ([]parameters.File, error) {
	kind, err := s.known.typeOf(r, key)
	if err != nil || parameters.IsNone(params) {
		return nil, err
	}
	schema, err := s.schemas.Of(kind.Params)
	if err != nil {
		return nil, err
	}
	object, err := parameters.Read(params)
	return parameters.FilesIn(schema, object), err
}

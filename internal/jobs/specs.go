package jobs

import (
	"encoding/json"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// ShownSpec is the spec of a job to be made, as the asker may read it.
type ShownSpec struct {
	remit.JobSpec
	Whole   bool // the asker may read all that it names
	Secrets bool // its type takes secrets now
}

// ShownSpecs are specs without what the asker may not read: what they are on,
// and parameters that name files, as a job is shown, and secrets.
func (s *Service) ShownSpecs(r *gate.Reader, specs []remit.JobSpec) ([]ShownSpec, error) {
	rows := make([]row, len(specs))
	for i, spec := range specs {
		var err error
		if rows[i], err = s.wouldBe(r, spec); err != nil {
			return nil, err
		}
	}
	seen, err := sightOf(r, rows)
	if err != nil {
		return nil, fmt.Errorf("looking up what jobs would be on: %w", err)
	}
	shown := make([]ShownSpec, len(specs))
	for i, j := range rows {
		kind, err := s.known.typeOf(r, j.Type)
		if err != nil {
			return nil, err
		}
		shown[i] = ShownSpec{JobSpec: specs[i], Whole: seen.again(&j), Secrets: hasSecrets(kind)}
		if !seen[j.on()] {
			shown[i].On = remit.On{}
		}
		if shown[i].Params, err = s.shownParams(r, j, seen); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// wouldBe is what a job of a spec reads, as its type is declared now.
func (s *Service) wouldBe(r *gate.Reader, spec remit.JobSpec) (row, error) {
	files, err := s.filesNamed(r, spec.Type, spec.Params)
	return row{Type: spec.Type, File: spec.On.File, Collection: spec.On.Collection, Params: spec.Params, Files: files}, err
}

func (s *Service) filesNamed(r *gate.Reader, key string, params json.RawMessage) ([]parameters.File, error) {
	if parameters.IsNone(params) {
		return nil, nil
	}
	schema, err := s.schemaOf(r, key)
	if err != nil {
		return nil, err
	}
	object, err := parameters.Read(params)
	return parameters.FilesIn(schema, object), err
}

// schemaOf is that of a type's parameters, as the type is declared now.
func (s *Service) schemaOf(r *gate.Reader, key string) (*parameters.Schema, error) {
	kind, err := s.known.typeOf(r, key)
	if err != nil {
		return nil, err
	}
	return s.schemas.Of(kind.Params)
}

package jobs

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// maxFileParams bounds how many files the parameters of one job name together.
const maxFileParams = 500

// mayRead says whether somebody may read a file, in whatever project it is.
func mayRead(r *gate.Reader, who authz.Subject, f archive.FileRow) bool {
	return r.RequireAs(who, "file.read", f.Resource()) == nil
}

// requireFiles lets only those through who may read every file that the
// parameters name. One that is hidden reads like one that is not there.
func requireFiles(r *gate.Reader, who authz.Subject, params []parameters.File) error {
	ids := parameters.IDs(params)
	if len(ids) > maxFileParams {
		return invalid("params", "The parameters name %d files; at most %d are allowed", len(ids), maxFileParams)
	}
	files, err := archive.LocateFiles(r, ids)
	if err != nil {
		return err
	}
	for _, p := range params {
		for i, id := range p.Files {
			f, found := files[id]
			if !found || !mayRead(r, who, f) {
				return gate.NotFound("files").WithField(p.Place(i))
			}
			if f.State != remit.FilePresent {
				return notPresent(f).WithField(p.Place(i))
			}
		}
	}
	return nil
}

// lentFiles are the files of the parameters as inputs, for those who may read
// all of them, or why the job cannot have them now (R26): of one that is hidden
// as of one that is not there.
func lentFiles(r *gate.Reader, readers []authz.Subject, j *row) (inputs []input, reason string, err error) {
	if len(j.Files) == 0 {
		return nil, "", nil
	}
	files, err := archive.LocateFiles(r, parameters.IDs(j.Files))
	if err != nil {
		return nil, "", err
	}
	for _, p := range j.Files {
		for i, id := range p.Files {
			f, found := files[id]
			hidden := func(who authz.Subject) bool { return !mayRead(r, who, f) }
			switch {
			case !found || slices.ContainsFunc(readers, hidden):
				return nil, "a file of its parameter " + p.Name + " is not there, or its owner or runner may not read it", nil
			case f.State != remit.FilePresent:
				return nil, "a file of its parameter " + p.Name + " is " + f.State, nil
			}
			inputs = append(inputs, fileInput(f, pathOf(p, i, f), p.Name))
		}
	}
	return inputs, "", nil
}

// pathOf is where the node finds the file, below inputs/.
func pathOf(p parameters.File, i int, f archive.FileRow) string {
	if p.List {
		return fmt.Sprintf("params/%s/%d/%s", p.Name, i+1, path.Base(f.Path))
	}
	return "params/" + p.Name + "/" + path.Base(f.Path)
}

// distinct are the inputs that are files of the archive, each once.
func distinct(inputs []input) (once []input) {
	seen := map[remit.FileID]bool{}
	for _, in := range inputs {
		if in.taken == nil && !seen[in.File] {
			seen[in.File] = true
			once = append(once, in)
		}
	}
	return once
}

// apart gives the files of parameters other places than those that a
// collection's own files have.
func apart(own, params []input) []input {
	taken := map[string]bool{}
	for _, in := range own {
		taken[in.Name] = true
	}
	for i := range params {
		for taken[params[i].Name] {
			dir, base := path.Split(params[i].Name)
			params[i].Name = dir + "_/" + base
		}
	}
	return append(own, params...)
}

// requireSight lets only those through who may read the files of parameters,
// whatever has become of these.
func requireSight(r *gate.Reader, params []parameters.File) error {
	files, err := archive.LocateFiles(r, parameters.IDs(params))
	if err != nil {
		return err
	}
	for _, id := range parameters.IDs(params) {
		if f, found := files[id]; !found || !mayRead(r, r.Who(), f) {
			return gate.NotFound("files")
		}
	}
	return nil
}

// shownParams are the parameters of a job without what names hidden things, and
// without what its type calls a secret now: when the job was made it was none.
func (s *Service) shownParams(r *gate.Reader, j row, seen sight) (json.RawMessage, error) {
	if parameters.IsNone(j.Params) {
		return j.Params, nil
	}
	schema, err := s.schemaOf(r, j.Type)
	if remit.KindOf(err) == remit.Invalid {
		return nil, nil // a schema of before, which is refused now: what it calls a secret is not known
	}
	if err != nil {
		return nil, err
	}
	secrets, filtered := parameters.Secrets(schema), filterThings(j.Type, j.Params)
	hidden := slices.ContainsFunc(parameters.IDs(j.Files), func(id remit.FileID) bool { return !seen[remit.On{File: id}] })
	for _, on := range filtered {
		hidden = hidden || !seen[on]
	}
	if !hidden && len(secrets) == 0 {
		return j.Params, nil
	}
	object, err := parameters.Read(j.Params)
	if err != nil {
		return nil, err
	}
	for _, p := range j.Files {
		if slices.ContainsFunc(p.Files, func(id remit.FileID) bool { return !seen[remit.On{File: id}] }) {
			delete(object, p.Name)
		}
	}
	for _, name := range secrets {
		delete(object, name)
	}
	withoutHidden(object, filtered, seen)
	return parameters.Encode(object)
}

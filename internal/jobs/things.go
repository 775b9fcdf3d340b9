package jobs

import (
	"cmp"
	"errors"
	"path"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// thing is what a job is on, located. The zero thing is nothing.
type thing struct {
	place      string // onNothing, onFile, onCollection
	resource   authz.Resource
	collection remit.CollectionID
	set        bool            // for onCollection: it is no folder
	file       archive.FileRow // for onFile
}

// locate finds what a job is on; gate.NotFound when it is not there.
func locate(r db.Reader, on remit.On) (thing, error) {
	switch {
	case on.File != "":
		f, err := archive.LocateFile(r, on.File)
		return thing{place: onFile, resource: f.Resource(), collection: f.Collection, file: f}, err
	case on.Collection != "":
		c, err := archive.LocateCollection(r, on.Collection)
		return thing{place: onCollection, resource: c.Resource(), collection: c.ID, set: c.Kind == remit.KindSet}, err
	}
	return thing{place: onNothing}, nil
}

// reads are the operations that reading a thing takes. A collection is read
// with its files, since those are what a node gets.
func (t thing) reads() []string {
	switch t.place {
	case onFile:
		return []string{"file.read"}
	case onCollection:
		return []string{"collection.read", "file.read"}
	}
	return nil
}

// requireRead refuses, as R21 words it, who may not read the thing.
func (t thing) requireRead(r *gate.Reader, who authz.Subject) error {
	for _, op := range t.reads() {
		if err := r.RequireAs(who, op, t.resource); err != nil {
			return err
		}
	}
	return nil
}

func (t thing) readableBy(r *gate.Reader, who authz.Subject) bool {
	return !slices.ContainsFunc(t.reads(), func(op string) bool {
		return !r.CanAs(who, op, t.resource).Allowed
	})
}

// nounOf is the thing's noun, for gate.NotFound.
func nounOf(on remit.On) string {
	if on.File != "" {
		return "files"
	}
	return "collections"
}

// requireInputs lets only those through who may read what the job is on, the
// files of its parameters, what it exported or scanned, and the same of the steps whose
// artifacts it takes: its log and artifacts may show them (R31).
func requireInputs(r *gate.Reader, j *row) error {
	if err := requireOwn(r, j); err != nil {
		return err
	}
	return requireFamily(r, j)
}

// requireOwn is requireInputs but for other steps.
func requireOwn(r *gate.Reader, j *row) error {
	t, err := locate(r, j.on())
	if err != nil {
		return err
	}
	if r.Who().Kind == authz.Node {
		return nil // it got them from the lease
	}
	if err := t.requireRead(r, r.Who()); err != nil {
		return err
	}
	if err := requireSight(r, j.Files); err != nil {
		return err
	}
	if err := requireGiven(r, j); err != nil {
		return err
	}
	if err := requireScanned(r, j); err != nil {
		return err
	}
	return requireExported(r, j)
}

// sight says which things the asker may read, for lists.
type sight map[remit.On]bool

// inputs says whether the asker may read all that a job reads.
func (s sight) inputs(j *row) bool {
	hidden := func(id remit.FileID) bool { return !s[remit.On{File: id}] }
	return s[j.on()] && !slices.ContainsFunc(parameters.IDs(j.Files), hidden)
}

// again says whether the asker may read all that a job would read if it ran again:
// what the filter of an export names as well.
func (s sight) again(j *row) bool {
	for _, on := range filterThings(j.Type, j.Params) {
		if !s[on] {
			return false
		}
	}
	return s.inputs(j)
}

// sightOf looks up what the jobs are on, all at once.
func sightOf(r *gate.Reader, rows []row) (sight, error) {
	var things []remit.On
	for _, j := range rows {
		things = append(things, j.on())
		for _, id := range parameters.IDs(j.Files) {
			things = append(things, remit.On{File: id})
		}
		for _, on := range filterThings(j.Type, j.Params) {
			things = append(things, on)
		}
	}
	slices.SortFunc(things, func(a, b remit.On) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Collection, b.Collection))
	})
	found, err := archive.Resources(r, slices.Compact(things))
	if err != nil {
		return nil, err
	}
	seen := sight{{}: true}
	for on, resource := range found {
		t := thing{place: onCollection, resource: resource}
		if on.File != "" {
			t.place = onFile
		}
		seen[on] = t.readableBy(r, r.Who())
	}
	return seen, nil
}

// input is a file that an attempt may read.
type input struct {
	File   remit.FileID
	Name   string
	Size   int64
	SHA256 string
	Param  string // that names it; "" = what the job is on
	taken  *taken // the artifact of another step that it is; nil = a file
}

func fileInput(f archive.FileRow, name, param string) input {
	return input{File: f.ID, Name: name, Size: f.Size, SHA256: f.SHA256, Param: param}
}

// inputs are the files themselves: those of what it is on, then those of its
// parameters, then what it takes of other steps.
func (l loan) inputs(r *gate.Reader) ([]input, error) {
	own, err := l.own(r)
	return append(apart(own, l.files), l.taken...), err
}

func (l loan) own(r *gate.Reader) ([]input, error) {
	switch f := l.of.file; l.of.place {
	case onFile:
		return []input{fileInput(f, path.Base(f.Path), "")}, nil
	case onNothing:
		return nil, nil
	}
	files, err := archive.FilesOf(r, l.of.collection)
	var inputs []input
	for _, f := range files {
		one := thing{place: onFile, resource: f.Resource()}
		if !slices.ContainsFunc(l.readers, func(who authz.Subject) bool { return !one.readableBy(r, who) }) {
			inputs = append(inputs, fileInput(f, f.Path, ""))
		}
	}
	return inputs, err
}

// isAbsent says whether err is that a thing is not there, or hidden.
func isAbsent(err error) bool {
	e, ok := errors.AsType[*remit.Error](err)
	return ok && e.Kind == remit.NotFound
}

package jobs

import (
	"encoding/json"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// ExportKey is the key of the built-in type whose jobs list things by a filter.
const ExportKey = "export"

// PopulateKey is the key of the built-in type whose jobs fill sets.
const PopulateKey = "populate"

// requireSet refuses to fill what is no set.
func requireSet(kind string, on thing) error {
	if kind == PopulateKey && on.place == onCollection && !on.set {
		return invalid("on", "A %s job fills a set; this collection is a folder, and holds what its directory holds", kind).
			WithHint("Make a set: `remit collection create`.")
	}
	return nil
}

// filterWords are the words of an export's filter that name things.
var filterWords = []string{"collection", "file"}

// filterThings are the things that the filter of an export names, by the word.
// Of other jobs there are none.
func filterThings(kind string, params json.RawMessage) map[string]remit.On {
	var p struct{ Filter map[string]string }
	if kind != ExportKey || json.Unmarshal(params, &p) != nil {
		return nil
	}
	things := map[string]remit.On{}
	for _, word := range filterWords {
		id, given := p.Filter[word]
		switch {
		case !given || id == "":
		case word == "file":
			things[word] = remit.On{File: remit.FileID(id)}
		default:
			things[word] = remit.On{Collection: remit.CollectionID(id)}
		}
	}
	return things
}

// requireFilter lets only those make an export who may read what its filter
// names. What is hidden reads like what is not there.
func requireFilter(r *gate.Reader, who authz.Subject, kind string, params json.RawMessage) error {
	things := filterThings(kind, params)
	for _, word := range filterWords {
		on, named := things[word]
		if !named {
			continue
		}
		t, err := locate(r, on)
		if err == nil && !t.readableBy(r, who) {
			err = gate.NotFound(nounOf(on))
		}
		if isAbsent(err) {
			return gate.NotFound(nounOf(on)).WithField("params.filter." + word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withoutHidden takes out of the parameters what names things that are hidden.
func withoutHidden(object map[string]any, things map[string]remit.On, seen sight) {
	filter, _ := object["filter"].(map[string]any)
	for word, on := range things {
		if !seen[on] {
			delete(filter, word)
		}
	}
}

// requireParams lets only those run a job again, or make another from it, who may
// read what the parameters that are kept of it name. Which it is that they may
// not is not said: `params` leaves it out.
func requireParams(r *gate.Reader, kind string, params json.RawMessage, files []parameters.File) error {
	err := requireFiles(r, r.Who(), files)
	if err == nil {
		err = requireFilter(r, r.Who(), kind, params)
	}
	return atParams(err)
}

// atParams says of something absent no more than that it is kept parameters.
func atParams(err error) error {
	if isAbsent(err) {
		return gate.NotFound("files").WithField("params").
			WithHint("Its parameters name what you may not see, or what is not there any more: make a job with parameters of your own.")
	}
	return err
}

// requireParams is for what q keeps of the source.
func (q Requeue) requireParams(r *gate.Reader, source row) error {
	if q.Params != nil {
		return nil
	}
	if err := requireFamily(r, &source); err != nil {
		return atParams(err)
	}
	files := slices.DeleteFunc(slices.Clone(source.Files), func(p parameters.File) bool { _, given := q.Set[p.Name]; return given })
	params := source.Params
	if _, given := q.Set["filter"]; given {
		params = nil
	}
	return requireParams(r, source.Type, params, files)
}

// requireUnset refuses to leave out a parameter that there is not.
func (s *Service) requireUnset(q Requeue, source row, kind remit.JobType) error {
	var given map[string]json.RawMessage
	_ = json.Unmarshal(source.Params, &given) // an object, as it was stored
	schema, err := s.schemas.Of(kind.Params)
	if err != nil {
		return err
	}
	for name, value := range q.Set {
		_, has := given[name]
		if string(value) != "null" || has || schema != nil && schema.Properties[name] != nil {
			continue
		}
		return invalid("params."+name, "The job has no parameter %.80q to leave out, and its type has none", name)
	}
	return nil
}

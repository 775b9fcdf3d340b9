package parameters

import (
	"strconv"

	"github.com/remit-server/remit"
)

// File is a parameter that names files, as the job's schema said when it
// was made. It never changes which run right is asked (R27).
type File struct {
	Name  string         `json:"name"`
	List  bool           `json:"list,omitempty"`
	Files []remit.FileID `json:"files"`
}

// FilesIn are the file parameters that are given; the schema has taken them.
func FilesIn(schema *Schema, object map[string]any) (all []File) {
	for _, name := range Files(schema) {
		switch v := object[name].(type) {
		case string:
			all = append(all, File{Name: name, Files: []remit.FileID{remit.FileID(v)}})
		case []any:
			p := File{Name: name, List: true, Files: []remit.FileID{}}
			for _, id := range v {
				if text, ok := id.(string); ok {
					p.Files = append(p.Files, remit.FileID(text))
				}
			}
			all = append(all, p)
		}
	}
	return all
}

// Place is where the file with a number stands in the parameters.
func (p File) Place(i int) string {
	if p.List {
		return "params." + p.Name + "." + strconv.Itoa(i)
	}
	return "params." + p.Name
}

// IDs are the files of the parameters, each once.
func IDs(params []File) (ids []remit.FileID) {
	seen := map[remit.FileID]bool{}
	for _, p := range params {
		for _, id := range p.Files {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids
}

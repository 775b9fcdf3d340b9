package jobs

import (
	"path"

	"github.com/remit-server/remit/internal/gate"
)

// blocked says whether what the job is on holds a file where a taken one would
// lie: a program must never find the one for the other.
func (l *loan) blocked(r *gate.Reader) (reason string, err error) {
	if l.of.place == onNothing {
		return "", nil
	}
	own, err := l.own(r)
	if err != nil {
		return "", err
	}
	there := newPaths(own)
	for _, in := range l.taken {
		if there.block(in.Name) {
			return "what it is on holds a file where one of another step would lie", nil
		}
	}
	return "", nil
}

// paths are those of files, and the folders that they lie in.
type paths struct{ files, folders map[string]bool }

func newPaths(of []input) paths {
	p := paths{map[string]bool{}, map[string]bool{}}
	for _, in := range of {
		p.add(in.Name)
	}
	return p
}

func (p paths) add(name string) {
	p.files[name] = true
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		p.folders[dir] = true
	}
}

// block says whether a file of a name cannot lie beside the others.
func (p paths) block(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if p.files[dir] {
			return true
		}
	}
	return p.files[name] || p.folders[name]
}

package jobs

import (
	"path"
	"strings"

	"github.com/remit-server/remit/internal/gate"
)

// blocked says whether what the job is on holds something in the folder of a
// step whose files it takes: a program must never find the one for the other.
func (l *loan) blocked(r *gate.Reader) (reason string, err error) {
	if l.of.place == onNothing || len(l.taken) == 0 {
		return "", nil
	}
	own, err := l.own(r)
	if err != nil {
		return "", err
	}
	steps := map[string]bool{}
	for _, in := range l.taken {
		steps[in.taken.step] = true
	}
	for _, in := range own {
		top, _, _ := strings.Cut(strings.ToLower(in.Name), "/") // as some file systems have it
		if steps[top] {
			return "what it is on holds files in " + top + ", where those of step " + top + " would lie", nil
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

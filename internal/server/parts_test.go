package server_test

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// parts are what things have below them: they are there for those who see the
// thing, but for bytes that take more, and absent for all others.
var parts = map[string][]string{
	"collections": {},
	"files":       {"/header", "/preview", "/content"},
	"jobs":        {"/attempts", "/history", "/artifacts", "/log"},
}

// parts walks what is below each thing.
func (w *walk) parts() {
	w.t.Helper()
	for _, x := range w.things {
		shown, visible := w.seen[x.id]
		for _, part := range parts[x.kind] {
			if !visible && part == "/content" && w.isFellow(x, part) {
				continue
			}
			if !visible {
				w.sameAsAbsent(x.address()+part, absent(x)+part)
				continue
			}
			want, r := w.mayRead(x, shown, part), w.get(x.address()+part)
			if (r.status == 200) != want {
				w.t.Errorf("%s answered %d, want to read it: %t; permissions %v", r.asked, r.status, want, shown.Permissions)
			}
			if r.status != 200 {
				problemOf(w.t, r)
			}
		}
	}
}

// isFellow says whether the account is told that it could download a file of
// its own: the one place where R21 shows a hidden thing, to members of its project.
func (w *walk) isFellow(x thing, part string) bool {
	p := problemOf(w.t, w.get(x.address()+part))
	return p.Detail == "You can only download your own files" && strings.HasPrefix(w.name, x.project+"-")
}

// mayRead says whether who sees a thing sees a part of it: bytes of a file
// take the download right, and what a job made, sight of its inputs (R31).
func (w *walk) mayRead(x thing, shown item, part string) bool {
	switch part {
	case "/content":
		return slices.Contains(shown.Permissions, "download")
	case "/artifacts", "/log":
		if shown.Type == "scan" {
			return w.seesFoldersOf(x.project)
		}
		return shown.Type != "ml" || !shown.On.IsZero()
	}
	return true
}

// seesFoldersOf says whether the account sees all that a scan of a project tells of.
func (w *walk) seesFoldersOf(project string) bool {
	return !slices.ContainsFunc(w.things, func(x thing) bool {
		_, seen := w.seen[x.id]
		return x.project == project && x.kind != "jobs" && !seen
	})
}

// site walks what belongs to no project, or to several: accounts and nodes.
func (w *walk) site() {
	w.t.Helper()
	for _, list := range []struct {
		path, absent string
		key          func(item) string
	}{
		{"/api/v1/users", "/api/v1/users/no-such-user", func(x item) string { return x.Name }},
		{"/api/v1/nodes", "/api/v1/nodes/node_00000000000000000000000000", func(x item) string { return x.ID }},
	} {
		shown := map[string]item{}
		for _, x := range listOf(w.world, w.name, list.path).Items {
			shown[list.key(x)] = x
		}
		for _, x := range listOf(w.world, "root", list.path).Items {
			listed, visible := shown[list.key(x)]
			w.lookAt(list.path+"/"+list.key(x), list.absent, listed, visible)
		}
	}
	w.me()
}

// me compares the projects of /me with the list of projects, and their
// permissions with those of the list.
func (w *walk) me() {
	w.t.Helper()
	type me struct {
		Projects []item `json:"projects"`
	}
	var slugs []string
	for _, p := range into[me](w.t, w.get("/api/v1/me"), 200).Projects {
		slugs = append(slugs, p.Slug)
		checks := []string{"job:read", "job:create", "file:download", "collection:update", "access:grant", "member:read"}
		for _, name := range checks {
			r := w.call(w.name, "POST", "/api/v1/access/check", map[string]string{"permission": name, "project": p.Slug})
			type verdict struct{ Allowed, Own, Others bool }
			v := into[verdict](w.t, r, 200)
			held := slices.Contains(p.Permissions, name) || slices.Contains(p.Permissions, name+"@own") || slices.Contains(p.Permissions, name+"@others")
			if held != v.Allowed || slices.Contains(p.Permissions, name) != (v.Own && v.Others) {
				w.t.Errorf("%s in %s: /me says %v, access/check says %+v", name, p.Slug, p.Permissions, v)
			}
		}
	}
	if diff := cmp.Diff(w.projects, slugs); diff != "" && len(w.projects)+len(slugs) > 0 {
		w.t.Errorf("projects (-list +me):\n%s", diff)
	}
}

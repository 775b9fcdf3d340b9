package web

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// collectionPage is a grid of previews.
type collectionPage struct {
	frame
	Project    remit.Project
	Collection remit.Collection
	Buttons    []button
	Files      []tile
	Next       string
	Later      bool // this is not the first page
	Jobs       part
}

// tile is one file of the grid.
type tile struct {
	remit.File
	Picture string // address; "" = none
}

const (
	gridFiles = 48
	thingJobs = 5
)

func (s *site) collection(v *visit) error {
	p, c, err := v.collectionOf(remit.CollectionID(v.path("id")))
	if err != nil {
		return err
	}
	page := collectionPage{frame: v.frame(c.Name, toProjects, toProject(p)), Project: p, Collection: c, Later: v.query("after") != ""}
	found, err := s.Archive.Files(v.ctx(), v.who, archive.FileFilter{Project: p.Slug, Collection: c.ID, Limit: gridFiles, After: v.query("after")})
	if err != nil {
		return err
	}
	page.Files, page.Next = tiles(found.Items), v.next(found.Next)
	if page.Next == "" && !page.Later { // pages follow the order of finding; what fits one is easier to read by name
		slices.SortFunc(page.Files, func(a, b tile) int { return strings.Compare(a.Path, b.Path) })
	}
	if page.Buttons, err = v.runButtons(p.Slug, "collection", "Process all", remit.On{Collection: c.ID}); err != nil {
		return err
	}
	if page.Jobs, _, err = v.jobsOn(p.Slug, remit.On{Collection: c.ID}); err != nil {
		return err
	}
	v.show("collection", page)
	return nil
}

// collectionOf finds a collection in the project that the address names, and only there.
func (v *visit) collectionOf(id remit.CollectionID) (p remit.Project, c remit.Collection, err error) {
	if p, err = v.Projects.Project(v.ctx(), v.who, v.path("slug")); err != nil {
		return p, c, err
	}
	if c, err = v.Archive.Collection(v.ctx(), v.who, id); err == nil && c.Project != p.Slug {
		err = gate.NotFound("collections")
	}
	return p, c, err
}

func tiles(files []remit.File) []tile {
	all := make([]tile, len(files))
	for i, f := range files {
		all[i] = tile{f, pictureOf(f)}
	}
	return all
}

func pictureOf(f remit.File) string {
	if f.Preview != "ready" {
		return ""
	}
	return previewPath(f.ID)
}

// jobsOn is the table of the newest jobs on one thing. Who may read the thing
// without being allowed to filter jobs by it sees none.
func (v *visit) jobsOn(slug string, on remit.On) (part, string, error) {
	p, next, err := v.jobTable(jobs.Filter{Project: slug, File: on.File, Collection: on.Collection, Limit: thingJobs})
	switch remit.KindOf(err) {
	case remit.Denied, remit.NotFound, remit.Unauthenticated:
		p, err = v.part("job-table", "jobs", "/jobs/live", "", jobTable{})
	}
	return p, next, err
}

// filePage is one file with all that is known of it.
type filePage struct {
	frame
	Project    remit.Project
	Collection remit.Collection
	File       remit.File
	Picture    string
	Download   string // address; "" for who may not
	Fields     []field
	Header     []remit.Card
	Parts      bool // the header has several parts (HDUs)
	Comments   bool // and comments
	Warnings   []string
	Buttons    []button
	Jobs       part
}

func (s *site) file(v *visit) error {
	f, err := s.Archive.File(v.ctx(), v.who, remit.FileID(v.path("id")))
	if err != nil {
		return err
	}
	if f.Project != v.path("slug") {
		return gate.NotFound("files")
	}
	page := filePage{File: f, Picture: pictureOf(f), Fields: fields(f.Metadata)}
	if page.Project, page.Collection, err = v.around(f); err != nil {
		return err
	}
	page.frame = v.frame(f.Path, toProjects, toProject(page.Project),
		crumb{page.Collection.Name, "/projects/" + f.Project + "/collections/" + string(f.Collection)})
	if f.Metadata != nil {
		page.Header, page.Warnings = f.Metadata.Header, f.Metadata.Warnings
		page.Parts = slices.ContainsFunc(page.Header, func(c remit.Card) bool { return c.HDU > 0 })
		page.Comments = slices.ContainsFunc(page.Header, func(c remit.Card) bool { return c.Comment != "" })
	}
	if slices.Contains(f.Permissions, "download") && f.State == remit.FilePresent {
		page.Download = "/api/v1/files/" + string(f.ID) + "/content"
	}
	return v.showFile(page)
}

// around is where the file lies. Somebody may see a file of a collection that
// they cannot look into; then the collection has no more than its id.
func (v *visit) around(f remit.File) (p remit.Project, c remit.Collection, err error) {
	if p, err = v.Projects.Project(v.ctx(), v.who, f.Project); err != nil {
		return p, c, err
	}
	c, err = v.Archive.Collection(v.ctx(), v.who, f.Collection)
	switch remit.KindOf(err) {
	case remit.NotFound, remit.Denied, remit.Unauthenticated:
		return p, remit.Collection{ID: f.Collection, Name: "Collection"}, nil
	}
	return p, c, err
}

// showFile adds what can be done with the file. What is not on disk cannot be
// worked on, so there are no buttons for it.
func (v *visit) showFile(page filePage) (err error) {
	on := remit.On{File: page.File.ID}
	if page.File.State == remit.FilePresent {
		if page.Buttons, err = v.runButtons(page.Project.Slug, "file", "Process now", on); err != nil {
			return err
		}
	}
	if page.Jobs, _, err = v.jobsOn(page.Project.Slug, on); err != nil {
		return err
	}
	v.show("file", page)
	return nil
}

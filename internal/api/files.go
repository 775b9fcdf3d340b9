package api

import (
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// fileRoutes are plain handlers: bodies that are bytes, with Range.
func (a *api) fileRoutes() {
	const job, held = "/api/v1/jobs/{id}", "/api/v1/node/jobs/{id}"
	a.plain(on(get, "/api/v1/files/{id}/content", "Download a file", "file.download"), a.content)
	a.plain(on(get, "/api/v1/files/{id}/preview", "A file's picture", "file.read").named("file.preview"), a.preview)
	a.plain(on(get, job+"/log", "The log of an attempt, with follow until the job has ended", "job.read").named("job.read.log").takes("attempt", "follow"), a.log)
	a.plain(on(get, job+"/artifacts/{name...}", "Download what the job made", "job.read").named("job.artifact").takes("attempt"), a.artifact)
	a.plain(on(put, held+"/artifacts/{name...}", "Node: an output of the attempt", "job.output").answers(201).takes("attempt", "lease"), a.putArtifact)
	a.plain(on(get, held+"/inputs/{file}", "Node: a file to work on", "file.download").named("job.input").takes("attempt", "lease"), a.input)
	a.plain(on(get, held+"/inputs/{step}/{name...}", "Node: an artifact of another step to work on", "job.read").named("job.input.artifact").takes("attempt", "lease"), a.taken)
}

// serveContent answers with bytes that have a hash: with Range, ETag and a
// name to save them under. Browsers never run what they get here.
func serveContent(w http.ResponseWriter, r *http.Request, c content) error {
	defer c.body.Close()
	h := w.Header()
	h.Set("Content-Type", c.mediaType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-cache")
	if c.sha256 != "" {
		h.Set("ETag", `"`+c.sha256+`"`)
	}
	h.Set("Content-Disposition", disposition(c.mediaType)+"; filename*=UTF-8''"+escapeName(path.Base(c.name)))
	http.ServeContent(w, r, "", c.modified, c.body)
	return nil
}

// inline are the media types that browsers may show instead of saving.
var inline = []string{"image/png", "image/jpeg", "text/csv"}

func disposition(mediaType string) string {
	if shown, _, err := mime.ParseMediaType(mediaType); err == nil && slices.Contains(inline, shown) {
		return "inline"
	}
	return "attachment"
}

// content is a body with what is known of it.
type content struct {
	name, mediaType, sha256 string
	modified                time.Time
	body                    io.ReadSeekCloser
}

func (a *api) content(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	f, body, err := a.Archive.OpenFile(r.Context(), who, remit.FileID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return serveContent(w, r, content{f.Path, mediaType(f.MediaType), f.SHA256, f.ModifiedAt, body})
}

func (a *api) preview(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	sha, body, err := a.Archive.Preview(r.Context(), who, remit.FileID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return serveContent(w, r, content{"preview.png", "image/png", sha, time.Time{}, body})
}

func (a *api) artifact(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	attempt, err := attemptOf(r)
	if err != nil {
		return err
	}
	made, body, err := a.Jobs.OpenArtifact(r.Context(), who, remit.JobID(r.PathValue("id")), attempt, r.PathValue("name"))
	if err != nil {
		return err
	}
	return serveContent(w, r, content{made.Name, mediaType(made.MediaType), made.SHA256, made.CreatedAt, body})
}

func (a *api) putArtifact(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	lease, err := leaseIn(r)
	if err != nil {
		return err
	}
	made, err := a.Jobs.PutArtifact(r.Context(), who, lease, r.PathValue("name"), r.Body)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, made)
}

func (a *api) input(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	lease, err := leaseIn(r)
	if err != nil {
		return err
	}
	f, body, err := a.Jobs.OpenInput(r.Context(), who, lease, remit.FileID(r.PathValue("file")))
	if err != nil {
		return err
	}
	return serveContent(w, r, content{f.Path, mediaType(f.MediaType), f.SHA256, f.ModifiedAt, body})
}

func (a *api) taken(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	lease, err := leaseIn(r)
	if err != nil {
		return err
	}
	made, body, err := a.Jobs.OpenTaken(r.Context(), who, lease, r.PathValue("step"), r.PathValue("name"))
	if err != nil {
		return err
	}
	return serveContent(w, r, content{made.Name, mediaType(made.MediaType), made.SHA256, made.CreatedAt, body})
}

// leaseIn reads the lease of a call whose body is bytes.
func leaseIn(r *http.Request) (remit.Lease, error) {
	attempt, err := attemptOf(r)
	return remit.Lease{Job: remit.JobID(r.PathValue("id")), Attempt: attempt, Lease: r.URL.Query().Get("lease")}, err
}

func attemptOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("attempt")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, remit.Errorf(remit.Invalid, "attempt is %q; it is a number from 1 on", text).WithField("query.attempt")
	}
	return n, nil
}

func mediaType(t string) string {
	if t == "" {
		return "application/octet-stream"
	}
	return t
}

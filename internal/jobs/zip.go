package jobs

import (
	"archive/zip"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Zip is all that an attempt made, to be written as one ZIP.
type Zip struct {
	Artifacts []remit.Artifact
	open      func(sha string) (io.ReadSeekCloser, int64, error)
}

// Zip finds what an attempt made, as Artifacts does and with the same rights.
// What has expired is remit.Gone.
func (s *Service) Zip(ctx context.Context, who authz.Subject, id remit.JobID, attempt int) (Zip, error) {
	all, err := lookInto(ctx, s, who, id, func(r *gate.Reader, j row) ([]remit.Artifact, error) {
		all, err := j.artifacts(r, attempt)
		if err == nil {
			err = j.requireUnexpired(r)
		}
		return all, err
	})
	return Zip{all, s.opts.Blobs.Open}, err
}

// Write writes the ZIP to w as it goes. What is compressed already is stored,
// the rest deflated. An artifact whose bytes are not there is named in a file
// MISSING.txt inside. After an error what was written is no whole ZIP; that
// of ctx comes back when it ends first.
func (z Zip) Write(ctx context.Context, w io.Writer) error {
	out := zip.NewWriter(w)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	var missing []string
	for _, a := range z.Artifacts {
		there, err := z.add(ctx, out, a)
		if err != nil {
			return fmt.Errorf("adding artifact %s: %w", a.Name, err)
		}
		if !there {
			missing = append(missing, a.Name)
		}
	}
	if len(missing) > 0 {
		f, err := out.Create(z.freeName("MISSING.txt"))
		if err == nil {
			_, err = io.WriteString(f, strings.Join(missing, "\n")+"\n")
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// add writes one artifact, unless its bytes are gone.
func (z Zip) add(ctx context.Context, out *zip.Writer, a remit.Artifact) (there bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, context.Cause(ctx)
	}
	if a.RemovedAt != nil {
		return false, nil
	}
	bytes, _, err := z.open(a.SHA256)
	if isAbsent(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer bytes.Close()
	f, err := out.CreateHeader(&zip.FileHeader{Name: a.Name, Method: methodOf(a), Modified: a.CreatedAt})
	if err != nil {
		return false, err
	}
	_, err = io.Copy(f, bytes)
	return true, err
}

// freeName is a name at the top that no artifact has.
func (z Zip) freeName(name string) string {
	for slices.ContainsFunc(z.Artifacts, func(a remit.Artifact) bool {
		top, _, _ := strings.Cut(a.Name, "/")
		return strings.EqualFold(top, name)
	}) {
		name = "REMIT-" + name
	}
	return name
}

// compressed are the ends of names whose bytes get no smaller.
var compressed = []string{".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".mp4", ".mp3", ".fz", ".pdf"}

func methodOf(a remit.Artifact) uint16 {
	name := strings.ToLower(a.Name)
	if slices.ContainsFunc(compressed, func(end string) bool { return strings.HasSuffix(name, end) }) {
		return zip.Store
	}
	return zip.Deflate
}

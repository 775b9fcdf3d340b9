package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/metadata"
)

// The states of a file's preview.
const (
	previewReady  = "ready"
	previewNone   = "none"   // the format has no picture
	previewFailed = "failed" // it should have one, and it cannot be drawn
)

// previewSide is the longest side of a picture in pixels.
const previewSide = metadata.DefaultPreviewSide

// task is a file to read.
type task struct {
	entry
	at      string // path below the root
	known   known  // its row, if isKnown
	isKnown bool
}

// found is a file that was read, or could not be.
type found struct {
	task
	skip       string // why nothing is recorded this time; "" = record it
	unreadable bool
	problem    string // why it is unreadable, or its header or picture is
	sha256     string
	kept       bool // the bytes are those of the row: what the row says of them stays
	mediaType  string
	metadata   string // JSON
	header     string // JSON
	preview    string // "ready", "none", "failed"
	picture    string // blob of the picture
}

// buffers is one reading buffer for each file that is read at once.
type buffers [][]byte

func newBuffers() buffers {
	b := make(buffers, min(runtime.GOMAXPROCS(0), 8))
	for i := range b {
		b[i] = make([]byte, 256<<10)
	}
	return b
}

// read reads at most len(in.buffers) files at once. Only ctx and the picture
// store can make it fail: whatever is wrong with a file is in its found.
func (in *ingest) read(ctx context.Context, work []task) ([]found, error) {
	results, errs := make([]found, len(work)), make([]error, len(work))
	var all sync.WaitGroup
	for i, t := range work {
		all.Go(func() { results[i], errs[i] = in.readOne(ctx, t, in.buffers[i]) })
	}
	all.Wait()
	return results, errors.Join(errs...)
}

func (in *ingest) readOne(ctx context.Context, t task, buffer []byte) (found, error) {
	f := found{task: t, preview: previewNone}
	file, info, err := openRegular(in.root, t.at)
	if errors.Is(err, os.ErrNotExist) {
		f.skip = "it vanished while the directory was read"
		return f, nil
	}
	if err != nil {
		return f.cannot(err), nil
	}
	defer file.Close()
	if err := f.hash(ctx, file, info, buffer); err != nil {
		if ctx.Err() != nil {
			return f, context.Cause(ctx)
		}
		return f.cannot(err), nil
	}
	if f.kept || f.skip != "" {
		return f, nil
	}
	return f, in.describe(ctx, &f, file)
}

// cannot records that the file is unreadable.
func (f found) cannot(err error) found {
	f.unreadable, f.problem = true, reason(err)
	return f
}

// hash reads all bytes. A file that is being written meanwhile is left to the
// next scan: its hash would be that of no file that ever was.
func (f *found) hash(ctx context.Context, file *os.File, before os.FileInfo, buffer []byte) error {
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, stoppable{ctx, file}, buffer)
	if err != nil {
		return err
	}
	after, err := file.Stat()
	if err != nil {
		return err
	}
	if n != before.Size() || n != after.Size() || !before.ModTime().Equal(after.ModTime()) {
		f.skip = "it changes while it is read; the next scan takes it"
	}
	f.size, f.modified = n, after.ModTime().UnixMicro()
	f.sha256 = hex.EncodeToString(sum.Sum(nil))
	f.kept = f.isKnown && f.known.state != remit.FileUnreadable && f.known.sha256 == f.sha256
	return nil
}

// stoppable is a reader that ends with its context. It hides the file's own
// WriteTo, which would not use the buffer.
type stoppable struct {
	ctx  context.Context
	from io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.from.Read(p)
}

// describe reads the header and draws the picture from the open file.
func (in *ingest) describe(ctx context.Context, f *found, file io.ReaderAt) error {
	m, mediaType, err := readHeaderOf(f.at, file, f.size)
	f.mediaType = mediaType
	if isProblem(f.path, err) {
		f.problem = explain(err)
	}
	f.keepMetadata(m)
	picture, err := drawPreview(f.at, file, f.size)
	switch {
	case errors.Is(err, metadata.ErrUnsupported):
		return nil
	case err != nil:
		f.preview = previewFailed
		if f.problem == "" {
			f.problem = explain(err)
		}
		return nil
	}
	ref, err := in.service.opts.Previews.Put(ctx, bytes.NewReader(picture))
	if err != nil {
		return fmt.Errorf("storing the preview of %s: %w", f.at, err)
	}
	f.preview, f.picture = previewReady, ref.SHA256
	return nil
}

// keepMetadata makes the JSON now, so that its size is known and nothing else is held.
func (f *found) keepMetadata(m *remit.Metadata) {
	common := *m
	common.Header = nil
	texts := [2]string{}
	for i, part := range []any{common, m.Header} {
		text, err := json.Marshal(part)
		if err != nil { // a number that JSON does not know
			f.problem = "header: " + explain(err)
			return
		}
		texts[i] = string(text)
	}
	f.metadata, f.header = texts[0], texts[1]
}

// imageNames are the endings of files that claim to be what metadata reads.
var imageNames = []string{".fits", ".fit", ".fts", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".cr2"}

// isProblem says whether a header that could not be read is worth telling. A
// text or a table has none, and that is no problem.
func isProblem(name string, err error) bool {
	claims := slices.Contains(imageNames, strings.ToLower(path.Ext(name)))
	return err != nil && (claims || !errors.Is(err, metadata.ErrUnsupported))
}

// explain is what a decoder says, fit to be stored.
func explain(err error) string { return shortened(printable(err.Error())) }

// The decoders promise never to panic. If one does all the same, it costs one
// file its header and not the server its life.
func readHeaderOf(name string, r io.ReaderAt, size int64) (m *remit.Metadata, mediaType string, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, mediaType, err = &remit.Metadata{}, "application/octet-stream", fmt.Errorf("%w: the decoder failed: %v", metadata.ErrMalformed, p)
		}
	}()
	return metadata.Read(name, r, size)
}

func drawPreview(name string, r io.ReaderAt, size int64) (png []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: the decoder failed: %v", metadata.ErrMalformed, p)
		}
	}()
	return metadata.Preview(name, r, size, previewSide)
}

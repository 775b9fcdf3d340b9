package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"

	"github.com/remit-server/remit"
)

// Put stores all of r and returns its name once it is safely on disk. An
// error of r comes back wrapped, and so does ctx's when it ends first; then
// nothing is stored.
func (s *Store) Put(ctx context.Context, r io.Reader) (Ref, error) {
	return s.PutLimited(ctx, r, math.MaxInt64)
}

// PutLimited is Put of at most limit bytes. More give remit.Limited with the
// code "too_large", after reading one byte too many.
func (s *Store) PutLimited(ctx context.Context, r io.Reader, limit int64) (ref Ref, err error) {
	name := incoming + "/" + rand.Text()
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Ref{}, broken("put", err)
	}
	defer func() {
		if err != nil {
			_ = s.root.Remove(name) // when even this fails, a later Open removes it
		}
	}()
	ref, err = fill(f, &limited{ctx, r, limit, limit})
	if err := errors.Join(err, f.Close()); err != nil {
		return Ref{}, putError(err)
	}
	return ref, broken("put", s.publish(name, ref))
}

// fill writes r to f, to the disk too.
func fill(f *os.File, r io.Reader) (Ref, error) {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), r)
	if err != nil {
		return Ref{}, err
	}
	return Ref{hex.EncodeToString(sum.Sum(nil)), n}, f.Sync()
}

// publish gives the file its name. When the blob is there already, this puts
// the same in its place: that one's name may not be on disk yet.
func (s *Store) publish(name string, ref Ref) error {
	dir := folder(ref.SHA256)
	if err := s.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.root.Rename(name, path(ref.SHA256)); err != nil {
		return err
	}
	return errors.Join(s.syncDir(dir), s.syncDir("."))
}

// syncDir brings the names in a folder to disk.
func (s *Store) syncDir(name string) error {
	dir, err := s.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// putError keeps an error that has a kind, such as that of limited.
func putError(err error) error {
	if e, ok := errors.AsType[*remit.Error](err); ok {
		return e
	}
	return broken("put", err)
}

// limited reads r while ctx lasts, and fails after limit bytes.
type limited struct {
	ctx         context.Context
	r           io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, context.Cause(l.ctx)
	}
	if int64(len(p))-1 > l.left { // never overflows, as limit+1 would
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, remit.Errorf(remit.Limited, "More than the %d bytes that are allowed.", l.limit).WithCode("too_large")
	}
	return n, err
}

// sweep removes abandoned files. Their age is measured by the clock that
// dates them, the file system's own.
func (s *Store) sweep() error {
	now, err := s.fileTime()
	if err != nil {
		return err
	}
	files, err := fs.ReadDir(s.root.FS(), incoming)
	if err != nil {
		return err
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || now.ModTime().Sub(info.ModTime()) < abandonedAfter {
			continue // gone meanwhile, or still in work
		}
		if err := s.root.Remove(incoming + "/" + f.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// fileTime makes a file and returns what the file system says of it.
func (s *Store) fileTime() (fs.FileInfo, error) {
	name := incoming + "/" + rand.Text()
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	return info, errors.Join(err, f.Close(), s.root.Remove(name))
}

package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/remit-server/remit"
)

// lockPatience is how long a node waits for an earlier run to let go of the
// directory: that one may still be stopping its jobs.
const lockPatience = 30 * time.Second

// ownDirectory makes the node's directory and returns its path without links.
// What a job runs and gives back lies there, so it must be ours alone, and
// nobody may be able to put another in its place.
func ownDirectory(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the node's directory: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return "", fmt.Errorf("finding the node's directory: %w", err)
	}
	if err := checkOwn(dir); err != nil {
		return "", err
	}
	_, err = checkParents(filepath.Dir(dir))
	return dir, err
}

func checkOwn(dir string) error {
	info, owner, err := look(dir)
	switch {
	case err != nil:
		return err
	case int(owner.Uid) != os.Geteuid():
		return remit.Errorf(remit.Invalid, "the node's directory %s belongs to another user (%d)", dir, owner.Uid).
			WithHint("Choose another with --dir.")
	case info.Mode().Perm()&0o022 != 0:
		return remit.Errorf(remit.Invalid, "others may write in the node's directory %s (mode %o)", dir, info.Mode().Perm()).
			WithHint("Use `chmod 700 %s`, or choose another with --dir.", dir)
	}
	return nil
}

// checkParents looks at dir and all above it, from the top. Below a directory
// that nobody else can pass, modes do not matter: that is shut.
func checkParents(dir string) (shut bool, err error) {
	if up := filepath.Dir(dir); up != dir {
		if shut, err := checkParents(up); shut || err != nil {
			return shut, err
		}
	}
	info, owner, err := look(dir)
	if err != nil {
		return false, err
	}
	ours := int(owner.Uid) == os.Geteuid()
	if !ours && owner.Uid != 0 || replaceable(info.Mode(), owner) {
		return false, remit.Errorf(remit.Invalid, "others may put another in the place of the node's directory, for they may change %s (user %d, mode %o)", dir, owner.Uid, info.Mode().Perm()).
			WithHint("Choose another with --dir.")
	}
	return ours && info.Mode().Perm()&0o077 == 0, nil
}

// replaceable says whether others than the owner may rename what is in a
// directory. A group with the number of the owner is, by custom, the owner's own.
func replaceable(mode fs.FileMode, owner *syscall.Stat_t) bool {
	group := mode&0o020 != 0 && owner.Gid != owner.Uid
	return (group || mode&0o002 != 0) && mode&fs.ModeSticky == 0
}

func look(dir string) (fs.FileInfo, *syscall.Stat_t, error) {
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("looking at the node's directory: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() {
		return nil, nil, remit.Errorf(remit.Invalid, "%s is no directory", dir)
	}
	return info, owner, nil
}

// lockDirectory keeps a second node away: it would end the first one's
// processes as leftovers. The lock goes with the process.
func lockDirectory(ctx context.Context, dir string, log *slog.Logger) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the node's directory: %w", err)
	}
	patience, done := context.WithTimeout(ctx, lockPatience)
	defer done()
	for waiting := false; ; waiting = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("locking the node's directory: %w", err), f.Close())
		case ctx.Err() != nil:
			return nil, errors.Join(ctx.Err(), f.Close())
		case patience.Err() != nil:
			return nil, errors.Join(remit.Errorf(remit.Conflict, "another node works in %s", dir).WithHint("Choose another directory with --dir."), f.Close())
		case !waiting:
			log.Warn("another node works in this directory; waiting for its end", "dir", dir)
		}
		sleep(patience, firstPause)
	}
}

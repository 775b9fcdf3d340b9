package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// lock keeps a second server, or an init, away from the data directory and
// from a SQLite file, wherever that lies: each server believes that it alone
// sweeps, scans and tells of changes there. The locks end with the process.
func (s *Server) lock() error {
	names := []string{filepath.Join(s.opts.Dir, "server.lock")}
	file, isFile, err := db.File(s.opts.DB)
	if err != nil {
		return err
	}
	if isFile {
		names = append(names, file+".lock")
	}
	for _, name := range names {
		unlock, err := lockFile(name)
		if err != nil {
			return err
		}
		s.locks = append(s.locks, unlock)
	}
	s.alone = isFile
	return onlyName(file, isFile)
}

// onlyName refuses a file with hard links. A lock by one name does not hold for
// the others, nor does SQLite find by them what is not in the file yet.
func onlyName(file string, isFile bool) error {
	var about syscall.Stat_t
	if !isFile || syscall.Stat(file, &about) != nil || about.Nlink == 1 { // what cannot be looked at is not opened either
		return nil
	}
	return remit.Errorf(remit.Conflict, "The database file %s has other names, which are hard links", file).WithCode("linked").
		WithHint("Another server could use it by another name, and both would lose changes. Remove the other names, or copy the file and use the copy.")
}

// lockFile makes the file name and takes its lock. The file stays: whoever
// removed it could give two servers a lock each.
func lockFile(name string) (unlock func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of %s: %w", name, err)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		return f.Close, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = remit.Errorf(remit.Conflict, "Another Remit server uses %s", filepath.Dir(name)).WithCode("in_use").
			WithHint("Stop it first, or choose another directory with --data. Several servers share a PostgreSQL database, with a directory each.")
	} else {
		err = fmt.Errorf("locking %s: %w", name, err)
	}
	return nil, errors.Join(err, f.Close())
}

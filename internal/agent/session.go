package agent

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// sessionOf is what the node of a directory calls itself before the server: the same
// after a restart, and another in another directory, so that two with one credential
// do not take each other's jobs. The caller has locked the directory.
func sessionOf(dir string) (string, error) {
	path := filepath.Join(dir, ".session")
	known, err := os.ReadFile(path)
	if err == nil && len(known) > 0 {
		return string(known), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading what the node calls itself: %w", err)
	}
	session := rand.Text()
	if err := os.WriteFile(path, []byte(session), 0o600); err != nil {
		return "", fmt.Errorf("writing down what the node calls itself: %w", err)
	}
	return session, nil
}

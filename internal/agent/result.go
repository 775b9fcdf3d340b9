package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"unicode/utf8"

	"github.com/remit-server/remit"
)

// resultFile is where a program writes its result; REMIT_RESULT tells it.
const resultFile = "result.json"

func resultPath(w Work) string { return filepath.Join(w.Dir, resultFile) }

func resultVariable(dir string) string { return "REMIT_RESULT=" + filepath.Join(dir, resultFile) }

// readResult is what a program that succeeded wrote as its result: a JSON
// object, nil for none.
func readResult(w Work) (json.RawMessage, error) {
	text, err := readRegular(resultPath(w), remit.MaxResult)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	switch text = bytes.TrimSpace(text); {
	case len(text) == 0:
		return nil, errors.New("the file is empty")
	case !utf8.Valid(text):
		return nil, errors.New("it is no UTF-8")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); errors.As(err, new(*json.SyntaxError)) {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	} else if err != nil || object == nil {
		return nil, errors.New("it is no JSON object")
	}
	return text, nil
}

// readRegular reads a file of at most so many bytes. A link could lead
// anywhere, and a pipe would never end.
func readRegular(path string, most int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, errors.New("it is a link, not a file")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("it is %s, not a file", kindOf(info.Mode()))
	case info.Size() > most:
		return nil, fmt.Errorf("it has %d bytes, and %d are allowed", info.Size(), most)
	}
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	return text, err
}

// kindOf says in words what is no file.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a link"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

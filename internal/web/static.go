package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static
var embedded embed.FS

// static are the files that pages load, by path below static/.
type static map[string]asset

type asset struct {
	body      []byte
	hash      string // of the body; a part of the address, so that browsers may keep it for ever
	mediaType string
}

// mediaTypes do not come from the machine's own table, which differs.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", "": "text/plain; charset=utf-8",
}

func loadStatic() static {
	files := static{}
	err := fs.WalkDir(embedded, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := embedded.ReadFile(name)
		sum := sha256.Sum256(body)
		files[strings.TrimPrefix(name, "static/")] = asset{body, hex.EncodeToString(sum[:8]), mediaTypes[path.Ext(name)]}
		return err
	})
	if err != nil {
		panic(err) // they are inside the program
	}
	return files
}

// address is where a page loads a file from.
func (s static) address(name string) string { return "/static/" + name + "?v=" + s[name].hash }

func (s static) serve(w http.ResponseWriter, r *http.Request) {
	file, ok := s[r.PathValue("path")]
	if !ok {
		http.Error(w, "No such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.mediaType)
	h.Set("ETag", `"`+file.hash+`"`)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == file.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file.body))
}

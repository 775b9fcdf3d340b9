package jobs_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

func TestAZipHoldsAllThatTheJobMade(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node := w.node("n1")
		job := w.submit(w.ada, w.onFile())
		l := w.started(node).Lease
		texts := map[string]string{"a.csv": strings.Repeat("1,2\n", 5000), "plots/sky.png": strings.Repeat("png", 5000), "MISSING.txt": "mine"}
		for name, text := range texts {
			_, err := w.PutArtifact(t.Context(), node, l, name, strings.NewReader(text))
			w.must(err)
		}
		w.finish(node, l, remit.JobSucceeded)
		all, err := w.Zip(t.Context(), w.ada, job.ID, 0)
		w.must(err)
		all.Artifacts = append(all.Artifacts, remit.Artifact{Name: "gone.txt", SHA256: strings.Repeat("0", 64)})
		got, methods := unzip(t, all)
		texts["REMIT-MISSING.txt"] = "gone.txt\n"
		if diff := cmp.Diff(texts, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if methods["a.csv"] != zip.Deflate || methods["plots/sky.png"] != zip.Store {
			t.Errorf("the methods are %v", methods)
		}
		_, err = w.files.SetVisibility(t.Context(), setup, w.night, remit.VisibilityPrivate)
		w.must(err)
		_, err = w.Zip(t.Context(), w.ada, job.ID, 0)
		w.want(err, "not_found") // R31
		_, err = w.Zip(t.Context(), w.person("out"), job.ID, 0)
		w.want(err, "not_found")
	})
}

func unzip(t *testing.T, all jobs.Zip) (texts map[string]string, methods map[string]uint16) {
	t.Helper()
	var b bytes.Buffer
	if err := all.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	texts, methods = map[string]string{}, map[string]uint16{}
	for _, f := range r.File {
		body, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name], methods[f.Name] = string(text), f.Method
	}
	return texts, methods
}

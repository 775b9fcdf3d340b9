package server_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// clients is how many ask at once, each on a connection that it keeps.
const clients = 64

// BenchmarkCheckOverHTTP is one permission per request.
func BenchmarkCheckOverHTTP(b *testing.B) {
	benchOverHTTP(b, "/api/v1/access/check", `{"user":"dan","permission":"job:read","project":"moths"}`)
}

// BenchmarkCheckAllOverHTTP is every permission of the project per request.
func BenchmarkCheckAllOverHTTP(b *testing.B) {
	benchOverHTTP(b, "/api/v1/access/check-all", `{"user":"dan","project":"moths"}`)
}

func benchOverHTTP(b *testing.B, path, body string) {
	b.Run("sqlite", func(b *testing.B) { askAtOnce(b, testkit.SQLite(b), path, body) })
	b.Run("postgres", func(b *testing.B) { askAtOnce(b, testkit.Postgres(b), path, body) })
}

func askAtOnce(b *testing.B, db, path, body string) {
	url, key := answering(b, db)
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}}
	turns, took := make(chan struct{}, clients), make([][]time.Duration, clients)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			for range turns {
				begun := time.Now()
				if err := askOnce(web, url+path, key, body); err != nil {
					b.Error(err)
				}
				took[i] = append(took[i], time.Since(begun))
			}
		})
	}
	for b.Loop() {
		turns <- struct{}{}
	}
	close(turns)
	all.Wait()
	sorted := slices.Sorted(slices.Values(slices.Concat(took...)))
	b.ReportMetric(float64(sorted[len(sorted)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(sorted[len(sorted)*99/100].Microseconds()), "p99-µs")
}

func askOnce(web *http.Client, url, key, body string) error {
	req, err := http.NewRequest("POST", url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := web.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != 200 || !bytes.Contains(text, []byte(`"allowed":true`))) {
		err = remit.Errorf(remit.Internal, "%s: %s", res.Status, text)
	}
	return err
}

// answering is a server with a project that dan reads, and root's API key.
func answering(b *testing.B, db string) (url, key string) {
	b.Helper()
	s, err := server.New(b.Context(), server.Options{Dir: b.TempDir(), DB: db, Listen: "127.0.0.1:0",
		Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	root, err := s.Identity.Create(ctx, server.Setup, identity.NewUser{Name: "root", Password: "correct horse", Superuser: true})
	must(b, err)
	_, err = s.Identity.Create(ctx, server.Setup, identity.NewUser{Name: "dan", Password: "correct horse"})
	must(b, err)
	must(b, s.Projects.PutRole(ctx, server.Setup, remit.Role{Name: "reader", Allow: []string{"job:*"}}))
	_, err = s.Projects.Create(ctx, server.Setup, projects.NewProject{Slug: "moths"})
	must(b, err)
	_, err = s.Projects.AddMember(ctx, server.Setup, "moths", projects.NewMember{User: "dan", Roles: []string{"reader"}})
	must(b, err)
	made, err := s.Identity.CreateKey(ctx, authz.Subject{Kind: authz.Person, ID: string(root.ID), Name: "root"}, identity.NewKey{Title: "bench"})
	must(b, err)
	return s.URL(), made.Secret
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

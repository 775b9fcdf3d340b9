package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	engine "github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/host"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Remit is the whole program, `remit serve`, asked by a superuser's API key,
// and by those of the users whose lists are read.
type Remit struct {
	Bin      string
	Postgres string // URL of a cluster to keep the data in; "" = SQLite

	*host.Process
	client *Client
	url    string
	keys   remitKeys
	data   *host.Database
	db     *db.DB     // the same data, for lists without HTTP
	gate   *gate.Gate // of db
	ways   []Way
}

// Whole ends the name of a way that lists things with more than their ids.
const Whole = ", with all that a page of files shows"

// Name implements Peer.
func (p *Remit) Name() string { return "remit on " + where(p.Postgres, "SQLite") }

// Start implements Peer. The rows, those of things too, are written before the
// server has the database, past the gate: nobody makes a site of this size in
// one minute by requests.
func (p *Remit) Start(ctx context.Context, dir string, s Site) (err error) {
	flags := []string{"--data=" + filepath.Join(dir, "remit")}
	at := filepath.Join(dir, "remit", "remit.db")
	if p.Postgres != "" {
		if p.data, err = host.NewDatabase(ctx, p.Postgres); err != nil {
			return err
		}
		at, flags = p.data.URL, append(flags, "--db="+p.data.URL)
	}
	if err := host.Run(ctx, dir, filepath.Join(p.Bin, "remit"), append([]string{"init", "--name=" + superuser}, flags...)...); err != nil {
		return err
	}
	if p.db, err = db.Open(ctx, at); err != nil {
		return err
	}
	if p.keys, err = fill(ctx, p.db, s); err != nil {
		return err
	}
	if err := p.data.Analyze(ctx); err != nil {
		return err
	}
	p.gate = gate.New(p.db, projects.PolicySource{}, time.Now, slog.New(slog.DiscardHandler))
	return p.serve(ctx, dir, s, flags)
}

func (p *Remit) serve(ctx context.Context, dir string, s Site, flags []string) error {
	addresses, err := host.FreeAddresses(1)
	if err != nil {
		return err
	}
	program := filepath.Join(p.Bin, "remit")
	if p.Process, err = host.Launch(ctx, dir, program, append([]string{"serve", "--listen=" + addresses[0]}, flags...)...); err != nil {
		return err
	}
	p.client, p.url = NewClient(), "http://"+addresses[0]
	p.ways = []Way{
		{Name: p.Name(), client: p.client, Check: p.check, All: func(q authz.Question, want []bool) Call { return p.all(s.Permissions, q, want) },
			List: func(ctx context.Context, user int) ([]int, error) { return p.list(ctx, user) }},
		{Name: p.Name() + Whole, List: func(ctx context.Context, user int) ([]int, error) { return p.files(ctx, user) }},
		{Name: p.Name() + ", as SQL", List: func(ctx context.Context, user int) ([]int, error) { return p.query(ctx, user) }},
	}
	return p.Ready(ctx, p.url+"/readyz")
}

// AddThings implements Peer: they are there already.
func (p *Remit) AddThings(context.Context, Site) error { return nil }

// Ways implements Peer.
func (p *Remit) Ways() []Way { return p.ways }

// Stop implements Peer.
func (p *Remit) Stop() error {
	err := p.Process.End()
	if p.db != nil {
		err = errors.Join(err, p.db.Close())
	}
	return errors.Join(err, p.data.Drop())
}

// remitVerdict answers for both cells at once.
type remitVerdict struct{ Own, Others bool }

func (v remitVerdict) on(q authz.Question) bool {
	if q.Owner == q.User {
		return v.Own
	}
	return v.Others
}

func (p *Remit) check(q authz.Question) Call {
	asked := map[string]string{"user": q.User, "permission": q.Permission, "project": q.Project}
	return Call{Method: "POST", URL: p.url + "/api/v1/access/check", Key: p.keys.superuser, Body: encode(asked),
		Judge: verdict(q.Allowed, func(v remitVerdict) bool { return v.on(q) })}
}

func (p *Remit) all(permissions []string, q authz.Question, want []bool) Call {
	asked := map[string]any{"user": q.User, "permissions": permissions, "project": q.Project}
	type answer struct{ Items []remitVerdict }
	return Call{Method: "POST", URL: p.url + "/api/v1/access/check-all", Key: p.keys.superuser, Body: encode(asked),
		Judge: verdicts(want, func(a answer) (got []bool) {
			for _, v := range a.Items {
				got = append(got, v.on(q))
			}
			return got
		})}
}

// list reads the ids of all files that the user may see, page by page, as the user.
func (p *Remit) list(ctx context.Context, user int) ([]int, error) {
	asked := map[string]any{"permission": "file:read", "limit": 500}
	call := Call{Method: "POST", URL: p.url + "/api/v1/access/things"}
	return pages(ctx, p, user, func(after string) Call {
		asked["after"] = after
		call.Body = encode(asked)
		return call
	}, p.fileNamed)
}

func (p *Remit) fileNamed(id string) (int, error) {
	i, known := p.keys.files[id]
	if !known {
		return 0, fmt.Errorf("no thing is the file %q", id)
	}
	return i, nil
}

// files is list with all that a page of files shows.
func (p *Remit) files(ctx context.Context, user int) ([]int, error) {
	type file struct{ Path string }
	return pages(ctx, p, user, func(after string) Call {
		return Call{Method: "GET", URL: p.url + "/api/v1/files?limit=500&after=" + after}
	}, func(f file) (int, error) { return thingPlace(f.Path) })
}

// pages reads a list as a user, page by page; place is which thing an item is.
func pages[T any](ctx context.Context, p *Remit, user int, ask func(after string) Call, place func(T) (int, error)) (things []int, err error) {
	var buf bytes.Buffer
	for after, more := "", true; more; more = after != "" {
		call := ask(after)
		call.Key = p.keys.users[user]
		call.Judge = func(answer []byte) (err error) {
			things, after, err = page(things, answer, place)
			return err
		}
		if err := p.client.Do(ctx, call, &buf); err != nil {
			return nil, err
		}
	}
	return things, nil
}

func page[T any](things []int, answer []byte, place func(T) (int, error)) ([]int, string, error) {
	var page struct {
		Items []T
		Next  string
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return nil, "", err
	}
	for _, item := range page.Items {
		i, err := place(item)
		if err != nil {
			return nil, "", err
		}
		things = append(things, i)
	}
	return things, page.Next, nil
}

// query asks the list as the services do, in one page: a snapshot, the policy
// of its version, the scope of the operation as a condition, and one query.
func (p *Remit) query(ctx context.Context, user int) ([]int, error) {
	who := engine.Subject{Kind: engine.Person, ID: p.keys.ids[user]}
	ids, err := gate.View(ctx, p.gate, who, gate.Query[[]string]{Name: "file.list", Read: func(r *gate.Reader) ([]string, error) {
		where, args := gate.Where(r.Scope("file.list"), archive.Files.Columns, 1)
		return db.Rows(r, func(row db.Scanner, id *string) error { return row.Scan(id) },
			`SELECT `+archive.Files.ID+` FROM `+archive.Files.From+` WHERE `+where, args...)
	}})
	things := make([]int, len(ids))
	for i := range ids {
		if things[i], err = p.fileNamed(ids[i]); err != nil {
			return nil, err
		}
	}
	return things, err
}

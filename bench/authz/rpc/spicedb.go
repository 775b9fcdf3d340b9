package rpc

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/host"
)

// SpiceDB is asked through its HTTP gateway in two ways: fully consistent,
// which sees every write, and with minimal latency, where answers may be some
// seconds old; and fully consistent by gRPC.
type SpiceDB struct {
	Bin      string
	Postgres string // URL of a cluster to keep the data in; "" = SpiceDB's memory

	*host.Process
	client *Client
	url    string // of the HTTP gateway
	grpc   string
	data   *host.Database
	ways   []Way
}

const spicedbKey = "bench"

// Name implements Peer.
func (p *SpiceDB) Name() string {
	return called("spicedb", p.Bin, "github.com/authzed/spicedb", where(p.Postgres, "memory"))
}

// spicedbFlags: no logs, metrics, news or telemetry; caches and limits are as
// they come, only that lists are whole.
func spicedbFlags(gateway, grpc string) []string {
	return []string{"serve", "--grpc-preshared-key=" + spicedbKey, "--grpc-addr=" + grpc, "--grpc-max-conn-age=1h",
		"--http-enabled", "--http-addr=" + gateway, "--log-level=error", "--log-format=json",
		"--telemetry-endpoint=", "--skip-release-check", "--metrics-enabled=false", "--max-lookup-resources-limit=0"}
}

// Start implements Peer.
func (p *SpiceDB) Start(ctx context.Context, dir string, s Site) error {
	addresses, err := host.FreeAddresses(2)
	if err != nil {
		return err
	}
	data, err := p.open(ctx, dir)
	if err != nil {
		return err
	}
	program := filepath.Join(p.Bin, "spicedb")
	if p.Process, err = host.Launch(ctx, dir, program, append(spicedbFlags(addresses[0], addresses[1]), data...)...); err != nil {
		return err
	}
	p.client, p.url, p.grpc = NewClient(), "http://"+addresses[0], "http://"+addresses[1]
	if err := p.Ready(ctx, p.url+"/healthz"); err != nil {
		return err
	}
	return p.load(ctx, s)
}

// open makes what the data is kept in, and returns the flags that say so.
func (p *SpiceDB) open(ctx context.Context, dir string) (flags []string, err error) {
	if p.Postgres == "" {
		return []string{"--datastore-engine=memory"}, nil
	}
	if p.data, err = host.NewDatabase(ctx, p.Postgres); err != nil {
		return nil, err
	}
	flags = []string{"--datastore-engine=postgres", "--datastore-conn-uri=" + p.data.URL}
	return flags, host.Run(ctx, dir, filepath.Join(p.Bin, "spicedb"), append([]string{"datastore", "migrate", "head", "--skip-release-check"}, flags...)...)
}

// load writes the schema and the relationships.
func (p *SpiceDB) load(ctx context.Context, s Site) error {
	if err := p.client.ask(ctx, "POST", p.url+"/v1/schema/write", spicedbKey, map[string]string{"schema": spicedbSchema(s)}, nil); err != nil {
		return err
	}
	p.ways = []Way{p.way("", "fullyConsistent", s), p.way(", minimal latency", "minimizeLatency", s),
		{Name: p.Name() + ", gRPC", client: p.client, Check: p.checkGRPC}}
	return p.write(ctx, tuples(s.Model))
}

type spicedbObject struct {
	Type string `json:"objectType"`
	ID   string `json:"objectId"`
}

type spicedbSubject struct {
	Object   spicedbObject `json:"object"`
	Relation string        `json:"optionalRelation,omitempty"`
}

type spicedbUpdate struct {
	Operation    string `json:"operation"`
	Relationship struct {
		Resource spicedbObject  `json:"resource"`
		Relation string         `json:"relation"`
		Subject  spicedbSubject `json:"subject"`
	} `json:"relationship"`
}

// write adds relationships, as many at once as it takes.
func (p *SpiceDB) write(ctx context.Context, all []tuple) error {
	for some := range slices.Chunk(all, 1000) {
		updates := make([]spicedbUpdate, len(some))
		for i, t := range some {
			u := &updates[i]
			u.Operation = "OPERATION_TOUCH"
			u.Relationship.Resource, u.Relationship.Relation = spicedbObject{t.object.kind, t.object.id}, t.relation
			u.Relationship.Subject = spicedbSubject{spicedbObject{t.subject.kind, t.subject.id}, t.through}
		}
		if err := p.client.ask(ctx, "POST", p.url+"/v1/relationships/write", spicedbKey, map[string]any{"updates": updates}, nil); err != nil {
			return err
		}
	}
	return p.data.Analyze(ctx)
}

// AddThings implements Peer.
func (p *SpiceDB) AddThings(ctx context.Context, s Site) error { return p.write(ctx, things(s)) }

// Ways implements Peer.
func (p *SpiceDB) Ways() []Way { return p.ways }

// Stop implements Peer.
func (p *SpiceDB) Stop() error { return errors.Join(p.Process.End(), p.data.Drop()) }

func (p *SpiceDB) way(suffix, consistency string, s Site) Way {
	how := map[string]bool{consistency: true}
	w := Way{Name: p.Name() + suffix, Stale: !how["fullyConsistent"], client: p.client,
		Check: func(q authz.Question) Call { return p.check(how, q) },
		All:   func(q authz.Question, want []bool) Call { return p.all(how, s.Permissions, q, want) }}
	if !w.Stale { // whose caches would hold what the other way asked just before
		w.List = func(ctx context.Context, user int) ([]int, error) { return p.list(ctx, s.Users[user].Name) }
	}
	return w
}

type spicedbAsked struct {
	Consistency map[string]bool `json:"consistency,omitempty"`
	Resource    spicedbObject   `json:"resource"`
	Permission  string          `json:"permission"`
	Subject     spicedbSubject  `json:"subject"`
}

func spicedbQuestion(how map[string]bool, q authz.Question, permission string) spicedbAsked {
	return spicedbAsked{how, spicedbObject{"project", q.Project}, cell(permission, q.Owner == q.User), spicedbSubject{Object: spicedbObject{"user", q.User}}}
}

type spicedbVerdict struct{ Permissionship string }

func (v spicedbVerdict) allowed() bool { return v.Permissionship == "PERMISSIONSHIP_HAS_PERMISSION" }

func (p *SpiceDB) check(how map[string]bool, q authz.Question) Call {
	return Call{Method: "POST", URL: p.url + "/v1/permissions/check", Key: spicedbKey, Body: encode(spicedbQuestion(how, q, q.Permission)),
		Judge: verdict(q.Allowed, spicedbVerdict.allowed)}
}

func (p *SpiceDB) all(how map[string]bool, permissions []string, q authz.Question, want []bool) Call {
	items := make([]spicedbAsked, len(permissions))
	for i, permission := range permissions {
		items[i] = spicedbQuestion(nil, q, permission)
	}
	type answer struct {
		Pairs []struct{ Item spicedbVerdict }
	}
	return Call{Method: "POST", URL: p.url + "/v1/permissions/checkbulk", Key: spicedbKey, Body: encode(map[string]any{"consistency": how, "items": items}),
		Judge: verdicts(want, func(a answer) (got []bool) {
			for _, pair := range a.Pairs {
				got = append(got, pair.Item.allowed())
			}
			return got
		})}
}

func (p *SpiceDB) list(ctx context.Context, user string) (things []int, err error) {
	body := map[string]any{"consistency": map[string]bool{"fullyConsistent": true}, "resourceObjectType": "thing", "permission": "listed", "subject": spicedbSubject{Object: spicedbObject{"user", user}}}
	call := Call{Method: "POST", URL: p.url + "/v1/permissions/resources", Key: spicedbKey, Body: encode(body), Judge: func(answer []byte) error {
		type line struct {
			Result struct{ ResourceObjectID string }
		}
		things, err = lines(answer, func(l line) string { return l.Result.ResourceObjectID })
		return err
	}}
	return things, p.client.Do(ctx, call, new(bytes.Buffer))
}

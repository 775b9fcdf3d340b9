package rpc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/host"
)

// OpenFGA is built from its own repository. It is asked in two ways of one
// process: with HIGHER_CONSISTENCY, which sees every write, and through its
// check cache, which may be ten seconds old.
//
// Its memory is no store for a site of this size: every read looks through all tuples.
type OpenFGA struct {
	Bin      string
	Postgres string // URL of a cluster to keep the data in; "" = SQLite

	*host.Process
	client *Client
	url    string
	store  string // its address
	model  string
	data   *host.Database
	ways   []Way
}

const (
	openfgaKey   = "bench"
	openfgaFresh = "HIGHER_CONSISTENCY"
)

// Name implements Peer.
func (p *OpenFGA) Name() string {
	return called("openfga", p.Bin, "github.com/openfga/openfga", where(p.Postgres, "SQLite"))
}

// openfgaFlags: no logs, metrics or traces; limits so high that lists are whole;
// the check cache that its makers recommend for production. On SQLite it opens
// a file for each read that is under way and runs out of them when each of many
// batches does fifty checks at once, hence eight.
func openfgaFlags(address, grpc string) []string {
	return []string{"run", "--http-addr=" + address, "--grpc-addr=" + grpc, "--log-level=none", "--metrics-enabled=false", "--playground-enabled=false",
		"--authn-method=preshared", "--authn-preshared-keys=" + openfgaKey,
		"--max-tuples-per-write=1000", "--max-checks-per-batch-check=100", "--max-authorization-model-size-in-bytes=1048576", "--grpc-max-recv-msg-bytes=4194304",
		"--listObjects-max-results=0", "--listObjects-deadline=100s", "--request-timeout=110s", "--http-upstream-timeout=110s",
		"--check-query-cache-enabled=true", "--check-cache-limit=100000", "--max-concurrent-checks-per-batch-check=8",
		"--datastore-max-open-conns=30", "--datastore-max-idle-conns=30"} // PostgreSQL heeds these
}

// Start implements Peer.
func (p *OpenFGA) Start(ctx context.Context, dir string, s Site) error {
	addresses, err := host.FreeAddresses(2)
	if err != nil {
		return err
	}
	data, err := p.open(ctx, dir)
	if err != nil {
		return err
	}
	program := filepath.Join(p.Bin, "openfga")
	if p.Process, err = host.Launch(ctx, dir, program, append(openfgaFlags(addresses[0], addresses[1]), data...)...); err != nil {
		return err
	}
	p.client, p.url = NewClient(), "http://"+addresses[0]
	if err := p.Ready(ctx, p.url+"/healthz"); err != nil {
		return err
	}
	return p.load(ctx, s)
}

// open makes what the data is kept in, and returns the flags that say so.
func (p *OpenFGA) open(ctx context.Context, dir string) (flags []string, err error) {
	flags = []string{"--datastore-engine=sqlite", "--datastore-uri=file:" + filepath.Join(dir, "openfga.db")}
	if p.Postgres != "" {
		if p.data, err = host.NewDatabase(ctx, p.Postgres); err != nil {
			return nil, err
		}
		flags = []string{"--datastore-engine=postgres", "--datastore-uri=" + p.data.URL}
	}
	return flags, host.Run(ctx, dir, filepath.Join(p.Bin, "openfga"), append([]string{"migrate"}, flags...)...)
}

// load writes the schema and the tuples.
func (p *OpenFGA) load(ctx context.Context, s Site) error {
	var store struct{ ID string }
	if err := p.client.ask(ctx, "POST", p.url+"/stores", openfgaKey, map[string]string{"name": "bench"}, &store); err != nil {
		return err
	}
	p.store = p.url + "/stores/" + store.ID
	var model struct {
		ID string `json:"authorization_model_id"`
	}
	if err := p.client.ask(ctx, "POST", p.store+"/authorization-models", openfgaKey, openfgaModel(s), &model); err != nil {
		return err
	}
	p.model = model.ID
	p.ways = []Way{p.way(p.Name(), openfgaFresh, s), p.way(p.Name()+", cached", "MINIMIZE_LATENCY", s)}
	return p.write(ctx, tuples(s.Model))
}

// openfgaTuple is a tuple in OpenFGA's words.
type openfgaTuple struct {
	User     string `json:"user"`
	Relation string `json:"relation"`
	Object   string `json:"object"`
}

// user is the subject in OpenFGA's words.
func (t tuple) user() string {
	name := t.subject.kind + ":" + t.subject.id
	if t.through != "" {
		name += "#" + t.through
	}
	return name
}

// write adds tuples, as many at once as the flags allow.
func (p *OpenFGA) write(ctx context.Context, all []tuple) error {
	for some := range slices.Chunk(all, 1000) {
		keys := make([]openfgaTuple, len(some))
		for i, t := range some {
			keys[i] = openfgaTuple{t.user(), t.relation, t.object.kind + ":" + t.object.id}
		}
		body := map[string]any{"authorization_model_id": p.model, "writes": map[string]any{"tuple_keys": keys}}
		if err := p.client.ask(ctx, "POST", p.store+"/write", openfgaKey, body, nil); err != nil {
			return err
		}
	}
	return p.data.Analyze(ctx)
}

// AddThings implements Peer.
func (p *OpenFGA) AddThings(ctx context.Context, s Site) error { return p.write(ctx, things(s)) }

// Ways implements Peer.
func (p *OpenFGA) Ways() []Way { return p.ways }

// Stop implements Peer.
func (p *OpenFGA) Stop() error { return errors.Join(p.Process.End(), p.data.Drop()) }

func (p *OpenFGA) way(name, consistency string, s Site) Way {
	w := Way{Name: name, Stale: consistency != openfgaFresh, client: p.client,
		Check: func(q authz.Question) Call { return p.check(consistency, q) },
		All:   func(q authz.Question, want []bool) Call { return p.all(consistency, s.Permissions, q, want) }}
	if !w.Stale { // lists do not use the check cache
		w.List = func(ctx context.Context, user int) ([]int, error) { return p.list(ctx, s.Users[user].Name) }
	}
	return w
}

type openfgaAsked struct {
	Tuple       openfgaTuple `json:"tuple_key"`
	Model       string       `json:"authorization_model_id,omitempty"`
	Correlation string       `json:"correlation_id,omitempty"`
	Consistency string       `json:"consistency,omitempty"`
}

type openfgaVerdict struct{ Allowed bool }

func (p *OpenFGA) check(consistency string, q authz.Question) Call {
	asked := openfgaAsked{Tuple: openfgaQuestion(q, q.Permission), Model: p.model, Consistency: consistency}
	return Call{Method: "POST", URL: p.store + "/check", Key: openfgaKey, Body: encode(asked),
		Judge: verdict(q.Allowed, func(v openfgaVerdict) bool { return v.Allowed })}
}

func openfgaQuestion(q authz.Question, permission string) openfgaTuple {
	return openfgaTuple{"user:" + q.User, cell(permission, q.Owner == q.User), "project:" + q.Project}
}

func (p *OpenFGA) all(consistency string, permissions []string, q authz.Question, want []bool) Call {
	checks := make([]openfgaAsked, len(permissions))
	for i, permission := range permissions {
		checks[i] = openfgaAsked{Tuple: openfgaQuestion(q, permission), Correlation: strconv.Itoa(i)}
	}
	body := map[string]any{"authorization_model_id": p.model, "checks": checks, "consistency": consistency}
	type answer struct{ Result map[string]openfgaVerdict }
	return Call{Method: "POST", URL: p.store + "/batch-check", Key: openfgaKey, Body: encode(body), Judge: verdicts(want, func(a answer) []bool {
		got := make([]bool, len(a.Result))
		for i := range got {
			got[i] = a.Result[strconv.Itoa(i)].Allowed
		}
		return got
	})}
}

// list uses the streamed form, which has no limit of its own.
func (p *OpenFGA) list(ctx context.Context, user string) (things []int, err error) {
	body := map[string]string{"authorization_model_id": p.model, "type": "thing", "relation": "listed", "user": "user:" + user, "consistency": openfgaFresh}
	call := Call{Method: "POST", URL: p.store + "/streamed-list-objects", Key: openfgaKey, Body: encode(body), Judge: func(answer []byte) error {
		type line struct{ Result struct{ Object string } }
		things, err = lines(answer, func(l line) string { return strings.TrimPrefix(l.Result.Object, "thing:") })
		return err
	}}
	return things, p.client.Do(ctx, call, new(bytes.Buffer))
}

// lines reads a stream of JSON documents, one thing in each.
func lines[T any](answer []byte, name func(T) string) (things []int, err error) {
	for scan := bufio.NewScanner(bytes.NewReader(answer)); scan.Scan(); {
		var one T
		if err := json.Unmarshal(scan.Bytes(), &one); err != nil {
			return nil, err
		}
		i, err := thingPlace(name(one))
		if err != nil {
			return nil, fmt.Errorf("%w: %.300s", err, scan.Bytes())
		}
		things = append(things, i)
	}
	return things, nil
}

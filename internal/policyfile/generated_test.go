package policyfile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/policyfile"
)

// dice draw files about the projects and people of a world.
type dice struct{ *rand.Rand }

func (d dice) of(words ...string) string { return words[d.IntN(len(words))] }

func (d dice) some(most int, line func() string) string {
	var b strings.Builder
	for range d.IntN(most + 1) {
		if one := line(); !strings.Contains(b.String(), one) {
			b.WriteString(one)
		}
	}
	if b.Len() == 0 {
		return " []\n"
	}
	return "\n" + b.String()
}

func (d dice) pattern() string {
	return d.of("job:read", "job:read@own", "job:cancel", "job:cancel@others", "file:read", "collection:*", "job:*", "*", "project:view", "member:read", "file:download@own")
}

func (d dice) limits() string {
	return d.of("", "", ", from: 2026-03-05T00:00:00Z", ", until: 2026-03-09T00:00:00Z", ", until: 2026-02-01T00:00:00.5Z", `, why: "it: \"is\" so\n\x01"`)
}

func (d dice) who() string { return d.of("user: bob", "user: cy", "user: dan", "team: t1", "team: t2") }

func (d dice) collection() string {
	return d.of("", "", ", collection: collection_0000000000000000000000000"+d.of("0", "1"))
}

func (d dice) project() string {
	out := "    members:\n      - {user: ada, role: owner}\n" + strings.TrimPrefix(d.some(4, func() string {
		return fmt.Sprintf("      - {%s, roles: [%s]%s%s}\n", d.who(), d.of("reader", "writer", "reader, writer"), d.limits(), d.collection())
	}), " []")
	seen := map[string]bool{}
	out += "    overrides:" + d.some(3, func() string {
		role, pattern := d.of("reader", "writer"), d.pattern()
		if seen[role+pattern] {
			return ""
		}
		seen[role+pattern] = true
		return fmt.Sprintf("      - {role: %s, permission: %q, effect: %s}\n", role, pattern, d.of("allow", "deny", "remove"))
	})
	out += "    entries:" + d.some(3, func() string {
		return fmt.Sprintf("      - {user: %s, permission: %q, effect: %s%s%s}\n", d.of("bob", "cy"), d.pattern(), d.of("allow", "deny"), d.limits(), d.collection())
	})
	return out + "    public: " + d.of("[]", "['file:read']", "['collection:read', 'project:view']") + "\n"
}

func (d dice) file() string {
	var b strings.Builder
	fmt.Fprintf(&b, "roles:\n  - {name: reader, allow: [%q, 'job:update']}\n  - {name: writer, title: '%s', allow: [%q]}\n  - {name: staff, site: true, allow: [%q]}\n",
		d.pattern(), d.of("", "W", "yes"), d.of("file:*", "job:*"), d.of("job:read", "file:read"))
	fmt.Fprintf(&b, "  - {name: signed_in, site: true, allow: [%q]}\n", d.of("role:read", "user:read@own"))
	fmt.Fprintf(&b, "teams:\n  - {name: t1, users: [%s]}\n  - {name: t2, users: [%s]}\n", d.of("", "bob", "bob, cy"), d.of("", "cy", "dan"))
	fmt.Fprintf(&b, "site:\n  reserved: [%s]\n  opened: [%s]\n  members:", d.of("", "'job:read'"), d.of("", "'job:claim'"))
	b.WriteString(d.some(2, func() string { return fmt.Sprintf("    - {%s, role: staff%s}\n", d.who(), d.limits()) }))
	b.WriteString("  entries:" + d.some(2, func() string {
		return fmt.Sprintf("    - {user: %s, permission: %q, effect: %s%s}\n", d.of("bob", "cy"), d.pattern(), d.of("allow", "deny"), d.limits())
	}))
	fmt.Fprintf(&b, "  overrides: [%s]\n", d.of("", "{role: staff, permission: 'file:read', effect: deny}"))
	b.WriteString("projects:\n  moths:\n" + d.project())
	if d.IntN(2) == 0 {
		b.WriteString("  sky:\n" + d.project())
	}
	return b.String()
}

// Any file, on top of any other: what the plan says is what comes of it, and
// what is exported then changes nothing.
func TestPlansOfGeneratedFilesComeTrue(t *testing.T) {
	inWorlds(t, func(w *world) {
		root, refused := w.person("root"), 0
		for seed := range uint64(40) {
			text := dice{rand.New(rand.NewPCG(seed, 7))}.file()
			before := w.policy()
			planned, err := w.Plan(w.Context(), root, policyfile.Request{Files: file(text)})
			if err != nil {
				w.Fatalf("seed %d: %v\n%s", seed, err, text)
			}
			_, err = w.Apply(w.Context(), root, policyfile.Request{Files: file(text), Version: planned.Version})
			if remit.KindOf(err) == remit.Conflict { // R25
				refused++
				continue
			}
			if err != nil {
				w.Fatalf("seed %d: %v\n%s", seed, err, text)
			}
			if diff := cmp.Diff(w.effects(before, w.policy()), textsOf(planned.Effects)); diff != "" {
				w.Fatalf("seed %d: the plan (-came +said):\n%s\n%s", seed, diff, text)
			}
			for _, again := range []string{text, w.export()} {
				if p := w.plan(again); !p.Empty() {
					w.Fatalf("seed %d: once more:\n%s\n%s", seed, p.Text(), again)
				}
			}
		}
		if refused > 20 {
			w.Errorf("%d of 40 files were refused", refused)
		}
	})
}

func textsOf(effects []policyfile.Effect) []string {
	lines := []string{}
	for _, e := range effects {
		lines = append(lines, e.Text)
	}
	slices.Sort(lines)
	return lines
}

// effects are the differences in words, sorted.
func (w *world) effects(before, after *authz.Policy) []string {
	w.Helper()
	var names []string
	for name, who := range w.people {
		names = append(names, who.ID, name)
	}
	for _, slug := range []string{"moths", "sky"} {
		p, err := w.projects.Project(w.Context(), w.person("root"), slug)
		w.must(err)
		names = append(names, string(p.ID), slug)
	}
	lines := []string{}
	for _, d := range authz.Diff(before, after, noon.UnixMicro()) {
		if d.From == noon.UnixMicro() {
			d.From = 0
		}
		lines = append(lines, strings.NewReplacer(names...).Replace(d.String()))
	}
	slices.Sort(lines)
	return lines
}

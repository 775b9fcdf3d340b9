package authz_test

import (
	"slices"
	"testing"

	"github.com/remit-server/remit/authz"
)

// hugeSite has a million memberships.
func hugeSite() authz.Source { return siteOf(20_000, 200_000) }

// Changes that keep every other list the very same one.
var (
	oneMembership = func(src *authz.Source) {
		src.Projects = slices.Clone(src.Projects)
		p := &src.Projects[7]
		p.Members = append(slices.Clone(p.Members), authz.Member{User: src.Users[3].ID, Role: "role2"})
	}
	oneTemplate = func(src *authz.Source) {
		src.Roles = slices.Clone(src.Roles)
		src.Roles[2].Allow = append(slices.Clone(src.Roles[2].Allow), "thing3:verb0")
	}
	oneReservation = func(src *authz.Source) { src.Reserved = []string{"thing1:verb1"} }
	signedInMore   = func(src *authz.Source) {
		src.SiteRoles = []authz.Role{{Name: "signed_in", Allow: []string{"thing1:verb0"}}}
	}
)

func BenchmarkDiffOneMembership(b *testing.B)   { benchmarkDiff(b, bigSite(), oneMembership) }
func BenchmarkDiffTemplate(b *testing.B)        { benchmarkDiff(b, bigSite(), oneTemplate) }
func BenchmarkDiffReservation(b *testing.B)     { benchmarkDiff(b, bigSite(), oneReservation) }
func BenchmarkDiffSignedIn(b *testing.B)        { benchmarkDiff(b, bigSite(), signedInMore) }
func BenchmarkDiffMillionMember(b *testing.B)   { benchmarkDiff(b, hugeSite(), oneMembership) }
func BenchmarkDiffMillionTemplate(b *testing.B) { benchmarkDiff(b, hugeSite(), oneTemplate) }

func benchmarkDiff(b *testing.B, src authz.Source, edit change) {
	before, err := authz.Compile(src)
	if err != nil {
		b.Fatal(err)
	}
	edit(&src)
	after, err := before.Recompile(src)
	if err != nil {
		b.Fatal(err)
	}
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		rows = len(authz.Diff(before, after, 0))
	}
	b.ReportMetric(float64(rows), "rows")
}

// Two policies that share nothing: a plan against what is there.
func BenchmarkDiffUnrelated(b *testing.B) {
	before, src := bigPolicy(b), bigSite()
	oneTemplate(&src)
	after, err := authz.Compile(src)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		authz.Diff(before, after, 0)
	}
}

func BenchmarkFingerprint(b *testing.B) {
	p := bigPolicy(b)
	for b.Loop() {
		p.Fingerprint()
	}
}

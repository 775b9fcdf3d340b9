package authz

// siteVerdict is R9 and R13 for every cell: a word that allows and one that
// denies for each 64 cells, side by side.
type siteVerdict []uint64

func newSiteVerdict(allow, deny bits) siteVerdict {
	out := make(siteVerdict, 0, 2*len(allow))
	for w := range allow {
		out = append(out, allow[w]&^deny[w], deny[w])
	}
	return out
}

var readSite = [4]outcome{0b01: yes(13), 0b10: no(9)}

// at is what the site says of one cell.
func (v siteVerdict) at(cell int) outcome {
	from := cell >> 6 * 2
	if from >= len(v) {
		return silent
	}
	words, bit := v[from:][:2], cell&63
	return readSite[words[0]>>bit&1|words[1]>>bit&1<<1]
}

// siteLine is what the site says when, as line does for projects.
type siteLine []siteSpan

type siteSpan struct {
	from int64
	says siteVerdict
}

func (l siteLine) at(now int64) siteVerdict {
	i := len(l) - 1
	for l[i].from > now {
		i--
	}
	return l[i].says
}

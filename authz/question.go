package authz

// Question is one Check with its names looked up, for whoever asks the same
// often. It belongs to the policy that resolved it: another policy's answer to
// it means nothing.
type Question struct {
	words      *words
	project    *project // nil on the site and for unknown projects
	user       uint32   // of a Person
	permission permID
	kind       Kind
	visibility Visibility
	cell       cell
	marks      mark
}

// words are a question as it was put. What is rarely needed is not copied out
// of them.
type words struct {
	subject    *Subject
	thing      *Resource
	permission *string
}

// mark is what makes a question more than an ordinary one.
type mark uint8

const (
	capped   mark = 1 << iota // by a key (R5)
	previews                  // R23
	unheard                   // there is no such subject (R1)
)

// Resolve looks the names of a question up.
func (p *Policy) Resolve(s Subject, permission string, r Resource) Question {
	q := p.question(&words{&s, &r, &permission})
	q.permission = p.find(permission)
	return q
}

// question is Resolve without the permission.
func (p *Policy) question(w *words) Question {
	s, r := w.subject, w.thing
	q := Question{words: w, kind: s.Kind, visibility: r.Visibility, cell: others}
	if n, known := p.places[r.Project]; known {
		q.project = p.projects[n]
	}
	if s.Kind == Person {
		user, known := p.users[s.ID]
		if q.user = user; !known {
			q.marks |= unheard
		}
		q.cell = cellOf(r.Owner == s.ID) // no account is without an id
		if s.Preview != nil {
			q.marks |= previews
		}
	}
	if s.Kind > Local {
		q.marks |= unheard
	}
	if s.Caps != nil {
		q.marks |= capped
	}
	return q
}

// Decide answers as Check does.
func (p *Policy) Decide(q *Question, now int64) Decision {
	a := asking{Policy: p, Question: q, now: now}
	if rule := a.begin(); rule != 0 {
		return Decision{Rule: rule, Permission: *q.words.permission}
	}
	return a.decision(a.asked(q.permission))
}

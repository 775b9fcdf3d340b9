package api

import (
	"bytes"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/remit-server/remit/client"
)

// Resolve implements huma.Resolver: it refuses bodies with fields that are given
// twice, and with what no text has, before a service sees them. Go would read invalid UTF-8 as other characters,
// and the engines disagree about NUL. What programs print may hold anything;
// the queue cleans it.
func (in *Input[T]) Resolve(huma.Context) []error {
	if field := twice(in.RawBody); field != "" {
		return []error{&huma.ErrorDetail{Location: field, Message: "is given more than once"}}
	}
	switch any(in.Body).(type) {
	case client.LogChunk, client.Cleanup:
		return nil
	}
	if utf8.Valid(in.RawBody) && !escapesNUL(in.RawBody) {
		return nil
	}
	return []error{&huma.ErrorDetail{Location: "body", Message: "a text in it holds a NUL character or is not UTF-8"}}
}

// escapesNUL says whether JSON has a NUL written as \u0000 in a text: after an
// even number of backslashes, for two of them are one that is meant.
func escapesNUL(text []byte) bool {
	for rest := text; ; {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			return false
		}
		before := rest[:i]
		if (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 0 {
			return true
		}
		rest = rest[i+1:]
	}
}

package web

import (
	"encoding/json"
	"strings"

	"github.com/remit-server/remit"
)

// notes are what there is to say beside the field of a parameter: what it is,
// then what it takes.
func (p param) notes() (all []string) {
	for _, note := range []string{p.Description, p.takes()} {
		if note != "" {
			all = append(all, note)
		}
	}
	return all
}

// takes words what a value has to be, where the field does not show it.
func (p param) takes() string {
	switch p.kind() {
	case "password":
		return "A secret: sealed, given to the job's node alone, and never shown again."
	case "number":
		return p.bounds()
	case "text":
		return p.form()
	case "json":
		return p.structure()
	}
	return ""
}

// bounds words the bounds of a number.
func (p param) bounds() string {
	var parts []string
	if p.isWhole() {
		parts = append(parts, "a whole number")
	}
	for _, b := range []struct {
		words string
		n     json.Number
	}{{"at least", p.Min}, {"more than", p.Above}, {"at most", p.Max}, {"less than", p.Below}, {"a multiple of", p.Multiple}} {
		if b.n != "" {
			parts = append(parts, b.words+" "+b.n.String())
		}
	}
	return sentence(parts)
}

// form words what a text looks like.
func (p param) form() string {
	if p.Format == remit.FileFormat {
		return "The id of a file that you may read, as its page tells it: file_ and 26 letters and digits."
	}
	var parts []string
	if p.Format != "" {
		parts = append(parts, "a text of the format "+p.Format)
	}
	if n := digits(p.MinLength); n != "" && n != "0" {
		parts = append(parts, "at least "+n+" characters")
	}
	if n := digits(p.MaxLength); n != "" {
		parts = append(parts, "at most "+n+" characters")
	}
	if p.Pattern != "" {
		parts = append(parts, "fits "+p.Pattern)
	}
	return sentence(parts)
}

// structure words what JSON is typed.
func (p param) structure() string {
	if p.isFiles() {
		return `A list of the ids of files that you may read, as JSON: ["file_…", "file_…"].`
	}
	switch types := p.types(); strings.Join(types, " ") {
	case "array":
		return "A list, as JSON: [1, 2]."
	case "object":
		return `An object, as JSON: {"name": 1}.`
	}
	return "A value as JSON."
}

func sentence(parts []string) string {
	text := capital(strings.Join(parts, ", "))
	if text != "" {
		text += "."
	}
	return text
}

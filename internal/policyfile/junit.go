package policyfile

import (
	"encoding/xml"
	"io"
)

// JUnit writes results as build servers read them.
func JUnit(w io.Writer, all []Result) error {
	suite := junitSuite{Name: "remit policy test", Tests: len(all), Failures: Failed(all)}
	for _, r := range all {
		c := junitCase{Class: r.Test, Name: r.Question, File: r.At.File, Line: r.At.Line}
		if !r.Pass {
			c.Failure = &junitFailure{Message: "want " + r.Want + ", got " + r.Got, Text: r.At.String()}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

package web

import (
	"regexp"
	"strings"
)

// common are the regular expressions that mean the same to us and to browsers,
// but for a hyphen at the end of a class.
var common = regexp.MustCompile(`^(?:[A-Za-z0-9 _@#%&=!~<>'",:;-]|\(\?:|[\^$.*+?|()]|\\[dwDW.\\/+*?()\[\]{}^$|]|\{\d+(?:,\d*)?\}|` +
	`\[\^?(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9_ .+*?$]|\\[dwDW.\\/+*?()\[\]{}^$|-])+-?\])*$`)

var endsInHyphen = regexp.MustCompile(`([^\\])-\]`)

// htmlPattern is a pattern of JSON Schema, which fits anywhere in a text, as one
// of HTML, which fits all of it; "" when a browser might read it otherwise.
func htmlPattern(pattern string) string {
	groups := strings.ReplaceAll(pattern, "(?:", "(")
	if pattern == "" || !common.MatchString(pattern) || strings.Contains(groups, "(?") || strings.Contains(pattern, `\\-]`) {
		return ""
	}
	return ".*(?:" + endsInHyphen.ReplaceAllString(pattern, `$1\-]`) + ").*"
}

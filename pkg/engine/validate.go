package engine

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"overmind/pkg/fault"
)

// Validate refuses a Spec that no server needs to be asked about: names that cannot be copied safely, system schemas
// and values outside of their lists. The error is fault.Invalid with a field for each problem.
func (s Spec) Validate() error {
	var fields []fault.Field
	add := func(name, code, message string) {
		fields = append(fields, fault.Field{Name: name, Code: code, Message: message})
	}
	for _, d := range [][2]string{{"source_database", s.SourceDatabase}, {"target_database", s.TargetDatabase}} {
		field, name := d[0], d[1]
		if code, message := checkName(name); code != "" {
			add(field, code, message)
		} else if IsSystemSchema(name) {
			add(field, "system_schema", fmt.Sprintf("%q belongs to the server itself.", name))
		} else if strings.HasPrefix(strings.ToLower(name), Prefix) {
			add(field, "reserved_name", fmt.Sprintf("Names that start with %s are reserved.", Prefix))
		}
	}
	seen := map[string]bool{}
	for i, name := range s.Tables {
		field := fmt.Sprintf("tables[%d]", i)
		if code, message := checkName(name); code != "" {
			add(field, code, message)
		} else if strings.Contains(name, "/") {
			add(field, "name_slash", fmt.Sprintf("%q contains a slash.", name))
		} else if seen[name] {
			add(field, "duplicate", fmt.Sprintf("%q is named twice.", name))
		}
		seen[name] = true
	}
	if s.Content != StructureAndData && s.Content != StructureOnly {
		add("content", "unknown_value", "Must be structure+data or structure.")
	}
	if s.IfExists != Refuse && s.IfExists != Replace {
		add("if_exists", "unknown_value", "Must be refuse or replace.")
	}
	if s.Executor != ExecutorAuto && s.Executor != ExecutorNative && s.Executor != ExecutorPipe {
		add("engine", "unknown_value", "Must be auto, native or pipe.")
	}
	if len(fields) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Code: fields[0].Code, Message: fields[0].Name + ": " + fields[0].Message, Fields: fields}
}

// checkName says why a name that somebody gives is refused; an empty code means that it is not. What a database brings
// along is not asked: identifiers are quoted.
func checkName(name string) (code, message string) {
	switch {
	case name == "":
		return "required", "A name is needed."
	case !utf8.ValidString(name):
		return "not_utf8", "The name is not valid UTF-8."
	case utf8.RuneCountInString(name) > 64:
		return "too_long", "A name has at most 64 characters."
	case strings.HasPrefix(name, "-"):
		return "name_leading_dash", fmt.Sprintf("%q starts with a dash.", name)
	case strings.HasPrefix(name, "."):
		return "name_leading_dot", fmt.Sprintf("%q starts with a dot.", name)
	case strings.TrimFunc(name, unicode.IsSpace) != name:
		return "name_space", fmt.Sprintf("%q starts or ends with a space.", name)
	}
	for _, r := range name {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return "control_char", fmt.Sprintf("%q contains a control character.", name)
		}
	}
	return "", ""
}

// Package migration is the ticket kind `migration`: it gives a spec its meaning, checks it against the servers, and
// hands an approved one to the engine.
package migration

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
)

// Name is the kind's name, as stored with every ticket.
const Name = "migration"

// limitMost is the highest number of a ticket's limits.
const limitMost = 100_000

// specLimit is the most bytes of a canonical spec. A ticket holds its tables' names several times, and a page of the list
// holds 200 tickets.
const specLimit = 64 << 10

// Spec is what a requester asks for. Its canonical JSON has its keys in alphabetical order, its tables sorted and every
// default filled in, so that its hash names everything that is approved.
type Spec struct {
	Content  engine.Content  `json:"content"`
	Executor engine.Executor `json:"executor"`
	IfExists engine.IfExists `json:"if_exists"`
	Limits   Limits          `json:"limits,omitzero"`
	Objects  []string        `json:"objects"` // kinds of objects; follows from Tables
	Source   Place           `json:"source"`
	Tables   []string        `json:"tables,omitempty"` // none: the whole database
	Target   Place           `json:"target"`
}

// Limits ask for less than the instances allow; 0 asks for nothing.
type Limits struct {
	Connections        int `json:"connections,omitempty"` // to each instance
	LagSeconds         int `json:"lag_seconds,omitempty"`
	MegabytesPerSecond int `json:"megabytes_per_second,omitempty"`
	ThreadsRunning     int `json:"threads_running,omitempty"`
}

// Place is a database on an instance of the inventory.
type Place struct {
	Database   string `json:"database"`
	InstanceID int64  `json:"instance_id"`
}

// objectKinds is what a copy includes: of a whole database everything, of chosen tables their triggers, and views only
// where they are named.
func objectKinds(tables []string) []string {
	if len(tables) == 0 {
		return []string{"tables", "views", "triggers", "routines", "events"}
	}
	return []string{"tables", "triggers", "views"}
}

// parse reads a spec as sent, fills in the defaults and refuses what is wrong with it whatever the servers hold.
func parse(raw json.RawMessage) (Spec, error) {
	s, err := decode(raw)
	if err != nil {
		return Spec{}, err
	}
	if s.Tables != nil && len(s.Tables) == 0 {
		return Spec{}, &fault.Error{Kind: fault.Malformed, Code: "empty_list", Message: "Name the tables, or leave `tables` out for the whole database.",
			Fields: []fault.Field{{Name: "spec.tables", Code: "empty_list", Message: "An empty list is not the whole database."}}}
	}
	s.fill()
	if fields := s.check(); len(fields) > 0 {
		return Spec{}, &fault.Error{Kind: fault.Invalid, Code: fields[0].Code, Message: fields[0].Name + ": " + fields[0].Message, Fields: fields}
	}
	slices.Sort(s.Tables)
	text, err := s.canonical()
	if err == nil && len(text) > specLimit {
		err = fault.New(fault.TooLarge, "too_many_tables", "The names of these tables take more than %d bytes; copy the whole database instead.", specLimit)
	}
	return s, err
}

func decode(raw json.RawMessage) (Spec, error) {
	var s Spec
	if !utf8.Valid(raw) {
		return s, fault.New(fault.Malformed, "not_utf8", "The spec must be UTF-8.")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&s)
	if err == nil {
		if _, end := decoder.Token(); end != io.EOF {
			err = errors.New("data after the spec")
		}
	}
	if err == nil {
		return s, nil
	}
	refusal := fault.Wrap(err, fault.Malformed, "malformed_spec", "The spec cannot be read.")
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		field := "spec." + wrongType.Field
		refusal.Code, refusal.Message = "wrong_type", field+" has the wrong type."
		refusal.Fields = []fault.Field{{Name: field, Code: "wrong_type", Message: "Must be a " + wrongType.Type.String() + "."}}
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		name := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		refusal.Code, refusal.Message = "unknown_field", "The spec has an unknown field: "+name+"."
		refusal.Fields = []fault.Field{{Name: "spec." + name, Code: "unknown_field", Message: "There is no such field."}}
	}
	return s, refusal
}

func (s *Spec) fill() {
	if s.Content == "" {
		s.Content = engine.StructureAndData
	}
	if s.Executor == "" {
		s.Executor = engine.ExecutorAuto
	}
	if s.IfExists == "" {
		s.IfExists = engine.Refuse
	}
	if s.Target.Database == "" {
		s.Target.Database = s.Source.Database
	}
	if s.Objects == nil {
		s.Objects = objectKinds(s.Tables)
	}
}

// engineFields maps the engine's names of fields to this spec's.
var engineFields = map[string]string{
	"source_database": "spec.source.database", "target_database": "spec.target.database",
	"engine": "spec.executor", "content": "spec.content", "if_exists": "spec.if_exists",
}

func (s *Spec) check() (fields []fault.Field) {
	add := func(name, code, message string) {
		fields = append(fields, fault.Field{Name: name, Code: code, Message: message})
	}
	if s.Source.InstanceID <= 0 {
		add("spec.source.instance_id", "required", "Name the instance to copy from.")
	}
	if s.Target.InstanceID <= 0 {
		add("spec.target.instance_id", "required", "Name the instance to copy to.")
	}
	var refused *fault.Error
	if err := s.engineSpec().Validate(); errors.As(err, &refused) {
		for _, f := range refused.Fields {
			name, ok := engineFields[f.Name]
			if !ok {
				name = "spec." + f.Name
			}
			add(name, f.Code, f.Message)
		}
	}
	if want := objectKinds(s.Tables); !sameSet(s.Objects, want) {
		add("spec.objects", "not_supported", "Must be left out or be: "+strings.Join(want, ", ")+".")
	} else {
		s.Objects = want
	}
	for _, limit := range []struct {
		name         string
		value, least int
	}{
		{"connections", s.Limits.Connections, engine.LeastConnections}, {"lag_seconds", s.Limits.LagSeconds, 1},
		{"megabytes_per_second", s.Limits.MegabytesPerSecond, 1}, {"threads_running", s.Limits.ThreadsRunning, 1},
	} {
		if limit.value != 0 && (limit.value < limit.least || limit.value > limitMost) {
			add("spec.limits."+limit.name, "out_of_range", fmt.Sprintf("Must be a number from %d to %d, or left out.", limit.least, limitMost))
		}
	}
	if s.Source == s.Target {
		add("spec.target.database", sameDatabase, "Source and target are the same database.")
	}
	return fields
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// engineSpec is the spec for the engine, without the endpoints.
func (s *Spec) engineSpec() engine.Spec {
	return engine.Spec{SourceDatabase: s.Source.Database, TargetDatabase: s.Target.Database, Tables: s.Tables,
		Content: s.Content, IfExists: s.IfExists, Executor: s.Executor,
		Limits: s.Limits.engine()}
}

// canonical gives the bytes that are stored and hashed.
func (s *Spec) canonical() (json.RawMessage, error) { return json.Marshal(s) }

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

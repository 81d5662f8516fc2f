package engine

import (
	"encoding/json"
	"time"
)

// Level says what a Finding means for the copy.
type Level string

// The levels: a block cannot be accepted, a confirm must be, a note is for information.
const (
	Block   Level = "block"
	Confirm Level = "confirm"
	Note    Level = "note"
)

// Text is one sentence in both languages of the product.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// Finding is what one check found. Code is stable (`missing_grant`), Objects names what is concerned.
type Finding struct {
	Level   Level    `json:"level"`
	Code    string   `json:"code"`
	Objects []string `json:"objects,omitempty"`
	Message Text     `json:"message"` // what is wrong, names included
	Remedy  Text     `json:"remedy"`  // what to do about it
}

// Server describes one server as preflight saw it. Fingerprint identifies the server whatever its address:
// @@server_uuid, else @@server_uid, else hostname, port and datadir.
type Server struct {
	Flavour     Flavour `json:"flavour"`
	Version     string  `json:"version"`
	Fingerprint string  `json:"fingerprint"`
	Hostname    string  `json:"hostname"`
}

// PlannedTable is one table to be copied; Rows and Bytes are estimates. Reason explains the executor.
type PlannedTable struct {
	Name     string   `json:"name"`
	Rows     int64    `json:"rows"`
	Bytes    int64    `json:"bytes"`
	Executor Executor `json:"executor"`
	Reason   Text     `json:"reason"`
}

// Plan is what Copy will do, found by Preflight. It holds no credentials and is stored with the ticket. Routines are
// written `function f` or `procedure p`; Replaces and Kept start with the kind as well: `table t`, `view v`,
// `trigger r`, `function f`, `procedure p`, `event e`.
type Plan struct {
	SourceServer Server            `json:"source_server"`
	TargetServer Server            `json:"target_server"`
	Tables       []PlannedTable    `json:"tables"`
	Views        []string          `json:"views"`
	Triggers     []string          `json:"triggers"`
	Routines     []string          `json:"routines"`
	Events       []string          `json:"events"`
	Replaces     []string          `json:"replaces"` // target objects that will be replaced
	Kept         []string          `json:"kept"`     // target objects that stay because the source lacks them
	TotalRows    int64             `json:"total_rows"`
	TotalBytes   int64             `json:"total_bytes"`
	Estimate     *Estimate         `json:"estimate,omitempty"`
	Collations   map[string]string `json:"collations,omitempty"` // of the source that the target lacks, each with the one that stands for it
	TargetDigest string            `json:"target_digest"`        // hash of the definitions of Replaces; a change makes an approval stale
}

// Names are the schemas of one run. Both are made with NewNames and stored before the run starts.
type Names struct {
	Staging string `json:"staging"` // _om_<8 random base32>_<fence>
	Old     string `json:"old"`     // the same + _old
}

// TableResult is the evidence of one copied table.
type TableResult struct {
	Name     string   `json:"name"`
	Rows     int64    `json:"rows"`
	Bytes    int64    `json:"bytes"`
	Seconds  float64  `json:"seconds"`
	Executor Executor `json:"executor"`
	Checksum string   `json:"checksum,omitempty"`
}

// Report is the evidence of a finished copy.
type Report struct {
	Tables   []TableResult     `json:"tables"`
	Views    []string          `json:"views"`
	Triggers []string          `json:"triggers"`
	Routines []string          `json:"routines"`
	Events   []string          `json:"events"`
	Source   Server            `json:"source"`
	Target   Server            `json:"target"`
	Position string            `json:"position,omitempty"` // source GTID or binlog position of the snapshot
	Snapshot string            `json:"snapshot,omitempty"` // how those who read came to see one state: `table locks`, `one session` …
	Readers  int               `json:"readers,omitempty"`  // sessions or dumps that read side by side
	Tools    map[string]string `json:"tools"`              // client programs and their versions
	OldKept  bool              `json:"old_kept"`           // whether Names.Old holds replaced tables
	Started  time.Time         `json:"started"`
	Finished time.Time         `json:"finished"`

	// TargetDigest is a hash of the definitions that the copy has put in place; an undo needs them unchanged.
	TargetDigest string `json:"target_digest,omitempty"`
}

// Intent is what Copy is about to do at the commit point; it is all that Recover needs beside the Spec.
type Intent = json.RawMessage

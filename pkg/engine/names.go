package engine

import (
	"crypto/rand"
	"encoding/base32"
	"regexp"
	"strconv"
	"strings"
)

// Prefix starts the name of every schema that the engine makes; it is reserved and hidden from lists.
const Prefix = "_om_"

var ownSchema = regexp.MustCompile(`^_om_[a-z2-7]{8}_[0-9]{1,20}(_old)?$`)

// NewNames makes the names of one run. The fence makes them unique among the runs of one job.
func NewNames(fence uint64) Names {
	var random [5]byte
	_, _ = rand.Read(random[:]) // never fails
	name := Prefix + strings.ToLower(base32.StdEncoding.EncodeToString(random[:])) + "_" + strconv.FormatUint(fence, 10)
	return Names{Staging: name, Old: name + "_old"}
}

// IsOwnSchema tells whether a schema's name is one that NewNames makes.
func IsOwnSchema(name string) bool { return ownSchema.MatchString(name) }

// Ident quotes one identifier for SQL. It is the only way a name gets into a statement.
func Ident(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// QName quotes a schema-qualified name.
func QName(schema, name string) string { return Ident(schema) + "." + Ident(name) }

package native

import (
	"fmt"
	"strconv"
)

// Column is one column whose values are moved.
type Column struct {
	Ident string // its name, quoted
	Type  string // information_schema's DATA_TYPE in lower case

	Generated bool // computed by the target too: its values are not stored, only compared

	// Most is the greatest value of a FLOAT with a set number of digits; 0 = the type's own. What is stored of it can be
	// more, because it is rounded, and then the server does not take it back as it stands.
	Most float64
}

// moves says how the values of a type are read and stored where plain bytes would not do. A type that is absent from
// the table cannot be moved.
type moves struct {
	read  string // of the column, as an expression; empty = the column itself
	write string // of the value read, as an expression for a server with this type; empty = the value itself
}

// OnlyGenerated is the Type of a column that stands for a row of a table that has generated columns only: nothing of it
// is read, and its default is stored.
const OnlyGenerated = "only generated"

const (
	asNumber = "CAST(%s AS UNSIGNED)"
	asText   = "CONVERT(%s USING utf8mb4)"
)

var types = map[string]moves{
	"tinyint": {}, "smallint": {}, "mediumint": {}, "int": {}, "bigint": {}, "decimal": {}, "double": {}, "bit": {},
	"date": {}, "datetime": {}, "timestamp": {}, "time": {},
	"char": {}, "varchar": {}, "tinytext": {}, "text": {}, "mediumtext": {}, "longtext": {},
	"binary": {}, "varbinary": {}, "tinyblob": {}, "blob": {}, "mediumblob": {}, "longblob": {}, "vector": {},
	"geometry": {}, "point": {}, "linestring": {}, "polygon": {}, "multipoint": {}, "multilinestring": {},
	"multipolygon": {}, "geometrycollection": {}, "geomcollection": {},

	"float": {read: "%s * 1e0"},   // as text it has six digits only; adding 0 would lose the sign of -0
	"year":  {read: "CONCAT(%s)"}, // 0000 is not the number 0, which would be stored as 2000
	// The number is the value: it does not depend on a character set, and 0 is the error value, which has no name.
	"enum":        {read: asNumber, write: asNumber},
	"set":         {read: asNumber, write: asNumber},
	OnlyGenerated: {read: "1%.0s", write: "DEFAULT%.0s"},
	// These refuse a string without a character set.
	"json": {write: asText}, "uuid": {write: asText}, "inet4": {write: asText}, "inet6": {write: asText},
}

// Moves tells whether values of a type are moved exactly; dataType is information_schema's DATA_TYPE in lower case.
func Moves(dataType string) bool {
	_, ok := types[dataType]
	return ok
}

func (c Column) read() string {
	if expression := types[c.Type].read; expression != "" {
		return fmt.Sprintf(expression, c.Ident)
	}
	return c.Ident
}

// write is the expression that stores a value; empty = the value itself.
func (c Column) write(toMariaDB bool) string {
	if c.Generated {
		return "DEFAULT"
	}
	if c.Type == "json" && toMariaDB {
		return "" // a LONGTEXT there
	}
	if c.Most > 0 {
		most := strconv.FormatFloat(c.Most, 'e', -1, 64)
		return "GREATEST(LEAST(%s * 1e0, " + most + "), -" + most + ")"
	}
	return types[c.Type].write
}

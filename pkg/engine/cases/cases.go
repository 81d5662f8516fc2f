// Package cases holds databases that some copier is known to break, each with what must become of it: equal on the
// target, or refused by name before anything is touched. It is data for tests.
package cases

import "slices"

// Case is one database. A flavour that cannot hold it has Without set.
type Case struct {
	Name     string
	Database string   // what its name ends with; empty = nothing special
	SQL      []string // what makes it, on either flavour; {db} is the database's name
	MariaDB  []string // what makes it on MariaDB, after SQL
	MySQL    []string // what makes it on MySQL, after SQL
	Without  string   // the flavour that cannot hold it: "mariadb", "mysql"
	Want     Verdicts
	Pipe     Verdicts          // where the client programs' differ from Want
	Target   map[string]string // settings of a target server of its own
	Source   map[string]string // settings of a source server of its own
	NotTo    string            // the flavour that cannot be such a target
	Long     bool              // needs more time and memory than a quick run has
}

// Verdicts are what must become of a case in each direction; an empty one is Equal. A verdict is `equal`, with the codes
// of what must be confirmed first, or `refused` with the codes of what blocks.
type Verdicts struct{ MariaDB, ToMySQL, ToMariaDB, MySQL string }

// Equal is the verdict of a copy that needs no confirmation.
const Equal = "equal"

// In gives the verdict of a direction for one executor.
func (c Case) In(fromMariaDB, toMariaDB, byPipe bool) string {
	pick := func(v Verdicts) string {
		switch {
		case fromMariaDB && toMariaDB:
			return v.MariaDB
		case fromMariaDB:
			return v.ToMySQL
		case toMariaDB:
			return v.ToMariaDB
		default:
			return v.MySQL
		}
	}
	if verdict := pick(c.Pipe); byPipe && verdict != "" {
		return verdict
	}
	if verdict := pick(c.Want); verdict != "" {
		return verdict
	}
	return Equal
}

// On tells whether a flavour can hold the case.
func (c Case) On(flavour string) bool { return c.Without != flavour }

// All are all cases: first the catalogue of known losses, then what the test suites of other copiers exercise.
func All() []Case {
	return slices.Concat(numbers, texts, bytes, dates, choices, keys, generated, computed, documents, indexes, references, views, programs, names, storage, sizes, flavours, suites, migrators, servers, tools)
}

// everywhere is one verdict in all directions.
func everywhere(verdict string) Verdicts {
	return Verdicts{MariaDB: verdict, ToMySQL: verdict, ToMariaDB: verdict, MySQL: verdict}
}

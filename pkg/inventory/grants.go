package inventory

import (
	"fmt"
	"strings"

	"overmind/pkg/engine"
)

// What the accounts may do with one database. Too little is refused by preflight, by name.
const (
	readRights = "SELECT, SHOW VIEW, TRIGGER, EVENT"
	loadRights = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, LOCK TABLES, TRIGGER, CREATE VIEW, " +
		"SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, EVENT"
	// ownSchemas are the schemas a copy is staged in. Without the backslashes _ would stand for any letter.
	ownSchemas = "`\\_om\\_%`.*"
)

// grants are the statements an administrator of the server runs. The host part is any: it is for them to narrow it.
func (in Instance) grants(database string, role Role) []string {
	user := in.account(role).User
	if user == "" {
		return []string{}
	}
	account := quoteText(user) + "@'%'"
	on := quotePattern(database) + ".*"
	if role == Load {
		return []string{
			fmt.Sprintf("GRANT %s ON %s TO %s;", loadRights, ownSchemas, account),
			fmt.Sprintf("GRANT %s ON %s TO %s;", loadRights, on, account),
		}
	}
	statements := []string{fmt.Sprintf("GRANT %s ON %s TO %s;", readRights, on, account)}
	// The bodies of routines are in no database's rights.
	if in.Flavour == engine.MariaDB {
		return append(statements, fmt.Sprintf("GRANT SELECT ON `mysql`.`proc` TO %s;", account))
	}
	return append(statements, fmt.Sprintf("GRANT SHOW_ROUTINE ON *.* TO %s;", account))
}

// quotePattern names exactly one database where a GRANT takes a pattern.
func quotePattern(database string) string {
	escaped := strings.NewReplacer("`", "``", `\`, `\\`, "_", `\_`, "%", `\%`).Replace(database)
	return "`" + escaped + "`"
}

func quoteText(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(text) + "'"
}

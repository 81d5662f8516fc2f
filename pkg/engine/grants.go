package engine

import (
	"fmt"
	"strings"
)

// GrantsFor returns the exact statements that give user what a role (`read` or `load`) needs on database.
func GrantsFor(flavour Flavour, version, database, user, role string) []string {
	account := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(user) + "'@'%'"
	schema := func(name string) string { return strings.NewReplacer("_", `\_`, "%", `\%`).Replace(name) }
	if role == "read" {
		grants := []string{fmt.Sprintf("GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON %s.* TO %s;", Ident(schema(database)), account)}
		switch {
		case flavour == MariaDB && AtLeast(version, 11, 3):
			grants = append(grants, fmt.Sprintf("GRANT SHOW CREATE ROUTINE ON %s.* TO %s;", Ident(schema(database)), account))
		case flavour == MariaDB || !AtLeast(version, 8):
			grants = append(grants, fmt.Sprintf("GRANT SELECT ON `mysql`.`proc` TO %s;", account))
		case !AtLeast(version, 8, 0, 20):
			grants = append(grants, fmt.Sprintf("GRANT SELECT ON *.* TO %s;", account))
		default:
			grants = append(grants, fmt.Sprintf("GRANT SHOW_ROUTINE ON *.* TO %s;", account))
		}
		switch { // sees which snapshots are of one state, without a lock
		case flavour == MariaDB && AtLeast(version, 10, 5):
			grants = append(grants, fmt.Sprintf("GRANT BINLOG MONITOR ON *.* TO %s;", account))
		case flavour == MariaDB:
			grants = append(grants, fmt.Sprintf("GRANT REPLICATION CLIENT ON *.* TO %s;", account))
		}
		return grants
	}
	const rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, EVENT"
	return []string{
		fmt.Sprintf("GRANT %s ON `\\_om\\_%%`.* TO %s;", rights, account),
		fmt.Sprintf("GRANT %s ON %s.* TO %s;", rights, Ident(schema(database)), account),
		fmt.Sprintf("GRANT PROCESS ON *.* TO %s;", account), // shows the foreign keys of all databases
	}
}

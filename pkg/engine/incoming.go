package engine

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// IncomingKey is a foreign key that refers to a table of a database.
type IncomingKey struct{ Schema, Table, Constraint, Parent string }

// String is schema.table.constraint → parent.
func (k IncomingKey) String() string {
	return k.Schema + "." + k.Table + "." + k.Constraint + " → " + k.Parent
}

// IncomingKeys lists the foreign keys, of all databases, that refer to tables of this one. Those of tables on which the
// account has no right are among them only where whole is true: the account has PROCESS.
func IncomingKeys(ctx context.Context, db queryer, database string) (keys []IncomingKey, whole bool, err error) {
	err = eachRow(ctx, db, `SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE
		WHERE REFERENCED_TABLE_SCHEMA = ? ORDER BY 1, 2, 3`, database, func(scan func(...any) error) error {
		var k IncomingKey
		err := scan(&k.Schema, &k.Table, &k.Constraint, &k.Parent)
		keys = append(keys, k)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	for _, list := range storedKeys {
		var stored []IncomingKey
		err := eachRow(ctx, db, list, database, func(scan func(...any) error) error {
			var id, child, parent string
			err := scan(&id, &child, &parent)
			if name, ok := strings.CutPrefix(parent, database+"/"); ok {
				stored = append(stored, storedKey(id, child, name, database))
			}
			return err
		})
		switch {
		case ServerSaid(err, 1109): // this server has the other list
			continue
		case ServerSaid(err, 1115): // MySQL 5.7 does not let its names of files be read
			whole, err := seesAllKeys(ctx, db)
			return keys, whole, err
		case ServerSaid(err, 1227):
			return keys, false, nil
		case err != nil:
			return nil, false, err
		}
		for _, k := range stored {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		return keys, true, nil
	}
	return keys, false, nil
}

// seesAllKeys tells whether the account sees as many foreign keys as the storage engine has.
func seesAllKeys(ctx context.Context, db queryer) (all bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM information_schema.INNODB_SYS_FOREIGN) =
		(SELECT COUNT(*) FROM information_schema.REFERENTIAL_CONSTRAINTS)`).Scan(&all)
	if ServerSaid(err, 1227) {
		return false, nil
	}
	return all, err
}

// storedKeys are the lists of foreign keys that the storage engine itself keeps, of MySQL from 8.0 on and of the other
// servers: name, child and parent, each as schema/name. The others write names as they are in the names of files.
var storedKeys = []string{
	"SELECT ID, FOR_NAME, REF_NAME FROM information_schema.INNODB_FOREIGN WHERE LOCATE(CONCAT(?, '/'), REF_NAME) = 1",
	"SELECT " + fromFile("ID") + ", " + fromFile("FOR_NAME") + ", " + fromFile("REF_NAME") + " FROM information_schema.INNODB_SYS_FOREIGN WHERE " + schemaFromFile("REF_NAME") + " = ?",
}

// fromFile reads `schema/name` as names of files.
func fromFile(column string) string {
	return "CONCAT(" + schemaFromFile(column) + ", '/', CONVERT(CONVERT(CAST(SUBSTRING_INDEX(" + column + ", '/', -1) AS BINARY) USING filename) USING utf8mb4))"
}

func schemaFromFile(column string) string {
	return "CONVERT(CONVERT(CAST(SUBSTRING_INDEX(" + column + ", '/', 1) AS BINARY) USING filename) USING utf8mb4)"
}

// storedKey reads the schema off the other two names. That of the database may hold a slash itself.
func storedKey(id, child, parent, database string) IncomingKey {
	k := IncomingKey{Schema: database, Parent: parent}
	if name, ok := strings.CutPrefix(child, database+"/"); ok {
		k.Table, k.Constraint = name, strings.TrimPrefix(id, database+"/")
		return k
	}
	k.Schema, k.Table, _ = strings.Cut(child, "/")
	k.Constraint = strings.TrimPrefix(id, k.Schema+"/")
	return k
}

// FromOutside are the keys of tables that stay when the tables replaced of the database are taken away: they would follow
// the old tables. Those of tables that an earlier copy replaced and that are kept for its undo may follow.
func FromOutside(keys []IncomingKey, database string, replaced []string) []IncomingKey {
	goes := set(replaced)
	return slices.DeleteFunc(slices.Clone(keys), func(k IncomingKey) bool {
		return !goes[k.Parent] || k.Schema == database && goes[k.Table] || IsOwnSchema(k.Schema)
	})
}

// noForeignKeysFromOutside makes sure that no table that stays refers to one that is replaced.
func noForeignKeysFromOutside(ctx context.Context, target queryer, database string, replaced []string) error {
	keys, _, err := IncomingKeys(ctx, target, database)
	if err != nil {
		return err
	}
	if outside := FromOutside(keys, database, replaced); len(outside) > 0 {
		return fault.New(fault.Conflict, "foreign_key_from_outside", "Tables that stay refer to tables that would be replaced: %v.", outside)
	}
	return nil
}

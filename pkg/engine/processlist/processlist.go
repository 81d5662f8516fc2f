// Package processlist reads what the sessions of a server are doing.
package processlist

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
)

// Session is one session of a server.
type Session struct {
	ID             uint64
	User, Host     string
	Database       string
	Command, State string
	Statement      string  // its first 100 characters
	Share          float64 // of its statement, on MariaDB where that can tell
	Seconds        int64   // since it took up its command
}

// NeedsProcess is a query that is refused (1227) to an account that does not see the sessions of others. INNODB_TRX would
// tell too, but reading it fails (error 3854) while a transaction's statement holds a character that takes four bytes.
const NeedsProcess = "SELECT 1 FROM information_schema.INNODB_CMP LIMIT 1"

// Busy tells whether it runs a statement. The threads of a replica say that they do while they wait for more.
func (s Session) Busy() bool { return s.Command == "Query" || s.Command == "Execute" }

// Replicates tells whether it is a thread of a replica.
func (s Session) Replicates() bool { return s.User == "system user" }

// Means tells whether its statement could concern a database: it works there, or names it.
func (s Session) Means(database string) bool {
	const notInName = `[^\pL\pN_$-]`
	whole := regexp.MustCompile(`(?i)(^|` + notInName + `)` + regexp.QuoteMeta(database) + `($|` + notInName + `)`)
	return strings.EqualFold(s.Database, database) || whole.MatchString(s.Statement)
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Read lists the sessions that the account can see; its own are always among them. It is SHOW PROCESSLIST: the table in
// information_schema fails on MySQL (error 3854) while anybody's statement holds a character that takes four bytes.
func Read(ctx context.Context, db queryer) ([]Session, error) {
	rows, err := db.QueryContext(ctx, "SHOW PROCESSLIST")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list []Session
	for rows.Next() {
		var s Session
		var database, command, state, statement sql.NullString
		var share sql.NullFloat64
		var seconds sql.NullInt64
		known := map[string]any{"id": &s.ID, "user": &s.User, "host": &s.Host, "db": &database, "command": &command, "state": &state,
			"info": &statement, "progress": &share, "time": &seconds}
		targets := make([]any, len(names))
		for i, name := range names {
			if targets[i] = known[strings.ToLower(name)]; targets[i] == nil {
				targets[i] = new(any)
			}
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		s.Database, s.Command, s.State, s.Statement = database.String, command.String, state.String, statement.String
		s.Share, s.Seconds = share.Float64/100, seconds.Int64
		list = append(list, s)
	}
	return list, rows.Err()
}

package engine

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// Refusal is an object that the target would not take, and what it says about it.
type Refusal struct{ Object, Reason string }

// refusing are the errors that say that a server cannot do what a definition asks for. Others are about where it was
// tried: the table of a trigger does not exist there.
var refusing = []uint16{
	1064, 1149, 1235, // syntax
	1115, 1128, 1193, 1253, 1273, 1286, 4161, // no such character set, parser, variable, collation, engine, type
	1221, 1313, 1314, 1318, 1327, 1336, 1415, 1422, 1425, 1426, 1439, 1582, 1583, // a clause, variable, number of arguments or size that is not allowed
	1901, 3102, 3758, 3763, 3770, 3815, // a function that is not there or not allowed in such an expression
}

// Refused asks the target which definitions it would not take. They are prepared and never executed, so nothing is made
// there; what shows on execution only is not seen.
func (in CheckInput) Refused(ctx context.Context) ([]Refusal, error) {
	if len(in.Definitions) == 0 {
		return nil, nil
	}
	conn, err := nowhere(ctx, in.Target)
	if err != nil {
		return nil, err
	}
	defer discard(conn)
	var refused []Refusal
	for _, d := range in.Definitions {
		err := d.try(ctx, conn)
		switch {
		case ServerSaid(err, refusing...):
			refused = append(refused, Refusal{d.Object, reason(err)})
		case err != nil && (lost(err) || ctx.Err() != nil):
			return refused, err
		}
	}
	return refused, nil
}

// reason is what a server says, without the sentence before the place of a mistake.
func reason(err error) string {
	text := serverText(err)
	if i := strings.Index(text, "near '"); i >= 0 {
		return text[i:]
	}
	return text
}

// nowhere is a session whose database holds nothing of anybody.
func nowhere(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "USE information_schema"); err != nil {
		discard(conn)
		return nil, err
	}
	return conn, nil
}

func (d Definition) try(ctx context.Context, conn *sql.Conn) error {
	if err := setContext(ctx, conn, object{SQLMode: d.SQLMode, Client: d.Client, Collation: d.Collation}); err != nil {
		return err
	}
	return Prepare(ctx, conn, string(d.SQL))
}

// Prepare asks a server whether it takes a statement, without running it: a view may take its time even for no row.
func Prepare(ctx context.Context, db preparer, text string) error {
	statement, err := db.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	return statement.Close()
}

// preparer is what *sql.DB and *sql.Conn have in common for it.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// MissingFunctions lists functions that the source has built in or loaded, that definitions call, and that the target
// does not have, as `object: function()`.
func (in CheckInput) MissingFunctions(ctx context.Context) ([]string, error) {
	if len(in.Definitions) == 0 {
		return nil, nil
	}
	source, err := nowhere(ctx, in.Source)
	if err != nil {
		return nil, err
	}
	defer discard(source)
	target, err := nowhere(ctx, in.Target)
	if err != nil {
		return nil, err
	}
	defer discard(target)
	absent := map[string]bool{}
	var missing []string
	for _, d := range in.Definitions {
		for _, name := range calls(lex(string(d.SQL), dialectOf(d.SQLMode, d.Client))) {
			if _, known := absent[name]; !known {
				absent[name] = !hasFunction(ctx, target, name) && hasFunction(ctx, source, name)
				if err := ctx.Err(); err != nil {
					return missing, err
				}
			}
			if label := d.Object + ": " + name + "()"; absent[name] && !slices.Contains(missing, label) {
				missing = append(missing, label)
			}
		}
	}
	return missing, nil
}

const noSuchFunction = 1305

// hasFunction tells whether a server has a function built in or loaded. One that its grammar knows, like POINT, may be
// known with its arguments only.
func hasFunction(ctx context.Context, conn *sql.Conn, name string) bool {
	return !ServerSaid(Prepare(ctx, conn, "SELECT "+name+"()"), noSuchFunction) || !ServerSaid(Prepare(ctx, conn, "SELECT "+name+"(1, 2)"), noSuchFunction)
}

// calls lists the words that stand before a parenthesis and are not part of a longer name, in lower case.
func calls(tokens []token) []string {
	var names []string
	for i := 0; i+1 < len(tokens); i++ {
		if tokens[i].kind != tokenWord || neighbour(tokens, i, 1) != "(" || neighbour(tokens, i, -1) == "." {
			continue
		}
		if name := strings.ToLower(tokens[i].text); isASCII(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > 126 }) < 0 }

// Modes lists the parts of the definitions' sql_modes that the target does not have, and those that it adds by itself,
// because a name stands for more there; each with the objects made under it.
func (in CheckInput) Modes(ctx context.Context) (unknown, added map[string][]string, err error) {
	unknown, added = map[string][]string{}, map[string][]string{}
	if len(in.Definitions) == 0 {
		return unknown, added, nil
	}
	conn, err := nowhere(ctx, in.Target)
	if err != nil {
		return nil, nil, err
	}
	defer discard(conn)
	kept := map[string][]string{} // what the target makes of a mode
	for _, d := range in.Definitions {
		have, tried := kept[d.SQLMode]
		if !tried {
			var mode string
			if err := setMode(ctx, conn, d.SQLMode); err != nil {
				return nil, nil, err
			}
			if err := conn.QueryRowContext(ctx, "SELECT @@sql_mode").Scan(&mode); err != nil {
				return nil, nil, err
			}
			have = strings.Split(mode, ",")
			kept[d.SQLMode] = have
		}
		want := strings.Split(d.SQLMode, ",")
		for _, part := range want {
			if part != "" && !slices.Contains(have, part) {
				unknown[part] = append(unknown[part], d.Object)
			}
		}
		for _, part := range have {
			if part != "" && !slices.Contains(want, part) {
				added[part] = append(added[part], d.Object)
			}
		}
	}
	return unknown, added, nil
}

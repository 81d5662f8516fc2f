package check

import (
	"context"
	"database/sql"
	"strings"

	"overmind/pkg/engine"
)

// rights are the privileges of an account, with those of the roles active in a new session, as its grants give them.
type rights struct {
	account string // quoted, as a GRANT names it
	literal bool   // _ and % in database names are themselves: the server has partial_revokes on
	global  set
	schemas []schemaGrant
	tables  map[string]set // by quoted `schema`.`table`; a privilege on some columns only is left out
}

type schemaGrant struct {
	grantee string // the account or one of its roles
	pattern string
	given   set
	revoked set // taken from the global privileges (MySQL's partial revokes)
}

type set map[string]bool

func (s set) has(privilege string) bool { return s["ALL PRIVILEGES"] || s["ALL"] || s[privilege] }

// readRights asks for the grants of the connected account. SHOW GRANTS without FOR is the form that includes the
// active roles on both flavours.
func readRights(ctx context.Context, db *sql.DB) (rights, error) {
	r := rights{global: set{}, tables: map[string]set{}}
	lines, err := column(ctx, db, "SHOW GRANTS")
	if err != nil {
		return r, err
	}
	var account string
	if err := db.QueryRowContext(ctx, "SELECT CURRENT_USER()").Scan(&account); err != nil {
		return r, err
	}
	at := strings.LastIndex(account, "@")
	r.account = quote(account[:at]) + "@" + quote(account[at+1:])
	switch err := db.QueryRowContext(ctx, "SELECT @@partial_revokes").Scan(&r.literal); {
	case engine.ServerSaid(err, 1193): // no such variable: MariaDB, older MySQL
	case err != nil:
		return r, err
	}
	for _, line := range lines {
		r.add(line)
	}
	return r, nil
}

func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// add reads one line of SHOW GRANTS; lines about roles, proxies and routines give nothing that a copy needs.
func (r *rights) add(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	privileges, object, ok := cutOutside(rest, " ON ")
	if !ok || verb != "GRANT" && verb != "REVOKE" {
		return
	}
	schema, object, ok := cutName(object)
	if !ok || !strings.HasPrefix(object, ".") {
		return
	}
	name, grantee, ok := cutName(object[1:])
	if !ok {
		return
	}
	grantee, _, _ = strings.Cut(grantee, " WITH ")
	given := whole(privileges)
	switch {
	case schema == "*":
		r.global.join(given)
	case name == "*" && verb == "REVOKE":
		r.schemas = append(r.schemas, schemaGrant{grantee: grantee, pattern: schema, revoked: given})
	case name == "*":
		r.schemas = append(r.schemas, schemaGrant{grantee: grantee, pattern: schema, given: given})
	default:
		key := engine.QName(schema, name)
		if r.tables[key] == nil {
			r.tables[key] = set{}
		}
		r.tables[key].join(given)
	}
}

func (s set) join(more set) {
	for privilege := range more {
		s[privilege] = true
	}
}

// whole lists the privileges that are given on all columns.
func whole(list string) set {
	privileges := set{}
	for list != "" {
		var one string
		one, list, _ = cutOutside(list, ",")
		if one = strings.TrimSpace(one); !strings.Contains(one, "(") {
			privileges[one] = true
		}
	}
	return privileges
}

// cutOutside cuts text around the first separator that stands outside of quotes and parentheses.
func cutOutside(text, separator string) (before, after string, found bool) {
	var inside byte
	depth := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inside != 0:
			if c == inside {
				inside = 0
			}
		case strings.HasPrefix(text[i:], separator) && depth == 0:
			return text[:i], text[i+len(separator):], true
		case c == '`' || c == '\'' || c == '"':
			inside = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
	}
	return text, "", false
}

// cutName takes a * or a quoted name off the front of text.
func cutName(text string) (name, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(text, "*"); ok {
		return "*", rest, true
	}
	if text == "" || text[0] != '`' {
		return "", text, false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '`' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '`' {
			b.WriteByte('`')
			i++
			continue
		}
		return b.String(), text[i+1:], true
	}
	return "", text, false
}

// onSchema tells whether a privilege holds on everything in a database. Of several patterns of one grantee that match,
// the server uses one: that with the longest beginning free of wildcards.
func (r rights) onSchema(schema, privilege string) bool {
	type choice struct {
		fixed int
		given set
	}
	best := map[string]choice{}
	revoked := false
	for _, g := range r.schemas {
		fixed, ok := r.matches(g.pattern, schema)
		switch {
		case !ok:
		case g.revoked != nil:
			revoked = revoked || g.revoked.has(privilege)
		case fixed > best[g.grantee].fixed:
			best[g.grantee] = choice{fixed, g.given}
		}
	}
	for _, c := range best {
		if c.given.has(privilege) {
			return true
		}
	}
	return r.global.has(privilege) && !revoked
}

// onTable tells whether a privilege holds on a whole table.
func (r rights) onTable(schema, table, privilege string) bool {
	return r.onSchema(schema, privilege) || r.tables[engine.QName(schema, table)].has(privilege)
}

// matches compares a name with the pattern of a grant and says how specific the pattern is: the position of its first
// wildcard, from 1; a pattern without any is more specific than all others.
func (r rights) matches(pattern, name string) (fixed int, ok bool) {
	if r.literal {
		return len(pattern), strings.ReplaceAll(strings.ReplaceAll(pattern, `\_`, "_"), `\%`, "%") == name
	}
	if !like([]rune(pattern), []rune(name)) {
		return 0, false
	}
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '_', '%':
			return i + 1, true
		}
	}
	return len(pattern) + 1000, true
}

func like(pattern, name []rune) bool {
	for len(pattern) > 0 {
		switch {
		case pattern[0] == '%':
			for skip := 0; skip <= len(name); skip++ {
				if like(pattern[1:], name[skip:]) {
					return true
				}
			}
			return false
		case len(name) == 0:
			return false
		case pattern[0] == '_':
		case pattern[0] == '\\' && len(pattern) > 1:
			pattern = pattern[1:]
			fallthrough
		default:
			if pattern[0] != name[0] {
				return false
			}
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}

// schemaPattern writes a database's name so that a GRANT takes it literally.
func (r rights) schemaPattern(schema string) string {
	if r.literal {
		return engine.Ident(schema)
	}
	return engine.Ident(strings.NewReplacer("_", `\_`, "%", `\%`).Replace(schema))
}

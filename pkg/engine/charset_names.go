package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// readAssumed asks a server which collations it takes for a character set that stands alone, where that is another than
// the default in its list: MariaDB has a setting for each character set, and MySQL one for the types that are declared in
// utf8mb4. Programs take what they find when they run, so this is what sessions begin with.
func (c *Collations) readAssumed(ctx context.Context, db queryer) error {
	c.declared, c.converted = map[string]string{}, map[string]string{}
	if len(c.defaults) == 0 {
		return nil
	}
	var queries []string
	for charset := range c.defaults {
		queries = append(queries, fmt.Sprintf("SELECT '%[1]s', COLLATION(CONVERT('' USING %[1]s))", charset))
	}
	rows, err := db.QueryContext(ctx, strings.Join(queries, " UNION ALL "))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var charset, collation string
		if err := rows.Scan(&charset, &collation); err != nil {
			return err
		}
		c.declared[charset], c.converted[charset] = collation, collation
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var declared sql.NullString
	err = db.QueryRowContext(ctx, "SELECT @@default_collation_for_utf8mb4").Scan(&declared)
	if err == nil {
		c.declared["utf8mb4"] = declared.String
	} else if ServerSaid(err, 1193) {
		err = nil
	}
	return err
}

// charsetName is where a definition names a character set and no collation.
type charsetName struct {
	at       int  // the token
	converts bool // in a conversion, which can name no collation
}

// conversions are the functions that convert to a character set, which stands in their parentheses.
var conversions = []string{"CAST", "CONVERT", "CHAR", "JSON_VALUE"}

func charsetNames(tokens []token) []charsetName {
	var list []charsetName
	var around []string // what stands before each parenthesis that is open
	for i, t := range tokens {
		switch {
		case t.text == "(":
			around = append(around, strings.ToUpper(previous(tokens, i).text))
		case t.text == ")" && len(around) > 0:
			around = around[:len(around)-1]
		}
		converts := len(around) > 0 && slices.Contains(conversions, around[len(around)-1])
		if !namesCharset(tokens, i, converts) {
			continue
		}
		at := valueAfter(tokens, i)
		if at < 0 || collated(tokens[at+1:], len(around) > 0) || previous(tokens, at).text == "=" && tokens[at].kind == tokenString {
			continue // the last one is a column of the name charset that is compared with a text
		}
		list = append(list, charsetName{at, converts})
	}
	return list
}

// namesCharset tells whether a token announces a character set that may have a collation; SET CHARACTER SET x and INTO
// OUTFILE 'f' CHARACTER SET x have none.
func namesCharset(tokens []token, i int, converts bool) bool {
	switch {
	case tokens[i].is("USING"):
		return converts
	case tokens[i].is("SET") && previous(tokens, i).is("CHARACTER"):
		_, i = neighbourAt(tokens, i, -1)
	case !tokens[i].is("CHARSET"):
		return false
	}
	before := previous(tokens, i)
	return !before.is("SET") && before.kind != tokenString
}

// collated tells whether a collation follows the name of a character set: at once, or, in a list, before its element ends.
func collated(rest []token, inList bool) bool {
	depth, first := 0, true
	for _, t := range rest {
		switch {
		case !t.significant():
			continue
		case t.is("COLLATE"), first && t.is("BINARY"):
			return true
		case t.text == "(":
			depth++
		case t.text == ")" && depth > 0:
			depth--
		case !inList, depth == 0 && (t.text == "," || t.text == ")"):
			return false
		}
		first = false
	}
	return false
}

// nameDefaults writes out the collation where a definition declares something in a character set alone, if the target
// takes another for it than the source; defaults are those of the source for what is defined.
func (t *Translation) nameDefaults(tokens []token, defaults map[string]string, changes mapped) {
	for _, name := range charsetNames(tokens) {
		collation, nearest, theirs := t.assumed(tokens[name.at], defaults, t.target.declared)
		if name.converts || nearest == "" || nearest == theirs {
			continue
		}
		if _, changed := t.Collation(collation); changed {
			changes[collation] = nearest
		}
		tokens[name.at].text += " COLLATE " + nearest
	}
}

// converts lists the collations of what a translated definition converts to a character set, each with the one that it has
// on the target, where that is not the one that stands for it there. Conversions name none.
func (t *Translation) converts(definition string, d dialect) mapped {
	other := mapped{}
	tokens := lex(definition, d)
	for _, name := range charsetNames(tokens) {
		_, end := neighbourAt(tokens, name.at, 1)
		if !name.converts || strings.EqualFold(neighbour(tokens, end, 1), "COLLATE") {
			continue
		}
		if collation, nearest, theirs := t.assumed(tokens[name.at], t.source.converted, t.target.converted); collation != "" && nearest != theirs {
			other[collation] = theirs
		}
	}
	return other
}

// assumed gives the collation that the source takes for a character set that a translated definition names, the one that
// stands for that on the target, and the one that the target takes.
func (t *Translation) assumed(charset token, source, target map[string]string) (collation, nearest, theirs string) {
	name := t.target.reads(unquoted(charset))
	if collation = source[t.source.Charset(name)]; collation != "" {
		nearest, _ = t.Collation(collation)
	}
	return collation, nearest, target[name]
}

package check

import (
	"bytes"
	"context"
	"regexp"
	"strings"

	"overmind/pkg/engine"
)

// What takes two lists to tell is put together here: MariaDB reads a list of its information_schema anew for each row
// that it is joined with.

// zeroInComment is a table's comment with a zero byte. MySQL shows it whole in the definition only; MariaDB and MySQL 5.7
// would make zeros of all that follows.
var zeroInComment = regexp.MustCompile(`(?s)\n\)[^\n]* COMMENT='(?:[^'\\]|\\[^0]|'')*\\0`)

// introduced finds the texts of a definition that say which character set they are in.
var introduced = regexp.MustCompile(`(?s)\W_(\w+)'((?:[^'\\]|\\.|'')*)'`)

// foreignText tells whether an expression of a table has a text in a character set other than UTF-8, with more than plain
// ASCII in it. MariaDB takes it, but keeps something else.
func foreignText(definition []byte) bool {
	for _, text := range introduced.FindAllSubmatch(definition, -1) {
		charset := strings.ToLower(string(text[1]))
		plain := !bytes.ContainsFunc(text[2], func(r rune) bool { return r > 126 || r == '\\' })
		wide := strings.HasPrefix(charset, "utf16") || charset == "utf32" || charset == "ucs2"
		if (!plain || wide) && charset != "binary" && !strings.HasPrefix(charset, "utf8") {
			return true
		}
	}
	return false
}

// zeroComments lists the tables with such a comment.
func zeroComments(in engine.CheckInput) []string {
	var list []string
	for _, d := range in.Definitions {
		if name, is := strings.CutPrefix(d.Object, "table "); is && zeroInComment.Match(d.SQL) {
			list = append(list, name+" (a zero byte in its comment)")
		}
	}
	return list
}

// onlyMySQL lists generated columns in primary keys, comments that MariaDB executes, texts in other character sets, and what MariaDB reads and forgets: the path around another, the name of a tablespace.
func onlyMySQL(ctx context.Context, in engine.CheckInput) ([]string, error) {
	list, err := generatedPrimary(ctx, in)
	for _, d := range in.Definitions {
		name, is := strings.CutPrefix(d.Object, "table ")
		if is && foreignText(d.SQL) {
			list = append(list, name+" (a text in another character set in an expression)")
		}
		if name, is := strings.CutPrefix(d.Object, "view "); is && nestedTwice(d.SQL) {
			list = append(list, name+" (NESTED PATH in NESTED PATH)")
		}
		if d.Wakes {
			list = append(list, d.Object+" (a comment that MariaDB executes)")
		}
		if d.Spaced {
			list = append(list, name+" (TABLESPACE)")
		}
	}
	return list, err
}

// generatedPrimary lists the generated columns in primary keys, which MariaDB does not have.
func generatedPrimary(ctx context.Context, in engine.CheckInput) ([]string, error) {
	generated, err := table(ctx, in.Source, "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND GENERATION_EXPRESSION <> ''", in.Spec.SourceDatabase)
	if err != nil || len(generated) == 0 {
		return nil, err
	}
	keys, err := table(ctx, in.Source, "SELECT TABLE_NAME, COALESCE(COLUMN_NAME, '') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND INDEX_NAME = 'PRIMARY'", in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	primary, inPlan := map[string]bool{}, planned(in.Plan)
	for _, row := range keys {
		primary[row[0]+"."+row[1]] = inPlan[row[0]]
	}
	var list []string
	for _, row := range generated {
		if label := row[0] + "." + row[1]; primary[label] {
			list = append(list, label+" (generated, in the primary key)")
		}
	}
	return list, nil
}

var (
	charOf   = regexp.MustCompile(`(?i)\bchar\(`)
	nestedOf = regexp.MustCompile(`(?i)\bnested path '(?:[^'\\]|\\.|'')*' columns \(`)
)

// showsDefault is a view that has a DEFAULT() for a column; MySQL says that nobody may make it.
var showsDefault = regexp.MustCompile("(?i) AS select (?:distinct )?(?:[^()]*,)?default\\((?:[^()`]|`(?:[^`]|``)*`)*\\) AS ")

// charUsing tells whether a view has a CHAR() with a character set, which MySQL reads and forgets.
func charUsing(definition []byte) bool { return inside(definition, charOf, " using ", 1) }

// nestedTwice tells whether a view has a NESTED PATH in another, of which MariaDB forgets the outer one's path.
func nestedTwice(definition []byte) bool { return inside(definition, nestedOf, "nested path ", 99) }

// inside tells whether a definition has a word between what opens a parenthesis and its end, in at most so many of them.
func inside(definition []byte, opens *regexp.Regexp, word string, deepest int) bool {
	for _, at := range opens.FindAllIndex(definition, -1) {
		depth := 1
		for i := at[1]; i < len(definition) && depth > 0; i++ {
			switch c := definition[i]; {
			case c == '(':
				depth++
			case c == ')':
				depth--
			case depth <= deepest && bytes.HasPrefix(definition[i:], []byte(word)):
				return true
			}
		}
	}
	return false
}

// onlyMariaDB lists unique keys over whole texts, checks of one name in several tables, and other keys and columns that
// MySQL does not make.
func onlyMariaDB(ctx context.Context, in engine.CheckInput) ([]string, error) {
	list, err := checksOfOneName(ctx, in)
	if err != nil {
		return nil, err
	}
	more, err := keysOfColumns(ctx, in)
	if err != nil {
		return nil, err
	}
	list = append(list, more...)
	if more, err = defaultsOfExpressions(ctx, in); err != nil {
		return nil, err
	}
	list = append(list, more...)
	for _, d := range in.Definitions {
		name, is := strings.CutPrefix(d.Object, "view ")
		if is && charUsing(d.SQL) {
			list = append(list, name+" (CHAR with USING)")
		}
		if is && showsDefault.Match(d.SQL) {
			list = append(list, name+" (DEFAULT as a column of a view)")
		}
	}
	hashed, err := table(ctx, in.Source, `SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME, ' (UNIQUE over a whole text)') FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND NON_UNIQUE = 0 AND INDEX_TYPE = 'HASH'`, in.Spec.SourceDatabase)
	if err != nil || len(hashed) == 0 {
		return list, err
	}
	inMemory, err := column(ctx, in.Source, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND ENGINE = 'MEMORY'", in.Spec.SourceDatabase)
	inPlan := planned(in.Plan)
	for _, name := range inMemory { // where every key may be a hash
		inPlan[name] = false
	}
	return append(list, second(hashed, inPlan)...), err
}

// countedName is one that MariaDB gives, counting in each table; it is left to the target to give another.
var countedName = regexp.MustCompile(`^CONSTRAINT_[0-9]+$`)

// checksOfOneName lists the checks whose name another table uses too: MySQL wants it once in a database.
func checksOfOneName(ctx context.Context, in engine.CheckInput) ([]string, error) {
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS
		WHERE CONSTRAINT_SCHEMA = ? AND LEVEL = 'Table' ORDER BY TABLE_NAME, CONSTRAINT_NAME`, in.Spec.SourceDatabase)
	if engine.ServerSaid(err, 1054) { // MariaDB 10.4 does not tell a column's from a table's
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	uses, inPlan := map[string]int{}, planned(in.Plan)
	for _, row := range rows {
		if inPlan[row[0]] {
			uses[strings.ToLower(row[1])]++
		}
	}
	var list []string
	for _, row := range rows {
		if inPlan[row[0]] && uses[strings.ToLower(row[1])] > 1 && !countedName.MatchString(row[1]) {
			list = append(list, row[0]+"."+row[1]+" (CHECK of a name that another table uses)")
		}
	}
	return list, nil
}

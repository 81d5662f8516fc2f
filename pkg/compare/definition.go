package compare

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	programEnd = regexp.MustCompile(`;?(\s*\n\s*--[^\n]*)*\s*\z`) // of a program, which one flavour keeps, and its last semicolon
	definer    = regexp.MustCompile("DEFINER=(?:`(?:[^`]|``)*`|'[^']*'|[^@\\s]+)@(?:`(?:[^`]|``)*`|'[^']*'|\\S+) ")
	status     = regexp.MustCompile(` (ENABLE|DISABLE ON SLAVE|DISABLE ON REPLICA|DISABLE)( COMMENT | DO )`)
	returns    = regexp.MustCompile(`(?m)\) RETURNS .*$`)
	arguments  = regexp.MustCompile("(?s)^(.*?(?:FUNCTION|PROCEDURE) `(?:[^`]|``)*`\\()\\s+") // one flavour trims the list
	width      = regexp.MustCompile(`(int|year)\(\d+\)`)
	forEach    = regexp.MustCompile("(?is)^.*?FOR EACH ROW\\s+((FOLLOWS|PRECEDES)\\s+(`(?:[^`]|``)*`|\\S+)\\s+)?")
	charset    = regexp.MustCompile(` (CHARSET|COLLATE) \S+`)
	collate    = regexp.MustCompile(`(?i)\bCOLLATE\s+((?:utf8mb4_)?(?:\w*0900|uca1400|nopad)_\w+)`) // of one flavour only

	// defaultNull is not printed where a column was made of a query, and no statement but a query makes such a column
	defaultNull = regexp.MustCompile(`(?m) DEFAULT NULL( COMMENT '.*|,)?$`)

	// impliedCharset is printed by MySQL or not, depending on how the column was written
	impliedCharset = regexp.MustCompile(` CHARACTER SET \w+( COLLATE )`)
	// ownCharset is printed by MySQL with its default collation or without, likewise; the settings have it in full
	ownCharset = regexp.MustCompile("(?m)^(  `(?:[^`]|``)+` [a-z]+(?:\\([^)\n]*\\))?)(?: CHARACTER SET \\w+)?(?: COLLATE \\w+)?")
)

// catalogued finds the name and the comment of a routine or an event, which a server writes from its catalogue: where its
// client was in another character set, they are shown as if they were in that.
var catalogued = regexp.MustCompile("^(CREATE (?:DEFINER=\\S+ )?(?:PROCEDURE|FUNCTION) )[^(]*|^(CREATE (?:DEFINER=\\S+ )?EVENT ).*?( ON SCHEDULE )|\n    COMMENT '[^\n]*(\n)| COMMENT '.*?( DO )")

// normalise takes out of a definition what a copy changes on purpose: the database's own name, DEFINER, an event's
// status. Between flavours it also gives what they print differently one form.
func (r *reader) normalise(kind, definition string) string {
	if at := definer.FindStringIndex(definition); at != nil && kind != "table" {
		definition = definition[:at[0]] + definition[at[1]:]
	}
	if kind == "event" {
		definition = status.ReplaceAllString(definition, "$2")
	}
	definition = unqualified(definition, r.database)
	if kind == "table" {
		definition = impliedCharset.ReplaceAllString(definition, "$1")
	}
	if !r.cross {
		if kind == "table" && !r.mariaDB {
			definition = ownCharset.ReplaceAllString(definition, "$1")
		}
		if kind == "table" && r.mariaDB {
			definition = defaultNull.ReplaceAllString(definition, "$1")
		}
		return definition
	}
	if kind != "table" && kind != "view" {
		definition = assumed.ReplaceAllStringFunc(modernNames(definition), withoutAssumed)
		definition = collate.ReplaceAllStringFunc(definition, func(clause string) string {
			name := strings.TrimSpace(strings.ToLower(clause[len("collate"):]))
			return "COLLATE " + kindOfCollation("utf8mb4_"+strings.TrimPrefix(name, "utf8mb4_"))
		})
		definition = programEnd.ReplaceAllString(definition, "")
	}
	switch kind {
	case "table":
		return commonTable(lex(escapedKeys(definition)), r.ascending)
	case "view":
		return commonView(commonWords(lex(definition)))
	case "trigger": // the head is in the settings; one flavour keeps its text, the other prints it anew
		return forEach.ReplaceAllString(definition, "")
	case "procedure":
		return arguments.ReplaceAllString(definition, "$1")
	case "function": // the servers keep the text but for the type in the head
		definition = arguments.ReplaceAllString(definition, "$1")
		if at := returns.FindStringIndex(definition); at != nil {
			head := width.ReplaceAllString(charset.ReplaceAllString(definition[at[0]:at[1]], ""), "$1")
			head = strings.Replace(head, ") RETURNS json", ") RETURNS longtext", 1)
			return definition[:at[0]] + head + definition[at[1]:]
		}
	}
	return definition
}

var plainName = regexp.MustCompile(`^\w+$`)

// unqualified takes the database's name off from before other names, quoted or as it was written in a program.
func unqualified(definition, database string) string {
	pattern := regexp.QuoteMeta(quote(database)) + `\.`
	if plainName.MatchString(database) {
		pattern += `|\b` + database + `\.`
	}
	qualifier := regexp.MustCompile(`^(?:` + pattern + `)$`)
	// what is in quotes is passed over as a whole
	return regexp.MustCompile(`(?s)`+pattern+"|'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"|`(?:[^`]|``)*`").ReplaceAllStringFunc(definition, func(found string) string {
		if qualifier.MatchString(found) {
			return ""
		}
		return found
	})
}

// commonTable is a CREATE TABLE in the form that both flavours share: one line for each column, key, constraint and for
// the options; character sets are left to settings. ascending leaves out which way keys are sorted.
func commonTable(tokens []token, ascending bool) string {
	open := slices.IndexFunc(tokens, func(t token) bool { return t.text == "(" })
	if open < 0 {
		return text(tokens)
	}
	end := closing(tokens, open)
	var lines, keys, constraints []string
	onVirtual := map[bool][]string{} // keys, by whether they are unique
	virtual, inMemory := map[string]bool{}, slices.ContainsFunc(tokens[end:], func(t token) bool { return t.is("memory") })
	var last string // the number at which a counter ends
	for _, element := range split(tokens[open+1 : end]) {
		if element[0].kind == ident {
			words := commonWords(element)
			if slices.ContainsFunc(words, func(t token) bool { return t.is("auto_increment") }) {
				last = lastNumber(words)
			}
			virtual[words[0].text] = slices.ContainsFunc(words, func(t token) bool { return t.is("virtual") })
			column, checks := commonColumn(words)
			lines, constraints = append(lines, column), append(constraints, checks...)
			continue
		}
		element = commonWords(element)
		if !inMemory {
			element = withoutHash(element)
		}
		if ascending && !element[0].is("constraint") {
			element = slices.DeleteFunc(element, func(t token) bool { return t.is("desc") })
		}
		at := slices.IndexFunc(element, func(t token) bool { return t.is("check") })
		switch {
		case at >= 0:
			constraints = append(constraints, check(element, at))
		case element[0].is("constraint"):
			constraints = append(constraints, text(withoutRestrict(element)))
		case slices.ContainsFunc(element, func(t token) bool { return virtual[t.text] }):
			onVirtual[element[0].is("unique")] = append(onVirtual[element[0].is("unique")], text(element)) // as one flavour orders them
		default:
			keys = append(keys, text(element))
		}
	}
	slices.Sort(constraints)
	options := commonWords(tokens[end+1:])
	if i := slices.IndexFunc(options, func(t token) bool { return t.is("tablespace") }); i >= 0 { // MariaDB has none
		options = slices.Delete(options, i, min(i+2, len(options)))
	}
	options = binaryValues(options)
	for i := range options { // the names of partitions are quoted by one flavour only
		if options[i].kind == ident {
			options[i] = token{word, strings.ToLower(strings.Trim(options[i].text, "`"))}
		}
		if options[i].is("auto_increment") && last != "" && at(options, i+2).text == after(last) {
			options[i+2].text = last // a used up counter stands on its last number, or behind it
		}
	}
	return text(tokens[:open]) + "\n" + strings.Join(slices.Concat(lines, keys, onVirtual[true], onVirtual[false], constraints), "\n") + "\n" + text(withoutBrackets(options))
}

// withoutHash leaves out of a key what one flavour prints and no engine but MEMORY heeds.
func withoutHash(element []token) []token {
	var kept []token
	for i := 0; i < len(element); i++ {
		switch {
		case element[i].is("using") && at(element, i+1).is("hash"):
			i++
		case element[i].is("key_block_size"):
			if i++; at(element, i).text == "=" {
				i++
			}
		default:
			kept = append(kept, element[i])
		}
	}
	return kept
}

// lastNumber is the greatest number of an integer column.
func lastNumber(column []token) string {
	bits := map[string]uint{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}[column[1].text]
	if bits == 0 {
		return ""
	}
	if !slices.ContainsFunc(column, func(t token) bool { return t.is("unsigned") }) {
		bits--
	}
	return strconv.FormatUint(1<<bits-1, 10)
}

// after is the next number.
func after(number string) string {
	n, _ := strconv.ParseUint(number, 10, 64)
	return strconv.FormatUint(n+1, 10)
}

// commonColumn is one column, and the checks that were written into it.
func commonColumn(tokens []token) (column string, checks []string) {
	if tokens[1].is("json") {
		tokens[1].text = "longtext"
		checks = append(checks, "check "+expression([]token{{punct, "("}, {word, "json_valid"}, {punct, "("}, tokens[0], {punct, ")"}, {punct, ")"}}))
	}
	var kept []token
	hidden := "" // stands in another place on each flavour
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		next := func(n int) token { return at(tokens, i+n) }
		switch {
		case t.is("check"):
			end := closing(tokens, i+1)
			checks = append(checks, "check "+expression(tokens[i+1:end+1]))
			i = end
			if next(1).is("enforced") {
				i++
			}
		case t.is("as") && next(1).text == "(", t.is("default") && next(1).text == "(":
			end := closing(tokens, i+1)
			kept = append(kept, t, token{word, typedText.ReplaceAllString(expression(tokens[i+1:end+1]), "$1")})
			i = end
		case t.is("default") && next(1).kind == word && next(2).text == "(":
			end := closing(tokens, i+2)
			kept = append(kept, t, token{word, expression(tokens[i+1 : end+1])})
			i = end
		case t.is("default") && next(1).is("null"):
			i++
		case t.is("default") && strings.HasPrefix(next(1).text, "0x"):
			kept = append(kept, t, binaryDefault(tokens, next(1)))
			i++
		case t.is("default") && next(1).is("x") && next(2).kind == str:
			kept = append(kept, t, binaryDefault(tokens, token{word, "0x" + next(2).value()}))
			i += 2
		case t.is("null") && !at(tokens, i-1).is("not"):
		case t.is("default") && next(1).text == "-" && isNumber(next(2).text):
			kept = append(kept, t, token{word, number("-" + next(2).text)})
			i += 2
		case t.is("default") && next(1).kind == str && isNumber(next(1).value()):
			kept = append(kept, t, token{word, number(next(1).value())})
			i++
		case t.is("default") && isNumber(next(1).text):
			kept = append(kept, t, token{word, number(next(1).text)})
			i++
		case t.is("srid") && isNumber(next(1).text): // MariaDB prints none
			i++
		case t.is("invisible"):
			hidden = " invisible"
		default:
			kept = append(kept, t)
		}
	}
	return text(kept) + hidden, checks
}

// typedText is a constant of which one flavour keeps the type.
var typedText = regexp.MustCompile(`^(?:date|time|timestamp) ('.*')$`)

// number gives one with an exponent the form that all have.
func number(s string) string {
	value, err := strconv.ParseFloat(s, 64)
	if err != nil || !strings.ContainsAny(s, "eE") && !strings.HasPrefix(strings.TrimPrefix(s, "-"), "0.0000") {
		return s
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}

// check is a table's CHECK without the name that a server made up.
func check(element []token, at int) string {
	end := closing(element, at+1)
	name := ""
	if at > 1 && !madeUp.MatchString(element[1].text) {
		name = element[1].text + " "
	}
	return name + "check " + expression(element[at+1:end+1]) + text(element[end+1:])
}

var madeUp = regexp.MustCompile("(_chk_|^`CONSTRAINT_)\\d+`$")

// withoutRestrict leaves out of a foreign key the actions that are the default, under either of their names.
func withoutRestrict(tokens []token) []token {
	var kept []token
	for i := 0; i < len(tokens); i++ {
		if tokens[i].is("on") && (at(tokens, i+2).is("restrict") || at(tokens, i+2).is("no")) {
			if i += 2; tokens[i].is("no") {
				i++
			}
			continue
		}
		kept = append(kept, tokens[i])
	}
	return kept
}

// commonWords drops what one flavour prints and the other does not: character sets (they are settings), introducers,
// display widths, and the parentheses of CURRENT_TIMESTAMP. Words are in lower case.
func commonWords(tokens []token) []token {
	zerofill := slices.ContainsFunc(tokens, func(t token) bool { return t.is("zerofill") })
	var kept []token
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		next := func(n int) token { return at(tokens, i+n) }
		switch {
		case t.kind == word && strings.HasPrefix(t.text, "_") && next(1).kind == str:
			continue
		case t.is("character") && next(1).is("set"):
			i += 2
			continue
		case t.is("default") && next(1).is("charset") && next(2).text != "(":
			i += 3
			continue
		case t.is("charset") && next(1).text != "(", t.is("collate"): // not the function
			if i++; at(tokens, i).text == "=" {
				i++
			}
			continue
		case t.kind == str:
			kept = append(kept, token{str, quoted(t.value())})
			continue
		}
		if t.kind == word {
			t.text = strings.ToLower(t.text)
			if same, ok := synonyms[t.text]; ok {
				t.text = same
			}
		}
		kept = append(kept, t)
		switch {
		case !zerofill && (strings.HasSuffix(t.text, "int") || t.text == "year") && t.kind == word && next(1).text == "(" && isNumber(next(2).text) && next(3).text == ")":
			i += 3
		case t.is("current_timestamp") && next(1).text == "(" && next(2).text == ")":
			i += 2
		}
	}
	return kept
}

// synonyms are words that the flavours print for the same thing.
var synonyms = map[string]string{"geomcollection": "geometrycollection", "ignored": "invisible", "ucase": "upper", "lcase": "lower", "octet_length": "length", "st_geometryfromtext": "st_geomfromtext", "now": "current_timestamp", "mod": "%"}

func withoutBrackets(tokens []token) []token {
	return slices.DeleteFunc(slices.Clone(tokens), func(t token) bool { return t.text == "(" || t.text == ")" })
}

package engine

import (
	"context"
	"strings"
)

// Collations are the collations of one server, by the names it uses itself.
type Collations struct {
	there    map[string]bool
	defaults map[string]string // of each character set
	utf8     string            // the character set that it takes `utf8` for; MariaDB has a setting for that

	declared, converted map[string]string // see readAssumed
}

// ReadCollations asks a server for its collations. MariaDB lists its newest without their character set in the first
// place, and in full in the second.
func ReadCollations(ctx context.Context, db queryer) (Collations, error) {
	c := Collations{there: map[string]bool{}, defaults: map[string]string{}}
	names, err := column(ctx, db, "SELECT COLLATION_NAME FROM information_schema.COLLATIONS")
	if err != nil {
		return c, err
	}
	full, err := column(ctx, db, "SELECT FULL_COLLATION_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY")
	if err != nil && !ServerSaid(err, 1054) {
		return c, err
	}
	for _, name := range append(names, full...) {
		c.there[strings.ToLower(name)] = true
	}
	if err := db.QueryRowContext(ctx, "SELECT CHARSET(_utf8 'a')").Scan(&c.utf8); err != nil {
		return c, err
	}
	rows, err := db.QueryContext(ctx, "SELECT CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME FROM information_schema.CHARACTER_SETS")
	if err != nil {
		return c, err
	}
	defer rows.Close()
	for rows.Next() {
		var charset, collation string
		if err := rows.Scan(&charset, &collation); err != nil {
			return c, err
		}
		c.defaults[charset] = collation
	}
	if err := rows.Err(); err != nil {
		return c, err
	}
	return c, c.readAssumed(ctx, db)
}

// withoutAliases leaves out the names under which newer MariaDB takes its own collations for MySQL's.
func (c Collations) withoutAliases() Collations {
	if !c.there["utf8mb4_uca1400_ai_ci"] {
		return c
	}
	own := c
	own.there = map[string]bool{}
	for name := range c.there {
		own.there[name] = !strings.Contains(name, "_0900_")
	}
	return own
}

// Nearest names the server's own collation for one of another server. That is the same one where it exists, under the
// name it has here; else the one that differs least, in this order: what it takes for equal, whether trailing spaces
// count, its language, its order. changed tells which of the two it is. An empty name means that there is none in the
// same character set.
func (c Collations) Nearest(name string) (nearest string, changed bool) {
	if same, ok := c.find(name); ok {
		return same, false
	}
	for _, candidate := range traitsOf(name).candidates() {
		if found, ok := c.find(candidate); ok {
			return found, true
		}
	}
	charset, _, _ := strings.Cut(name, "_")
	return c.defaults[c.Charset(charset)], true
}

// Charset names the server's own character set for one of another server; it is the same where there is none.
func (c Collations) Charset(name string) string {
	if other, ok := swapName(name); ok && c.defaults[name] == "" && c.defaults[other] != "" {
		return other
	}
	return name
}

// reads gives a character set or a collation that a definition names the name of what the server takes it for. Servers
// that call the three-byte one utf8 take its later name too.
func (c Collations) reads(name string) string {
	name = strings.ToLower(name)
	if rest, ok := strings.CutPrefix(name, "utf8mb3"); ok && c.defaults["utf8mb3"] == "" && c.defaults["utf8"] != "" {
		return "utf8" + rest
	}
	if rest, ok := strings.CutPrefix(name, "utf8"); ok && c.utf8 != "" && (rest == "" || rest[0] == '_') {
		return c.utf8 + rest
	}
	return name
}

func (c Collations) find(name string) (string, bool) {
	name = strings.ToLower(name)
	if c.there[name] {
		return name, true
	}
	charset, rest, _ := strings.Cut(name, "_")
	if other, ok := swapName(charset); ok && c.there[other+"_"+rest] {
		return other + "_" + rest, true
	}
	return "", false
}

// swapName gives the three-byte utf8 its other name.
func swapName(charset string) (string, bool) {
	switch charset {
	case "utf8":
		return "utf8mb3", true
	case "utf8mb3":
		return "utf8", true
	}
	return "", false
}

// traits are what a collation's name says.
type traits struct {
	charset  string
	order    string // the name of its order without the rest: `swedish`, `unicode_520`; of a language only for uca
	uca      bool   // MySQL's 0900 or MariaDB's uca1400, which are the same algorithm at two ages
	accents  bool   // are told apart
	cases    bool
	nopad    bool // trailing spaces count
	binary   bool
	language string // of uca, as the older collations are called; empty = the root order
}

// languages gives MySQL's codes of languages the names that MariaDB and the older collations use. Norwegian sorts as
// Danish, Bosnian and Serbian in Latin letters as Croatian, Galician as Spanish; those that are absent have the root
// order elsewhere.
var languages = map[string]string{
	"cs": "czech", "da": "danish", "nb": "danish", "nn": "danish", "de_pb": "german2", "eo": "esperanto", "es": "spanish", "gl": "spanish",
	"es_trad": "spanish2", "et": "estonian", "hr": "croatian", "bs": "croatian", "sr_latn": "croatian", "hu": "hungarian", "is": "icelandic",
	"la": "roman", "lt": "lithuanian", "lv": "latvian", "pl": "polish", "ro": "romanian", "sk": "slovak", "sl": "slovenian",
	"sv": "swedish", "tr": "turkish", "vi": "vietnamese",
}

func traitsOf(name string) traits {
	name = strings.ToLower(name)
	var t traits
	if head, rest, ok := strings.Cut(name, "0900_"); ok && strings.HasPrefix(head, "utf8mb4_") {
		t = traits{charset: "utf8mb4", uca: true, nopad: true, binary: rest == "bin"}
		t.language = languages[strings.Trim(strings.TrimPrefix(head, "utf8mb4"), "_")]
		t.accents, t.cases = strings.HasPrefix(rest, "as"), strings.Contains(rest, "_cs")
		return t
	}
	if head, rest, ok := strings.Cut(name, "uca1400_"); ok {
		t = traits{charset: strings.Trim(head, "_"), uca: true, nopad: strings.Contains(rest, "nopad_")}
		if t.charset == "" {
			t.charset = "utf8mb4" // a clause without it takes that of its operand, which is not known here
		}
		rest = strings.Replace(rest, "nopad_", "", 1)
		sensitivity := rest[max(0, len(rest)-len("ai_ci")):]
		t.accents, t.cases = strings.HasPrefix(sensitivity, "as"), strings.HasSuffix(sensitivity, "cs")
		t.language = strings.TrimSuffix(strings.TrimSuffix(rest, sensitivity), "_")
		return t
	}
	charset, rest, _ := strings.Cut(name, "_")
	t = traits{charset: charset, binary: rest == "bin" || rest == "nopad_bin", nopad: strings.Contains(rest, "nopad")}
	t.cases = strings.HasSuffix(rest, "_cs")
	t.order = strings.TrimSuffix(strings.TrimSuffix(strings.Replace(rest, "_nopad", "", 1), "_ci"), "_cs")
	return t
}

// candidates are the names that could stand for a collation, the nearest first.
func (t traits) candidates() []string {
	var list []string
	add := func(names ...string) {
		for _, n := range names {
			list = append(list, t.charset+"_"+n)
		}
	}
	switch {
	case t.binary:
		if t.nopad {
			add("0900_bin", "nopad_bin")
		}
		add("bin")
		return list
	case t.uca:
		t.addUCA(add)
		if t.cases {
			add("nopad_bin", "bin")
		}
		if t.language != "" {
			add(t.language + "_ci")
		}
	case t.nopad && strings.HasPrefix(t.order, "unicode"):
		traits{nopad: true}.addUCA(add)
		add(t.order + "_ci")
	default:
		add(t.order + "_ci")
		if t.cases {
			add("bin")
		}
	}
	if t.nopad {
		add("unicode_520_nopad_ci")
	}
	add("unicode_520_ci", "unicode_ci")
	return list
}

// addUCA lists the names that the modern algorithm has on both flavours. MySQL has no language that tells accents but
// not cases apart, and none that does the reverse.
func (t traits) addUCA(add func(...string)) {
	sensitivity := map[bool]string{false: "ai", true: "as"}[t.accents] + map[bool]string{false: "_ci", true: "_cs"}[t.cases]
	pads := []string{"", "nopad_"}
	if t.nopad {
		pads = []string{"nopad_", ""}
	}
	for _, pad := range pads {
		if t.language != "" {
			add("uca1400_" + t.language + "_" + pad + sensitivity)
		}
		add("uca1400_" + pad + sensitivity)
	}
	for code, language := range languages {
		if language == t.language && !borrowed[code] {
			add(code + "_0900_" + sensitivity)
		}
	}
	add("0900_" + sensitivity)
	if t.cases {
		add("0900_as_cs")
	}
}

// borrowed are the codes that use another language's order.
var borrowed = map[string]bool{"nb": true, "nn": true, "gl": true, "bs": true, "sr_latn": true}

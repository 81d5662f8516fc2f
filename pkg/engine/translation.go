package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"overmind/pkg/engine/native"
	"overmind/pkg/fault"
)

// Translation is how definitions of a source are written on a target. The same two servers give the same one: a plan
// shows what it maps, and a run that would map anything else is refused.
type Translation struct {
	from, to       Server
	source, target Collations
}

// ReadTranslation asks both servers what they have.
func ReadTranslation(ctx context.Context, source, target queryer, from, to Server) (*Translation, error) {
	t := &Translation{from: from, to: to}
	var err error
	if t.source, err = ReadCollations(ctx, source); err != nil {
		return nil, err
	}
	if t.target, err = ReadCollations(ctx, target); err != nil {
		return nil, err
	}
	if from.Flavour != to.Flavour {
		t.target = t.target.withoutAliases()
	}
	return t, nil
}

// Collation is Collations.Nearest of the target.
func (t *Translation) Collation(name string) (nearest string, changed bool) {
	return t.target.Nearest(name)
}

// OnSource tells whether the source has a collation of the target, under the same name.
func (t *Translation) OnSource(name string) bool { return t.source.there[name] }

// name is Collation without the rest, or the name itself where there is none.
func (t *Translation) name(collation string) string {
	if nearest, _ := t.Collation(collation); nearest != "" && collation != "" {
		return nearest
	}
	return collation
}

// comparesAnew tells whether the target may order values of this collation in another way, and take others for equal:
// because another one stands for it, or because the one of the same name is the other flavour's own. Binary ones are the
// same everywhere.
func (t *Translation) comparesAnew(collation string) bool {
	_, changed := t.Collation(collation)
	return changed || t.crosses() && !strings.HasSuffix(collation, "_bin")
}

// reorders tells whether the target may sort the values of a key in another order, or has another name for it.
func (t *Translation) reorders(key *native.Key) bool {
	return key != nil && slices.ContainsFunc(key.Columns, func(c native.KeyColumn) bool {
		return c.Collation != "" && (t.comparesAnew(c.Collation) || t.name(c.Collation) != c.Collation)
	})
}

// same tells whether a definition means on the target what it means on the source, as it stands.
func (t *Translation) same() bool {
	return !t.crosses() && t.from.Version == t.to.Version && maps.Equal(t.source.there, t.target.there) && maps.Equal(t.source.defaults, t.target.defaults) &&
		maps.Equal(t.source.declared, t.target.declared) && maps.Equal(t.source.converted, t.target.converted)
}

// crosses tells whether the target reads SQL in its own way.
func (t *Translation) crosses() bool { return t.from.Flavour != t.to.Flavour }

// executes tells whether the target's server reads what stands in a comment of this mark: `/*!50100` is for MySQL from
// 5.1 on, `/*M!100301` for MariaDB from 10.3.1 on. MariaDB reads no comment that is for MySQL 5.7 or later.
func (t *Translation) executes(mark string) bool {
	var version int
	_, _ = fmt.Sscanf(strings.TrimLeft(mark, "/*M!"), "%d", &version) // a mark without a number is for every server
	if t.to.Flavour == MariaDB {
		return version < 50700 || version > 99999
	}
	return !strings.HasPrefix(mark, "/*M!") && (version == 0 || AtLeast(t.to.Version, version/10000, version/100%100, version%100))
}

// uncomment takes the marks off comments that the target would not read: it must take or refuse what stands there, not
// leave it out without a word.
func (t *Translation) uncomment(tokens []token) {
	inside := false
	for i := range tokens {
		switch text := tokens[i].text; {
		case tokens[i].kind != tokenPunct:
		case (strings.HasPrefix(text, "/*!") || strings.HasPrefix(text, "/*M!")) && !t.executes(text):
			inside = true
			tokens[i].text = ""
		case text == "*/" && inside:
			inside = false
			tokens[i].text = ""
		}
	}
}

// mapped are collations that a definition uses and the target lacks, each with the nearest.
type mapped map[string]string

// collate rewrites the names of character sets and collations to those of the target. A program keeps a name that the
// target takes for its own, because servers keep the text of a program as it was written.
func (t *Translation) collate(tokens []token, program bool) mapped {
	changes := mapped{}
	reads := strings.ToLower
	if program {
		reads = t.target.reads
	}
	for i := range tokens {
		var value int
		switch {
		case tokens[i].is("COLLATE"), tokens[i].is("collation_connection"):
			if value = valueAfter(tokens, i); value < 0 {
				continue
			}
			name := unquoted(tokens[value])
			meant := t.source.reads(name)
			nearest, changed := t.Collation(meant)
			if _, ok := t.source.find(meant); !ok || nearest == "" {
				continue
			}
			if changed {
				changes[name] = nearest
			}
			if !strings.EqualFold(nearest, reads(name)) {
				tokens[value].text = nearest
			}
		case tokens[i].is("CHARSET"), tokens[i].is("SET") && i > 0 && previous(tokens, i).is("CHARACTER"):
			if value = valueAfter(tokens, i); value >= 0 {
				name := unquoted(tokens[value])
				if charset := t.target.Charset(t.source.reads(name)); charset != reads(name) {
					tokens[value].text = charset
				}
			}
		}
	}
	return changes
}

// valueAfter is where the value of a clause stands: `COLLATE x`, `COLLATE = x`; -1 where there is none.
func valueAfter(tokens []token, i int) int {
	next := significantFrom(tokens, i+1)
	if len(next) > 1 && tokens[next[0]].text == "=" {
		next = next[1:]
	}
	if len(next) == 0 || tokens[next[0]].kind == tokenPunct {
		return -1
	}
	return next[0]
}

// previous is the significant token before i.
func previous(tokens []token, i int) token {
	for i--; i >= 0; i-- {
		if tokens[i].significant() {
			return tokens[i]
		}
	}
	return token{}
}

func unquoted(t token) string {
	if t.kind == tokenString && len(t.text) > 1 {
		return t.text[1 : len(t.text)-1]
	}
	return t.name()
}

// object rewrites a view, trigger, routine or event, with the session it was made in.
func (t *Translation) object(o object) (object, mapped) {
	tokens := lex(string(o.SQL), o.dialect())
	changes := t.collate(tokens, true)
	t.nameDefaults(tokens, t.source.declared, changes)
	if o.Kind == kindView && t.crosses() && t.to.Flavour == MariaDB {
		asOperators(tokens)
	}
	if text := joinTokens(tokens); text != string(o.SQL) {
		o.SQL = []byte(text)
	}
	if o.Collation != "" {
		if nearest, changed := t.Collation(o.Collation); nearest != "" {
			if changed {
				changes[o.Collation] = nearest
			}
			o.Collation = nearest
		}
		o.Client = t.target.Charset(o.Client)
	}
	if nearest, changed := t.Collation(o.Database); o.Database != "" && nearest != "" {
		if changed {
			changes[o.Database] = nearest
		}
		o.Database = nearest
	}
	return o, changes
}

// planned makes sure that the run maps only what the plan says.
func (r *run) planned(changes mapped) error {
	for from, to := range changes {
		if r.plan.Collations[from] != to {
			return fault.New(fault.Conflict, "approval_stale", "The collation %s would become %q on the target, which the plan does not say.", from, to)
		}
	}
	return nil
}

// FallbackCollation is what a database gets whose own character set the target lacks. Both flavours have it.
const FallbackCollation = "utf8mb4_general_ci"

// schemaDefaults are those of a database on the target that is made for one of the source.
func (t *Translation) schemaDefaults(ctx context.Context, source queryer, database string) (schemaDefaults, error) {
	d, err := readSchemaDefaults(ctx, source, database)
	d.Encrypted = d.Encrypted && t.to.EncryptsDatabases()
	if !t.to.CommentsDatabases() {
		d.Comment = ""
	}
	nearest, _ := t.Collation(d.Collation)
	if nearest == "" {
		d.Charset, d.Collation = "utf8mb4", FallbackCollation
		return d, err
	}
	d.Charset, d.Collation = t.target.Charset(d.Charset), nearest
	return d, err
}

// Definition is how an object of the source is written on the target.
type Definition struct {
	Object    string // `table t`, `view v`
	SQL       []byte // in the character set Client
	SQLMode   string
	Client    string
	Collation string
	Mapped    map[string]string // collations that are replaced in it
	Converts  map[string]string // collations of what it converts to a character set, with those that they are on the target
	Bare      []string          // columns of a table that may be NULL and have no default, not even NULL
	Spaced    bool              // a table that names a tablespace
	Wakes     bool              // a program with a comment that MariaDB executes and its server does not
}

// definitions translates everything that is copied. An object whose definition cannot be given the target's name is
// left out; it is refused elsewhere.
func (t *Translation) definitions(ctx context.Context, source *sql.DB, spec Spec, brings contents) ([]Definition, error) {
	if t.same() {
		return nil, nil
	}
	tables, err := tableDefinitions(ctx, source, spec.SourceDatabase, brings.tables)
	if err != nil {
		return nil, err
	}
	var list []Definition
	for i, table := range brings.tables {
		text, changes, err := t.table(tables[i])
		if err != nil {
			return nil, err
		}
		parts, err := splitTable(text, false)
		if err != nil {
			return nil, err
		}
		if text, err = qualified(text, spec.TargetDatabase, dialect{}); err != nil {
			return nil, err
		}
		list = append(list, Definition{Object: "table " + table.Name, SQL: []byte(text), Mapped: changes, Converts: t.converts(text, dialect{}), Bare: parts.bare, Spaced: parts.spaced})
	}
	objects, err := definitions(ctx, source, spec.SourceDatabase, brings)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		translated, changes := t.object(o)
		text, err := placing{from: spec.SourceDatabase, to: spec.TargetDatabase}.statement(translated)
		if err != nil {
			text = string(translated.SQL)
		}
		if text, err = qualified(text, spec.TargetDatabase, o.dialect()); err != nil {
			return nil, err
		}
		list = append(list, Definition{
			Object: o.label(), SQL: []byte(text), SQLMode: o.SQLMode, Client: translated.Client, Collation: translated.Collation, Mapped: changes,
			Converts: t.converts(text, o.dialect()), Wakes: t.wakes(text, o.dialect()),
		})
	}
	return list, nil
}

// wakes tells whether MariaDB executes a comment that MySQL has kept as one.
func (t *Translation) wakes(definition string, d dialect) bool {
	return t.crosses() && t.to.Flavour == MariaDB && slices.ContainsFunc(lex(definition, d), func(k token) bool { return k.kind == tokenPunct && strings.HasPrefix(k.text, "/*M!") })
}

// qualified writes the schema before the name of what a definition makes, if it has none: in a schema where nothing may
// be made, a server says that instead of what it does not take.
func qualified(definition, schema string, d dialect) (string, error) {
	tokens := lex(definition, d)
	makes := false
	for i, t := range tokens {
		switch {
		case !makes:
			makes = slices.ContainsFunc(made, t.is)
		case t.kind != tokenIdent && t.kind != tokenWord || slices.ContainsFunc(beforeName, t.is):
		case neighbour(tokens, i, 1) == ".":
			return definition, nil
		default:
			tokens[i].text = Ident(schema) + "." + t.text
			return joinTokens(tokens), nil
		}
	}
	return "", errors.New("a definition without a name")
}

// made are the words for what a definition makes, and beforeName those that may stand between it and the name.
var (
	made       = []string{"TABLE", "VIEW", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE", "LIBRARY"}
	beforeName = []string{"IF", "NOT", "EXISTS", "BODY"}
)

// CorruptTrigger is what a server says of a trigger that it cannot read itself.
const CorruptTrigger = 1602

// translate writes into the plan what is mapped, and gives the checks what the target will be told. What the account may
// not read, or the server, is for the checks to say.
func (in *CheckInput) translate(ctx context.Context, brings contents) error {
	var err error
	if in.Translation, err = ReadTranslation(ctx, in.Source, in.Target, in.SourceServer, in.TargetServer); err != nil {
		return err
	}
	in.Definitions, err = in.Translation.definitions(ctx, in.Source, in.Spec, brings)
	if fault.Is(err, "missing_grant") || ServerSaid(err, 1044, 1142, 1143, 1227, 1370, CorruptTrigger) {
		return nil
	}
	for _, d := range in.Definitions {
		if len(d.Mapped) > 0 && in.Plan.Collations == nil {
			in.Plan.Collations = map[string]string{}
		}
		maps.Copy(in.Plan.Collations, d.Mapped)
	}
	return err
}
